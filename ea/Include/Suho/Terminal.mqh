//--- What the terminal itself allows and knows: its link to the broker, whether trading is allowed, and since when it has been in
//--- step with the trade server. "Not found" is worth nothing from a terminal that is not.
#ifndef SUHO_TERMINAL_MQH
#define SUHO_TERMINAL_MQH
#include "Time.mqh"
#include "Log.mqh"

//--- a terminal that has just connected may still be loading its history
#define SUHO_SETTLING_MS 3000
#define SUHO_LOOK_AT_TERMINAL_MS 200

class CSuhoTerminal
  {
private:
   long              m_login;
   long              m_sinceMs;
   long              m_dueMs;
   bool              m_tester;

   void              Allowance(CSuhoLog &log,const int kind,const bool allowed,const string sentence)
     {
      if(allowed)
         log.Clear(kind,"That is allowed again.");
      else
         log.Raise(kind,sentence);
     }

public:
   bool              connected;
   bool              terminalAllows;
   bool              expertAllows;
   bool              accountAllowsExperts;
   bool              accountAllows;

                     CSuhoTerminal(void)
     {
      m_login=0;
      m_sinceMs=-1;
      m_dueMs=0;
      m_tester=false;
      connected=false;
      terminalAllows=false;
      expertAllows=false;
      accountAllowsExperts=false;
      accountAllows=false;
     }

   void              Open(const bool tester) { m_tester=tester; m_login=AccountInfoInteger(ACCOUNT_LOGIN); }
   long              Login(void) const { return(m_login); }

   bool              TradeAllowed(void) const { return(terminalAllows && expertAllows && accountAllowsExperts && accountAllows); }

   //--- the account that the EA was started on
   bool              SameAccount(void) const { return(m_login!=0 && AccountInfoInteger(ACCOUNT_LOGIN)==m_login); }

   void              Look(CSuhoLog &log)
     {
      long nowMs=SuhoTickMs();
      if(nowMs<m_dueMs)
         return;
      m_dueMs=nowMs+SUHO_LOOK_AT_TERMINAL_MS;
      if(m_login==0)
         m_login=AccountInfoInteger(ACCOUNT_LOGIN);
      connected=m_tester || (TerminalInfoInteger(TERMINAL_CONNECTED)!=0 && SameAccount());
      if(!connected)
         m_sinceMs=-1;
      else
         if(m_sinceMs<0)
            m_sinceMs=nowMs;
      terminalAllows=m_tester || TerminalInfoInteger(TERMINAL_TRADE_ALLOWED)!=0;
      expertAllows=m_tester || MQLInfoInteger(MQL_TRADE_ALLOWED)!=0;
      if(!connected || m_tester)
        {
         //--- without its link the terminal does not know what the account allows
         accountAllowsExperts=m_tester || accountAllowsExperts;
         accountAllows=m_tester || accountAllows;
        }
      else
        {
         accountAllowsExperts=AccountInfoInteger(ACCOUNT_TRADE_EXPERT)!=0;
         accountAllows=AccountInfoInteger(ACCOUNT_TRADE_ALLOWED)!=0;
         Allowance(log,SUHO_ALERT_ACCOUNT_EXPERT,accountAllowsExperts,"The broker does not allow this account to be traded by an EA. Ask the broker.");
         Allowance(log,SUHO_ALERT_ACCOUNT,accountAllows,"This account may not trade: it was logged in with the investor password, or the broker has disabled it.");
        }
      Allowance(log,SUHO_ALERT_TERMINAL,terminalAllows,"Algo Trading is off: press the button Algo Trading in the toolbar of the terminal.");
      //--- the terminal's own button takes this one with it
      if(terminalAllows)
         Allowance(log,SUHO_ALERT_EXPERT,expertAllows,"This EA may not trade: tick Allow Algo Trading in its properties (F7 on the chart), on the page Common.");
     }

   //--- since when terminal and trade server have been in step without a break; -1 while they are not
   long              InStepSinceMs(void) const { return(connected ? m_sinceMs : -1); }

   //--- what it says of positions and history can be taken for whole
   bool              Knows(void) const
     {
      if(m_tester)
         return(true);
      return(InStepSinceMs()>=0 && SuhoTickMs()-m_sinceMs>=SUHO_SETTLING_MS);
     }
  };

#endif
