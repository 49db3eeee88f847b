//--- What the EA remembers across a crash: entries on disk, and the state they add up to. It appends, flushes, and only then acts or
//--- acks: an intent stands here before its order leaves, so that after a crash the question is "what became of it?" and never
//--- "did I send it?". Without a record there is a new instance, and the server then asks before it sends anything again.
#ifndef SUHO_RECORD_MQH
#define SUHO_RECORD_MQH
#include "RecordState.mqh"
#include "RecordFile.mqh"

//--- the file is written anew past this size, when it has doubled since
#define SUHO_RECORD_COMPACT 1048576
//--- what has its end is remembered this long after its time, and no more of it than this
#define SUHO_REMEMBER_MS 604800000
#define SUHO_REMEMBER_MOST 2000

class CSuhoRecord : public CSuhoRecordState
  {
private:
   CSuhoRecordFile   m_file;
   long              m_compactAt;

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
                     CSuhoRecord(void) { m_compactAt=SUHO_RECORD_COMPACT; }

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
