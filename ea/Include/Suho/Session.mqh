//--- The EA's side of one session, from HELLO to the end: numbers, acks, heartbeats, silence. It is gone with the connection; what was
//--- not acked goes out again in the next one, from the record (results, trades) or handed over (pages that a command asked for).
#ifndef SUHO_SESSION_MQH
#define SUHO_SESSION_MQH
#include "Work.mqh"
#include "Sequence.mqh"
#include "Socket.mqh"

#define SUHO_HEARTBEAT_MS 5000
#define SUHO_HEARTBEAT_MOST_MS 20000
#define SUHO_SILENCE_MS 15000
#define SUHO_WAITING_MOST 8192

enum ENUM_SUHO_VERDICT
  {
   SUHO_VERDICT_OK=0,      // its message is for the EA
   SUHO_VERDICT_DONE=1,    // nothing is left to do
   SUHO_VERDICT_FAULT=2    // the session cannot go on
  };

class CSuhoSession
  {
private:
   bool              m_begun;
   bool              m_welcomed;
   bool              m_ended;
   CSuhoIncoming     m_incoming;
   CSuhoOutgoing     m_outgoing;
   SUHO_ARRAY(SuhoFrame, m_waiting);
   int               m_waitingFrom;
   ulong             m_sentNumber;     // highest number of the record sent in this session …
   ulong             m_earlierNumber;  // … and the highest that an earlier one may have sent
   long              m_helloUs;
   long              m_heardMs;
   long              m_welcomedMs;
   long              m_heartbeatMs;
   long              m_heartbeatDueMs;
   long              m_peerTimeUs;
   long              m_peerAtUs;
   long              m_historyToMs;
   bool              m_dealsWhole;
   string            m_fault;
   string            m_id;

   ENUM_SUHO_VERDICT Fault(const string code)
     {
      m_fault=code;
      return(SUHO_VERDICT_FAULT);
     }

   //--- UTC as well as the EA knows it
   long              FrameTimeUs(const CSuhoWork &work) const
     {
      long us=work.ServerUs();
      if(us<=0)
         us=(long)TimeGMT()*1000000;
      return(us>0 ? us : 0);
     }

   //--- false where the bounds of a session forbid it now
   bool              Send(CSuhoWork &work,CSuhoSocket &socket,SuhoFrame &frame)
     {
      ulong seq=0;
      if(SuhoSequenced(frame.type))
        {
         if(m_outgoing.Full())
            return(false);
         seq=m_outgoing.Next(frame);
        }
      uchar flags=(uchar)(frame.repeat ? SUHO_FLAG_POSSIBLE_DUPLICATE : 0);
      SuhoStamp(frame.bytes,flags,seq,m_incoming.Ack(),FrameTimeUs(work));
      m_incoming.Told();
      socket.Queue(frame.bytes);
      return(true);
     }

   void              SendWriter(CSuhoWork &work,CSuhoSocket &socket,CSuhoWriter &w,const uchar type)
     {
      SuhoFrame frame;
      frame.type=type;
      if(w.Finish(frame.bytes))
         Send(work,socket,frame);
      else
         work.log.Error("A message did not fit the protocol and was not sent.");
     }

   void              Acked(CSuhoWork &work,const ulong ack)
     {
      ulong number=0;
      SuhoFrame frame;
      while(m_outgoing.Release(ack,frame))
        {
         if(frame.kept>number)
            number=frame.kept;
         if(frame.history && frame.byItself && frame.lastPage && frame.complete && frame.toMs==m_historyToMs)
           {
            work.record.PutHistory(frame.toMs);
            m_dealsWhole=true;
           }
        }
      if(number>0)
         work.record.PutAcked(number,m_dealsWhole);
     }

   void              SendKept(CSuhoWork &work,CSuhoSocket &socket)
     {
      if(work.record.lastNumber<=m_sentNumber)
         return;
      int size=ArraySize(work.record.kept);
      for(int i=0; i<size; i++)
        {
         ulong number=work.record.kept[i].number;
         if(number<=m_sentNumber)
            continue;
         if(m_outgoing.Full() || !socket.Writable())
            return;
         SuhoFrame frame;
         frame.type=work.record.kept[i].type;
         frame.kept=number;
         frame.repeat=number<=m_earlierNumber || work.record.kept[i].repeat;
         SuhoCopyBytes(frame.bytes,work.record.kept[i].frame,0,ArraySize(work.record.kept[i].frame));
         Send(work,socket,frame);
         m_sentNumber=number;
        }
     }

   void              SendWaiting(CSuhoWork &work,CSuhoSocket &socket)
     {
      int size=ArraySize(m_waiting);
      while(m_waitingFrom<size && socket.Writable() && Send(work,socket,m_waiting[m_waitingFrom]))
        {
         ArrayResize(m_waiting[m_waitingFrom].bytes,0);
         m_waitingFrom++;
        }
      if(m_waitingFrom<size && m_waitingFrom<64)
         return;
      for(int i=m_waitingFrom; i<size; i++)
         SuhoCopyFrame(m_waiting[i-m_waitingFrom],m_waiting[i]);
      ArrayResize(m_waiting,size-m_waitingFrom);
      m_waitingFrom=0;
     }

   void              Heartbeat(CSuhoWork &work,CSuhoSocket &socket,const long nowMs)
     {
      while(m_heartbeatDueMs<=nowMs)
         m_heartbeatDueMs+=m_heartbeatMs;
      SuhoHeartbeat m;
      m.ownTimeUs=SuhoTickUs();
      m.peerTimeUs=m_peerTimeUs;
      long held=SuhoTickUs()-m_peerAtUs;
      m.heldUs=m_peerTimeUs>0 && held>0 ? (ulong)held : 0;
      m.brokerConnected=work.terminal.connected;
      m.tradeAllowed=work.terminal.terminalAllows && work.terminal.accountAllows;
      m.expertAllowed=work.terminal.expertAllows && work.terminal.accountAllowsExperts;
      m.synchronised=work.terminal.Knows();
      m.errorCount=work.log.Errors();
      CSuhoWriter w;
      w.Begin(SUHO_TYPE_HEARTBEAT,0,0,0,0);
      SuhoWriteHeartbeat(w,m);
      SendWriter(work,socket,w,SUHO_TYPE_HEARTBEAT);
     }

   long              SilenceMs(void) const
     {
      long three=3*m_heartbeatMs;
      return(three>SUHO_SILENCE_MS ? three : SUHO_SILENCE_MS);
     }

public:
                     CSuhoSession(void) { m_earlierNumber=0; m_dealsWhole=false; m_id=""; m_waitingFrom=0; Clear(); }

   //--- what goes over from one session to the next stays: m_waiting, m_earlierNumber, m_dealsWhole
   void              Clear(void)
     {
      m_begun=false;
      m_welcomed=false;
      m_ended=false;
      m_incoming.Restart();
      m_outgoing.Restart();
      m_sentNumber=0;
      m_helloUs=0;
      m_heardMs=0;
      m_welcomedMs=0;
      m_heartbeatMs=SUHO_HEARTBEAT_MS;
      m_heartbeatDueMs=SUHO_NEVER;
      m_peerTimeUs=0;
      m_peerAtUs=0;
      m_historyToMs=0;
      m_fault="";
     }

   void              Open(const CSuhoWork &work) { m_earlierNumber=work.record.lastNumber; }

   bool              Begun(void) const { return(m_begun); }
   bool              Welcomed(void) const { return(m_welcomed && !m_ended); }
   bool              Ended(void) const { return(m_ended); }
   string            FaultCode(void) const { return(m_fault); }
   string            Id(void) const { return(m_id); }
   int               MaxBody(void) const { return(m_welcomed ? SUHO_BODY_MOST : SUHO_BODY_MOST_BEFORE_WELCOME); }
   long              LiveMs(const long nowMs) const { return(m_welcomed ? nowMs-m_welcomedMs : 0); }
   long              HeardMs(void) const { return(m_heardMs); }
   bool              Silent(const long nowMs) const { return(m_begun && nowMs-m_heardMs>=SilenceMs()); }

   void              Hello(CSuhoWork &work,CSuhoSocket &socket,const SuhoHello &m)
     {
      m_begun=true;
      m_helloUs=SuhoTickUs();
      m_heardMs=SuhoTickMs();
      CSuhoWriter w;
      w.Begin(SUHO_TYPE_HELLO,0,0,0,0);
      SuhoWriteHello(w,m);
      SendWriter(work,socket,w,SUHO_TYPE_HELLO);
     }

   //--- any byte is a sign of life
   void              Heard(const long nowMs) { m_heardMs=nowMs; }

   //--- takes a frame's header: its ack and its number
   ENUM_SUHO_VERDICT Receive(CSuhoWork &work,const SuhoHeader &h)
     {
      if(m_ended)
         return(SUHO_VERDICT_DONE);
      if(!m_outgoing.Valid(h.ack))
         return(Fault("bad-sequence"));
      Acked(work,h.ack);
      if(h.type>=SUHO_FIRST_IGNORED_TYPE)
        {
         if(h.seq!=0 && !m_incoming.Accept(h.seq))
            return(Fault("bad-sequence"));
         return(SUHO_VERDICT_DONE);
        }
      if(!SuhoSequenced(h.type))
         return(h.seq==0 ? SUHO_VERDICT_OK : Fault("bad-sequence"));
      if(!m_welcomed || !m_incoming.Accept(h.seq))
         return(Fault("bad-sequence"));
      return(SUHO_VERDICT_OK);
     }

   bool              Welcome(CSuhoWork &work,const SuhoWelcome &m,const long atUs)
     {
      if(m_welcomed || !m_begun)
         return(false);
      m_welcomed=true;
      m_id=SuhoIdText(m.sessionId);
      m_welcomedMs=atUs/1000;
      m_heartbeatMs=m.heartbeatMs>0 ? (long)m.heartbeatMs : SUHO_HEARTBEAT_MS;
      if(m_heartbeatMs>SUHO_HEARTBEAT_MOST_MS)
         m_heartbeatMs=SUHO_HEARTBEAT_MOST_MS;
      m_heartbeatDueMs=m_welcomedMs+m_heartbeatMs;
      work.clock.Sample(m_helloUs,atUs,m.serverTimeUs,0);
      return(true);
     }

   void              Beat(CSuhoWork &work,const SuhoHeartbeat &m,const long atUs)
     {
      m_peerTimeUs=m.ownTimeUs;
      m_peerAtUs=atUs;
      if(m.peerTimeUs>0)
         work.clock.Sample(m.peerTimeUs,atUs,m.ownTimeUs,(long)m.heldUs);
     }

   //--- queues frames for the end of this turn; false where so many wait that these do not fit
   bool              Say(SUHO_ARRAY_REF(const SuhoFrame, frames))
     {
      int more=ArraySize(frames);
      int had=ArraySize(m_waiting);
      if(m_ended || had+more>SUHO_WAITING_MOST)
         return(false);
      ArrayResize(m_waiting,had+more);
      for(int i=0; i<more; i++)
         SuhoCopyFrame(m_waiting[had+i],frames[i]);
      return(true);
     }

   //--- as Say, for the history that a session begins with
   bool              SayHistory(SUHO_ARRAY_REF(const SuhoFrame, frames))
     {
      int size=ArraySize(frames);
      if(!Say(frames))
         return(false);
      if(size>0)
         m_historyToMs=frames[size-1].toMs;
      return(true);
     }

   //--- sends at once what only counts as the latest
   void              SayNow(CSuhoWork &work,CSuhoSocket &socket,CSuhoWriter &w,const uchar type)
     {
      if(Welcomed())
         SendWriter(work,socket,w,type);
     }

   //--- the record is on disk: what came may be acked, and what waits may leave
   void              Flushed(CSuhoWork &work,CSuhoSocket &socket,const long nowMs)
     {
      if(!Welcomed())
         return;
      m_incoming.Durable(nowMs);
      SendKept(work,socket);
      SendWaiting(work,socket);
      if(nowMs>=m_heartbeatDueMs || m_incoming.AckDue(nowMs))
         Heartbeat(work,socket,nowMs);
     }

   void              Goodbye(CSuhoWork &work,CSuhoSocket &socket,const ENUM_SUHO_GOODBYE_REASON reason,const string sentence)
     {
      if(Welcomed())
        {
         SuhoGoodbye m;
         m.reason=reason;
         m.sentence=sentence;
         CSuhoWriter w;
         w.Begin(SUHO_TYPE_GOODBYE,0,0,0,0);
         SuhoWriteGoodbye(w,m);
         SendWriter(work,socket,w,SUHO_TYPE_GOODBYE);
        }
      m_ended=true;
     }

   //--- the connection is gone: keeps the pages for a command that were not acked
   void              Gone(CSuhoWork &work)
     {
      SUHO_ARRAY(SuhoFrame, unsent);
      m_outgoing.Left(unsent);
      for(int i=m_waitingFrom; i<ArraySize(m_waiting); i++)
        {
         if(!m_waiting[i].history || m_waiting[i].byItself)
            continue;
         int at=ArraySize(unsent);
         ArrayResize(unsent,at+1);
         SuhoCopyFrame(unsent[at],m_waiting[i]);
         unsent[at].repeat=true;
        }
      ArrayResize(m_waiting,0);
      m_waitingFrom=0;
      if(m_begun)
         m_earlierNumber=work.record.lastNumber;
      Clear();
      Say(unsent);
     }
  };

#endif
