//--- The EA's clocks. Its own tick counts on whatever the terminal does; in the strategy tester time is the tester's.
#ifndef SUHO_TIME_MQH
#define SUHO_TIME_MQH

#define SUHO_NEVER 9000000000000000
#define SUHO_DAY_SECONDS 86400

bool SuhoInTester(void)
  {
   return(MQLInfoInteger(MQL_TESTER)!=0);
  }

//--- milliseconds of the own counter
long SuhoTickMs(void)
  {
   if(SuhoInTester())
      return((long)TimeCurrent()*1000);
   return((long)GetTickCount64());
  }

long SuhoTickUs(void)
  {
   return(SuhoTickMs()*1000);
  }

//--- the broker's clock in milliseconds
long SuhoBrokerMs(void)
  {
   return((long)TimeTradeServer()*1000);
  }

//--- broker's clock minus UTC, in whole quarters of an hour; 0 while the terminal does not know
int SuhoBrokerOffsetSeconds(void)
  {
   long difference=(long)TimeTradeServer()-(long)TimeGMT();
   if(difference>15*3600 || difference<-15*3600)
      return(0);
   long quarters=(long)MathRound((double)difference/900.0);
   return((int)(quarters*900));
  }

#endif
