//--- Suho: executes on this account the signals of a Suho server, and tells it what became of them. docs/EA.md says how it is
//--- installed. All that it does stands in Include/Suho; here are the inputs, and the terminal's events.
#ifdef __MQL5__
#property copyright "Suho"
#property version   "1.02"
#property description "Connects this account to a Suho server: executes its signals, reports what became of them."
#property description "Add the server to Tools > Options > Expert Advisors > Allow WebRequest for listed URL."
#endif
#include <Suho/Ea.mqh>

input string Host = "";                   // Server: name or address, without https://
input int Port = 8443;                    // Port
input bool Tls = true;                    // TLS; off only for a server on this computer
input string CertificateThumbprint = "";  // Thumbprint of the server's certificate; empty: the terminal judges
input string OtherServers = "";           // Servers it may send the EA to: host:port;host:port
input string Account = "";                // Account id, as shown with the key
input string Key = "";                    // API key
input double MaxRiskPercent = 1.0;        // Own cap: risk of one signal, % of equity; 0 none
input double MaxVolume = 0.0;             // Own cap: volume of one order, lots; 0 none
input int MaxPositions = 5;               // Own cap: open positions; 0 none
input double MaxDailyLossPercent = 5.0;   // Own cap: loss of a day, %; 0 none
input double MaxDrawdownPercent = 20.0;   // Own cap: fall from the highest equity, %; 0 none
input string OrderNote = "";              // Put before the comment of every order
input string SymbolList = "";             // Symbols, separated by commas; empty: all of Market Watch
input int QuotesEveryMs = 1000;           // Prices are told this often, ms
input int LogLevel = 1;                   // Log: 0 errors, 1 notes, 2 every request
input bool ShowPanel = true;              // Panel on the chart
input bool ShowAlerts = true;             // Alert windows
input string TesterSignals = "";          // Strategy tester: file of signals in the common folder

//--- the terminal keeps globals when inputs, symbol or timeframe change: an array of one can be emptied, and the EA begins anew
SUHO_ARRAY(CSuhoEa, suhoEa);

int OnInit(void)
  {
   MathSrand((int)(GetTickCount() & 0x7FFFFFFF));
   SuhoOptions o;
   o.host=Host;
   StringTrimLeft(o.host);
   StringTrimRight(o.host);
   o.port=Port;
   o.tls=Tls;
   o.thumbprint=CertificateThumbprint;
   o.otherServers=OtherServers;
   o.account=Account;
   o.key=Key;
   o.riskPercentMax=MaxRiskPercent;
   o.volumeMax=MaxVolume;
   o.positionsMax=MaxPositions;
   o.dailyLossMax=MaxDailyLossPercent;
   o.drawdownMax=MaxDrawdownPercent;
   o.commentNote=OrderNote;
   o.symbols=SymbolList;
   o.quotesEveryMs=QuotesEveryMs;
   o.logLevel=LogLevel;
   o.panel=ShowPanel;
   o.alerts=ShowAlerts;
   o.signalsFile=TesterSignals;
   ArrayFree(suhoEa);
   if(ArrayResize(suhoEa,1)!=1 || !suhoEa[0].Open(o))
      return(INIT_FAILED);
   if(!SuhoInTester() && !EventSetMillisecondTimer(SUHO_TIMER_MS))
      return(INIT_FAILED);
   return(INIT_SUCCEEDED);
  }

void OnDeinit(const int reason)
  {
   EventKillTimer();
   if(ArraySize(suhoEa)==1)
      suhoEa[0].Close(reason);
   ArrayFree(suhoEa);
  }

void OnTimer(void)
  {
   if(ArraySize(suhoEa)==1)
      suhoEa[0].Turn();
  }

void OnTick(void)
  {
   if(ArraySize(suhoEa)==1)
      suhoEa[0].Tick();
  }

void OnTradeTransaction(const MqlTradeTransaction &trans,const MqlTradeRequest &request,const MqlTradeResult &result)
  {
   if(ArraySize(suhoEa)==1)
      suhoEa[0].Announced(trans,request,result);
  }

void OnChartEvent(const int id,const long &lparam,const double &dparam,const string &sparam)
  {
   if(ArraySize(suhoEa)==1)
      suhoEa[0].Clicked(id,lparam,(long)dparam,sparam);
  }

double OnTester(void)
  {
   return(ArraySize(suhoEa)==1 ? suhoEa[0].Score() : 0.0);
  }
