//--- The Expert Advisor. Like every one it does all it does in turns of one timer. A turn reads what has come, lets the desks go on,
//--- flushes the record once, and only then do frames leave: so an ack never says more than the disk holds. An order is the one thing
//--- that leaves earlier, after a flush of its own. A turn reads for 5 ms at most and trades once at most.
#ifndef SUHO_EA_MQH
#define SUHO_EA_MQH
#include "Connection.mqh"
#include "CommandDesk.mqh"
#include "StopGuard.mqh"
#include "TradeWatch.mqh"
#include "StateReports.mqh"
#include "Status.mqh"
#include "TesterFile.mqh"

#define SUHO_TIMER_MS 20
#define SUHO_TURN_US 5000
#define SUHO_SNAPSHOT_RETRY_MS 1000
#define SUHO_HISTORY_RETRY_MS 5000
//--- a history that is told again overlaps by this much: deals of one second may come late
#define SUHO_HISTORY_OVERLAP_MS 600000

class CSuhoEa
  {
private:
   CSuhoWork         m_work;
   CSuhoConnection   m_connection;
   CSuhoSession      m_session;
   CSuhoSignalDesk   m_signals;
   CSuhoCommandDesk  m_commands;
   CSuhoStopGuard    m_guard;
   CSuhoTradeWatch   m_watch;
   CSuhoReports      m_reports;
   CSuhoStateReports m_state;
   CSuhoPanel        m_panel;
   CSuhoStatus       m_status;
   CSuhoTesterFile   m_file;
   bool              m_tester;
   bool              m_opened;         // the record is open, so the EA may act
   string            m_refusal;        // why it does not start; empty where it does
   long              m_historyDueMs;
   long              m_snapshotDueMs;
   bool              m_numbered;       // SYMBOLS_OK came in this session
   string            m_token;
   long              m_tokenExpiresMs;
   long              m_compactDueMs;

   //--- The record

   string            RecordName(void) const
     {
      string name=SUHO_EA_NAME;
      name+="-";
      name+=IntegerToString(m_work.terminal.Login());
      name+="-";
      name+=SuhoFileWord(AccountInfoString(ACCOUNT_SERVER));
      name+=".record";
      return(name);
     }

   //--- the account is not known while the terminal starts, so this may come some turns later
   bool              OpenRecord(void)
     {
      if(m_opened)
         return(true);
      if(StringLen(m_refusal)>0 || m_work.terminal.Login()==0 || StringLen(AccountInfoString(ACCOUNT_SERVER))==0)
         return(false);
      ENUM_SUHO_OPENED opened=m_work.record.Open(RecordName());
      if(opened==SUHO_OPEN_LOCKED)
         m_refusal="This account is traded by a Suho EA on another chart already: remove one of them. (Or MQL5\\Files cannot be written.)";
      if(opened==SUHO_OPEN_FAILED)
         m_refusal="The EA's record "+RecordName()+" in MQL5\\Files cannot be read or written.";
      if(StringLen(m_refusal)>0)
        {
         m_work.log.Raise(SUHO_ALERT_RECORD,m_refusal);
         return(false);
        }
      if(opened==SUHO_OPENED_DAMAGED)
         m_work.log.Raise(SUHO_ALERT_RECORD,"The EA's record was damaged. It is kept as "+RecordName()+".damaged, and a new one is begun: the server will ask the broker's history about what was open.");
      m_opened=true;
      m_signals.Resume(m_work);
      m_commands.Resume(m_work);
      m_session.Open(m_work);
      return(true);
     }

   //--- Frames

   void              Fault(const string code)
     {
      string text="The server sent what this EA does not understand (";
      text+=code;
      text+="): the session is closed.";
      m_work.log.Error(text);
      m_session.Goodbye(m_work,m_connection.socket,SUHO_GOODBYE_REASON_RECONNECT,code);
      m_connection.socket.Flush();
      Lost(code);
     }

   //--- the connection is gone
   void              Lost(const string why)
     {
      m_connection.liveMs=m_numbered ? m_session.LiveMs(SuhoTickMs()) : 0;
      m_session.Gone(m_work);
      m_numbered=false;
      m_historyDueMs=SUHO_NEVER;
      m_snapshotDueMs=SUHO_NEVER;
      m_connection.Lost(m_work,why);
     }

   void              Read(const ulong turnUs)
     {
      int before=m_connection.incoming.Size();
      bool open=m_connection.socket.Read(m_connection.incoming);
      if(m_connection.incoming.Size()>before)
         m_session.Heard(SuhoTickMs());
      while(m_connection.Up() && m_connection.incoming.Size()>0)
        {
         int whole=m_connection.incoming.FrameLength(m_session.MaxBody());
         if(whole==0)
            break;
         if(whole<0)
           {
            Fault("bad-magic");
            return;
           }
         SUHO_ARRAY(uchar, bytes);
         m_connection.incoming.Peek(bytes,whole);
         m_connection.incoming.Drop(whole);
         SuhoHeader h;
         if(!SuhoReadHeader(bytes,0,whole,h))
           {
            Fault("bad-crc");
            return;
           }
         Frame(bytes,whole,h);
         if(GetMicrosecondCount()-turnUs>=SUHO_TURN_US)
            break;
        }
      if(!open && m_connection.Up() && !WholeFrame())
         Lost("the connection was closed");
     }

   //--- what came before the end still counts
   bool              WholeFrame(void) const
     {
      return(m_connection.incoming.Size()>0 && m_connection.incoming.FrameLength(m_session.MaxBody())>0);
     }

   void              Frame(SUHO_ARRAY_REF(const uchar, bytes),const int whole,const SuhoHeader &h)
     {
      long atUs=SuhoTickUs();
      bool early=h.type==SUHO_TYPE_REFUSED || h.type==SUHO_TYPE_GOODBYE;
      if(!m_session.Begun() && !early)
         return;
      ENUM_SUHO_VERDICT verdict=m_session.Begun() ? m_session.Receive(m_work,h) : SUHO_VERDICT_OK;
      if(verdict==SUHO_VERDICT_FAULT)
        {
         Fault(m_session.FaultCode());
         return;
        }
      if(verdict==SUHO_VERDICT_DONE)
         return;
      CSuhoReader r;
      r.Load(bytes,SUHO_HEADER_BYTES_2,whole);
      if(!Handle(r,h,atUs))
         Fault(h.type>=SUHO_TYPE_FINANCE && h.type<=SUHO_TYPE_SYMBOLS ? "wrong-direction" : "out-of-range");
     }

   //--- false for a frame that no server may send
   bool              Handle(CSuhoReader &r,const SuhoHeader &h,const long atUs)
     {
      switch((int)h.type)
        {
         case SUHO_TYPE_WELCOME:
            return(OnWelcome(r,atUs));
         case SUHO_TYPE_REFUSED:
            return(OnRefused(r));
         case SUHO_TYPE_HEARTBEAT:
           {
            SuhoHeartbeat m;
            if(!SuhoReadHeartbeat(r,m))
               return(false);
            m_session.Beat(m_work,m,atUs);
            return(true);
           }
         case SUHO_TYPE_GOODBYE:
            return(OnGoodbye(r));
         case SUHO_TYPE_REDIRECT:
            return(OnRedirect(r));
         case SUHO_TYPE_TOKEN:
           {
            SuhoToken m;
            if(!SuhoReadToken(r,m))
               return(false);
            m_token=m.token;
            m_tokenExpiresMs=m.expiresMs;
            return(true);
           }
         case SUHO_TYPE_SIGNAL:
           {
            SuhoSignal m;
            if(!SuhoReadSignal(r,m))
               return(false);
            m_signals.Accept(m_work,m,(h.flags & SUHO_FLAG_POSSIBLE_DUPLICATE)!=0);
            return(true);
           }
         case SUHO_TYPE_COMMAND:
           {
            SuhoCommand m;
            if(!SuhoReadCommand(r,m))
               return(false);
            m_commands.Accept(m_work,m);
            return(true);
           }
         case SUHO_TYPE_RISK:
            return(OnRisk(r));
         case SUHO_TYPE_SETTINGS:
            return(OnSettings(r));
         case SUHO_TYPE_SYMBOLS_OK:
            return(OnNumbers(r));
        }
      return(false);
     }

   bool              OnWelcome(CSuhoReader &r,const long atUs)
     {
      SuhoWelcome m;
      if(!SuhoReadWelcome(r,m) || !m_session.Welcome(m_work,m,atUs))
         return(false);
      m_connection.To(SUHO_STATE_RESYNC);
      m_connection.Settled();
      m_work.log.Clear(SUHO_ALERT_KEY,"The server accepts this account.");
      m_work.log.Note("Session "+m_session.Id()+" stands.");
      long nowMs=SuhoTickMs();
      m_work.symbols.ForgetTold();
      m_state.Restart(nowMs);
      m_snapshotDueMs=nowMs;
      m_historyDueMs=nowMs;
      AskToken();
      return(true);
     }

   void              AskToken(void)
     {
      SuhoToken m;
      SUHO_ARRAY(SuhoFrame, frames);
      CSuhoWriter w;
      w.Begin(SUHO_TYPE_TOKEN,0,0,0,0);
      SuhoWriteToken(w,m);
      ArrayResize(frames,1);
      frames[0].type=SUHO_TYPE_TOKEN;
      if(w.Finish(frames[0].bytes))
         m_session.Say(frames);
     }

   bool              OnRefused(CSuhoReader &r)
     {
      SuhoRefused m;
      if(!SuhoReadRefused(r,m))
         return(false);
      bool barred=m.code==SUHO_REFUSED_CODE_BAD_KEY || m.code==SUHO_REFUSED_CODE_BOUND_ELSEWHERE
                  || m.code==SUHO_REFUSED_CODE_TAKEOVER || m.code==SUHO_REFUSED_CODE_SUSPENDED;
      m_connection.WaitAtLeast((long)m.retryAfterMs);
      //--- what one server has no room for, another may have
      if(m.code==SUHO_REFUSED_CODE_BUSY || m.code==SUHO_REFUSED_CODE_LIMIT)
         m_connection.Busy();
      if(barred || m.code==SUHO_REFUSED_CODE_VERSION)
         m_connection.WaitAtLeast(SUHO_BARRED_MS);
      string text="The server refuses this EA: ";
      text+=m.sentence;
      if(barred || m.code==SUHO_REFUSED_CODE_VERSION)
         m_work.log.Raise(SUHO_ALERT_KEY,text);
      else
         m_work.log.Error(text);
      Lost("refused: "+m.sentence);
      return(true);
     }

   bool              OnGoodbye(CSuhoReader &r)
     {
      SuhoGoodbye m;
      if(!SuhoReadGoodbye(r,m))
         return(false);
      if(m.reason==SUHO_GOODBYE_REASON_NEWER_SESSION)
         m_connection.WaitAtLeast(SUHO_BARRED_MS);
      string why="the server said goodbye";
      if(m.reason==SUHO_GOODBYE_REASON_NEWER_SESSION)
         why="another terminal has taken over this account";
      if(m.reason==SUHO_GOODBYE_REASON_KEY_CHANGED)
         why="the API key was changed";
      if(StringLen(m.sentence)>0)
         why+=": "+m.sentence;
      Lost(why);
      return(true);
     }

   //--- only ever to an endpoint of the inputs
   bool              OnRedirect(CSuhoReader &r)
     {
      SuhoRedirect m;
      if(!SuhoReadRedirect(r,m))
         return(false);
      if((int)m.endpoint>=m_connection.Endpoints())
         return(false);
      m_connection.Redirect((int)m.endpoint);
      m_session.Goodbye(m_work,m_connection.socket,SUHO_GOODBYE_REASON_RECONNECT,"");
      m_connection.socket.Flush();
      Lost("the server sends this EA to another server");
      return(true);
     }

   //--- a state: the highest revision counts
   bool              OnRisk(CSuhoReader &r)
     {
      SuhoRisk m;
      if(!SuhoReadRisk(r,m))
         return(false);
      if(m_work.hasRisk && m.revision<m_work.risk.revision)
         return(true);
      m_work.risk=m;
      m_work.hasRisk=true;
      return(true);
     }

   bool              OnSettings(CSuhoReader &r)
     {
      SuhoSettings m;
      if(!SuhoReadSettings(r,m))
         return(false);
      if(m_work.hasSettings && m.revision<m_work.settings.revision)
         return(true);
      m_work.settings=m;
      m_work.hasSettings=true;
      return(true);
     }

   bool              OnNumbers(CSuhoReader &r)
     {
      SuhoSymbolsOk m;
      if(!SuhoReadSymbolsOk(r,m))
         return(false);
      for(int i=0; i<ArraySize(m.symbols); i++)
         m_work.symbols.Number(m.symbols[i].symbolId,m.symbols[i].brokerName,m.symbols[i].symbol);
      m_numbered=true;
      m_state.Numbered(SuhoTickMs());
      m_connection.To(SUHO_STATE_LIVE);
      return(true);
     }

   //--- What is told without being asked

   void              Snapshot(const long nowMs)
     {
      if(nowMs<m_snapshotDueMs)
         return;
      SuhoId none;
      SUHO_ARRAY(SuhoFrame, frames);
      bool complete=m_reports.Snapshot(m_work,none,frames);
      m_session.Say(frames);
      m_snapshotDueMs=complete ? SUHO_NEVER : nowMs+SUHO_SNAPSHOT_RETRY_MS;
     }

   //--- what was traded since the server last knew for certain
   void              History(const long nowMs)
     {
      if(nowMs<m_historyDueMs)
         return;
      SuhoId none;
      SUHO_ARRAY(SuhoFrame, frames);
      long fromMs=m_work.record.ackedDealMs-SUHO_HISTORY_OVERLAP_MS;
      if(fromMs<0)
         fromMs=0;
      //--- the broker's clock counts whole seconds here, so the present one is taken in
      long toMs=SuhoTimeOf(SuhoBrokerMs())+1000;
      bool complete=m_watch.Ready() && m_reports.History(m_work,fromMs,toMs,none,frames);
      bool said=m_session.SayHistory(frames);
      m_historyDueMs=complete && said ? SUHO_NEVER : nowMs+(m_watch.Ready() ? SUHO_HISTORY_RETRY_MS : 200);
     }

   void              Report(void)
     {
      if(!m_session.Welcomed())
         return;
      long nowMs=SuhoTickMs();
      m_state.Step(m_work,m_session,m_connection.socket,m_reports);
      Snapshot(nowMs);
      History(nowMs);
     }

   //--- The panel

   void              Show(void)
     {
      if(m_panel.Due(SuhoTickMs()))
         m_status.Show(m_panel,m_work,m_connection,m_session,m_signals.Open(m_work),m_refusal);
     }

   //--- Turns

   void              Desks(void)
     {
      SUHO_ARRAY(SuhoFrame, frames);
      //--- one trade a turn: what closes and protects goes before what opens
      m_commands.Step(m_work,m_signals,m_reports,frames);
      m_guard.Step(m_work);
      m_signals.Step(m_work);
      if(ArraySize(frames)>0 && !m_session.Say(frames))
         m_work.log.Error("What a command asked for is too much to be sent now.");
     }

   void              TesterTurn(void)
     {
      m_work.busy=false;
      m_work.terminal.Look(m_work.log);
      m_file.Step(m_work,m_signals);
      Desks();
      m_work.money.Step(m_work.record,true);
      m_file.Write(m_work);
      m_work.record.Compact(SuhoTickMs(),SuhoTickMs()>=m_compactDueMs);
      if(SuhoTickMs()>=m_compactDueMs)
         m_compactDueMs=SuhoTickMs()+86400000;
     }

   void              Compact(void)
     {
      long nowMs=SuhoTickMs();
      if(nowMs<m_compactDueMs)
         return;
      m_compactDueMs=nowMs+10000;
      if(!m_work.record.Compact(m_work.ServerUs()/1000,false))
         m_work.log.Error("The EA's record could not be written anew; it goes on growing.");
     }

   void              Leave(void)
     {
      m_session.Goodbye(m_work,m_connection.socket,SUHO_GOODBYE_REASON_RECONNECT,"");
      m_connection.socket.Flush();
      Lost("the server asked this EA to connect again");
     }

   //--- the record is on disk: what was read may be acked, and what waits may leave
   void              Depart(void)
     {
      long nowMs=SuhoTickMs();
      //--- a socket that was closed from the other side may have left frames to be read
      if(!m_connection.Up() || !m_connection.socket.IsOpen())
         return;
      m_session.Flushed(m_work,m_connection.socket,nowMs);
      if(!m_connection.socket.Flush())
        {
         Lost("the connection broke while sending");
         return;
        }
      if(m_commands.TakeReconnect())
         Leave();
      else
         if(m_session.Silent(nowMs))
           {
            m_session.Goodbye(m_work,m_connection.socket,SUHO_GOODBYE_REASON_SILENCE,"");
            m_connection.socket.Flush();
            Lost("the server has been silent");
           }
     }

   //--- the socket's part of a turn, before the desks
   void              Approach(const ulong turnUs)
     {
      if(m_connection.Up())
         Read(turnUs);
      if(!m_connection.Step(m_work,true) || m_session.Begun())
         return;
      SuhoHello hello;
      m_reports.Hello(m_work,hello);
      m_session.Hello(m_work,m_connection.socket,hello);
     }

public:
                     CSuhoEa(void)
     {
      m_tester=false;
      m_opened=false;
      m_refusal="";
      m_historyDueMs=SUHO_NEVER;
      m_snapshotDueMs=SUHO_NEVER;
      m_numbered=false;
      m_token="";
      m_tokenExpiresMs=0;
      m_compactDueMs=0;
     }

   //--- false where the EA cannot start; the sentence is in the log then
   bool              Open(const SuhoOptions &options)
     {
      m_tester=SuhoInTester();
      m_work.options=options;
      m_work.log.Open(options.logLevel,options.alerts && !m_tester);
      string hello="EA build ";
      hello+=SuhoWhole(SUHO_EA_BUILD);
      m_work.log.Note(hello);
      string fault=SuhoOptionsFault(options,m_tester);
      if(StringLen(fault)>0)
        {
         m_work.log.Raise(SUHO_ALERT_INPUTS,fault);
         return(false);
        }
      m_work.terminal.Open(m_tester);
      m_work.symbols.Open(options.symbols);
      m_panel.Open(options.panel && !m_tester);
      if(m_tester)
        {
         m_work.record.OpenInMemory();
         m_opened=true;
         string why=m_file.Open(m_work,options.signalsFile);
         if(StringLen(why)>0)
            m_work.log.Raise(SUHO_ALERT_INPUTS,why);
         return(StringLen(why)==0);
        }
      m_connection.Open(options);
      OpenRecord();
      Show();
      return(StringLen(m_refusal)==0);
     }

   void              Turn(void)
     {
      if(m_tester)
        {
         TesterTurn();
         return;
        }
      ulong turnUs=GetMicrosecondCount();
      m_work.busy=false;
      m_work.terminal.Look(m_work.log);
      if(OpenRecord())
        {
         Approach(turnUs);
         m_watch.Step(m_work);
         m_work.money.Step(m_work.record,m_work.terminal.Knows());
         Desks();
         Report();
         if(m_work.record.Flush())
           {
            m_work.log.Clear(SUHO_ALERT_RECORD,"The record is written again.");
            Depart();
            Compact();
           }
         else
            m_work.log.Raise(SUHO_ALERT_RECORD,"The record of the EA cannot be written: the disk may be full. Nothing is acknowledged or traded until it can.");
        }
      Show();
     }

   //--- on a tick only the strategy tester needs a turn: it has no clock of its own
   void              Tick(void)
     {
      if(m_tester)
         Turn();
     }

   //--- something happened at the broker: the next turn compares
   void              Announced(const MqlTradeTransaction &trans,const MqlTradeRequest &request,const MqlTradeResult &result)
     {
      m_watch.Announced();
      if(!m_work.log.Shows(SUHO_LOG_FRAMES))
         return;
      string line="transaction ";
      line+=SuhoWhole((long)trans.type);
      line+=", request ";
      line+=SuhoWhole((long)request.action);
      line+=", answer ";
      line+=SuhoWhole((long)result.retcode);
      m_work.log.Frame(line);
     }

   void              Clicked(const int id,const long x,const long y,const string name)
     {
      if(id==CHARTEVENT_OBJECT_CLICK)
         m_panel.Clicked(name);
      if(id==CHARTEVENT_CLICK)
         m_panel.ClickedAt((int)x,(int)y);
     }

   //--- what the strategy tester may optimise for: money at the end
   double            Score(void) const { return(AccountInfoDouble(ACCOUNT_EQUITY)); }

   void              Close(const int reason)
     {
      m_work.log.Note("The EA ends (reason "+SuhoWhole((long)reason)+" of the terminal).");
      if(m_tester)
        {
         m_file.Write(m_work);
         m_file.Close();
         return;
        }
      if(m_opened)
        {
         m_work.record.Flush();
         if(m_connection.Up())
           {
            m_session.Flushed(m_work,m_connection.socket,SuhoTickMs());
            m_session.Goodbye(m_work,m_connection.socket,SUHO_GOODBYE_REASON_SHUTDOWN,"");
            m_connection.socket.Flush();
           }
        }
      m_connection.socket.Close();
      m_work.record.Close();
      m_panel.Close();
     }
  };

#endif
