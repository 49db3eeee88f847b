//--- Executes signals, each at most once, and says what became of it.
//---
//--- A signal is READY until its order is sent; the intent is on disk before that. What the broker leaves open (an ambiguous code, a
//--- crash between intent and result) is told as UNKNOWN and then looked for by magic, in working orders, deals, finished orders and
//--- positions, until it is found or until two looks of a terminal in step agree that it never was. Only "found" and "agreed" end it; a
//--- failed query says nothing. A signal that may have been delivered before and that the record does not know is LOOKed for before
//--- it is sent at all. DONE is not the end either: the RESULT names the deals, so they are read first (SETTLE).
#ifndef SUHO_SIGNAL_DESK_MQH
#define SUHO_SIGNAL_DESK_MQH
#include "SignalCheck.mqh"

//--- how long deals of a finished order may take to appear in the terminal
#define SUHO_SETTLE_MS 3000

enum ENUM_SUHO_CANCELLED
  {
   SUHO_CANCELLED=0,
   SUHO_WITH_BROKER=1,
   SUHO_ENDED=2
  };

class CSuhoSignalDesk
  {
private:
   CSuhoBroker       m_broker;
   CSuhoSignalCheck  m_check;

   void              Enter(CSuhoWork &work,const int at,const ENUM_SUHO_PHASE phase)
     {
      work.record.signals[at].phase=phase;
      work.record.signals[at].dueMs=SuhoTickMs();
     }

   void              Again(CSuhoWork &work,const int at,const long waitMs)
     {
      work.record.signals[at].dueMs=SuhoTickMs()+waitMs;
     }

   //--- a RESULT with what every one of this signal has
   void              Begin(const CSuhoWork &work,const int at,const ENUM_SUHO_OUTCOME outcome,const string sentence,SuhoTold &told) const
     {
      told.id=work.record.signals[at].id;
      told.subject=SUHO_RESULT_SUBJECT_SIGNAL;
      told.outcome=outcome;
      told.receivedUs=work.record.signals[at].receivedUs;
      told.sentUs=work.record.signals[at].intentUs;
      told.requested=work.record.signals[at].intentVolume;
      told.sentence=sentence;
     }

   void              End(CSuhoWork &work,const int at,const ENUM_SUHO_OUTCOME outcome,const string sentence)
     {
      SuhoTold told;
      Begin(work,at,outcome,sentence,told);
      work.record.signals[at].phase=SUHO_PHASE_NONE;
      work.Tell(told);
     }

   void              EndRefused(CSuhoWork &work,const int at,const uint retcode,const double volume,const string comment)
     {
      SuhoTold told;
      string sentence=SuhoRefusalText(retcode);
      if(comment!="")
        {
         sentence+=" ";
         sentence+=comment;
        }
      Begin(work,at,SUHO_OUTCOME_REJECTED,sentence,told);
      told.retcode=retcode;
      told.external=work.record.signals[at].external;
      told.requested=volume;
      work.record.signals[at].phase=SUHO_PHASE_NONE;
      work.Tell(told);
     }

   void              EndOrder(CSuhoWork &work,const int at,const ulong order)
     {
      SuhoTold told;
      Begin(work,at,SUHO_OUTCOME_REJECTED,"Its order ended without a fill.",told);
      told.order=order;
      work.record.signals[at].phase=SUHO_PHASE_NONE;
      work.Tell(told);
     }

   void              Unknown(CSuhoWork &work,const int at,const uint retcode,const string sentence)
     {
      SuhoTold told;
      Begin(work,at,SUHO_OUTCOME_UNKNOWN,sentence,told);
      told.retcode=retcode;
      told.external=work.record.signals[at].external;
      told.order=work.record.signals[at].order;
      work.record.signals[at].phase=SUHO_PHASE_UNKNOWN;
      work.record.signals[at].agreed=0;
      Again(work,at,SUHO_RETRY_MS);
      work.Tell(told);
     }

   void              Executed(CSuhoWork &work,const int at,const SuhoFills &fills,const uint retcode)
     {
      SuhoTold told;
      Begin(work,at,SUHO_OUTCOME_EXECUTED,"",told);
      if(told.requested<=0)
         told.requested=work.record.signals[at].message.volume;
      told.retcode=retcode;
      told.external=work.record.signals[at].external;
      told.filled=fills.volume;
      told.price=fills.Price();
      told.order=fills.order;
      told.position=fills.position;
      int count=ArraySize(fills.deals);
      ArrayResize(told.deals,count);
      for(int i=0; i<count; i++)
         told.deals[i]=fills.deals[i];
      work.record.signals[at].phase=SUHO_PHASE_NONE;
      work.Tell(told);
     }

   //--- may have been executed before this record: look, and only then send
   void              LookFirst(CSuhoWork &work,const int at)
     {
      SuhoFills fills;
      ENUM_SUHO_SIGHT sight=SuhoLook(work.record.signals[at].message.magic,SuhoSearchFrom(work.record.signals[at].id),work.terminal.Knows(),fills);
      switch(sight)
        {
         case SUHO_SIGHT_NOTHING:
            Enter(work,at,SUHO_PHASE_READY);
            return;
         case SUHO_SIGHT_TRADED:
            Executed(work,at,fills,10009);
            return;
         case SUHO_SIGHT_ENDED:
            EndOrder(work,at,fills.order);
            return;
         case SUHO_SIGHT_WORKING:
         case SUHO_SIGHT_FAILED:
            Again(work,at,SUHO_RETRY_MS);
            if(!work.record.signals[at].told && work.Expired(work.record.signals[at].message.validUntilMs))
              {
               Unknown(work,at,0,"The terminal cannot say whether it was executed before.");
               work.record.signals[at].phase=SUHO_PHASE_LOOK;
              }
            return;
        }
     }

   void              Attempt(CSuhoWork &work,const int at)
     {
      if(work.record.signals[at].cancelled)
        {
         End(work,at,SUHO_OUTCOME_CANCELLED,"It was cancelled before it was executed.");
         return;
        }
      if(work.Expired(work.record.signals[at].message.validUntilMs))
        {
         End(work,at,SUHO_OUTCOME_EXPIRED,"It was too late, or the time was not known.");
         return;
        }
      if(!work.hasRisk || !work.terminal.Knows())
        {
         Again(work,at,SUHO_RETRY_MS);
         return;
        }
      if(!work.terminal.TradeAllowed())
        {
         End(work,at,SUHO_OUTCOME_REJECTED,"The terminal or the account does not allow this EA to trade.");
         return;
        }
      MqlTradeRequest request={};
      if(!m_check.Order(work,work.record.signals[at].message,request))
        {
         End(work,at,SUHO_OUTCOME_REJECTED,m_check.Fault());
         return;
        }
      if(work.record.signals[at].bare)
        {
         request.sl=0;
         request.tp=0;
        }
      uint code=m_broker.Check(request);
      if(code!=0)
        {
         RefusedBy(work,at,code,request.volume,"");
         return;
        }
      int attempts=work.record.signals[at].attempts+1;
      work.record.PutIntent(work.record.signals[at].id,request.volume,attempts,work.ServerUs());
      //--- no order leaves before its intent is on disk
      if(!work.record.Flush())
        {
         work.log.Raise(SUHO_ALERT_RECORD,"The record of the EA cannot be written: the disk may be full. Nothing is traded until it can.");
         Again(work,at,SUHO_RETRY_MS);
         return;
        }
      work.record.signals[at].tries++;
      work.record.signals[at].sentMs=SuhoTickMs();
      SuhoAnswer answer;
      m_broker.Send(work,request,answer);
      Answered(work,at,request.volume,answer);
     }

   void              Answered(CSuhoWork &work,const int at,const double volume,const SuhoAnswer &answer)
     {
      work.record.PutAnswer(work.record.signals[at].id,answer.retcode,answer.order);
      work.record.signals[at].external=answer.external;
      work.record.signals[at].answered=answer.volume;
      switch(SuhoMeaning(answer.retcode))
        {
         case SUHO_MEANING_DONE:
            work.record.signals[at].phase=SUHO_PHASE_SETTLE;
            work.record.signals[at].deadlineMs=SuhoTickMs()+SUHO_SETTLE_MS;
            Settle(work,at);
            return;
         case SUHO_MEANING_AMBIGUOUS:
           {
            string sentence="The broker answered ";
            sentence+=IntegerToString((long)answer.retcode);
            sentence+=" (";
            sentence+=SuhoRetcodeText(answer.retcode);
            sentence+="): whether it traded is being looked for.";
            Unknown(work,at,answer.retcode,sentence);
            return;
           }
         default:
            RefusedBy(work,at,answer.retcode,volume,answer.comment);
            return;
        }
     }

   //--- a code that says for certain that nothing was traded: try again where that can help
   void              RefusedBy(CSuhoWork &work,const int at,const uint retcode,const double volume,const string comment)
     {
      if(retcode==SUHO_CODE_INVALID_STOPS && TakesNoStops(work,at))
        {
         work.record.signals[at].bare=true;
         work.record.signals[at].phase=SUHO_PHASE_READY;
         Again(work,at,0);
         return;
        }
      ENUM_SUHO_MEANING meaning=SuhoMeaning(retcode);
      bool again=meaning==SUHO_MEANING_NEW_PRICE || meaning==SUHO_MEANING_LATER;
      if(again && work.record.signals[at].tries<SUHO_ATTEMPTS_MOST && retcode!=SUHO_CODE_MARKET_CLOSED)
        {
         if(work.record.signals[at].tries==0)
            work.record.signals[at].tries=1;
         work.record.signals[at].phase=SUHO_PHASE_READY;
         Again(work,at,meaning==SUHO_MEANING_LATER ? SUHO_RETRY_MS : 0);
         return;
        }
      EndRefused(work,at,retcode,volume,comment);
     }

   //--- stops that fit, refused under market execution: this broker wants them after the fill, and the stop guard puts them there
   bool              TakesNoStops(const CSuhoWork &work,const int at) const
     {
      if(work.record.signals[at].bare)
         return(false);
      long execution=SymbolInfoInteger(work.record.signals[at].message.brokerName,SYMBOL_TRADE_EXEMODE);
      return(execution==SYMBOL_TRADE_EXECUTION_MARKET || execution==SYMBOL_TRADE_EXECUTION_EXCHANGE);
     }

   //--- reads the deals of a done order; what the answer named must be there
   void              Settle(CSuhoWork &work,const int at)
     {
      SuhoFills fills;
      bool read=SuhoDealsOfOrder(work.record.signals[at].order,SuhoSearchFrom(work.record.signals[at].id),fills);
      bool late=SuhoTickMs()>=work.record.signals[at].deadlineMs;
      double asked=work.record.signals[at].intentVolume;
      double named=work.record.signals[at].answered>0 ? work.record.signals[at].answered : asked;
      bool whole=read && fills.volume+0.00000001>=(named<asked ? named : asked);
      if(read && fills.volume>0 && (whole || late))
        {
         //--- the rest of an order that stays with the broker would be filled when nobody wants it any more
         if(SuhoOrderWorks(work.record.signals[at].order))
            RemoveRest(work,at);
         Executed(work,at,fills,work.record.signals[at].retcode);
         return;
        }
      if(late)
         Unknown(work,at,work.record.signals[at].retcode,"The broker says done; its deals are being looked for.");
     }

   void              RemoveRest(CSuhoWork &work,const int at)
     {
      MqlTradeRequest request={};
      request.action=TRADE_ACTION_REMOVE;
      request.order=work.record.signals[at].order;
      SuhoAnswer answer;
      m_broker.Send(work,request,answer);
     }

   void              Reconcile(CSuhoWork &work,const int at)
     {
      Again(work,at,SUHO_LOOK_EVERY_MS);
      SuhoFills fills;
      ENUM_SUHO_SIGHT sight=SuhoLook(work.record.signals[at].message.magic,SuhoSearchFrom(work.record.signals[at].id),work.terminal.Knows(),fills);
      switch(sight)
        {
         case SUHO_SIGHT_TRADED:
            Executed(work,at,fills,10009);
            return;
         case SUHO_SIGHT_ENDED:
         case SUHO_SIGHT_NOTHING:
            //--- an order that ended may be an earlier attempt's, so it proves no more than nothing does
            //--- nor does anything that is not found outweigh the broker's own word that it traded
            if(work.record.signals[at].SaidDone() && (sight==SUHO_SIGHT_NOTHING || fills.order!=work.record.signals[at].order))
               return;
            if(!work.NothingCounts(work.record.signals[at].sentMs,work.record.signals[at].agreed))
               return;
            if(sight==SUHO_SIGHT_ENDED)
               EndOrder(work,at,fills.order);
            else
               End(work,at,SUHO_OUTCOME_REJECTED,"Neither orders nor history know of it.");
            return;
         case SUHO_SIGHT_WORKING:
         case SUHO_SIGHT_FAILED:
            work.record.signals[at].agreed=0;
            return;
        }
     }

public:
   //--- after a start: an intent without a result is an order whose fate nobody here saw
   void              Resume(CSuhoWork &work)
     {
      int size=ArraySize(work.record.signals);
      for(int i=0; i<size; i++)
        {
         if(!work.record.signals[i].received || work.record.signals[i].IsFinal())
            continue;
         if(work.record.signals[i].attempts==0)
           {
            Enter(work,i,SUHO_PHASE_LOOK);
            continue;
           }
         if(!work.record.signals[i].told)
            Unknown(work,i,0,"The EA stopped before the broker answered.");
         Enter(work,i,SUHO_PHASE_UNKNOWN);
        }
     }

   //--- takes a signal; a known one is answered from the record
   void              Accept(CSuhoWork &work,const SuhoSignal &message,const bool mayBeRepeat)
     {
      int at=work.record.SignalAt(message.id);
      if(at>=0 && work.record.signals[at].received)
        {
         if(work.record.signals[at].told)
           {
            SuhoResult last=work.record.signals[at].last;
            work.record.AnswerAgain(last);
           }
         return;
        }
      work.record.PutSignal(message,work.ServerUs());
      at=work.record.SignalAt(message.id);
      if(at>=0)
         Enter(work,at,mayBeRepeat ? SUHO_PHASE_LOOK : SUHO_PHASE_READY);
     }

   //--- stops a signal that has not gone to the broker, now or when it comes
   ENUM_SUHO_CANCELLED Cancel(CSuhoWork &work,const SuhoId &id)
     {
      int at=work.record.SignalAt(id);
      if(at>=0 && work.record.signals[at].IsFinal())
         return(SUHO_ENDED);
      if(at>=0 && work.record.signals[at].attempts>0)
         return(SUHO_WITH_BROKER);
      work.record.PutCancel(id);
      return(SUHO_CANCELLED);
     }

   void              Step(CSuhoWork &work)
     {
      long nowMs=SuhoTickMs();
      int size=ArraySize(work.record.signals);
      for(int i=0; i<size; i++)
        {
         ENUM_SUHO_PHASE phase=work.record.signals[i].phase;
         if(phase==SUHO_PHASE_NONE)
            continue;
         if(phase==SUHO_PHASE_SETTLE)
           {
            Settle(work,i);
            continue;
           }
         if(work.record.signals[i].dueMs>nowMs)
            continue;
         if(phase==SUHO_PHASE_UNKNOWN)
            Reconcile(work,i);
         else
            if(phase==SUHO_PHASE_LOOK)
               LookFirst(work,i);
            else
               if(!work.busy)
                  Attempt(work,i);
        }
     }

   //--- signals that no final RESULT has been given for
   int               Open(const CSuhoWork &work) const
     {
      int open=0;
      for(int i=0; i<ArraySize(work.record.signals); i++)
         if(work.record.signals[i].phase!=SUHO_PHASE_NONE)
            open++;
      return(open);
     }
  };

#endif
