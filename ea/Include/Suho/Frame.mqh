//--- Frames as bytes: a frame is written once, and gets its numbers, its ack and its sum when it leaves or is kept.
#ifndef SUHO_FRAME_MQH
#define SUHO_FRAME_MQH
#include "Protocol.mqh"

//--- a frame on its way: to the record, to the wire, or from one session to the next
struct SuhoFrame
  {
   uchar             type;
   ulong             kept;          // its number in the record; 0 for what the record does not hold
   bool              repeat;        // possible duplicate
   bool              history;       // a page of HISTORY …
   bool              byItself;      // … that no command asked for
   bool              lastPage;
   bool              complete;
   long              toMs;          // end of its range
   SUHO_ARRAY(uchar, bytes);
                     SuhoFrame(void) { type=0; kept=0; repeat=false; history=false; byItself=false; lastPage=false; complete=false; toMs=0; }
  };

void SuhoCopyBytes(SUHO_ARRAY_REF(uchar, to),SUHO_ARRAY_REF(const uchar, from),const int start,const int count)
  {
   ArrayResize(to,count);
   if(count>0)
      ArrayCopy(to,from,0,start,count);
  }

void SuhoCopyFrame(SuhoFrame &to,const SuhoFrame &from)
  {
   to.type=from.type;
   to.kept=from.kept;
   to.repeat=from.repeat;
   to.history=from.history;
   to.byItself=from.byItself;
   to.lastPage=from.lastPage;
   to.complete=from.complete;
   to.toMs=from.toMs;
   SuhoCopyBytes(to.bytes,from.bytes,0,ArraySize(from.bytes));
  }

bool SuhoSequenced(const uchar type)
  {
   switch((int)type)
     {
      case SUHO_TYPE_TRADE:
      case SUHO_TYPE_RESULT:
      case SUHO_TYPE_HISTORY:
      case SUHO_TYPE_SYMBOLS:
      case SUHO_TYPE_SIGNAL:
      case SUHO_TYPE_COMMAND:
         return(true);
     }
   return(false);
  }

void SuhoPutNumber(SUHO_ARRAY_REF(uchar, bytes),const int at,const ulong value,const int width)
  {
   for(int i=0; i<width; i++)
      bytes[at+i]=(uchar)((value>>(8*i)) & 0xFF);
  }

//--- writes the numbers of a session into a finished frame
void SuhoStamp(SUHO_ARRAY_REF(uchar, frame),const uchar flags,const ulong seq,const ulong ack,const long timeUs)
  {
   frame[7]=flags;
   SuhoPutNumber(frame,12,0,4);
   SuhoPutNumber(frame,16,seq,8);
   SuhoPutNumber(frame,24,ack,8);
   SuhoPutNumber(frame,32,(ulong)timeUs,8);
   SuhoPutNumber(frame,12,SuhoCrc32(frame,0,ArraySize(frame),0),4);
  }

void SuhoAppendBytes(SUHO_ARRAY_REF(uchar, to),SUHO_ARRAY_REF(const uchar, from))
  {
   int had=ArraySize(to);
   int more=ArraySize(from);
   if(more==0)
      return;
   ArrayResize(to,had+more);
   ArrayCopy(to,from,had,0,more);
  }

//--- bytes that wait, taken from the front
class CSuhoBytes
  {
private:
   SUHO_ARRAY(uchar, m_bytes);
   int               m_from;
   int               m_to;

public:
                     CSuhoBytes(void) { m_from=0; m_to=0; }
   int               Size(void) const { return(m_to-m_from); }
   void              Clear(void) { m_from=0; m_to=0; }

   void              Append(SUHO_ARRAY_REF(const uchar, bytes),const int count)
     {
      if(count<=0)
         return;
      if(m_from>0 && (m_from==m_to || m_from>65536))
        {
         int left=m_to-m_from;
         for(int i=0; i<left; i++)
            m_bytes[i]=m_bytes[m_from+i];
         m_from=0;
         m_to=left;
        }
      if(ArraySize(m_bytes)<m_to+count)
         ArrayResize(m_bytes,(m_to+count)*2);
      ArrayCopy(m_bytes,bytes,m_to,0,count);
      m_to+=count;
     }

   void              Drop(const int count)
     {
      m_from+=count;
      if(m_from>=m_to)
         Clear();
     }

   void              Peek(SUHO_ARRAY_REF(uchar, bytes),const int most) const
     {
      int count=Size()<most ? Size() : most;
      SuhoCopyBytes(bytes,m_bytes,m_from,count);
     }

   //--- length of the frame at the front: 0 while it is not whole, -1 where it is none
   int               FrameLength(const int maxBody) const
     {
      return(SuhoFrameLength(m_bytes,m_from,Size(),maxBody));
     }
  };

#endif
