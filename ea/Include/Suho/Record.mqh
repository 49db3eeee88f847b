//--- What the EA remembers across a crash: entries on disk, and the state they add up to. It appends, flushes, and only then acts or
//--- acks: an intent stands here before its order leaves, so that after a crash the question is "what became of it?" and never
//--- "did I send it?". Without a record there is a new instance, and the server then asks before it sends anything again.
#ifndef SUHO_RECORD_MQH
#define SUHO_RECORD_MQH
#include "Memory.mqh"
#include "RecordFile.mqh"
#include "Log.mqh"

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

//--- the file is written anew past this size, when it has doubled since
#define SUHO_RECORD_COMPACT 1048576
//--- what has its end is remembered this long after its time, and no more of it than this
#define SUHO_REMEMBER_MS 604800000
#define SUHO_REMEMBER_MOST 2000

class CSuhoRecord
  {
private:
   CSuhoRecordFile   m_file;
   long              m_compactAt;

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

   //--- writes the entry, and counts it as happened
   void              Put(CSuhoWriter &w)
     {
      SUHO_ARRAY(uchar, frame);
      if(!w.Finish(frame))
         return;
      m_file.Append(frame);
      Apply(frame,0,ArraySize(frame));
     }

   void              Collect(CSuhoWriter &w,SUHO_ARRAY_REF(uchar, bytes))
     {
      SUHO_ARRAY(uchar, frame);
      if(w.Finish(frame))
         SuhoAppendBytes(bytes,frame);
     }

   void              NewInstance(void)
     {
      CSuhoWriter w;
      w.Begin(SUHO_ENTRY_INSTANCE,0,0,0,0);
      SuhoId fresh;
      //--- no two terminals draw the same: time, ticks, account and chance, stirred by the sum
      uint sum=Seed();
      for(int i=0; i<16; i++)
        {
         SUHO_ARRAY(uchar, stir);
         ArrayResize(stir,12);
         SuhoPutNumber(stir,0,(ulong)GetMicrosecondCount(),8);
         SuhoPutNumber(stir,8,(ulong)MathRand(),4);
         sum=SuhoCrc32(stir,0,12,sum);
         fresh.bytes[i]=(uchar)((sum>>((i & 3)*8)) & 0xFF);
        }
      w.Id(fresh);
      Put(w);
     }

   uint              Seed(void)
     {
      SUHO_ARRAY(uchar, seed);
      ArrayResize(seed,40);
      SuhoPutNumber(seed,0,(ulong)TimeLocal(),8);
      SuhoPutNumber(seed,8,(ulong)GetTickCount64(),8);
      SuhoPutNumber(seed,16,(ulong)GetMicrosecondCount(),8);
      SuhoPutNumber(seed,24,(ulong)AccountInfoInteger(ACCOUNT_LOGIN),8);
      SuhoPutNumber(seed,32,(ulong)MathRand()*32768+(ulong)MathRand(),8);
      return(SuhoCrc32(seed,0,40,0));
     }

   bool              Forgettable(const bool ended,const long validUntilMs,const long serverMs) const
     {
      return(ended && serverMs>0 && validUntilMs+SUHO_REMEMBER_MS<serverMs);
     }

   bool              IsKept(const SuhoId &id) const
     {
      for(int i=0; i<ArraySize(kept); i++)
         if(kept[i].type==SUHO_TYPE_RESULT && SuhoSameId(kept[i].id,id))
            return(true);
      return(false);
     }

   void              ForgetSignals(const long serverMs)
     {
      int size=ArraySize(signals);
      int to=0;
      for(int i=0; i<size; i++)
        {
         bool old=Forgettable(signals[i].IsFinal(),signals[i].message.validUntilMs,serverMs);
         bool many=signals[i].IsFinal() && size-i>SUHO_REMEMBER_MOST;
         //--- the cancelling of a signal that never came is of no use once no signal of that time can come
         bool orphan=!signals[i].received && !signals[i].told && serverMs>0 && SuhoIdTimeMs(signals[i].id)+SUHO_REMEMBER_MS<serverMs;
         if((old || many || orphan) && !IsKept(signals[i].id))
            continue;
         if(to!=i)
            signals[to]=signals[i];
         to++;
        }
      ArrayResize(signals,to);
     }

   void              ForgetCommands(const long serverMs)
     {
      int size=ArraySize(commands);
      int to=0;
      for(int i=0; i<size; i++)
        {
         bool old=Forgettable(commands[i].IsFinal(),commands[i].message.validUntilMs,serverMs);
         bool many=commands[i].IsFinal() && size-i>SUHO_REMEMBER_MOST;
         if((old || many) && !IsKept(commands[i].message.id))
            continue;
         if(to!=i)
            commands[to]=commands[i];
         to++;
        }
      ArrayResize(commands,to);
     }

   void              CollectSignal(const SuhoSignalMemory &m,SUHO_ARRAY_REF(uchar, bytes))
     {
      CSuhoWriter w;
      if(m.received)
        {
         w.Begin(SUHO_TYPE_SIGNAL,0,0,0,m.receivedUs);
         SuhoWriteSignal(w,m.message);
         Collect(w,bytes);
        }
      if(m.cancelled)
        {
         w.Begin(SUHO_ENTRY_CANCEL,0,0,0,0);
         w.Id(m.id);
         Collect(w,bytes);
        }
      if(m.attempts>0)
        {
         w.Begin(SUHO_ENTRY_INTENT,0,0,0,m.intentUs);
         w.Id(m.id);
         w.F64(m.intentVolume);
         w.U32((uint)m.attempts);
         Collect(w,bytes);
        }
      if(m.retcode!=0)
        {
         w.Begin(SUHO_ENTRY_ANSWER,0,0,0,0);
         w.Id(m.id);
         w.U32(m.retcode);
         w.U64(m.order);
         Collect(w,bytes);
        }
      if(m.told)
        {
         w.Begin(SUHO_ENTRY_TOLD,0,0,0,0);
         SuhoWriteResult(w,m.last);
         Collect(w,bytes);
        }
      if(m.guarded)
        {
         w.Begin(SUHO_ENTRY_GUARDED,0,0,0,0);
         w.Id(m.id);
         Collect(w,bytes);
        }
     }

   void              WriteClosing(CSuhoWriter &w,const SuhoId &id,const long brokerMs,SUHO_ARRAY_REF(const SuhoCloseTarget, targets))
     {
      w.Id(id);
      w.Time(brokerMs);
      int count=ArraySize(targets);
      w.U16((uint)count);
      for(int i=0; i<count; i++)
        {
         int at=w.Enter();
         w.U64(targets[i].position);
         w.F64(targets[i].volume);
         w.Str(targets[i].symbol);
         w.Leave(at);
        }
     }

   void              CollectCommand(const SuhoCommandMemory &m,SUHO_ARRAY_REF(uchar, bytes))
     {
      CSuhoWriter w;
      w.Begin(SUHO_TYPE_COMMAND,0,0,0,m.receivedUs);
      SuhoWriteCommand(w,m.message);
      Collect(w,bytes);
      if(m.closing)
        {
         w.Begin(SUHO_ENTRY_CLOSING,0,0,0,m.closingUs);
         WriteClosing(w,m.message.id,m.closingBrokerMs,m.targets);
         Collect(w,bytes);
         for(int i=0; i<ArraySize(m.targets); i++)
           {
            if(m.targets[i].done<=0)
               continue;
            w.Begin(SUHO_ENTRY_CLOSED,0,0,0,0);
            w.Id(m.message.id);
            w.U32((uint)i);
            w.F64(m.targets[i].done);
            Collect(w,bytes);
           }
        }
      if(m.told)
        {
         w.Begin(SUHO_ENTRY_TOLD,0,0,0,0);
         SuhoWriteResult(w,m.last);
         Collect(w,bytes);
        }
     }

   void              CollectState(SUHO_ARRAY_REF(uchar, bytes))
     {
      CSuhoWriter w;
      w.Begin(SUHO_ENTRY_INSTANCE,0,0,0,0);
      w.Id(instance);
      Collect(w,bytes);
      w.Begin(SUHO_ENTRY_PEAK,0,0,0,0);
      w.F64(peak);
      w.Time(peakBrokerMs);
      Collect(w,bytes);
      w.Begin(SUHO_ENTRY_HISTORY,0,0,0,0);
      w.Time(ackedDealMs);
      Collect(w,bytes);
      w.Begin(SUHO_ENTRY_NUMBER,0,lastNumber,0,0);
      Collect(w,bytes);
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

                     CSuhoRecord(void) { m_compactAt=SUHO_RECORD_COMPACT; lastNumber=0; ackedDealMs=0; peak=0; peakBrokerMs=0; }

   string            Name(void) const { return(m_file.Name()); }

   ENUM_SUHO_OPENED  Open(const string name)
     {
      SUHO_ARRAY(uchar, bytes);
      ENUM_SUHO_OPENED opened=m_file.Open(name,bytes);
      if(opened==SUHO_OPEN_LOCKED || opened==SUHO_OPEN_FAILED)
         return(opened);
      int at=0;
      while(at<ArraySize(bytes))
        {
         int whole=SuhoFrameLength(bytes,at,ArraySize(bytes)-at,SUHO_BODY_MOST);
         if(whole<=0)
            break;
         Apply(bytes,at,whole);
         at+=whole;
        }
      if(instance.IsNone())
        {
         NewInstance();
         if(!Flush())
            return(SUHO_OPEN_FAILED);
        }
      return(opened);
     }

   //--- for the strategy tester
   void              OpenInMemory(void)
     {
      m_file.OpenInMemory();
      NewInstance();
     }

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

   void              PutSignal(const SuhoSignal &m,const long serverUs)
     {
      CSuhoWriter w;
      w.Begin(SUHO_TYPE_SIGNAL,0,0,0,serverUs);
      SuhoWriteSignal(w,m);
      Put(w);
     }

   void              PutCommand(const SuhoCommand &m,const long serverUs)
     {
      CSuhoWriter w;
      w.Begin(SUHO_TYPE_COMMAND,0,0,0,serverUs);
      SuhoWriteCommand(w,m);
      Put(w);
     }

   void              PutCancel(const SuhoId &id)
     {
      CSuhoWriter w;
      w.Begin(SUHO_ENTRY_CANCEL,0,0,0,0);
      w.Id(id);
      Put(w);
     }

   void              PutIntent(const SuhoId &id,const double volume,const int attempts,const long serverUs)
     {
      CSuhoWriter w;
      w.Begin(SUHO_ENTRY_INTENT,0,0,0,serverUs);
      w.Id(id);
      w.F64(volume);
      w.U32((uint)attempts);
      Put(w);
     }

   void              PutAnswer(const SuhoId &id,const uint retcode,const ulong order)
     {
      CSuhoWriter w;
      w.Begin(SUHO_ENTRY_ANSWER,0,0,0,0);
      w.Id(id);
      w.U32(retcode);
      w.U64(order);
      Put(w);
     }

   //--- of that target the broker said so much was closed, in all
   void              PutClosed(const SuhoId &id,const int target,const double volume)
     {
      CSuhoWriter w;
      w.Begin(SUHO_ENTRY_CLOSED,0,0,0,0);
      w.Id(id);
      w.U32((uint)target);
      w.F64(volume);
      Put(w);
     }

   void              PutClosing(const SuhoId &id,const long brokerMs,SUHO_ARRAY_REF(const SuhoCloseTarget, targets),const long serverUs)
     {
      CSuhoWriter w;
      w.Begin(SUHO_ENTRY_CLOSING,0,0,0,serverUs);
      WriteClosing(w,id,brokerMs,targets);
      Put(w);
     }

   void              PutGuarded(const SuhoId &id)
     {
      CSuhoWriter w;
      w.Begin(SUHO_ENTRY_GUARDED,0,0,0,0);
      w.Id(id);
      Put(w);
     }

   void              PutAcked(const ulong number,const bool dealsWhole)
     {
      CSuhoWriter w;
      w.Begin(SUHO_ENTRY_ACKED,0,number,0,0);
      w.Bool(dealsWhole);
      Put(w);
     }

   void              PutHistory(const long untilMs)
     {
      CSuhoWriter w;
      w.Begin(SUHO_ENTRY_HISTORY,0,0,0,0);
      w.Time(untilMs);
      Put(w);
     }

   void              PutPeak(const double equity,const long brokerMs)
     {
      CSuhoWriter w;
      w.Begin(SUHO_ENTRY_PEAK,0,0,0,0);
      w.F64(equity);
      w.Time(brokerMs);
      Put(w);
     }

   void              PutResult(const SuhoResult &m)
     {
      CSuhoWriter w;
      w.Begin(SUHO_TYPE_RESULT,0,lastNumber+1,0,0);
      SuhoWriteResult(w,m);
      Put(w);
     }

   void              PutTrade(const SuhoTrade &m)
     {
      CSuhoWriter w;
      w.Begin(SUHO_TYPE_TRADE,0,lastNumber+1,0,0);
      SuhoWriteTrade(w,m);
      Put(w);
     }

   //--- an answer that the server asks for again: it goes out again, once
   void              AnswerAgain(const SuhoResult &m)
     {
      if(!IsKept(m.id))
         PutResult(m);
     }

   bool              Flush(void) { return(m_file.Flush()); }

   //--- writes the file anew without what nobody asks for any more; between turns, when everything is flushed
   bool              Compact(const long serverMs,const bool anyhow)
     {
      if(!anyhow && m_file.Size()<m_compactAt)
         return(true);
      if(!m_file.Flush())
         return(false);
      ForgetSignals(serverMs);
      ForgetCommands(serverMs);
      SUHO_ARRAY(uchar, bytes);
      CollectState(bytes);
      for(int i=0; i<ArraySize(signals); i++)
         CollectSignal(signals[i],bytes);
      for(int i=0; i<ArraySize(commands); i++)
         CollectCommand(commands[i],bytes);
      for(int i=0; i<ArraySize(kept); i++)
         SuhoAppendBytes(bytes,kept[i].frame);
      CSuhoWriter w;
      w.Begin(SUHO_RECORD_SEAL,0,0,0,0);
      Collect(w,bytes);
      bool replaced=m_file.Replace(bytes);
      m_compactAt=2*m_file.Size()>SUHO_RECORD_COMPACT ? 2*m_file.Size() : SUHO_RECORD_COMPACT;
      return(replaced);
     }

   void              Close(void) { m_file.Close(); }
  };

#endif
