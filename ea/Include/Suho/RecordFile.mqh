//--- The record on disk: frames of suho-2, one after the other, so that each has its length and its CRC. Entries are appended and
//--- flushed. A crash can tear the last ones; they were never acted on, so they are cut off. MQL5 cannot shorten a file: cutting and
//--- compacting write a new file, flush it, and move it over the old one.
//---
//--- A second file, opened without sharing for as long as the EA runs, is the lock: of two charts of a terminal with the same account,
//--- the second refuses to start.
#ifndef SUHO_RECORD_FILE_MQH
#define SUHO_RECORD_FILE_MQH
#include "Frame.mqh"

#define SUHO_RECORD_SEAL 0x88

enum ENUM_SUHO_OPENED
  {
   SUHO_OPENED=0,
   SUHO_OPENED_DAMAGED=1,   // begun anew; the damaged file is kept aside
   SUHO_OPEN_LOCKED=2,
   SUHO_OPEN_FAILED=3
  };

class CSuhoRecordFile
  {
private:
   string            m_name;
   int               m_lock;
   int               m_handle;
   long              m_at;
   SUHO_ARRAY(uchar, m_pending);
   bool              m_memory;

   bool              ReadAll(const string name,SUHO_ARRAY_REF(uchar, bytes))
     {
      ArrayResize(bytes,0);
      int handle=FileOpen(name,FILE_READ|FILE_BIN);
      if(handle==INVALID_HANDLE)
         return(false);
      int size=(int)FileSize(handle);
      uint got=0;
      if(size>0)
        {
         ArrayResize(bytes,size);
         got=FileReadArray(handle,bytes,0,size);
        }
      FileClose(handle);
      return((int)got==size);
     }

   bool              WriteWhole(const string name,SUHO_ARRAY_REF(const uchar, bytes))
     {
      int handle=FileOpen(name,FILE_WRITE|FILE_BIN);
      if(handle==INVALID_HANDLE)
         return(false);
      int size=ArraySize(bytes);
      uint put=size>0 ? FileWriteArray(handle,bytes,0,size) : 0;
      FileFlush(handle);
      FileClose(handle);
      return((int)put==size);
     }

   bool              OpenToAppend(void)
     {
      m_handle=FileOpen(m_name,FILE_READ|FILE_WRITE|FILE_BIN);
      if(m_handle==INVALID_HANDLE)
         return(false);
      m_at=(long)FileSize(m_handle);
      return(true);
     }

   void              CloseHandle(void)
     {
      if(m_handle!=INVALID_HANDLE)
         FileClose(m_handle);
      m_handle=INVALID_HANDLE;
     }

   //--- bytes up to which every frame is sound
   int               SoundBytes(SUHO_ARRAY_REF(const uchar, bytes),const int from) const
     {
      int at=from;
      int size=ArraySize(bytes);
      while(at<size)
        {
         int whole=SuhoFrameLength(bytes,at,size-at,SUHO_BODY_MOST);
         SuhoHeader h;
         if(whole<=0 || !SuhoReadHeader(bytes,at,whole,h))
            break;
         at+=whole;
        }
      return(at);
     }

   //--- a sound frame behind a damaged one: then it is no torn end
   bool              SoundBehind(SUHO_ARRAY_REF(const uchar, bytes),const int from) const
     {
      int size=ArraySize(bytes);
      for(int at=from+1; at+SUHO_HEADER_BYTES_2<=size; at++)
        {
         if(bytes[at]!=0x54 || bytes[at+1]!=0x48 || bytes[at+2]!=0x55 || bytes[at+3]!=0x53)
            continue;
         int whole=SuhoFrameLength(bytes,at,size-at,SUHO_BODY_MOST);
         SuhoHeader h;
         if(whole>0 && SuhoReadHeader(bytes,at,whole,h))
            return(true);
        }
      return(false);
     }

   bool              Sealed(SUHO_ARRAY_REF(const uchar, bytes)) const
     {
      int size=ArraySize(bytes);
      if(size<SUHO_HEADER_BYTES_2 || SoundBytes(bytes,0)!=size)
         return(false);
      SuhoHeader h;
      return(SuhoReadHeader(bytes,size-SUHO_HEADER_BYTES_2,SUHO_HEADER_BYTES_2,h) && h.type==SUHO_RECORD_SEAL);
     }

   //--- a crash while the file was replaced may have left only the new one
   void              FinishReplacing(void)
     {
      string fresh=m_name+".new";
      if(!FileIsExist(fresh))
         return;
      SUHO_ARRAY(uchar, bytes);
      if(!FileIsExist(m_name) && ReadAll(fresh,bytes) && Sealed(bytes))
         FileMove(fresh,0,m_name,FILE_REWRITE);
      else
         FileDelete(fresh);
     }

public:
                     CSuhoRecordFile(void) { m_name=""; m_lock=INVALID_HANDLE; m_handle=INVALID_HANDLE; m_at=0; m_memory=false; }

   //--- without a disk, for the strategy tester
   void              OpenInMemory(void) { m_memory=true; }
   long              Size(void) const { return(m_at); }
   string            Name(void) const { return(m_name); }

   //--- hands out every sound entry
   ENUM_SUHO_OPENED  Open(const string name,SUHO_ARRAY_REF(uchar, bytes))
     {
      m_name=name;
      m_lock=FileOpen(name+".lock",FILE_READ|FILE_WRITE|FILE_BIN);
      if(m_lock==INVALID_HANDLE)
         return(SUHO_OPEN_LOCKED);
      FinishReplacing();
      ENUM_SUHO_OPENED opened=SUHO_OPENED;
      ArrayResize(bytes,0);
      if(FileIsExist(name))
        {
         if(!ReadAll(name,bytes))
            return(SUHO_OPEN_FAILED);
         int sound=SoundBytes(bytes,0);
         if(sound<ArraySize(bytes))
           {
            if(SoundBehind(bytes,sound))
              {
               if(!FileMove(name,0,name+".damaged",FILE_REWRITE))
                  return(SUHO_OPEN_FAILED);
               ArrayResize(bytes,0);
               opened=SUHO_OPENED_DAMAGED;
              }
            else
              {
               ArrayResize(bytes,sound);
               if(!Replace(bytes))
                  return(SUHO_OPEN_FAILED);
              }
           }
        }
      if(m_handle==INVALID_HANDLE && !OpenToAppend())
         return(SUHO_OPEN_FAILED);
      return(opened);
     }

   void              Append(SUHO_ARRAY_REF(const uchar, frame))
     {
      if(!m_memory)
         SuhoAppendBytes(m_pending,frame);
     }

   //--- when it answers true, what was appended survives a crash of the terminal
   bool              Flush(void)
     {
      int size=ArraySize(m_pending);
      if(size==0 || m_memory)
         return(true);
      if(m_handle==INVALID_HANDLE && !OpenToAppend())
         return(false);
      //--- a write that failed half-way is written over
      FileSeek(m_handle,m_at,SEEK_SET);
      uint put=FileWriteArray(m_handle,m_pending,0,size);
      if((int)put!=size)
         return(false);
      FileFlush(m_handle);
      m_at+=size;
      ArrayResize(m_pending,0);
      return(true);
     }

   //--- puts these bytes in place of the file
   bool              Replace(SUHO_ARRAY_REF(const uchar, bytes))
     {
      if(m_memory)
         return(true);
      string fresh=m_name+".new";
      if(!WriteWhole(fresh,bytes))
        {
         FileDelete(fresh);
         return(false);
        }
      CloseHandle();
      bool moved=FileMove(fresh,0,m_name,FILE_REWRITE);
      bool opened=OpenToAppend();
      return(moved && opened);
     }

   void              Close(void)
     {
      Flush();
      CloseHandle();
      if(m_lock!=INVALID_HANDLE)
         FileClose(m_lock);
      m_lock=INVALID_HANDLE;
     }
  };

#endif
