//--- The numbers of one session, either way. Gone with the session: what was not acked goes out again in the next one.
#ifndef SUHO_SEQUENCE_MQH
#define SUHO_SEQUENCE_MQH
#include "Frame.mqh"

#define SUHO_UNACKED_MOST 4096
#define SUHO_HALF_ACK_OWED_MS 500

//--- numbers what is sent and keeps it until the other side says that it is durable there
class CSuhoOutgoing
  {
private:
   SUHO_ARRAY(SuhoFrame, m_sent);
   int               m_first;
   ulong             m_last;
   ulong             m_acked;

   void              Shift(void)
     {
      int size=ArraySize(m_sent);
      if(m_first==0 || (m_first<size && m_first<256))
         return;
      int left=size-m_first;
      for(int i=0; i<left; i++)
         SuhoCopyFrame(m_sent[i],m_sent[m_first+i]);
      ArrayResize(m_sent,left);
      m_first=0;
     }

public:
                     CSuhoOutgoing(void) { m_first=0; m_last=0; m_acked=0; }

   void              Restart(void)
     {
      ArrayResize(m_sent,0);
      m_first=0;
      m_last=0;
      m_acked=0;
     }

   int               Unacked(void) const { return(ArraySize(m_sent)-m_first); }
   bool              Full(void) const { return(Unacked()>=SUHO_UNACKED_MOST); }

   ulong             Next(const SuhoFrame &frame)
     {
      m_last++;
      int at=ArraySize(m_sent);
      ArrayResize(m_sent,at+1);
      SuhoCopyFrame(m_sent[at],frame);
      //--- the record holds these; only pages that a command asked for must be sent again from here
      if(!(frame.history && !frame.byItself))
         ArrayResize(m_sent[at].bytes,0);
      return(m_last);
     }

   bool              Valid(const ulong ack) const { return(ack<=m_last && ack>=m_acked); }

   //--- hands out the next frame that ack covers; false when there is none
   bool              Release(const ulong ack,SuhoFrame &frame)
     {
      if(m_acked>=ack || m_first>=ArraySize(m_sent))
         return(false);
      m_acked++;
      SuhoCopyFrame(frame,m_sent[m_first]);
      m_first++;
      Shift();
      return(true);
     }

   //--- what was not acked and nobody else holds
   void              Left(SUHO_ARRAY_REF(SuhoFrame, left))
     {
      for(int i=m_first; i<ArraySize(m_sent); i++)
        {
         if(!m_sent[i].history || m_sent[i].byItself)
            continue;
         int at=ArraySize(left);
         ArrayResize(left,at+1);
         SuhoCopyFrame(left[at],m_sent[i]);
         left[at].repeat=true;
        }
     }
  };

//--- checks the numbers that come, and knows what may be acked and since when an ack is owed
class CSuhoIncoming
  {
private:
   ulong             m_received;
   ulong             m_durable;
   ulong             m_told;
   long              m_owedSinceMs;

public:
                     CSuhoIncoming(void) { Restart(); }
   void              Restart(void) { m_received=0; m_durable=0; m_told=0; m_owedSinceMs=-1; }
   ulong             Ack(void) const { return(m_durable); }

   bool              Accept(const ulong seq)
     {
      if(seq!=m_received+1)
         return(false);
      m_received=seq;
      return(true);
     }

   //--- the record is flushed, and everything that came is in it
   void              Durable(const long nowMs)
     {
      m_durable=m_received;
      if(m_durable>m_told && m_owedSinceMs<0)
         m_owedSinceMs=nowMs;
     }

   bool              AckDue(const long nowMs) const { return(m_owedSinceMs>=0 && nowMs-m_owedSinceMs>=SUHO_HALF_ACK_OWED_MS); }
   void              Told(void) { m_told=m_durable; m_owedSinceMs=-1; }
  };

#endif
