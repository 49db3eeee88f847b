//--- One connection of the terminal, plain or TLS. It never waits for bytes: it asks for what is there, keeps what a send left
//--- over, and blocks only while connecting, for a second at most.
#ifndef SUHO_SOCKET_MQH
#define SUHO_SOCKET_MQH
#include "Frame.mqh"
#include "Log.mqh"

#define SUHO_CONNECT_MS 1000
#define SUHO_SEND_MS 250
#define SUHO_READ_TURN 65536
#define SUHO_SEND_TURN 65536
#define SUHO_OUTBOX_WRITABLE 65536
#define SUHO_OUTBOX_MOST 4194304

//--- MQL5's codes that the EA acts on
#define SUHO_ERR_FUNCTION_NOT_ALLOWED 4014
#define SUHO_ERR_SOCKET_IO 5273

class CSuhoSocket
  {
private:
   int               m_handle;
   bool              m_tls;
   int               m_error;
   CSuhoBytes        m_outbox;

   bool              Fail(void)
     {
      m_error=GetLastError();
      Close();
      return(false);
     }

public:
                     CSuhoSocket(void) { m_handle=INVALID_HANDLE; m_tls=false; m_error=0; }

   //--- code of the last failure; 4014 is a host that is not on the terminal's list
   int               Error(void) const { return(m_error); }
   bool              IsOpen(void) const { return(m_handle!=INVALID_HANDLE); }
   bool              Tls(void) const { return(m_tls); }
   bool              Writable(void) const { return(m_outbox.Size()<SUHO_OUTBOX_WRITABLE); }
   int               Waiting(void) const { return(m_outbox.Size()); }

   //--- blocks for a second at most; nothing may be sent before the next turn
   bool              Connect(const string host,const int port)
     {
      Close();
      ResetLastError();
      m_error=0;
      m_handle=SocketCreate(SOCKET_DEFAULT);
      if(m_handle==INVALID_HANDLE)
        {
         m_error=GetLastError();
         return(false);
        }
      if(!SocketConnect(m_handle,host,(uint)port,SUHO_CONNECT_MS))
         return(Fail());
      SocketTimeouts(m_handle,SUHO_SEND_MS,SUHO_SEND_MS);
      return(true);
     }

   //--- not for port 443: there the terminal has done it already
   bool              Handshake(const string host,const int port)
     {
      ResetLastError();
      if(port!=443 && !SocketTlsHandshake(m_handle,host))
         return(Fail());
      m_tls=true;
      return(true);
     }

   //--- thumbprint of the server's certificate; empty where there is none
   string            Thumbprint(void)
     {
      string subject="";
      string issuer="";
      string serial="";
      string thumbprint="";
      datetime expiration=0;
      if(m_handle==INVALID_HANDLE || !SocketTlsCertificate(m_handle,subject,issuer,serial,thumbprint,expiration))
         return("");
      return(thumbprint);
     }

   void              Queue(SUHO_ARRAY_REF(const uchar, bytes))
     {
      m_outbox.Append(bytes,ArraySize(bytes));
     }

   //--- sends what waits, a turn's worth; false when the connection is lost
   bool              Flush(void)
     {
      if(m_handle==INVALID_HANDLE)
         return(false);
      if(m_outbox.Size()>SUHO_OUTBOX_MOST)
         return(Fail());
      int sent=0;
      while(m_outbox.Size()>0 && sent<SUHO_SEND_TURN)
        {
         SUHO_ARRAY(uchar, piece);
         m_outbox.Peek(piece,16384);
         ResetLastError();
         int gone=m_tls ? SocketTlsSend(m_handle,piece,(uint)ArraySize(piece)) : SocketSend(m_handle,piece,(uint)ArraySize(piece));
         if(gone<0)
            return(Fail());
         if(gone==0)
            break;
         m_outbox.Drop(gone);
         sent+=gone;
         if(gone<ArraySize(piece))
            break;
        }
      return(true);
     }

   //--- adds what has come to bytes; false when the connection is lost and nothing more is there
   bool              Read(CSuhoBytes &bytes)
     {
      if(m_handle==INVALID_HANDLE)
         return(false);
      int taken=0;
      while(taken<SUHO_READ_TURN)
        {
         SUHO_ARRAY(uchar, piece);
         int got=0;
         ResetLastError();
         if(m_tls)
            got=SocketTlsReadAvailable(m_handle,piece,16384);
         else
           {
            //--- it may say 1 on an empty buffer, so the wait is the shortest
            uint readable=SocketIsReadable(m_handle);
            if(readable==0)
               break;
            got=SocketRead(m_handle,piece,readable>16384 ? 16384 : readable,1);
           }
         //--- less than nothing may be an empty buffer too: whether the connection is broken is asked for below, and silence tells
         if(got<=0)
            break;
         bytes.Append(piece,got);
         taken+=got;
        }
      if(taken==0 && !SocketIsConnected(m_handle))
         return(Fail());
      return(true);
     }

   void              Close(void)
     {
      if(m_handle!=INVALID_HANDLE)
         SocketClose(m_handle);
      m_handle=INVALID_HANDLE;
      m_tls=false;
      m_outbox.Clear();
     }
  };

#endif
