//--- Does what commands ask: closes positions, moves stops, cancels orders and signals, tells history and positions. A command is done
//--- at most once. Closing is recorded with its targets before the first order leaves; where an answer is ambiguous, or the EA stopped
//--- in between, the command is UNKNOWN until history shows which targets were closed, by the same rule of a terminal in step and two
//--- looks that agree. Moving a stop or removing an order twice does no harm, so that is looked at and simply done again.
#ifndef SUHO_COMMAND_DESK_MQH
#define SUHO_COMMAND_DESK_MQH
#include "SignalDesk.mqh"
#include "Closing.mqh"

class CSuhoCommandDesk : public CSuhoClosing
  {
private:
   bool              m_reconnect;

   void              CancelSignal(CSuhoWork &work,const int at,CSuhoSignalDesk &signals)
     {
      SuhoId id=work.record.commands[at].message.signalId;
      ENUM_SUHO_CANCELLED verdict=signals.Cancel(work,id);
      if(verdict==SUHO_CANCELLED)
         End(work,at,SUHO_OUTCOME_EXECUTED,"");
      else
         End(work,at,SUHO_OUTCOME_REJECTED,verdict==SUHO_ENDED ? "The signal has had its end." : "The signal is with the broker.");
     }

   void              Answer(CSuhoWork &work,const int at,const bool complete)
     {
      if(complete)
         End(work,at,SUHO_OUTCOME_EXECUTED,"");
      else
         End(work,at,SUHO_OUTCOME_REJECTED,"The terminal could not answer.");
     }

   //--- a request that may be made twice: later where that can help and the command is still valid
   void              Harmless(CSuhoWork &work,const int at,const SuhoAnswer &answer)
     {
      ENUM_SUHO_MEANING meaning=SuhoMeaning(answer.retcode);
      if(meaning==SUHO_MEANING_DONE || answer.retcode==SUHO_CODE_NO_CHANGES)
        {
         EndWith(work,at,SUHO_OUTCOME_EXECUTED,"",answer.retcode);
         return;
        }
      if(meaning!=SUHO_MEANING_REFUSED && !work.Expired(work.record.commands[at].message.validUntilMs))
        {
         Again(work,at,SUHO_RETRY_MS);
         return;
        }
      EndWith(work,at,SUHO_OUTCOME_REJECTED,SuhoRefusalText(answer.retcode),answer.retcode);
     }

   void              Modify(CSuhoWork &work,const int at)
     {
      if(!MayTrade(work,at))
         return;
      if(work.hasRisk && work.risk.emergencyStop)
        {
         End(work,at,SUHO_OUTCOME_REJECTED,"The emergency stop is set: nothing is changed except to close.");
         return;
        }
      if(work.record.commands[at].message.position==0)
        {
         ModifyOrder(work,at);
         return;
        }
      ulong position=work.record.commands[at].message.position;
      ulong ticket=SuhoFindPosition(position);
      if(ticket==0)
        {
         End(work,at,SUHO_OUTCOME_REJECTED,About("There is no position ",position,"."));
         return;
        }
      string name=PositionGetString(POSITION_SYMBOL);
      bool buys=PositionGetInteger(POSITION_TYPE)==POSITION_TYPE_BUY;
      double stop=SuhoPriceOf(name,work.record.commands[at].message.stopLoss);
      double take=SuhoPriceOf(name,work.record.commands[at].message.takeProfit);
      double stopNow=PositionGetDouble(POSITION_SL);
      double takeNow=PositionGetDouble(POSITION_TP);
      if(SuhoPriceOf(name,stopNow)==stop && SuhoPriceOf(name,takeNow)==take)
        {
         End(work,at,SUHO_OUTCOME_EXECUTED,"It stood there already.");
         return;
        }
      if(SuhoFrozen(name,buys,stopNow,takeNow))
        {
         if(work.Expired(work.record.commands[at].message.validUntilMs))
            End(work,at,SUHO_OUTCOME_REJECTED,"The price stayed too near its stop or take profit: the broker lets nothing be changed there.");
         else
            Again(work,at,SUHO_RETRY_MS);
         return;
        }
      //--- only what changes must be far enough away
      double newStop=SuhoPriceOf(name,stopNow)==stop ? 0 : stop;
      double newTake=SuhoPriceOf(name,takeNow)==take ? 0 : take;
      if(!SuhoStopsFit(name,buys,newStop,newTake))
        {
         End(work,at,SUHO_OUTCOME_REJECTED,"The stop or take profit is nearer to the price than the broker allows, or on the wrong side.");
         return;
        }
      MqlTradeRequest request={};
      if(!m_broker.StopsRequest(ticket,stop,take,request))
        {
         Again(work,at,SUHO_RETRY_MS);
         return;
        }
      SuhoAnswer answer;
      m_broker.Send(work,request,answer);
      Harmless(work,at,answer);
     }

   void              ModifyOrder(CSuhoWork &work,const int at)
     {
      ulong order=work.record.commands[at].message.order;
      if(order==0 || !OrderSelect(order))
        {
         End(work,at,SUHO_OUTCOME_REJECTED,About("There is no pending order ",order,"."));
         return;
        }
      string name=OrderGetString(ORDER_SYMBOL);
      MqlTradeRequest request={};
      request.action=TRADE_ACTION_MODIFY;
      request.order=order;
      request.symbol=name;
      double price=work.record.commands[at].message.price;
      request.price=price>0 ? SuhoPriceOf(name,price) : OrderGetDouble(ORDER_PRICE_OPEN);
      request.stoplimit=OrderGetDouble(ORDER_PRICE_STOPLIMIT);
      request.sl=SuhoPriceOf(name,work.record.commands[at].message.stopLoss);
      request.tp=SuhoPriceOf(name,work.record.commands[at].message.takeProfit);
      request.type_time=(ENUM_ORDER_TYPE_TIME)OrderGetInteger(ORDER_TYPE_TIME);
      request.expiration=(datetime)OrderGetInteger(ORDER_TIME_EXPIRATION);
      SuhoAnswer answer;
      m_broker.Send(work,request,answer);
      Harmless(work,at,answer);
     }

   void              CancelOrder(CSuhoWork &work,const int at)
     {
      if(!MayTrade(work,at))
         return;
      ulong order=work.record.commands[at].message.order;
      if(!SuhoOrderWorks(order))
        {
         if(work.record.commands[at].tries>0)
            End(work,at,SUHO_OUTCOME_EXECUTED,"");
         else
            End(work,at,SUHO_OUTCOME_REJECTED,About("There is no pending order ",order,"."));
         return;
        }
      work.record.commands[at].tries++;
      MqlTradeRequest request={};
      request.action=TRADE_ACTION_REMOVE;
      request.order=order;
      SuhoAnswer answer;
      m_broker.Send(work,request,answer);
      Harmless(work,at,answer);
     }

   void              Do(CSuhoWork &work,const int at,CSuhoSignalDesk &signals,CSuhoReports &reports,SUHO_ARRAY_REF(SuhoFrame, frames))
     {
      SuhoId id=work.record.commands[at].message.id;
      switch(work.record.commands[at].message.action)
        {
         case SUHO_COMMAND_ACTION_CLOSE_POSITION:
         case SUHO_COMMAND_ACTION_CLOSE_ALL:
            Close(work,at);
            return;
         case SUHO_COMMAND_ACTION_MODIFY:
            Modify(work,at);
            return;
         case SUHO_COMMAND_ACTION_CANCEL_ORDER:
            CancelOrder(work,at);
            return;
         case SUHO_COMMAND_ACTION_CANCEL_SIGNAL:
            CancelSignal(work,at,signals);
            return;
         case SUHO_COMMAND_ACTION_SEND_HISTORY:
            Answer(work,at,reports.History(work,work.record.commands[at].message.fromMs,work.record.commands[at].message.toMs,id,frames));
            return;
         case SUHO_COMMAND_ACTION_SEND_SNAPSHOT:
            Answer(work,at,reports.Snapshot(work,id,frames));
            return;
         case SUHO_COMMAND_ACTION_RECONNECT:
            End(work,at,SUHO_OUTCOME_EXECUTED,"");
            m_reconnect=true;
            return;
        }
     }

public:
                     CSuhoCommandDesk(void) { m_reconnect=false; }

   //--- true once after a command asked for it
   bool              TakeReconnect(void)
     {
      bool asked=m_reconnect;
      m_reconnect=false;
      return(asked);
     }

   void              Resume(CSuhoWork &work)
     {
      int size=ArraySize(work.record.commands);
      for(int i=0; i<size; i++)
        {
         if(work.record.commands[i].IsFinal())
            continue;
         work.record.commands[i].dueMs=SuhoTickMs();
         work.record.commands[i].phase=work.record.commands[i].closing ? SUHO_PHASE_UNKNOWN : SUHO_PHASE_READY;
         if(work.record.commands[i].closing && !work.record.commands[i].told)
            Tell(work,i,SUHO_OUTCOME_UNKNOWN,"The EA stopped before the broker answered.",0);
        }
     }

   void              Accept(CSuhoWork &work,const SuhoCommand &message)
     {
      int at=work.record.CommandAt(message.id);
      if(at>=0)
        {
         if(work.record.commands[at].told)
           {
            SuhoResult last=work.record.commands[at].last;
            work.record.AnswerAgain(last);
           }
         return;
        }
      work.record.PutCommand(message,work.ServerUs());
      at=work.record.CommandAt(message.id);
      if(at>=0)
         Again(work,at,0);
     }

   //--- frames takes the pages that commands asked for
   void              Step(CSuhoWork &work,CSuhoSignalDesk &signals,CSuhoReports &reports,SUHO_ARRAY_REF(SuhoFrame, frames))
     {
      long nowMs=SuhoTickMs();
      int size=ArraySize(work.record.commands);
      for(int i=0; i<size; i++)
        {
         ENUM_SUHO_PHASE phase=work.record.commands[i].phase;
         if(phase==SUHO_PHASE_NONE || work.record.commands[i].dueMs>nowMs)
            continue;
         if(phase==SUHO_PHASE_UNKNOWN)
            Reconcile(work,i);
         else
           {
            bool begun=work.record.commands[i].closing || work.record.commands[i].tries>0;
            if(!begun && work.Expired(work.record.commands[i].message.validUntilMs))
               End(work,i,SUHO_OUTCOME_EXPIRED,"It was too late, or the time was not known.");
            else
               Do(work,i,signals,reports,frames);
           }
        }
     }
  };

#endif
