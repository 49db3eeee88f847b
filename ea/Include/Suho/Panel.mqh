//--- What the chart shows of the EA: one rectangle and a label a line, once a second. A click on the title folds it.
#ifndef SUHO_PANEL_MQH
#define SUHO_PANEL_MQH
#include "Time.mqh"
#include "Text.mqh"

#define SUHO_PANEL_PREFIX "Suho."
#define SUHO_PANEL_LINES 12
#define SUHO_PANEL_LEFT 10
#define SUHO_PANEL_TOP 24
#define SUHO_PANEL_WIDTH 460
#define SUHO_PANEL_LINE 17
#define SUHO_PANEL_TEXT 63

class CSuhoPanel
  {
private:
   bool              m_shown;
   bool              m_folded;
   long              m_foldedMs;       // a click comes as one of the label and as one of the chart
   long              m_dueMs;
   string            m_lines[SUHO_PANEL_LINES];
   bool              m_alarm[SUHO_PANEL_LINES];
   int               m_count;

   string            NameOf(const int line) const
     {
      string name=SUHO_PANEL_PREFIX;
      name+="line";
      name+=IntegerToString((long)line);
      return(name);
     }

   string            BackName(void) const
     {
      string name=SUHO_PANEL_PREFIX;
      name+="back";
      return(name);
     }

   void              Place(const string name,const ENUM_OBJECT type,const int x,const int y)
     {
      if(ObjectFind(0,name)<0)
         ObjectCreate(0,name,type,0,0,0);
      ObjectSetInteger(0,name,OBJPROP_CORNER,CORNER_LEFT_UPPER);
      ObjectSetInteger(0,name,OBJPROP_XDISTANCE,x);
      ObjectSetInteger(0,name,OBJPROP_YDISTANCE,y);
      ObjectSetInteger(0,name,OBJPROP_SELECTABLE,0);
      ObjectSetInteger(0,name,OBJPROP_HIDDEN,1);
     }

   void              Back(const int lines)
     {
      string name=BackName();
      Place(name,OBJ_RECTANGLE_LABEL,SUHO_PANEL_LEFT,SUHO_PANEL_TOP);
      ObjectSetInteger(0,name,OBJPROP_XSIZE,SUHO_PANEL_WIDTH);
      ObjectSetInteger(0,name,OBJPROP_YSIZE,lines*SUHO_PANEL_LINE+12);
      ObjectSetInteger(0,name,OBJPROP_BGCOLOR,clrWhite);
      ObjectSetInteger(0,name,OBJPROP_COLOR,clrSilver);
      ObjectSetInteger(0,name,OBJPROP_BORDER_TYPE,BORDER_FLAT);
     }

   void              Line(const int at,const string text,const bool alarm)
     {
      string name=NameOf(at);
      Place(name,OBJ_LABEL,SUHO_PANEL_LEFT+8,SUHO_PANEL_TOP+6+at*SUHO_PANEL_LINE);
      ObjectSetString(0,name,OBJPROP_FONT,"Consolas");
      ObjectSetInteger(0,name,OBJPROP_FONTSIZE,9);
      ObjectSetInteger(0,name,OBJPROP_COLOR,alarm ? clrRed : clrBlack);
      ObjectSetString(0,name,OBJPROP_TEXT,SuhoClip(text,SUHO_PANEL_TEXT));
     }

   void              Fold(void)
     {
      m_folded=!m_folded;
      m_foldedMs=SuhoTickMs();
      m_dueMs=0;
     }

public:
                     CSuhoPanel(void)
     {
      m_foldedMs=0;
      m_shown=false;
      m_folded=false;
      m_dueMs=0;
      m_count=0;
      for(int i=0; i<SUHO_PANEL_LINES; i++)
        {
         m_lines[i]="";
         m_alarm[i]=false;
        }
     }

   void              Open(const bool shown) { m_shown=shown; }
   bool              Due(const long nowMs) const { return(m_shown && nowMs>=m_dueMs); }
   void              Begin(void) { m_count=0; }

   void              Add(const string text,const bool alarm)
     {
      if(m_count>=SUHO_PANEL_LINES)
         return;
      m_lines[m_count]=text;
      m_alarm[m_count]=alarm;
      m_count++;
     }

   void              Draw(const long nowMs)
     {
      m_dueMs=nowMs+1000;
      int lines=m_folded && m_count>1 ? 1 : m_count;
      Back(lines);
      for(int i=0; i<lines; i++)
         Line(i,m_lines[i],m_alarm[i]);
      for(int i=lines; i<SUHO_PANEL_LINES; i++)
         if(ObjectFind(0,NameOf(i))>=0)
            ObjectDelete(0,NameOf(i));
      ChartRedraw(0);
     }

   void              Clicked(const string name)
     {
      if(name==NameOf(0) && SuhoTickMs()-m_foldedMs>300)
         Fold();
     }

   //--- a label that cannot be selected may send no click of its own
   void              ClickedAt(const int x,const int y)
     {
      bool inside=x>=SUHO_PANEL_LEFT && x<=SUHO_PANEL_LEFT+SUHO_PANEL_WIDTH && y>=SUHO_PANEL_TOP && y<=SUHO_PANEL_TOP+SUHO_PANEL_LINE;
      if(m_shown && inside && SuhoTickMs()-m_foldedMs>300)
         Fold();
     }

   void              Close(void)
     {
      if(!m_shown)
         return;
      for(int i=0; i<SUHO_PANEL_LINES; i++)
         ObjectDelete(0,NameOf(i));
      ObjectDelete(0,BackName());
      ChartRedraw(0);
     }
  };

#endif
