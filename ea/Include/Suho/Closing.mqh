//--- Closing, as commands ask for it: the targets stand on disk before the first order leaves, one after the other is closed, and where
//--- an answer is ambiguous, or the EA stopped in between, history shows which were. What the broker has said itself counts even where
//--- history lags behind it.
#ifndef SUHO_CLOSING_MQH
#define SUHO_CLOSING_MQH
#include "Broker.mqh"
#include "Reports.mqh"

class CSuhoClosing
  {
protected:
   CSuhoBroker       m_broker;

   void              Again(CSuhoWork &work,const int at,const long waitMs)
     {
      work.record.commands[at].phase=SUHO_PHASE_READY;
      work.record.commands[at].dueMs=SuhoTickMs()+waitMs;
     }

   void              Tell(CSuhoWork &work,const int at,const ENUM_SUHO_OUTCOME outcome,const string sentence,const uint retcode)
     {
      SuhoTold told;
      told.id=work.record.commands[at].message.id;
      told.subject=SUHO_RESULT_SUBJECT_COMMAND;
      told.outcome=outcome;
      told.sentence=sentence;
      told.retcode=retcode;
      told.receivedUs=work.record.commands[at].receivedUs;
      told.sentUs=work.record.commands[at].closingUs;
      told.position=work.record.commands[at].message.position;
      told.order=work.record.commands[at].message.order;
      for(int i=0; i<ArraySize(work.record.commands[at].targets); i++)
         told.requested+=work.record.commands[at].targets[i].volume;
      told.filled=work.record.commands[at].filled;
      told.price=told.filled>0 ? work.record.commands[at].worth/told.filled : 0;
      int count=ArraySize(work.record.commands[at].deals);
      ArrayResize(told.deals,count);
      for(int i=0; i<count; i++)
         told.deals[i]=work.record.commands[at].deals[i];
      work.Tell(told);
     }

   void              End(CSuhoWork &work,const int at,const ENUM_SUHO_OUTCOME outcome,const string sentence)
     {
      EndWith(work,at,outcome,sentence,0);
     }

   void              EndWith(CSuhoWork &work,const int at,const ENUM_SUHO_OUTCOME outcome,const string sentence,const uint retcode)
     {
      work.record.commands[at].phase=SUHO_PHASE_NONE;
      Tell(work,at,outcome,sentence,retcode);
     }

   string            About(const string before,const ulong ticket,const string after) const
     {
      string text=before;
      text+=SuhoTicket(ticket);
      text+=after;
      return(text);
     }

   //--- nothing opens, moves or closes while the terminal forbids it
   bool              MayTrade(CSuhoWork &work,const int at)
     {
      if(work.busy)
         return(false);
      if(!work.terminal.Knows() || !work.terminal.TradeAllowed())
        {
         if(work.Expired(work.record.commands[at].message.validUntilMs) && !work.record.commands[at].closing)
            End(work,at,SUHO_OUTCOME_REJECTED,"The terminal is not connected to its broker, or does not allow this EA to trade.");
         else
            Again(work,at,SUHO_RETRY_MS);
         return(false);
        }
      return(true);
     }

private:
   void              AddTarget(SUHO_ARRAY_REF(SuhoCloseTarget, targets),const ulong ticket,const string name,const double volume) const
     {
      int at=ArraySize(targets);
      ArrayResize(targets,at+1);
      targets[at].position=ticket;
      targets[at].symbol=name;
      targets[at].volume=volume;
     }

   //--- what the command is to close; the sentence where it cannot be, empty else
   string            Targets(const CSuhoWork &work,const SuhoCommand &m,SUHO_ARRAY_REF(SuhoCloseTarget, targets)) const
     {
      if(m.action==SUHO_COMMAND_ACTION_CLOSE_ALL)
        {
         string only=m.symbolId==0 ? "" : work.symbols.NameOf(m.symbolId);
         if(m.symbolId!=0 && only=="")
            return("Its symbol is not known here.");
         int total=PositionsTotal();
         for(int i=0; i<total; i++)
           {
            ulong ticket=PositionGetTicket(i);
            if(ticket==0)
               return("The terminal could not tell its positions.");
            string name=PositionGetString(POSITION_SYMBOL);
            bool ours=m.scope==SUHO_COMMAND_SCOPE_EVERYTHING || work.IsOurs((ulong)PositionGetInteger(POSITION_MAGIC));
            if(ours && (only=="" || name==only))
               AddTarget(targets,(ulong)PositionGetInteger(POSITION_IDENTIFIER),name,PositionGetDouble(POSITION_VOLUME));
           }
         return("");
        }
      if(SuhoFindPosition(m.position)==0)
         return(About("There is no position ",m.position,"."));
      string name=PositionGetString(POSITION_SYMBOL);
      double held=PositionGetDouble(POSITION_VOLUME);
      double volume=m.volume==0 ? held : SuhoStepDown(m.volume,SymbolInfoDouble(name,SYMBOL_VOLUME_STEP));
      if(volume<=0 || volume>held+0.00000001)
        {
         string text="Of ";
         text+=SuhoNumber(held);
         text+=" lots, ";
         text+=SuhoNumber(m.volume);
         text+=" cannot be closed.";
         return(text);
        }
      AddTarget(targets,m.position,name,volume);
      return("");
     }

   //--- the targets stand on disk before the first order leaves
   bool              BeginClosing(CSuhoWork &work,const int at)
     {
      SUHO_ARRAY(SuhoCloseTarget, targets);
      string fault=Targets(work,work.record.commands[at].message,targets);
      if(fault!="")
        {
         End(work,at,SUHO_OUTCOME_REJECTED,fault);
         return(false);
        }
      if(ArraySize(targets)==0)
        {
         End(work,at,SUHO_OUTCOME_EXECUTED,"There was nothing to close.");
         return(false);
        }
      SuhoId id=work.record.commands[at].message.id;
      work.record.PutClosing(id,SuhoTimeOf(SuhoBrokerMs()),targets,work.ServerUs());
      if(!work.record.Flush())
        {
         work.log.Raise(SUHO_ALERT_RECORD,"The record of the EA cannot be written: the disk may be full. Nothing is traded until it can.");
         Again(work,at,SUHO_RETRY_MS);
         return(false);
        }
      return(true);
     }

   void              CloseAnswered(CSuhoWork &work,const int at,const int target,const double asked,const SuhoAnswer &answer)
     {
      work.record.commands[at].retcode=answer.retcode;
      switch(SuhoMeaning(answer.retcode))
        {
         case SUHO_MEANING_DONE:
           {
            //--- the answer may name less than what was asked; the rest is sent again
            double done=answer.retcode==10010 && answer.volume>0 && answer.volume<asked ? answer.volume : asked;
            Filled(work,at,target,done,answer.price,answer.deal);
            SuhoId id=work.record.commands[at].message.id;
            work.record.PutClosed(id,target,SuhoLots(work.record.commands[at].targets[target].done+done));
            Again(work,at,0);
            return;
           }
         case SUHO_MEANING_AMBIGUOUS:
           {
            string sentence="The broker answered ";
            sentence+=IntegerToString((long)answer.retcode);
            sentence+=": whether it closed is being looked for.";
            Tell(work,at,SUHO_OUTCOME_UNKNOWN,sentence,answer.retcode);
            work.record.commands[at].phase=SUHO_PHASE_UNKNOWN;
            work.record.commands[at].agreed=0;
            work.record.commands[at].dueMs=SuhoTickMs()+SUHO_RETRY_MS;
            return;
           }
         case SUHO_MEANING_NEW_PRICE:
         case SUHO_MEANING_LATER:
            if(work.record.commands[at].tries<SUHO_ATTEMPTS_MOST)
              {
               Again(work,at,SUHO_RETRY_MS);
               return;
              }
            NextTarget(work,at,SuhoRefusalText(answer.retcode));
            return;
         case SUHO_MEANING_REFUSED:
            NextTarget(work,at,SuhoRefusalText(answer.retcode));
            return;
        }
     }

   void              Filled(CSuhoWork &work,const int at,const int target,const double volume,const double price,const ulong deal)
     {
      work.record.commands[at].targets[target].closed=SuhoLots(work.record.commands[at].targets[target].closed+volume);
      work.record.commands[at].filled=SuhoLots(work.record.commands[at].filled+volume);
      work.record.commands[at].worth+=volume*price;
      if(deal==0)
         return;
      int count=ArraySize(work.record.commands[at].deals);
      ArrayResize(work.record.commands[at].deals,count+1);
      work.record.commands[at].deals[count]=deal;
     }

   void              NextTarget(CSuhoWork &work,const int at,const string failure)
     {
      if(failure!="")
         work.record.commands[at].failure=failure;
      work.record.commands[at].at++;
      work.record.commands[at].tries=0;
      Again(work,at,0);
     }

   //--- targets that still stand, and were not closed as far as they should be
   int               StillOpen(const CSuhoWork &work,const int at) const
     {
      int open=0;
      for(int i=0; i<ArraySize(work.record.commands[at].targets); i++)
        {
         bool left=work.record.commands[at].targets[i].closed<work.record.commands[at].targets[i].volume;
         if(left && SuhoFindPosition(work.record.commands[at].targets[i].position)!=0)
            open++;
        }
      return(open);
     }

   void              ClosedAll(CSuhoWork &work,const int at)
     {
      string failure=work.record.commands[at].failure;
      bool failed=failure!="" && StillOpen(work,at)>0;
      EndWith(work,at,failed ? SUHO_OUTCOME_REJECTED : SUHO_OUTCOME_EXECUTED,failure,work.record.commands[at].retcode);
     }

   bool              TargetWorks(const CSuhoWork &work,const int at) const
     {
      int total=OrdersTotal();
      for(int i=0; i<total; i++)
        {
         if(OrderGetTicket(i)==0)
            return(true);
         for(int t=0; t<ArraySize(work.record.commands[at].targets); t++)
            if(OrderGetInteger(ORDER_TYPE)<=ORDER_TYPE_SELL && OrderGetString(ORDER_SYMBOL)==work.record.commands[at].targets[t].symbol)
               return(true);
        }
      return(false);
     }

   //--- what the selected history says of the targets
   void              Recount(CSuhoWork &work,const int at)
     {
      ArrayResize(work.record.commands[at].deals,0);
      work.record.commands[at].filled=0;
      work.record.commands[at].worth=0;
      int targets=ArraySize(work.record.commands[at].targets);
      for(int t=0; t<targets; t++)
         work.record.commands[at].targets[t].closed=0;
      int total=HistoryDealsTotal();
      for(int i=0; i<total; i++)
        {
         ulong ticket=HistoryDealGetTicket(i);
         if(ticket==0 || HistoryDealGetInteger(ticket,DEAL_ENTRY)!=DEAL_ENTRY_OUT || HistoryDealGetInteger(ticket,DEAL_REASON)!=DEAL_REASON_EXPERT)
            continue;
         ulong position=(ulong)HistoryDealGetInteger(ticket,DEAL_POSITION_ID);
         for(int t=0; t<targets; t++)
            if(work.record.commands[at].targets[t].position==position)
               Filled(work,at,t,HistoryDealGetDouble(ticket,DEAL_VOLUME),HistoryDealGetDouble(ticket,DEAL_PRICE),ticket);
        }
      //--- history may lag behind what the broker has said itself
      for(int t=0; t<targets; t++)
         if(work.record.commands[at].targets[t].closed<work.record.commands[at].targets[t].done)
            work.record.commands[at].targets[t].closed=work.record.commands[at].targets[t].done;
     }

protected:
   void              Close(CSuhoWork &work,const int at)
     {
      if(!MayTrade(work,at))
         return;
      if(!work.record.commands[at].closing && !BeginClosing(work,at))
         return;
      int target=work.record.commands[at].at;
      if(target>=ArraySize(work.record.commands[at].targets))
        {
         ClosedAll(work,at);
         return;
        }
      ulong position=work.record.commands[at].targets[target].position;
      ulong ticket=SuhoFindPosition(position);
      if(ticket==0)
        {
         NextTarget(work,at,About("Position ",position," was closed already."));
         return;
        }
      double left=SuhoLots(work.record.commands[at].targets[target].volume-work.record.commands[at].targets[target].closed);
      MqlTradeRequest request={};
      if(left<=0 || !m_broker.CloseRequest(work,ticket,left,request))
        {
         if(left<=0)
            NextTarget(work,at,"");
         else
            Again(work,at,SUHO_RETRY_MS);
         return;
        }
      work.record.commands[at].tries++;
      work.record.commands[at].sentMs=SuhoTickMs();
      SuhoAnswer answer;
      m_broker.Send(work,request,answer);
      CloseAnswered(work,at,target,request.volume,answer);
     }

   //--- history since the intent tells what was closed; targets that still stand then were not
   void              Reconcile(CSuhoWork &work,const int at)
     {
      work.record.commands[at].dueMs=SuhoTickMs()+SUHO_LOOK_EVERY_MS;
      long since=work.record.commands[at].closingBrokerMs/1000-2;
      if(!work.terminal.Knows() || TargetWorks(work,at) || !HistorySelect((datetime)(since>0 ? since : 0),SuhoSearchTo()))
        {
         work.record.commands[at].agreed=0;
         return;
        }
      Recount(work,at);
      int open=StillOpen(work,at);
      int targets=ArraySize(work.record.commands[at].targets);
      if(open==0)
        {
         End(work,at,SUHO_OUTCOME_EXECUTED,"");
         return;
        }
      if(!work.NothingCounts(work.record.commands[at].sentMs,work.record.commands[at].agreed))
         return;
      string sentence=SuhoWhole(open);
      sentence+=" of ";
      sentence+=SuhoWhole(targets);
      sentence+=" positions were not closed.";
      End(work,at,SUHO_OUTCOME_REJECTED,sentence);
     }
  };

#endif
