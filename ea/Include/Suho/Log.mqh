//--- What the EA says in the Experts tab, and its alerts: each once per episode.
#ifndef SUHO_LOG_MQH
#define SUHO_LOG_MQH
#include "Build.mqh"

#define SUHO_LOG_ERRORS 0
#define SUHO_LOG_NOTES 1
#define SUHO_LOG_FRAMES 2

#define SUHO_ALERT_HOST 0
#define SUHO_ALERT_TERMINAL 1
#define SUHO_ALERT_EXPERT 2
#define SUHO_ALERT_ACCOUNT_EXPERT 3
#define SUHO_ALERT_ACCOUNT 4
#define SUHO_ALERT_KEY 5
#define SUHO_ALERT_RECORD 6
#define SUHO_ALERT_UNPROTECTED 7
#define SUHO_ALERT_INPUTS 8
#define SUHO_ALERT_KINDS 9

class CSuhoLog
  {
private:
   int               m_level;
   bool              m_alerts;
   bool              m_raised[SUHO_ALERT_KINDS];
   string            m_lastError;
   uint              m_errors;

public:
                     CSuhoLog(void)
     {
      m_level=SUHO_LOG_NOTES;
      m_alerts=true;
      m_lastError="";
      m_errors=0;
      for(int i=0; i<SUHO_ALERT_KINDS; i++)
         m_raised[i]=false;
     }

   void              Open(const int level,const bool alerts) { m_level=level; m_alerts=alerts; }
   string            LastError(void) const { return(m_lastError); }
   uint              Errors(void) const { return(m_errors); }
   bool              Shows(const int level) const { return(m_level>=level); }
   bool              Raised(const int kind) const { return(m_raised[kind]); }

   void              Error(const string sentence)
     {
      m_errors++;
      m_lastError=sentence;
      string line=SUHO_EA_NAME;
      line+=": ";
      line+=sentence;
      Print(line);
     }

   void              Note(const string sentence)
     {
      if(m_level<SUHO_LOG_NOTES)
         return;
      string line=SUHO_EA_NAME;
      line+=": ";
      line+=sentence;
      Print(line);
     }

   void              Frame(const string sentence)
     {
      if(m_level>=SUHO_LOG_FRAMES)
         Note(sentence);
     }

   //--- says it once; again only after Clear
   void              Raise(const int kind,const string sentence)
     {
      if(m_raised[kind])
         return;
      m_raised[kind]=true;
      Error(sentence);
      if(!m_alerts)
         return;
      string line=SUHO_EA_NAME;
      line+=": ";
      line+=sentence;
      Alert(line);
     }

   void              Clear(const int kind,const string sentence)
     {
      if(!m_raised[kind])
         return;
      m_raised[kind]=false;
      if(sentence!="")
         Note(sentence);
     }
  };

#endif
