//--- What the entries of the record add up to. An entry is a frame of suho-2: SIGNAL, COMMAND, RESULT and TRADE as on the wire, the
//--- others with types that no wire carries.
#ifndef SUHO_RECORD_STATE_MQH
#define SUHO_RECORD_STATE_MQH
#include "Memory.mqh"
#include "Frame.mqh"

//--- entries besides SIGNAL, COMMAND, RESULT and TRADE
#define SUHO_ENTRY_INSTANCE 0x80
#define SUHO_ENTRY_CANCEL 0x81
#define SUHO_ENTRY_INTENT 0x82
#define SUHO_ENTRY_CLOSING 0x83
#define SUHO_ENTRY_ACKED 0x84
#define SUHO_ENTRY_HISTORY 0x85
#define SUHO_ENTRY_GUARDED 0x86
#define SUHO_ENTRY_PEAK 0x87
#define SUHO_ENTRY_NUMBER 0x89
#define SUHO_ENTRY_TOLD 0x8A
#define SUHO_ENTRY_ANSWER 0x8B
#define SUHO_ENTRY_CLOSED 0x8C

class CSuhoRecordState
  {
private:
   int               SignalSlot(const SuhoId &id)
     {
      int at=SignalAt(id);
      if(at>=0)
         return(at);
      at=ArraySize(signals);
      ArrayResize(signals,at+1);
      signals[at].id=id;
      return(at);
     }

   void              ApplySignal(CSuhoReader &r,const SuhoHeader &h)
     {
      SuhoSignal message;
      if(!SuhoReadSignal(r,message))
         return;
      int at=SignalSlot(message.id);
      signals[at].message=message;
      signals[at].received=true;
      signals[at].receivedUs=h.timeUs;
     }

   void              ApplyCommand(CSuhoReader &r,const SuhoHeader &h)
     {
      SuhoCommand message;
      if(!SuhoReadCommand(r,message) || CommandAt(message.id)>=0)
         return;
      int at=ArraySize(commands);
      ArrayResize(commands,at+1);
      commands[at].message=message;
      commands[at].receivedUs=h.timeUs;
     }

   void              ApplyIntent(CSuhoReader &r,const SuhoHeader &h)
     {
      SuhoId id;
      r.Id(id);
      double volume=r.F64();
      int attempts=(int)r.U32();
      int at=SignalSlot(id);
      signals[at].attempts=attempts;
      signals[at].intentUs=h.timeUs;
      signals[at].intentVolume=volume;
     }

   void              ApplyClosing(CSuhoReader &r,const SuhoHeader &h)
     {
      SuhoId id;
      r.Id(id);
      long brokerMs=r.Time();
      int count=r.Count();
      int at=CommandAt(id);
      if(at<0)
         return;
      commands[at].closing=true;
      commands[at].closingUs=h.timeUs;
      commands[at].closingBrokerMs=brokerMs;
      ArrayResize(commands[at].targets,count);
      for(int i=0; i<count; i++)
        {
         int outer=r.Enter();
         commands[at].targets[i].position=r.U64();
         commands[at].targets[i].volume=r.F64();
         commands[at].targets[i].symbol=r.Str();
         r.Leave(outer);
        }
     }

   void              ApplyAnswer(CSuhoReader &r)
     {
      SuhoId id;
      r.Id(id);
      int at=SignalSlot(id);
      signals[at].retcode=r.U32();
      signals[at].order=r.U64();
     }

   void              ApplyClosed(CSuhoReader &r)
     {
      SuhoId id;
      r.Id(id);
      int target=(int)r.U32();
      double volume=r.F64();
      int at=CommandAt(id);
      if(at<0 || target<0 || target>=ArraySize(commands[at].targets))
         return;
      commands[at].targets[target].done=volume;
      if(commands[at].targets[target].closed<volume)
         commands[at].targets[target].closed=volume;
     }

   //--- the newest RESULT of its signal or command; false where it is known already
   bool              Remember(const SuhoResult &m)
     {
      if(m.subject==SUHO_RESULT_SUBJECT_SIGNAL)
        {
         int at=SignalSlot(m.id);
         if(signals[at].told && m.attempt<=signals[at].last.attempt)
            return(false);
         signals[at].told=true;
         signals[at].last=m;
         return(true);
        }
      int found=CommandAt(m.id);
      if(found<0 || (commands[found].told && m.attempt<=commands[found].last.attempt))
         return(false);
      commands[found].told=true;
      commands[found].last=m;
      return(true);
     }

   void              ApplyKept(SUHO_ARRAY_REF(const uchar, bytes),const int from,const int whole,const SuhoHeader &h,CSuhoReader &r)
     {
      int at=ArraySize(kept);
      ArrayResize(kept,at+1);
      kept[at].number=h.seq;
      kept[at].type=h.type;
      SuhoCopyBytes(kept[at].frame,bytes,from,whole);
      if(h.seq>lastNumber)
         lastNumber=h.seq;
      if(h.type==SUHO_TYPE_TRADE)
        {
         SuhoTrade trade;
         SuhoReadTrade(r,trade);
         kept[at].brokerTimeMs=trade.deal!=0 ? trade.brokerTimeMs : 0;
         return;
        }
      SuhoResult result;
      SuhoReadResult(r,result);
      kept[at].id=result.id;
      kept[at].attempt=(int)result.attempt;
      //--- an answer that is given again goes out again, and is no new result
      kept[at].repeat=!Remember(result);
     }

   void              ApplyAcked(const ulong number,const bool dealsWhole)
     {
      int gone=0;
      int size=ArraySize(kept);
      while(gone<size && kept[gone].number<=number)
        {
         if(dealsWhole && kept[gone].brokerTimeMs>ackedDealMs)
            ackedDealMs=kept[gone].brokerTimeMs;
         gone++;
        }
      if(gone==0)
         return;
      for(int i=gone; i<size; i++)
         kept[i-gone]=kept[i];
      ArrayResize(kept,size-gone);
     }

protected:
   void              Apply(SUHO_ARRAY_REF(const uchar, bytes),const int from,const int whole)
     {
      SuhoHeader h;
      if(!SuhoReadHeader(bytes,from,whole,h))
         return;
      CSuhoReader r;
      r.Load(bytes,from+SUHO_HEADER_BYTES_2,from+whole);
      SuhoId id;
      switch((int)h.type)
        {
         case SUHO_TYPE_SIGNAL:
            ApplySignal(r,h);
            break;
         case SUHO_TYPE_COMMAND:
            ApplyCommand(r,h);
            break;
         case SUHO_TYPE_RESULT:
         case SUHO_TYPE_TRADE:
            ApplyKept(bytes,from,whole,h,r);
            break;
         case SUHO_ENTRY_INSTANCE:
            r.Id(instance);
            break;
         case SUHO_ENTRY_CANCEL:
            r.Id(id);
            signals[SignalSlot(id)].cancelled=true;
            break;
         case SUHO_ENTRY_INTENT:
            ApplyIntent(r,h);
            break;
         case SUHO_ENTRY_CLOSING:
            ApplyClosing(r,h);
            break;
         case SUHO_ENTRY_ANSWER:
            ApplyAnswer(r);
            break;
         case SUHO_ENTRY_CLOSED:
            ApplyClosed(r);
            break;
         case SUHO_ENTRY_ACKED:
            ApplyAcked(h.seq,r.Bool());
            break;
         case SUHO_ENTRY_HISTORY:
           {
            long untilMs=r.Time();
            if(untilMs>ackedDealMs)
               ackedDealMs=untilMs;
            break;
           }
         case SUHO_ENTRY_GUARDED:
            r.Id(id);
            signals[SignalSlot(id)].guarded=true;
            break;
         case SUHO_ENTRY_PEAK:
            peak=r.F64();
            peakBrokerMs=r.Time();
            break;
         case SUHO_ENTRY_NUMBER:
            if(h.seq>lastNumber)
               lastNumber=h.seq;
            break;
         case SUHO_ENTRY_TOLD:
           {
            SuhoResult result;
            if(SuhoReadResult(r,result))
               Remember(result);
            break;
           }
        }
     }

public:
   SuhoId            instance;
   SUHO_ARRAY(SuhoSignalMemory, signals);
   SUHO_ARRAY(SuhoCommandMemory, commands);
   //--- not yet acked, oldest first
   SUHO_ARRAY(SuhoKept, kept);
   ulong             lastNumber;
   //--- broker's time of the newest deal that the server has for certain; 0 for none
   long              ackedDealMs;
   //--- highest equity, and when it was, for the drawdown
   double            peak;
   long              peakBrokerMs;

                     CSuhoRecordState(void) { lastNumber=0; ackedDealMs=0; peak=0; peakBrokerMs=0; }

   int               SignalAt(const SuhoId &id) const
     {
      for(int i=ArraySize(signals)-1; i>=0; i--)
         if(SuhoSameId(signals[i].id,id))
            return(i);
      return(-1);
     }

   int               SignalByMagic(const ulong magic) const
     {
      if(magic==0)
         return(-1);
      for(int i=ArraySize(signals)-1; i>=0; i--)
         if(signals[i].received && signals[i].message.magic==magic)
            return(i);
      return(-1);
     }

   int               CommandAt(const SuhoId &id) const
     {
      for(int i=ArraySize(commands)-1; i>=0; i--)
         if(SuhoSameId(commands[i].message.id,id))
            return(i);
      return(-1);
     }
  };

#endif
