//--- Sees to it that a position of ours has the stop its signal gave it. The order carries stop and take profit; some brokers with
//--- market execution open without them, or drop them. Then the EA puts them by a second request, several times, and closes what
//--- stays unprotected: a position without its stop can lose more than was planned, and nobody may be looking.
#ifndef SUHO_STOP_GUARD_MQH
#define SUHO_STOP_GUARD_MQH
#include "Broker.mqh"

#define SUHO_GUARD_TRIES 5
#define SUHO_GUARD_RETRY_MS 500
#define SUHO_GUARD_CLOSE_AGAIN_MS 5000
//--- the terminal shows a position a little after its deal; one that is not there by then was closed already
#define SUHO_GUARD_APPEARS_MS 10000

class CSuhoStopGuard
  {
private:
   CSuhoBroker       m_broker;
   SUHO_ARRAY(SuhoId, m_ids);
   SUHO_ARRAY(int, m_tries);
   SUHO_ARRAY(long, m_dueMs);
   SUHO_ARRAY(long, m_sinceMs);
   long              m_lookMs;

   int               SlotOf(const SuhoId &id)
     {
      for(int i=0; i<ArraySize(m_ids); i++)
         if(SuhoSameId(m_ids[i],id))
            return(i);
      int at=ArraySize(m_ids);
      ArrayResize(m_ids,at+1);
      ArrayResize(m_tries,at+1);
      ArrayResize(m_dueMs,at+1);
      ArrayResize(m_sinceMs,at+1);
      m_ids[at]=id;
      m_tries[at]=0;
      m_dueMs[at]=0;
      m_sinceMs[at]=SuhoTickMs();
      return(at);
     }

   void              Forget(const int slot)
     {
      int last=ArraySize(m_ids)-1;
      m_ids[slot]=m_ids[last];
      m_tries[slot]=m_tries[last];
      m_dueMs[slot]=m_dueMs[last];
      m_sinceMs[slot]=m_sinceMs[last];
      ArrayResize(m_ids,last);
      ArrayResize(m_tries,last);
      ArrayResize(m_dueMs,last);
      ArrayResize(m_sinceMs,last);
     }

   void              Done(CSuhoWork &work,const int at,const int slot)
     {
      work.record.PutGuarded(work.record.signals[at].id);
      Forget(slot);
     }

   //--- closes what this signal opened, and no more
   void              CloseIt(CSuhoWork &work,const int at,const ulong ticket)
     {
      MqlTradeRequest request={};
      if(!m_broker.CloseRequest(work,ticket,work.record.signals[at].last.filledVolume,request))
         return;
      string sentence="Position ";
      sentence+=SuhoTicket(ticket);
      sentence+=" in ";
      sentence+=request.symbol;
      sentence+=" has no stop and the broker takes none: it is being closed.";
      work.log.Clear(SUHO_ALERT_UNPROTECTED,"");
      work.log.Raise(SUHO_ALERT_UNPROTECTED,sentence);
      SuhoAnswer answer;
      m_broker.Send(work,request,answer);
     }

   void              Protect(CSuhoWork &work,const int at,const int slot,const ulong ticket)
     {
      string name=PositionGetString(POSITION_SYMBOL);
      bool buys=PositionGetInteger(POSITION_TYPE)==POSITION_TYPE_BUY;
      double take=PositionGetDouble(POSITION_TP);
      double stop=SuhoPriceOf(name,work.record.signals[at].message.stopLoss);
      if(take==0)
         take=SuhoPriceOf(name,work.record.signals[at].message.takeProfit);
      m_tries[slot]++;
      m_dueMs[slot]=SuhoTickMs()+SUHO_GUARD_RETRY_MS;
      //--- beyond its stop already, or the broker has refused it often enough
      MqlTick tick={};
      bool beyond=SymbolInfoTick(name,tick) && (buys ? tick.bid<=stop : tick.ask>=stop);
      if(beyond || m_tries[slot]>SUHO_GUARD_TRIES)
        {
         CloseIt(work,at,ticket);
         m_dueMs[slot]=SuhoTickMs()+SUHO_GUARD_CLOSE_AGAIN_MS;
         return;
        }
      if(!SuhoStopsFit(name,buys,0,take))
         take=PositionGetDouble(POSITION_TP);
      MqlTradeRequest request={};
      if(!m_broker.StopsRequest(ticket,stop,take,request))
         return;
      SuhoAnswer answer;
      m_broker.Send(work,request,answer);
      string line="The position of signal ";
      line+=SuhoClip(SuhoIdText(work.record.signals[at].id),8);
      line+=" opened without its stop; putting it: ";
      line+=IntegerToString((long)answer.retcode);
      work.log.Note(line);
     }

   void              Watch(CSuhoWork &work,const int at)
     {
      int slot=SlotOf(work.record.signals[at].id);
      if(m_dueMs[slot]>SuhoTickMs())
         return;
      ulong ticket=SuhoFindPosition(work.record.signals[at].last.position);
      if(ticket==0)
        {
         if(SuhoTickMs()-m_sinceMs[slot]>SUHO_GUARD_APPEARS_MS)
            Done(work,at,slot);
         return;
        }
      if(PositionGetDouble(POSITION_SL)!=0 || work.record.signals[at].message.stopLoss==0)
        {
         Done(work,at,slot);
         return;
        }
      if(!work.busy && work.terminal.TradeAllowed())
         Protect(work,at,slot,ticket);
     }

public:
                     CSuhoStopGuard(void) { m_lookMs=0; }

   void              Step(CSuhoWork &work)
     {
      long nowMs=SuhoTickMs();
      if(nowMs<m_lookMs || !work.terminal.Knows())
         return;
      m_lookMs=nowMs+50;
      int size=ArraySize(work.record.signals);
      for(int i=0; i<size; i++)
         if(!work.record.signals[i].guarded && work.record.signals[i].told && work.record.signals[i].last.outcome==SUHO_OUTCOME_EXECUTED)
            Watch(work,i);
     }
  };

#endif
