//--- What the desks of the EA share. MQL5 has one thread and OrderSend blocks it: at most one trade a turn.
#ifndef SUHO_WORK_MQH
#define SUHO_WORK_MQH
#include "Options.mqh"
#include "Record.mqh"
#include "ServerClock.mqh"
#include "Terminal.mqh"
#include "Symbols.mqh"
#include "Money.mqh"
#include "Retcode.mqh"

//--- "not found" counts only after the terminal was in step for this long …
#define SUHO_SYNCHRONISED_MS 60000
//--- … and when two looks, this far apart, agree
#define SUHO_LOOK_EVERY_MS 5000
#define SUHO_LOOKS_TO_AGREE 2
#define SUHO_RETRY_MS 1000
//--- orders sent for one signal while the broker answers with another price or "later"
#define SUHO_ATTEMPTS_MOST 4
#define SUHO_DEFAULT_SLIPPAGE 10

//--- what is to be said of a signal or command
struct SuhoTold
  {
   SuhoId            id;
   ENUM_SUHO_RESULT_SUBJECT subject;
   ENUM_SUHO_OUTCOME outcome;
   double            requested;
   double            filled;
   double            price;
   uint              retcode;
   int               external;
   ulong             order;
   ulong             position;
   long              receivedUs;
   long              sentUs;
   SUHO_ARRAY(ulong, deals);
   string            sentence;
                     SuhoTold(void)
     {
      subject=SUHO_RESULT_SUBJECT_SIGNAL;
      outcome=SUHO_OUTCOME_UNKNOWN;
      requested=0;
      filled=0;
      price=0;
      retcode=0;
      external=0;
      order=0;
      position=0;
      receivedUs=0;
      sentUs=0;
      sentence="";
     }
  };

class CSuhoWork
  {
public:
   SuhoOptions       options;
   CSuhoLog          log;
   CSuhoRecord       record;
   CSuhoServerClock  clock;
   CSuhoTerminal     terminal;
   CSuhoSymbols      symbols;
   CSuhoMoney        money;
   bool              hasRisk;
   SuhoRisk          risk;
   bool              hasSettings;
   SuhoSettings      settings;
   //--- a trade has left in this turn
   bool              busy;
   //--- what the panel shows of the newest RESULT
   string            lastResult;
   long              results;
   int               executed;

                     CSuhoWork(void) { hasRisk=false; hasSettings=false; busy=false; lastResult=""; results=0; executed=0; }

   long              ServerUs(void) const { return(clock.At(SuhoTickUs())); }
   bool              Expired(const long validUntilMs) const { return(clock.Expired(validUntilMs,SuhoTickUs())); }
   long              Slippage(void) const { return(hasSettings ? (long)settings.slippagePointsMax : SUHO_DEFAULT_SLIPPAGE); }

   //--- the rule for "it never happened": in step for long enough since the order left, and looks that agree, each as long after the
   //--- one before: a terminal that shows what was a minute ago shows it to one of them
   bool              NothingCounts(const long sentMs,int &agreed) const
     {
      long since=terminal.InStepSinceMs();
      if(since<0)
         agreed=0;
      else
        {
         if(sentMs>since)
            since=sentMs;
         if(SuhoTickMs()-since>=SUHO_SYNCHRONISED_MS*(agreed+1))
            agreed++;
        }
      return(agreed>=SUHO_LOOKS_TO_AGREE);
     }

   //--- ours: the account's base in the high half of the magic, or a signal that the record knows
   bool              IsOurs(const ulong magic) const
     {
      if(magic==0)
         return(false);
      if(hasSettings && settings.baseMagic!=0 && (magic>>32)==(ulong)settings.baseMagic)
         return(true);
      return(record.SignalByMagic(magic)>=0);
     }

   int               OwnPositions(void) const
     {
      int count=0;
      int total=PositionsTotal();
      for(int i=0; i<total; i++)
        {
         ulong ticket=PositionGetTicket(i);
         if(ticket!=0 && IsOurs((ulong)PositionGetInteger(POSITION_MAGIC)))
            count++;
        }
      return(count);
     }

   //--- keeps the RESULT in the record; it leaves after the flush
   void              Tell(const SuhoTold &told)
     {
      SuhoResult m;
      int attempt=0;
      if(told.subject==SUHO_RESULT_SUBJECT_SIGNAL)
        {
         int at=record.SignalAt(told.id);
         if(at>=0 && record.signals[at].told)
            attempt=(int)record.signals[at].last.attempt;
        }
      else
        {
         int at=record.CommandAt(told.id);
         if(at>=0 && record.commands[at].told)
            attempt=(int)record.commands[at].last.attempt;
        }
      m.id=told.id;
      m.subject=told.subject;
      m.outcome=told.outcome;
      m.attempt=(ushort)(attempt+1);
      m.requestedVolume=SuhoLots(told.requested);
      m.filledVolume=SuhoLots(told.filled);
      m.price=NormalizeDouble(told.price,8);
      m.retcode=told.retcode;
      m.externalRetcode=told.external;
      m.order=told.order;
      m.position=told.position;
      m.receivedUs=told.receivedUs;
      m.sentUs=told.sentUs;
      m.doneUs=ServerUs();
      int count=ArraySize(told.deals);
      ArrayResize(m.deals,count);
      for(int i=0; i<count; i++)
         m.deals[i]=told.deals[i];
      m.sentence=SuhoClip(told.sentence,400);
      record.PutResult(m);
      results++;
      if(m.outcome==SUHO_OUTCOME_EXECUTED && m.subject==SUHO_RESULT_SUBJECT_SIGNAL)
         executed++;
      Show(m);
     }

   string            OutcomeText(const ENUM_SUHO_OUTCOME outcome) const
     {
      switch(outcome)
        {
         case SUHO_OUTCOME_EXECUTED: return("EXECUTED");
         case SUHO_OUTCOME_REJECTED: return("REJECTED");
         case SUHO_OUTCOME_EXPIRED: return("EXPIRED");
         case SUHO_OUTCOME_CANCELLED: return("CANCELLED");
         case SUHO_OUTCOME_UNKNOWN: return("UNKNOWN");
        }
      return("");
     }

   void              Show(const SuhoResult &m)
     {
      string text=m.subject==SUHO_RESULT_SUBJECT_SIGNAL ? "signal " : "command ";
      text+=SuhoClip(SuhoIdText(m.id),8);
      text+=" ";
      text+=OutcomeText(m.outcome);
      if(m.filledVolume>0)
        {
         text+=" ";
         text+=SuhoNumber(m.filledVolume);
         text+=" at ";
         text+=SuhoNumber(m.price);
        }
      if(m.sentence!="")
        {
         text+=": ";
         text+=m.sentence;
        }
      lastResult=text;
      log.Note(text);
     }
  };

#endif
