//--- How long to wait before the next connection: doubling, with full jitter, so that many EAs do not come back at once.
#ifndef SUHO_BACKOFF_MQH
#define SUHO_BACKOFF_MQH

#define SUHO_BACKOFF_FIRST_MS 250
#define SUHO_BACKOFF_MOST_MS 30000
//--- a session that was LIVE for this long starts the count again
#define SUHO_SETTLED_MS 60000
//--- after a refused key or a newer session another try can only do harm
#define SUHO_BARRED_MS 60000

class CSuhoBackoff
  {
private:
   int               m_failures;

   //--- 0 to 1; MathRand gives 15 bits
   double            Chance(void) { return(((double)MathRand()*32768.0+(double)MathRand())/1073741824.0); }

public:
                     CSuhoBackoff(void) { m_failures=0; }
   int               Failures(void) const { return(m_failures); }

   //--- without counting: nothing has failed
   long              FirstMs(void) { return((long)MathCeil(Chance()*(double)SUHO_BACKOFF_FIRST_MS)); }

   //--- after a session that was live for liveMs, 0 where it never was; leastMs is what the server asked for
   long              NextMs(const long liveMs,const long leastMs)
     {
      if(liveMs>=SUHO_SETTLED_MS)
         m_failures=0;
      long most=SUHO_BACKOFF_FIRST_MS;
      for(int i=0; i<m_failures && most<SUHO_BACKOFF_MOST_MS; i++)
         most*=2;
      if(most>SUHO_BACKOFF_MOST_MS)
         most=SUHO_BACKOFF_MOST_MS;
      m_failures++;
      long wait=(long)MathCeil(Chance()*(double)most);
      return(wait>leastMs ? wait : leastMs);
     }
  };

#endif
