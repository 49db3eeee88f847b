//--- In the strategy tester there are no sockets: signals come from a file in the terminals' common folder, each at its time of the
//--- broker's clock, and go through the very same desk; what became of each is written to a file beside it.
//---
//--- A line a signal, nine fields: time,symbol,side,volume,entry_low,entry_high,sl,tp,valid_seconds
//--- 2025.01.06 10:00:00,EURUSD,buy,0.10,1.03110,1.03150,1.02900,1.03500,900
#ifndef SUHO_TESTER_FILE_MQH
#define SUHO_TESTER_FILE_MQH
#include "SignalDesk.mqh"

#define SUHO_TESTER_MAGIC_BASE 1398097992

struct SuhoFileSignal
  {
   long              atMs;             // broker's clock
   SuhoSignal        message;
                     SuhoFileSignal(void) { atMs=0; }
  };

class CSuhoTesterFile
  {
private:
   SUHO_ARRAY(SuhoFileSignal, m_signals);
   int               m_next;
   int               m_bad;
   int               m_results;

   bool              Parse(const string line,const int number)
     {
      SUHO_ARRAY(string, f);
      if(StringSplit(line,',',f)<9)
         return(false);
      long atMs=(long)StringToTime(f[0])*1000;
      string side=f[2];
      StringToLower(side);
      if(atMs<=0 || (side!="buy" && side!="sell") || StringToDouble(f[3])<=0 || StringToInteger(f[8])<=0)
         return(false);
      int at=ArraySize(m_signals);
      ArrayResize(m_signals,at+1,256);
      m_signals[at].atMs=atMs;
      m_signals[at].message.symbolId=0;
      m_signals[at].message.brokerName=f[1];
      m_signals[at].message.side=side=="buy" ? SUHO_SIDE_BUY : SUHO_SIDE_SELL;
      m_signals[at].message.volume=StringToDouble(f[3]);
      m_signals[at].message.entryLow=StringToDouble(f[4]);
      m_signals[at].message.entryHigh=StringToDouble(f[5]);
      m_signals[at].message.entry=(m_signals[at].message.entryLow+m_signals[at].message.entryHigh)/2;
      m_signals[at].message.stopLoss=StringToDouble(f[6]);
      m_signals[at].message.takeProfit=StringToDouble(f[7]);
      m_signals[at].message.validUntilMs=atMs+StringToInteger(f[8])*1000;
      m_signals[at].message.magic=(((ulong)SUHO_TESTER_MAGIC_BASE)<<32)|(ulong)number;
      m_signals[at].message.comment="tester "+IntegerToString((long)number);
      PutId(m_signals[at].message.id,(ulong)number);
      return(true);
     }

   //--- the number of its line, in the last eight bytes; no UUID, so that nothing is read from its time
   void              PutId(SuhoId &id,const ulong number)
     {
      for(int i=0; i<8; i++)
         id.bytes[8+i]=(uchar)((number>>(8*(7-i))) & 0xFF);
     }

   void              Number(CSuhoWork &work,const int at)
     {
      string name=m_signals[at].message.brokerName;
      uint id=work.symbols.IdOf(name);
      if(id==0)
        {
         id=(uint)ArraySize(work.symbols.numbers)+1;
         work.symbols.Number(id,name,name);
         SymbolSelect(name,true);
        }
      m_signals[at].message.symbolId=id;
     }

public:
                     CSuhoTesterFile(void) { m_next=0; m_bad=0; m_results=INVALID_HANDLE; }

   int               Bad(void) const { return(m_bad); }
   int               Left(void) const { return(ArraySize(m_signals)-m_next); }

   //--- what is wrong with the file; empty where it was read
   string            Open(CSuhoWork &work,const string name)
     {
      int file=FileOpen(name,FILE_READ|FILE_TXT|FILE_ANSI|FILE_COMMON);
      if(file==INVALID_HANDLE)
         return("The file of signals "+name+" is not in the terminals' common folder, or cannot be read.");
      int number=0;
      while(!FileIsEnding(file))
        {
         string line=FileReadString(file);
         number++;
         StringTrimRight(line);
         if(StringLen(line)==0 || StringFind(line,"time")==0 || StringFind(line,"#")==0)
            continue;
         if(!Parse(line,number))
           {
            m_bad++;
            work.log.Error("Line "+IntegerToString((long)number)+" of "+name+" is no signal; it is passed over.");
           }
        }
      FileClose(file);
      for(int i=0; i<ArraySize(m_signals); i++)
         Number(work,i);
      m_results=FileOpen(name+".results.csv",FILE_WRITE|FILE_TXT|FILE_ANSI|FILE_COMMON);
      if(m_results==INVALID_HANDLE)
         return("The file of results "+name+".results.csv cannot be written.");
      FileWriteString(m_results,"time,line,outcome,volume,price,retcode,sentence\r\n");
      //--- the limits of the server are not here; the user's own caps hold
      work.hasRisk=true;
      work.risk.tradingEnabled=true;
      work.clock.Pin();
      return("");
     }

   //--- lines whose time has come; they must be in the order of their times
   void              Step(CSuhoWork &work,CSuhoSignalDesk &desk)
     {
      long nowMs=SuhoTickMs();
      while(m_next<ArraySize(m_signals) && m_signals[m_next].atMs<=nowMs)
        {
         desk.Accept(work,m_signals[m_next].message,false);
         m_next++;
        }
     }

   //--- results that have come since
   void              Write(CSuhoWork &work)
     {
      int size=ArraySize(work.record.kept);
      for(int i=0; i<size; i++)
        {
         if(work.record.kept[i].type!=SUHO_TYPE_RESULT)
            continue;
         CSuhoReader r;
         r.Load(work.record.kept[i].frame,SUHO_HEADER_BYTES_2,ArraySize(work.record.kept[i].frame));
         SuhoResult m;
         if(!SuhoReadResult(r,m))
            continue;
         ulong number=0;
         for(int b=8; b<16; b++)
            number=(number<<8)|m.id.bytes[b];
         string sentence=m.sentence;
         StringReplace(sentence,",",";");
         string line=TimeToString(TimeCurrent(),TIME_DATE|TIME_SECONDS);
         line+=",";
         line+=SuhoTicket(number);
         line+=",";
         line+=work.OutcomeText(m.outcome);
         line+=",";
         line+=SuhoNumber(m.filledVolume);
         line+=",";
         line+=SuhoNumber(m.price);
         line+=",";
         line+=IntegerToString((long)m.retcode);
         line+=",";
         line+=sentence;
         line+="\r\n";
         FileWriteString(m_results,line);
        }
      //--- written is acked here
      if(work.record.lastNumber>0)
         work.record.PutAcked(work.record.lastNumber,false);
     }

   void              Close(void)
     {
      if(m_results!=INVALID_HANDLE)
         FileClose(m_results);
      m_results=INVALID_HANDLE;
     }
  };

#endif
