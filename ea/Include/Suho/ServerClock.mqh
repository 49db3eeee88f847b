//--- The server's time as the EA knows it: offset = server - own tick, from the sample with the smallest round trip among
//--- those not older than a minute. WELCOME answers HELLO, so it is a sample too.
#ifndef SUHO_SERVER_CLOCK_MQH
#define SUHO_SERVER_CLOCK_MQH

#define SUHO_SAMPLE_LIFE_US 60000000
#define SUHO_SAMPLES_MOST 64

struct SuhoClockSample
  {
   long              atUs;
   long              roundTripUs;
   long              offsetUs;
                     SuhoClockSample(void) { atUs=0; roundTripUs=0; offsetUs=0; }
  };

class CSuhoServerClock
  {
private:
   SuhoClockSample   m_samples[SUHO_SAMPLES_MOST];
   int               m_count;
   int               m_next;
   bool              m_pinned;
   long              m_lastRoundTripUs;

   //--- index of the best sample, -1 for none
   int               Best(const long nowUs) const
     {
      int best=-1;
      for(int i=0; i<m_count; i++)
        {
         if(nowUs-m_samples[i].atUs>=SUHO_SAMPLE_LIFE_US)
            continue;
         if(best<0 || m_samples[i].roundTripUs<m_samples[best].roundTripUs)
            best=i;
         else
            if(m_samples[i].roundTripUs==m_samples[best].roundTripUs && m_samples[i].atUs>m_samples[best].atUs)
               best=i;
        }
      return(best);
     }

public:
                     CSuhoServerClock(void) { m_count=0; m_next=0; m_pinned=false; m_lastRoundTripUs=0; }

   //--- the strategy tester has no server: its time is the clock itself
   void              Pin(void) { m_pinned=true; }
   long              LastRoundTripUs(void) const { return(m_lastRoundTripUs); }

   //--- sentUs and atUs are own ticks; serverUs the server's clock when it answered; heldUs how long it held ours
   void              Sample(const long sentUs,const long atUs,const long serverUs,const long heldUs)
     {
      SuhoClockSample sample;
      sample.roundTripUs=atUs-sentUs-heldUs;
      if(sample.roundTripUs<0)
         sample.roundTripUs=0;
      sample.atUs=atUs;
      sample.offsetUs=serverUs+sample.roundTripUs/2-atUs;
      m_samples[m_next]=sample;
      m_next=(m_next+1)%SUHO_SAMPLES_MOST;
      if(m_count<SUHO_SAMPLES_MOST)
         m_count++;
      m_lastRoundTripUs=sample.roundTripUs;
     }

   bool              Known(const long nowUs) const { return(m_pinned || Best(nowUs)>=0); }

   //--- server's time at own tick nowUs; 0 while it is not known
   long              At(const long nowUs) const
     {
      if(m_pinned)
         return(nowUs);
      int best=Best(nowUs);
      if(best<0)
         return(0);
      long time=nowUs+m_samples[best].offsetUs;
      return(time>0 ? time : 0);
     }

   //--- true when the instant may have passed at the server, or nobody can say
   bool              Expired(const long validUntilMs,const long nowUs) const
     {
      if(m_pinned)
         return(nowUs>=validUntilMs*1000);
      int best=Best(nowUs);
      if(best<0)
         return(true);
      return(nowUs+m_samples[best].offsetUs+m_samples[best].roundTripUs/2>=validUntilMs*1000);
     }
  };

#endif
