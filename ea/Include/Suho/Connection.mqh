//--- The way to a session: DISCONNECTED, CONNECTING, TLS, HELLO, RESYNC, LIVE. One step a turn, and only from the timer: connecting
//--- blocks for a second at most, and what is sent in the turn of a successful connect fails.
//---
//--- Which server of the list comes next: after a session that stood the same, after what came to nothing the next. One that is busy
//--- speaks for itself alone: the next is tried at once, and the pause is kept only when all have turned this EA away. A redirection
//--- is tried once; a session makes it the place to come back to, else the list goes on where it stood.
#ifndef SUHO_CONNECTION_MQH
#define SUHO_CONNECTION_MQH
#include "Session.mqh"
#include "Backoff.mqh"

enum ENUM_SUHO_STATE
  {
   SUHO_STATE_DISCONNECTED=0,
   SUHO_STATE_CONNECTING=1,
   SUHO_STATE_TLS=2,
   SUHO_STATE_HELLO=3,
   SUHO_STATE_RESYNC=4,
   SUHO_STATE_LIVE=5
  };

string SuhoStateText(const ENUM_SUHO_STATE state)
  {
   switch(state)
     {
      case SUHO_STATE_DISCONNECTED: return("DISCONNECTED");
      case SUHO_STATE_CONNECTING: return("CONNECTING");
      case SUHO_STATE_TLS: return("TLS");
      case SUHO_STATE_HELLO: return("HELLO");
      case SUHO_STATE_RESYNC: return("RESYNC");
      case SUHO_STATE_LIVE: return("LIVE");
     }
   return("");
  }

class CSuhoConnection
  {
private:
   ENUM_SUHO_STATE   m_state;
   CSuhoBackoff      m_backoff;
   SUHO_ARRAY(SuhoEndpoint, m_endpoints);
   int               m_at;             // place in the list
   int               m_dialled;        // endpoint in use: the one of the list, or the one that the server named
   int               m_redirected;     // endpoint that the server names and that is not yet dialled, -1 for none
   bool              m_busy;           // the server asks to wait because it is busy itself
   int               m_turnedAway;     // servers that were busy, since the last session
   long              m_dueMs;
   long              m_leastMs;        // what the server or a rule asks to wait
   string            m_why;

   string            Address(const int at) const
     {
      string text=m_endpoints[at].host;
      text+=":";
      text+=IntegerToString((long)m_endpoints[at].port);
      return(text);
     }

   void              Forbidden(CSuhoWork &work)
     {
      string text="The terminal does not let the EA connect. Tools > Options > Expert Advisors: tick Allow WebRequest for listed URL and add ";
      text+=m_endpoints[m_dialled].host;
      text+=" (the EA connects to ";
      text+=Address(m_dialled);
      text+=").";
      m_why="not allowed in the terminal";
      work.log.Raise(SUHO_ALERT_HOST,text);
     }

   void              Failed(CSuhoWork &work,const string what)
     {
      int error=socket.Error();
      if(error==SUHO_ERR_FUNCTION_NOT_ALLOWED)
         Forbidden(work);
      else
        {
         m_why=what;
         string text=what;
         text+=" ";
         text+=Address(m_dialled);
         text+=" (error ";
         text+=IntegerToString((long)error);
         text+=").";
         work.log.Note(text);
        }
      Next();
      Down();
     }

   void              Next(void) { m_at=(m_at+1)%ArraySize(m_endpoints); }

   void              Down(void)
     {
      socket.Close();
      incoming.Clear();
      //--- being sent elsewhere is no failure
      bool sent=m_redirected>=0 && liveMs>0;
      long waitMs=sent ? m_backoff.FirstMs() : m_backoff.NextMs(liveMs,m_leastMs);
      m_dueMs=SuhoTickMs()+waitMs;
      m_leastMs=0;
      liveMs=0;
      m_state=SUHO_STATE_DISCONNECTED;
     }

   bool              Trusted(CSuhoWork &work)
     {
      string wanted=work.options.thumbprint;
      if(wanted=="")
         return(true);
      string found=socket.Thumbprint();
      StringReplace(wanted,":","");
      StringReplace(wanted," ","");
      StringReplace(found,":","");
      StringReplace(found," ","");
      StringToLower(wanted);
      StringToLower(found);
      return(found!="" && wanted==found);
     }

public:
   CSuhoSocket       socket;
   CSuhoBytes        incoming;
   //--- how long the session that has just ended was live
   long              liveMs;

                     CSuhoConnection(void) { m_state=SUHO_STATE_DISCONNECTED; m_at=0; m_dialled=0; m_redirected=-1; m_busy=false; m_turnedAway=0; m_dueMs=0; m_leastMs=0; m_why="not yet connected"; liveMs=0; }

   void              Open(const SuhoOptions &o)
     {
      SuhoEndpoints(o,m_endpoints);
      //--- so that terminals that start together do not all come at once
      m_dueMs=SuhoTickMs()+MathRand()%250;
     }

   ENUM_SUHO_STATE   State(void) const { return(m_state); }
   void              To(const ENUM_SUHO_STATE state) { m_state=state; }
   string            Why(void) const { return(m_why); }
   string            Host(void) const { return(ArraySize(m_endpoints)==0 ? "" : Address(m_dialled)); }
   long              DueMs(void) const { return(m_dueMs); }
   int               Failures(void) const { return(m_backoff.Failures()); }
   int               Endpoints(void) const { return(ArraySize(m_endpoints)); }
   bool              Up(void) const { return(m_state>=SUHO_STATE_HELLO); }

   void              WaitAtLeast(const long ms) { if(ms>m_leastMs) m_leastMs=ms; }
   void              Busy(void) { m_busy=true; }
   void              Redirect(const int endpoint) { m_redirected=endpoint; }

   //--- one step towards a session; true in the turn in which HELLO may leave
   bool              Step(CSuhoWork &work,const bool mayConnect)
     {
      long nowMs=SuhoTickMs();
      switch(m_state)
        {
         case SUHO_STATE_DISCONNECTED:
            if(!mayConnect || nowMs<m_dueMs)
               return(false);
            m_state=SUHO_STATE_CONNECTING;
            return(false);
         case SUHO_STATE_CONNECTING:
            m_dialled=m_redirected>=0 ? m_redirected : m_at;
            m_redirected=-1;
            if(!socket.Connect(m_endpoints[m_dialled].host,(int)m_endpoints[m_dialled].port))
              {
               Failed(work,"No connection to");
               return(false);
              }
            work.log.Clear(SUHO_ALERT_HOST,"The terminal lets the EA connect.");
            m_state=m_endpoints[m_dialled].transport==SUHO_TRANSPORT_TLS ? SUHO_STATE_TLS : SUHO_STATE_HELLO;
            return(false);
         case SUHO_STATE_TLS:
            if(!socket.Handshake(m_endpoints[m_dialled].host,(int)m_endpoints[m_dialled].port))
              {
               Failed(work,"No TLS with");
               return(false);
              }
            if(!Trusted(work))
              {
               Failed(work,"The certificate does not have the thumbprint of the inputs:");
               return(false);
              }
            m_state=SUHO_STATE_HELLO;
            return(false);
         case SUHO_STATE_HELLO:
         case SUHO_STATE_RESYNC:
         case SUHO_STATE_LIVE:
            return(m_state==SUHO_STATE_HELLO);
        }
      return(false);
     }

   //--- the connection is lost, or was ended
   void              Lost(CSuhoWork &work,const string why)
     {
      m_why=why;
      string text="Disconnected from ";
      text+=Address(m_dialled);
      text+=": ";
      text+=why;
      work.log.Note(text);
      if(m_redirected<0 && (m_busy || (liveMs==0 && m_leastMs==0)))
         Next();
      if(m_busy)
        {
         m_turnedAway=(m_turnedAway+1)%ArraySize(m_endpoints);
         if(m_turnedAway>0)
            m_leastMs=0;
        }
      m_busy=false;
      Down();
     }

   //--- the session stands: this is the server to come back to
   void              Settled(void) { m_at=m_dialled; m_turnedAway=0; m_why=""; }
  };

#endif
