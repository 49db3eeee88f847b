//--- The lines of the panel: where the connection stands, what trades, what forbids it, and what happened last.
#ifndef SUHO_STATUS_MQH
#define SUHO_STATUS_MQH
#include "Connection.mqh"
#include "Panel.mqh"

class CSuhoStatus
  {
private:
   string            Ago(const long ms) const
     {
      string text=SuhoWhole(ms/1000);
      text+=" s";
      return(text);
     }

   string            Caps(const CSuhoWork &work) const
     {
      string text="own caps   ";
      text+=work.options.riskPercentMax>0 ? "risk "+SuhoNumber(work.options.riskPercentMax)+"%  " : "";
      text+=work.options.volumeMax>0 ? "volume "+SuhoNumber(work.options.volumeMax)+"  " : "";
      text+=work.options.positionsMax>0 ? "positions "+SuhoWhole(work.options.positionsMax)+"  " : "";
      text+=work.options.dailyLossMax>0 ? "day "+SuhoNumber(work.options.dailyLossMax)+"%  " : "";
      text+=work.options.drawdownMax>0 ? "drawdown "+SuhoNumber(work.options.drawdownMax)+"%" : "";
      return(text);
     }

   string            Mode(const CSuhoWork &work) const
     {
      string text="mode       ";
      if(!work.hasRisk)
         text+="not told yet";
      else
         if(work.risk.emergencyStop)
            text+="EMERGENCY STOP: nothing is opened or changed";
         else
            text+=work.risk.tradingEnabled ? "trading" : "observe: signals are shown, none is executed";
      long kind=AccountInfoInteger(ACCOUNT_TRADE_MODE);
      text+=kind==ACCOUNT_TRADE_MODE_REAL ? " (real money)" : " (demo)";
      return(text);
     }

   string            Trading(const CSuhoWork &work) const
     {
      if(!work.terminal.connected)
         return("trading    the terminal has no connection to its broker");
      if(!work.terminal.terminalAllows)
         return("trading    OFF: button Algo Trading in the toolbar");
      if(!work.terminal.expertAllows)
         return("trading    OFF: this EA's properties, page Common");
      if(!work.terminal.accountAllowsExperts)
         return("trading    OFF: the broker forbids EAs on this account");
      if(!work.terminal.accountAllows)
         return("trading    OFF: the account may not trade");
      return("trading    allowed");
     }

public:
   //--- refusal: why the EA does not start; empty where it does
   void              Show(CSuhoPanel &panel,const CSuhoWork &work,const CSuhoConnection &connection,const CSuhoSession &session,const int openSignals,const string refusal) const
     {
      long nowMs=SuhoTickMs();
      panel.Begin();
      string title="Suho EA build ";
      title+=SuhoWhole(SUHO_EA_BUILD);
      panel.Add(title,false);
      if(StringLen(refusal)>0)
         panel.Add(refusal,true);
      string state="state      ";
      state+=SuhoStateText(connection.State());
      if(connection.State()==SUHO_STATE_DISCONNECTED && connection.DueMs()>nowMs)
         state+=", again in "+Ago(connection.DueMs()-nowMs);
      panel.Add(state,connection.State()==SUHO_STATE_DISCONNECTED);
      panel.Add("server     "+connection.Host(),work.log.Raised(SUHO_ALERT_HOST));
      if(connection.State()==SUHO_STATE_DISCONNECTED)
         panel.Add("why        "+connection.Why(),true);
      else
         panel.Add("session    "+session.Id(),false);
      panel.Add(Mode(work),work.hasRisk && work.risk.emergencyStop);
      panel.Add(Trading(work),!work.terminal.TradeAllowed());
      string trip="round trip ";
      trip+=work.clock.Known(SuhoTickUs()) ? SuhoWhole(work.clock.LastRoundTripUs()/1000)+" ms" : "not measured";
      if(session.Welcomed())
         trip+=", heard "+Ago(nowMs-session.HeardMs())+" ago";
      panel.Add(trip,false);
      panel.Add("signals    "+SuhoWhole(openSignals)+" open, "+SuhoWhole(work.executed)+" executed, "+SuhoWhole(work.OwnPositions())+" positions",false);
      panel.Add("last       "+(StringLen(work.lastResult)>0 ? work.lastResult : "none"),false);
      string error=work.log.LastError();
      panel.Add("error      "+(StringLen(error)>0 ? error : "none"),false);
      panel.Add(Caps(work),false);
      panel.Draw(nowMs);
     }
  };

#endif
