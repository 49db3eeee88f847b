//--- Tells every deal, every moved stop, and every pending order that came, changed or went. MT5 announces them, but an announcement
//--- can be lost; so there is one way only: what stands at the broker is compared with what was told, at once after an announcement and
//--- every two seconds anyway. A deal made while the EA was not running comes with HISTORY.
#ifndef SUHO_TRADE_WATCH_MQH
#define SUHO_TRADE_WATCH_MQH
#include "Reports.mqh"

#define SUHO_WATCH_EVERY_MS 2000
//--- how far back each comparison reaches behind the newest deal that was told
#define SUHO_WATCH_BACK_SECONDS 3600

struct SuhoSeenPosition
  {
   ulong             identifier;
   ulong             magic;
   double            stopLoss;
   double            takeProfit;
   bool              there;
                     SuhoSeenPosition(void) { identifier=0; magic=0; stopLoss=0; takeProfit=0; there=false; }
  };

class CSuhoTradeWatch
  {
private:
   bool              m_ready;
   long              m_dueMs;
   long              m_fromSeconds;
   SUHO_ARRAY(ulong, m_told);
   SUHO_ARRAY(long, m_toldSeconds);
   SUHO_ARRAY(SuhoSeenPosition, m_positions);
   SUHO_ARRAY(SuhoOrder, m_orders);

   bool              Told(const ulong ticket) const
     {
      for(int i=ArraySize(m_told)-1; i>=0; i--)
         if(m_told[i]==ticket)
            return(true);
      return(false);
     }

   void              Note(const ulong ticket,const long seconds)
     {
      int at=ArraySize(m_told);
      ArrayResize(m_told,at+1,64);
      ArrayResize(m_toldSeconds,at+1,64);
      m_told[at]=ticket;
      m_toldSeconds[at]=seconds;
     }

   //--- what no comparison can show any more
   void              Prune(void)
     {
      int size=ArraySize(m_told);
      int to=0;
      for(int i=0; i<size; i++)
        {
         if(m_toldSeconds[i]<m_fromSeconds-1)
            continue;
         m_told[to]=m_told[i];
         m_toldSeconds[to]=m_toldSeconds[i];
         to++;
        }
      ArrayResize(m_told,to);
      ArrayResize(m_toldSeconds,to);
     }

   int               SeenAt(const ulong identifier) const
     {
      for(int i=0; i<ArraySize(m_positions); i++)
         if(m_positions[i].identifier==identifier)
            return(i);
      return(-1);
     }

   SuhoId            SignalOf(const CSuhoWork &work,const ulong magic,const ulong position) const
     {
      SuhoId none;
      int at=work.record.SignalByMagic(magic);
      //--- who closes by hand does not know the magic; the position does
      int seen=at<0 ? SeenAt(position) : -1;
      if(seen>=0)
         at=work.record.SignalByMagic(m_positions[seen].magic);
      if(at<0)
         return(none);
      return(work.record.signals[at].id);
     }

   void              TellDeal(CSuhoWork &work,const ulong ticket)
     {
      SuhoDeal d;
      SuhoFillDeal(work,ticket,d);
      work.money.Traded();
      if(d.tradeKind==SUHO_TRADE_KIND_BALANCE)
         work.money.Moved(d.profit+d.commission+d.swap);
      SuhoTrade m;
      m.tradeKind=d.tradeKind;
      m.entry=d.entry;
      m.side=d.side;
      m.reason=d.reason;
      m.deal=d.deal;
      m.order=d.order;
      m.position=d.position;
      m.signalId=SignalOf(work,d.magic,d.position);
      m.symbolId=d.symbolId;
      m.volume=d.volume;
      m.price=d.price;
      m.stopLoss=d.stopLoss;
      m.takeProfit=d.takeProfit;
      m.profit=d.profit;
      m.commission=d.commission;
      m.swap=d.swap;
      m.magic=d.magic;
      m.brokerTimeMs=d.brokerTimeMs;
      m.symbol=d.symbol;
      m.remaining=SuhoFindPosition(d.position)!=0 ? PositionGetDouble(POSITION_VOLUME) : 0;
      work.record.PutTrade(m);
     }

   bool              Deals(CSuhoWork &work,const bool tell)
     {
      if(!HistorySelect((datetime)m_fromSeconds,SuhoSearchTo()))
         return(false);
      //--- telling asks the terminal for more, so the list is read first
      SUHO_ARRAY(ulong, fresh);
      long newest=0;
      int total=HistoryDealsTotal();
      for(int i=0; i<total; i++)
        {
         ulong ticket=HistoryDealGetTicket(i);
         if(ticket==0)
            return(false);
         long seconds=HistoryDealGetInteger(ticket,DEAL_TIME);
         if(seconds>newest)
            newest=seconds;
         if(Told(ticket))
            continue;
         Note(ticket,seconds);
         int at=ArraySize(fresh);
         ArrayResize(fresh,at+1,64);
         fresh[at]=ticket;
        }
      if(tell)
         for(int i=0; i<ArraySize(fresh); i++)
            TellDeal(work,fresh[i]);
      if(newest-SUHO_WATCH_BACK_SECONDS>m_fromSeconds)
        {
         m_fromSeconds=newest-SUHO_WATCH_BACK_SECONDS;
         Prune();
        }
      return(true);
     }

   void              TellPosition(CSuhoWork &work)
     {
      SuhoPosition p;
      SuhoFillPosition(work,p);
      SuhoTrade m;
      m.tradeKind=SUHO_TRADE_KIND_POSITION;
      m.side=p.side==SUHO_SIDE_BUY ? SUHO_TRADE_SIDE_BUY : SUHO_TRADE_SIDE_SELL;
      m.reason=SUHO_DEAL_REASON_OTHER;
      m.position=p.position;
      m.signalId=SignalOf(work,p.magic,p.position);
      m.symbolId=p.symbolId;
      m.volume=p.volume;
      m.remaining=p.volume;
      m.price=p.openPrice;
      m.stopLoss=p.stopLoss;
      m.takeProfit=p.takeProfit;
      m.magic=p.magic;
      m.brokerTimeMs=SuhoTimeOf(PositionGetInteger(POSITION_TIME_UPDATE_MSC));
      m.symbol=p.symbol;
      work.record.PutTrade(m);
     }

   void              Positions(CSuhoWork &work,const bool tell)
     {
      for(int i=0; i<ArraySize(m_positions); i++)
         m_positions[i].there=false;
      int total=PositionsTotal();
      for(int i=0; i<total; i++)
        {
         if(PositionGetTicket(i)==0)
            return;
         ulong identifier=(ulong)PositionGetInteger(POSITION_IDENTIFIER);
         int at=SeenAt(identifier);
         bool fresh=at<0;
         if(fresh)
           {
            at=ArraySize(m_positions);
            ArrayResize(m_positions,at+1);
            m_positions[at].identifier=identifier;
            m_positions[at].magic=(ulong)PositionGetInteger(POSITION_MAGIC);
           }
         double stop=PositionGetDouble(POSITION_SL);
         double take=PositionGetDouble(POSITION_TP);
         bool moved=!fresh && (stop!=m_positions[at].stopLoss || take!=m_positions[at].takeProfit);
         m_positions[at].there=true;
         m_positions[at].stopLoss=stop;
         m_positions[at].takeProfit=take;
         if(moved && tell)
            TellPosition(work);
        }
      int to=0;
      for(int i=0; i<ArraySize(m_positions); i++)
        {
         if(!m_positions[i].there)
            continue;
         m_positions[to]=m_positions[i];
         to++;
        }
      ArrayResize(m_positions,to);
     }

   void              TellOrder(CSuhoWork &work,const SuhoOrder &o,const long brokerMs)
     {
      SuhoTrade m;
      m.tradeKind=SUHO_TRADE_KIND_ORDER;
      bool buys=o.orderType==SUHO_ORDER_TYPE_BUY_LIMIT || o.orderType==SUHO_ORDER_TYPE_BUY_STOP || o.orderType==SUHO_ORDER_TYPE_BUY_STOP_LIMIT;
      m.side=buys ? SUHO_TRADE_SIDE_BUY : SUHO_TRADE_SIDE_SELL;
      m.reason=SUHO_DEAL_REASON_OTHER;
      m.order=o.order;
      m.signalId=SignalOf(work,o.magic,0);
      m.symbolId=o.symbolId;
      m.volume=o.volume;
      m.remaining=o.remaining;
      m.price=o.price;
      m.stopLoss=o.stopLoss;
      m.takeProfit=o.takeProfit;
      m.magic=o.magic;
      m.brokerTimeMs=brokerMs;
      m.symbol=o.symbol;
      work.record.PutTrade(m);
     }

   bool              SameOrder(const SuhoOrder &a,const SuhoOrder &b) const
     {
      return(a.price==b.price && a.stopLoss==b.stopLoss && a.takeProfit==b.takeProfit && a.remaining==b.remaining && a.expirationMs==b.expirationMs);
     }

   //--- pending orders only: a market order is told by its deals
   void              Orders(CSuhoWork &work,const bool tell)
     {
      SUHO_ARRAY(SuhoOrder, now);
      int total=OrdersTotal();
      for(int i=0; i<total; i++)
        {
         ulong ticket=OrderGetTicket(i);
         if(ticket==0)
            return;
         if(OrderGetInteger(ORDER_TYPE)<=ORDER_TYPE_SELL)
            continue;
         int at=ArraySize(now);
         ArrayResize(now,at+1);
         SuhoFillOrder(work,ticket,now[at]);
        }
      long brokerMs=SuhoTimeOf(SuhoBrokerMs());
      for(int i=0; i<ArraySize(now) && tell; i++)
        {
         int before=-1;
         for(int k=0; k<ArraySize(m_orders); k++)
            if(m_orders[k].order==now[i].order)
               before=k;
         if(before<0 || !SameOrder(now[i],m_orders[before]))
            TellOrder(work,now[i],brokerMs);
        }
      for(int k=0; k<ArraySize(m_orders) && tell; k++)
        {
         bool gone=true;
         for(int i=0; i<ArraySize(now); i++)
            if(m_orders[k].order==now[i].order)
               gone=false;
         if(!gone)
            continue;
         m_orders[k].remaining=0;
         TellOrder(work,m_orders[k],brokerMs);
        }
      ArrayResize(m_orders,ArraySize(now));
      for(int i=0; i<ArraySize(now); i++)
         m_orders[i]=now[i];
     }

public:
                     CSuhoTradeWatch(void) { m_ready=false; m_dueMs=0; m_fromSeconds=0; }

   //--- what stands at the broker is known, so HISTORY leaves no gap before what is told from here on
   bool              Ready(void) const { return(m_ready); }
   void              Announced(void) { m_dueMs=0; }

   void              Step(CSuhoWork &work)
     {
      long nowMs=SuhoTickMs();
      if(nowMs<m_dueMs || !work.terminal.Knows())
         return;
      m_dueMs=nowMs+SUHO_WATCH_EVERY_MS;
      if(!m_ready)
        {
         long now=(long)TimeTradeServer();
         m_fromSeconds=now>SUHO_WATCH_BACK_SECONDS ? now-SUHO_WATCH_BACK_SECONDS : 0;
        }
      if(!Deals(work,m_ready))
         return;
      Positions(work,m_ready);
      Orders(work,m_ready);
      m_ready=true;
     }
  };

#endif
