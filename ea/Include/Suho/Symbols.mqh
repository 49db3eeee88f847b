//--- The broker's symbols that the EA follows, the numbers that the server gave them, and what an order must know of one.
#ifndef SUHO_SYMBOLS_MQH
#define SUHO_SYMBOLS_MQH
#include "Text.mqh"
#include "Time.mqh"

//--- bits of SYMBOL_FILLING_MODE and SYMBOL_ORDER_MODE
#define SUHO_FILLING_FOK 1
#define SUHO_FILLING_IOC 2
#define SUHO_FILLING_BOC 4

struct SuhoWatched
  {
   string            name;
   uint              id;               // 0 until SYMBOLS_OK gives one
   double            bid;              // as it was told last
   double            ask;
   long              toldMs;
   SUHO_ARRAY(SuhoTradeSession, sessions);
                     SuhoWatched(void) { name=""; id=0; bid=0; ask=0; toldMs=0; }
  };

//--- whole steps of a volume, downwards; a last-bit error of the division must not cost a step
double SuhoStepDown(const double volume,const double step)
  {
   if(step<=0)
      return(0);
   double steps=MathFloor(volume/step+0.000000001);
   return(NormalizeDouble(steps*step,8));
  }

double SuhoLots(const double volume)
  {
   return(NormalizeDouble(volume,8));
  }

//--- a price on the symbol's grid
double SuhoPriceOf(const string name,const double price)
  {
   if(price==0)
      return(0);
   double tick=SymbolInfoDouble(name,SYMBOL_TRADE_TICK_SIZE);
   int digits=(int)SymbolInfoInteger(name,SYMBOL_DIGITS);
   if(tick<=0)
      return(NormalizeDouble(price,digits));
   return(NormalizeDouble(MathRound(price/tick)*tick,digits));
  }

//--- the filling that a market order of this symbol may have
ENUM_ORDER_TYPE_FILLING SuhoFilling(const string name)
  {
   long execution=SymbolInfoInteger(name,SYMBOL_TRADE_EXEMODE);
   long modes=SymbolInfoInteger(name,SYMBOL_FILLING_MODE);
   //--- these two execute market orders whole or not at all, whatever the bits say
   if(execution==SYMBOL_TRADE_EXECUTION_REQUEST || execution==SYMBOL_TRADE_EXECUTION_INSTANT)
      return(ORDER_FILLING_FOK);
   if((modes & SUHO_FILLING_IOC)!=0)
      return(ORDER_FILLING_IOC);
   if((modes & SUHO_FILLING_FOK)!=0)
      return(ORDER_FILLING_FOK);
   return(execution==SYMBOL_TRADE_EXECUTION_EXCHANGE ? ORDER_FILLING_RETURN : ORDER_FILLING_FOK);
  }

class CSuhoSymbols
  {
private:
   //--- the list of the inputs, in capitals as written; empty for all of Market Watch
   SUHO_ARRAY(string, m_list);
   long              m_listDueMs;

   bool              Listed(const string name) const
     {
      int size=ArraySize(m_list);
      if(size==0)
         return(true);
      for(int i=0; i<size; i++)
         if(m_list[i]==name)
            return(true);
      return(false);
     }

   void              Watch(const string name)
     {
      if(At(name)>=0)
         return;
      int at=ArraySize(watched);
      ArrayResize(watched,at+1);
      watched[at].name=name;
      watched[at].id=IdOf(name);
     }

   void              ReadSessions(const int at)
     {
      ArrayResize(watched[at].sessions,0);
      for(int day=0; day<7; day++)
         for(uint i=0; i<16; i++)
           {
            datetime from=0;
            datetime to=0;
            if(!SymbolInfoSessionTrade(watched[at].name,(ENUM_DAY_OF_WEEK)day,i,from,to))
               break;
            uint fromSeconds=(uint)((long)from%SUHO_DAY_SECONDS);
            uint toSeconds=(uint)((long)to%SUHO_DAY_SECONDS);
            //--- midnight at its end
            if(toSeconds<=fromSeconds)
               toSeconds=SUHO_DAY_SECONDS;
            int n=ArraySize(watched[at].sessions);
            ArrayResize(watched[at].sessions,n+1);
            watched[at].sessions[n].day=(uchar)day;
            watched[at].sessions[n].fromSeconds=fromSeconds;
            watched[at].sessions[n].toSeconds=toSeconds;
           }
     }

   ENUM_SUHO_CALCULATION_MODE Calculation(const string name) const
     {
      int mode=(int)SymbolInfoInteger(name,SYMBOL_TRADE_CALC_MODE);
      switch(mode)
        {
         case 0:
         case 1:
         case 2:
         case 3:
         case 4:
         case 5:
         case 32:
         case 33:
         case 34:
         case 37:
         case 38:
         case 39:
         case 64:
            return((ENUM_SUHO_CALCULATION_MODE)mode);
        }
      return(SUHO_CALCULATION_MODE_OTHER);
     }

   //--- a value that is no number is told as not known
   double            Sound(const double value) const { return(MathIsValidNumber(value) ? value : 0); }

public:
   SUHO_ARRAY(SuhoWatched, watched);
   //--- numbers as the server gave them; they outlive sessions
   SUHO_ARRAY(SuhoSymbolId, numbers);

                     CSuhoSymbols(void) { m_listDueMs=0; }

   void              Open(const string list)
     {
      SUHO_ARRAY(string, parts);
      int count=StringSplit(list,',',parts);
      for(int i=0; i<count; i++)
        {
         string name=parts[i];
         StringTrimLeft(name);
         StringTrimRight(name);
         if(name=="")
            continue;
         int at=ArraySize(m_list);
         ArrayResize(m_list,at+1);
         m_list[at]=name;
         //--- a symbol outside Market Watch has no prices
         SymbolSelect(name,true);
        }
     }

   //--- takes up what the user has added to Market Watch; true when something is new
   bool              Refresh(const long nowMs)
     {
      if(nowMs<m_listDueMs)
         return(false);
      m_listDueMs=nowMs+5000;
      int before=ArraySize(watched);
      int total=SymbolsTotal(true);
      for(int i=0; i<total; i++)
        {
         string name=SymbolName(i,true);
         //--- as a rule the list stands as it stood
         if(i<before && watched[i].name==name)
            continue;
         if(StringLen(name)>0 && Listed(name))
            Watch(name);
        }
      return(ArraySize(watched)>before);
     }

   int               At(const string name) const
     {
      for(int i=0; i<ArraySize(watched); i++)
         if(watched[i].name==name)
            return(i);
      return(-1);
     }

   void              Number(const uint id,const string name,const string canonical)
     {
      int at=-1;
      for(int i=0; i<ArraySize(numbers); i++)
         if(numbers[i].symbolId==id)
            at=i;
      if(at<0)
        {
         at=ArraySize(numbers);
         ArrayResize(numbers,at+1);
        }
      numbers[at].symbolId=id;
      numbers[at].brokerName=name;
      numbers[at].symbol=canonical;
      int known=At(name);
      if(known>=0)
         watched[known].id=id;
     }

   uint              IdOf(const string name) const
     {
      for(int i=0; i<ArraySize(numbers); i++)
         if(numbers[i].brokerName==name)
            return(numbers[i].symbolId);
      return(0);
     }

   //--- empty for a number that nobody gave
   string            NameOf(const uint id) const
     {
      for(int i=0; i<ArraySize(numbers); i++)
         if(numbers[i].symbolId==id)
            return(numbers[i].brokerName);
      return("");
     }

   void              ForgetTold(void)
     {
      for(int i=0; i<ArraySize(watched); i++)
        {
         watched[i].bid=0;
         watched[i].ask=0;
         watched[i].toldMs=0;
        }
     }

   //--- whether the symbol trades at this time of the broker's clock
   bool              SessionOpen(const int at,const long brokerMs) const
     {
      long seconds=brokerMs/1000;
      //--- 1970-01-01 was a Thursday
      int day=(int)((seconds/SUHO_DAY_SECONDS+4)%7);
      uint second=(uint)(seconds%SUHO_DAY_SECONDS);
      for(int i=0; i<ArraySize(watched[at].sessions); i++)
         if((int)watched[at].sessions[i].day==day && second>=watched[at].sessions[i].fromSeconds && second<watched[at].sessions[i].toSeconds)
            return(true);
      return(false);
     }

   //--- the symbol as SYMBOLS tells it
   void              Describe(const int at,SuhoBrokerSymbol &s)
     {
      string name=watched[at].name;
      ReadSessions(at);
      long modes=SymbolInfoInteger(name,SYMBOL_FILLING_MODE);
      s.digits=(uchar)SymbolInfoInteger(name,SYMBOL_DIGITS);
      s.calculationMode=Calculation(name);
      s.tradeMode=(ENUM_SUHO_SYMBOL_TRADE_MODE)SymbolInfoInteger(name,SYMBOL_TRADE_MODE);
      s.executionMode=(ENUM_SUHO_EXECUTION_MODE)SymbolInfoInteger(name,SYMBOL_TRADE_EXEMODE);
      s.fillOrKill=(modes & SUHO_FILLING_FOK)!=0;
      s.immediateOrCancel=(modes & SUHO_FILLING_IOC)!=0;
      s.bookOrCancel=(modes & SUHO_FILLING_BOC)!=0;
      s.point=Sound(SymbolInfoDouble(name,SYMBOL_POINT));
      s.tickSize=Sound(SymbolInfoDouble(name,SYMBOL_TRADE_TICK_SIZE));
      s.tickValueProfit=Sound(SymbolInfoDouble(name,SYMBOL_TRADE_TICK_VALUE_PROFIT));
      s.tickValueLoss=Sound(SymbolInfoDouble(name,SYMBOL_TRADE_TICK_VALUE_LOSS));
      s.contractSize=Sound(SymbolInfoDouble(name,SYMBOL_TRADE_CONTRACT_SIZE));
      s.volumeMin=Sound(SymbolInfoDouble(name,SYMBOL_VOLUME_MIN));
      s.volumeMax=Sound(SymbolInfoDouble(name,SYMBOL_VOLUME_MAX));
      s.volumeStep=Sound(SymbolInfoDouble(name,SYMBOL_VOLUME_STEP));
      s.volumeLimit=Sound(SymbolInfoDouble(name,SYMBOL_VOLUME_LIMIT));
      s.stopsLevel=(uint)SymbolInfoInteger(name,SYMBOL_TRADE_STOPS_LEVEL);
      s.freezeLevel=(uint)SymbolInfoInteger(name,SYMBOL_TRADE_FREEZE_LEVEL);
      s.brokerName=name;
      s.baseCurrency=SymbolInfoString(name,SYMBOL_CURRENCY_BASE);
      s.profitCurrency=SymbolInfoString(name,SYMBOL_CURRENCY_PROFIT);
      s.marginCurrency=SymbolInfoString(name,SYMBOL_CURRENCY_MARGIN);
      int count=ArraySize(watched[at].sessions);
      ArrayResize(s.sessions,count);
      for(int i=0; i<count; i++)
         s.sessions[i]=watched[at].sessions[i];
     }
  };

#endif
