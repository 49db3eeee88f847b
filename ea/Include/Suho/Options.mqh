//--- What the user has set.
#ifndef SUHO_OPTIONS_MQH
#define SUHO_OPTIONS_MQH
#include "Text.mqh"
#include "Log.mqh"

struct SuhoOptions
  {
   string            host;
   int               port;
   bool              tls;
   string            thumbprint;       // of the server's certificate; empty for any that the terminal trusts
   string            otherServers;     // host:port;host:port, where the server may send the EA
   string            account;
   string            key;
   double            riskPercentMax;
   double            volumeMax;
   int               positionsMax;
   double            dailyLossMax;
   double            drawdownMax;
   string            commentNote;      // put before the comment of an order
   string            symbols;          // EURUSD,GBPUSD; empty for all of Market Watch
   int               quotesEveryMs;
   int               logLevel;
   bool              panel;
   bool              alerts;
   string            signalsFile;      // strategy tester: in the common folder
                     SuhoOptions(void)
     {
      host="";
      port=0;
      tls=true;
      thumbprint="";
      otherServers="";
      account="";
      key="";
      riskPercentMax=0;
      volumeMax=0;
      positionsMax=0;
      dailyLossMax=0;
      drawdownMax=0;
      commentNote="";
      symbols="";
      quotesEveryMs=1000;
      logLevel=SUHO_LOG_NOTES;
      panel=true;
      alerts=true;
      signalsFile="";
     }
  };

//--- servers of the inputs, the first one first
void SuhoEndpoints(const SuhoOptions &o,SUHO_ARRAY_REF(SuhoEndpoint, endpoints))
  {
   ArrayResize(endpoints,1);
   endpoints[0].transport=o.tls ? SUHO_TRANSPORT_TLS : SUHO_TRANSPORT_TCP;
   endpoints[0].host=o.host;
   endpoints[0].port=(ushort)o.port;
   SUHO_ARRAY(string, parts);
   int count=StringSplit(o.otherServers,';',parts);
   for(int i=0; i<count && i<8; i++)
     {
      string part=parts[i];
      StringTrimLeft(part);
      StringTrimRight(part);
      int colon=StringFind(part,":");
      if(colon<1)
         continue;
      int port=(int)StringToInteger(StringSubstr(part,colon+1));
      if(port<1 || port>65535)
         continue;
      int at=ArraySize(endpoints);
      ArrayResize(endpoints,at+1);
      endpoints[at].transport=endpoints[0].transport;
      endpoints[at].host=StringSubstr(part,0,colon);
      endpoints[at].port=(ushort)port;
     }
  }

bool SuhoIsLoopback(const string host)
  {
   return(host=="localhost" || host=="::1" || StringFind(host,"127.")==0);
  }

bool SuhoCap(const double value,const double most)
  {
   return(MathIsValidNumber(value) && value>=0 && value<=most);
  }

//--- what is wrong with the inputs; empty where nothing is
string SuhoOptionsFault(const SuhoOptions &o,const bool tester)
  {
   SuhoId id;
   if(!SuhoCap(o.riskPercentMax,100) || !SuhoCap(o.dailyLossMax,100) || !SuhoCap(o.drawdownMax,100))
      return("A cap in percent must lie from 0 (none) to 100.");
   if(!SuhoCap(o.volumeMax,1000000) || o.positionsMax<0 || o.positionsMax>65535)
      return("The cap on volume or on positions cannot be right; 0 means none.");
   if(o.quotesEveryMs<100 || o.quotesEveryMs>60000)
      return("The interval of quotes must lie from 100 to 60000 ms.");
   if(tester)
      return(o.signalsFile=="" ? "In the strategy tester the EA has no server: name a file of signals in the common folder." : "");
   if(o.host=="" || StringFind(o.host,"/")>=0 || StringFind(o.host,":")==StringLen(o.host)-1)
      return("The host is a name or address alone, without https:// and without a port.");
   if(o.port<1 || o.port>65535)
      return("The port must lie from 1 to 65535.");
   if(!SuhoParseId(o.account,id))
      return("The account id is a UUID: copy it from where the key was shown.");
   if(SuhoParseKey(o.key)=="")
      return("The API key is 64 hex digits: copy all of it from where it was shown.");
   return("");
  }

#endif
