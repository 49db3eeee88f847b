//--- What the EA remembers of one signal and of one command. The record holds the upper part of each; the lower part is where its
//--- desk stands with it, and begins anew with each start of the EA.
#ifndef SUHO_MEMORY_MQH
#define SUHO_MEMORY_MQH
#include "Protocol.mqh"
#include "Text.mqh"

enum ENUM_SUHO_PHASE
  {
   SUHO_PHASE_NONE=0,      // nothing to do: it has its end, or only its cancelling has come
   SUHO_PHASE_LOOK=1,      // may have been executed before: look first
   SUHO_PHASE_READY=2,     // to be sent
   SUHO_PHASE_SETTLE=3,    // done, says the broker; its deals are being read
   SUHO_PHASE_UNKNOWN=4    // whether it traded is being looked for
  };

struct SuhoSignalMemory
  {
   SuhoId            id;
   bool              received;
   SuhoSignal        message;
   long              receivedUs;       // server's clock
   bool              cancelled;
   int               attempts;         // intents
   long              intentUs;         // server's clock
   double            intentVolume;
   bool              told;
   SuhoResult        last;             // newest RESULT
   bool              guarded;          // its stop was seen to stand
   uint              retcode;          // newest answer of the broker …
   ulong             order;            // … and the order that it named

   ENUM_SUHO_PHASE   phase;
   bool              failing;          // a look has failed before
   long              dueMs;
   int               tries;            // orders of this run
   int               agreed;           // looks in a row that found nothing
   long              sentMs;           // own tick at which its newest order left; 0 in an earlier run
   int               external;
   double            answered;         // volume that the answer names
   long              deadlineMs;
   bool              bare;             // the broker takes no stops with the order: they follow it

                     SuhoSignalMemory(void) { Forget(); }

   void              Forget(void)
     {
      received=false;
      receivedUs=0;
      cancelled=false;
      attempts=0;
      intentUs=0;
      intentVolume=0;
      told=false;
      guarded=false;
      phase=SUHO_PHASE_NONE;
      failing=false;
      dueMs=0;
      tries=0;
      agreed=0;
      sentMs=0;
      order=0;
      retcode=0;
      external=0;
      answered=0;
      deadlineMs=0;
      bare=false;
     }

   bool              IsFinal(void) const { return(told && last.outcome!=SUHO_OUTCOME_UNKNOWN); }

   //--- the broker's own word that it traded: then nothing that is not found can end it
   bool              SaidDone(void) const { return(retcode==10009 || retcode==10010 || (told && (last.retcode==10009 || last.retcode==10010))); }
  };

//--- a position that a command set out to close, and how much of it
struct SuhoCloseTarget
  {
   ulong             position;
   string            symbol;
   double            volume;
   double            done;             // what the broker said was closed …
   double            closed;           // … and what counts as closed: that, or what history shows
                     SuhoCloseTarget(void) { position=0; symbol=""; volume=0; done=0; closed=0; }
  };

struct SuhoCommandMemory
  {
   SuhoCommand       message;
   long              receivedUs;
   bool              closing;
   long              closingUs;
   long              closingBrokerMs;
   SUHO_ARRAY(SuhoCloseTarget, targets);
   bool              told;
   SuhoResult        last;

   ENUM_SUHO_PHASE   phase;
   long              dueMs;
   int               tries;
   int               agreed;
   int               at;               // of the targets, the one that is being closed
   long              sentMs;
   string            failure;
   uint              retcode;
   SUHO_ARRAY(ulong, deals);
   double            worth;            // of the closed volume, for the mean price
   double            filled;

                     SuhoCommandMemory(void)
     {
      receivedUs=0;
      closing=false;
      closingUs=0;
      closingBrokerMs=0;
      told=false;
      phase=SUHO_PHASE_NONE;
      dueMs=0;
      tries=0;
      agreed=0;
      at=0;
      sentMs=0;
      failure="";
      retcode=0;
      worth=0;
      filled=0;
     }

   bool              IsFinal(void) const { return(told && last.outcome!=SUHO_OUTCOME_UNKNOWN); }
  };

//--- a RESULT or TRADE that is not acked yet
struct SuhoKept
  {
   ulong             number;
   uchar             type;
   bool              repeat;
   SuhoId            id;               // of a RESULT
   int               attempt;
   long              brokerTimeMs;     // of a deal; 0 for none
   SUHO_ARRAY(uchar, frame);
                     SuhoKept(void) { number=0; type=0; repeat=false; attempt=0; brokerTimeMs=0; }
  };

#endif
