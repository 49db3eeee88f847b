//--- The terminal's state as records of suho-2: positions, orders, deals, and pages of them.
#ifndef SUHO_REPORTS_MQH
#define SUHO_REPORTS_MQH
#include "Broker.mqh"

#define SUHO_RECORDS_A_PAGE 100

ENUM_SUHO_DEAL_REASON SuhoDealReasonOf(const long reason)
  {
   if(reason>=0 && reason<=9)
      return((ENUM_SUHO_DEAL_REASON)(int)reason);
   return(SUHO_DEAL_REASON_OTHER);
  }

ENUM_SUHO_DEAL_ENTRY SuhoDealEntryOf(const long entry)
  {
   switch((int)entry)
     {
      case DEAL_ENTRY_IN: return(SUHO_DEAL_ENTRY_IN);
      case DEAL_ENTRY_OUT: return(SUHO_DEAL_ENTRY_OUT);
      case DEAL_ENTRY_INOUT: return(SUHO_DEAL_ENTRY_INOUT);
      case DEAL_ENTRY_OUT_BY: return(SUHO_DEAL_ENTRY_OUT_BY);
     }
   return(SUHO_DEAL_ENTRY_NONE);
  }

bool SuhoDealTrades(const long type)
  {
   return(type==DEAL_TYPE_BUY || type==DEAL_TYPE_SELL);
  }

long SuhoTimeOf(const long ms)
  {
   return(ms>0 ? ms : 0);
  }

//--- the deal must be in the selected history
void SuhoFillDeal(const CSuhoWork &work,const ulong ticket,SuhoDeal &d)
  {
   long type=HistoryDealGetInteger(ticket,DEAL_TYPE);
   bool trades=SuhoDealTrades(type);
   d.deal=ticket;
   d.order=(ulong)HistoryDealGetInteger(ticket,DEAL_ORDER);
   d.position=(ulong)HistoryDealGetInteger(ticket,DEAL_POSITION_ID);
   d.magic=(ulong)HistoryDealGetInteger(ticket,DEAL_MAGIC);
   d.symbol=trades ? HistoryDealGetString(ticket,DEAL_SYMBOL) : "";
   d.symbolId=trades ? work.symbols.IdOf(d.symbol) : 0;
   d.tradeKind=trades ? SUHO_TRADE_KIND_DEAL : SUHO_TRADE_KIND_BALANCE;
   d.entry=trades ? SuhoDealEntryOf(HistoryDealGetInteger(ticket,DEAL_ENTRY)) : SUHO_DEAL_ENTRY_NONE;
   d.side=SUHO_TRADE_SIDE_NONE;
   if(trades)
      d.side=type==DEAL_TYPE_BUY ? SUHO_TRADE_SIDE_BUY : SUHO_TRADE_SIDE_SELL;
   d.reason=SuhoDealReasonOf(HistoryDealGetInteger(ticket,DEAL_REASON));
   d.volume=HistoryDealGetDouble(ticket,DEAL_VOLUME);
   d.price=HistoryDealGetDouble(ticket,DEAL_PRICE);
   d.stopLoss=HistoryDealGetDouble(ticket,DEAL_SL);
   d.takeProfit=HistoryDealGetDouble(ticket,DEAL_TP);
   d.profit=HistoryDealGetDouble(ticket,DEAL_PROFIT);
   d.commission=HistoryDealGetDouble(ticket,DEAL_COMMISSION)+HistoryDealGetDouble(ticket,DEAL_FEE);
   d.swap=HistoryDealGetDouble(ticket,DEAL_SWAP);
   d.brokerTimeMs=SuhoTimeOf(HistoryDealGetInteger(ticket,DEAL_TIME_MSC));
   d.comment=SuhoClip(HistoryDealGetString(ticket,DEAL_COMMENT),63);
  }

void SuhoFillHistoryOrder(const CSuhoWork &work,const ulong ticket,SuhoHistoryOrder &o)
  {
   o.order=ticket;
   o.position=(ulong)HistoryOrderGetInteger(ticket,ORDER_POSITION_ID);
   o.magic=(ulong)HistoryOrderGetInteger(ticket,ORDER_MAGIC);
   o.symbol=HistoryOrderGetString(ticket,ORDER_SYMBOL);
   o.symbolId=work.symbols.IdOf(o.symbol);
   o.orderType=(ENUM_SUHO_ORDER_TYPE)(int)HistoryOrderGetInteger(ticket,ORDER_TYPE);
   o.orderState=(ENUM_SUHO_ORDER_STATE)(int)HistoryOrderGetInteger(ticket,ORDER_STATE);
   o.volume=HistoryOrderGetDouble(ticket,ORDER_VOLUME_INITIAL);
   o.filledVolume=SuhoLots(o.volume-HistoryOrderGetDouble(ticket,ORDER_VOLUME_CURRENT));
   o.price=HistoryOrderGetDouble(ticket,ORDER_PRICE_OPEN);
   o.stopLoss=HistoryOrderGetDouble(ticket,ORDER_SL);
   o.takeProfit=HistoryOrderGetDouble(ticket,ORDER_TP);
   o.setupTimeMs=SuhoTimeOf(HistoryOrderGetInteger(ticket,ORDER_TIME_SETUP_MSC));
   o.doneTimeMs=SuhoTimeOf(HistoryOrderGetInteger(ticket,ORDER_TIME_DONE_MSC));
   o.comment=SuhoClip(HistoryOrderGetString(ticket,ORDER_COMMENT),63);
  }

//--- the position must be selected
void SuhoFillPosition(const CSuhoWork &work,SuhoPosition &p)
  {
   p.position=(ulong)PositionGetInteger(POSITION_IDENTIFIER);
   p.magic=(ulong)PositionGetInteger(POSITION_MAGIC);
   p.symbol=PositionGetString(POSITION_SYMBOL);
   p.symbolId=work.symbols.IdOf(p.symbol);
   p.side=PositionGetInteger(POSITION_TYPE)==POSITION_TYPE_BUY ? SUHO_SIDE_BUY : SUHO_SIDE_SELL;
   p.volume=PositionGetDouble(POSITION_VOLUME);
   p.openPrice=PositionGetDouble(POSITION_PRICE_OPEN);
   p.stopLoss=PositionGetDouble(POSITION_SL);
   p.takeProfit=PositionGetDouble(POSITION_TP);
   p.profit=PositionGetDouble(POSITION_PROFIT);
   p.swap=PositionGetDouble(POSITION_SWAP);
   p.openTimeMs=SuhoTimeOf(PositionGetInteger(POSITION_TIME_MSC));
   p.comment=SuhoClip(PositionGetString(POSITION_COMMENT),63);
  }

//--- the order must be selected
void SuhoFillOrder(const CSuhoWork &work,const ulong ticket,SuhoOrder &o)
  {
   o.order=ticket;
   o.magic=(ulong)OrderGetInteger(ORDER_MAGIC);
   o.symbol=OrderGetString(ORDER_SYMBOL);
   o.symbolId=work.symbols.IdOf(o.symbol);
   o.orderType=(ENUM_SUHO_ORDER_TYPE)(int)OrderGetInteger(ORDER_TYPE);
   o.orderState=(ENUM_SUHO_ORDER_STATE)(int)OrderGetInteger(ORDER_STATE);
   o.volume=OrderGetDouble(ORDER_VOLUME_INITIAL);
   o.remaining=OrderGetDouble(ORDER_VOLUME_CURRENT);
   o.price=OrderGetDouble(ORDER_PRICE_OPEN);
   o.stopLimit=OrderGetDouble(ORDER_PRICE_STOPLIMIT);
   o.stopLoss=OrderGetDouble(ORDER_SL);
   o.takeProfit=OrderGetDouble(ORDER_TP);
   o.setupTimeMs=SuhoTimeOf(OrderGetInteger(ORDER_TIME_SETUP_MSC));
   o.expirationMs=SuhoTimeOf(OrderGetInteger(ORDER_TIME_EXPIRATION)*1000);
   o.comment=SuhoClip(OrderGetString(ORDER_COMMENT),63);
  }

int SuhoPagesOf(const int first,const int second)
  {
   int most=first>second ? first : second;
   return(most==0 ? 1 : (most+SUHO_RECORDS_A_PAGE-1)/SUHO_RECORDS_A_PAGE);
  }

class CSuhoReports
  {
private:
   uint              m_query;

   bool              Holdings(const CSuhoWork &work,SUHO_ARRAY_REF(SuhoPosition, positions),SUHO_ARRAY_REF(SuhoOrder, orders)) const
     {
      if(!work.terminal.Knows())
         return(false);
      int total=PositionsTotal();
      ArrayResize(positions,total);
      for(int i=0; i<total; i++)
        {
         if(PositionGetTicket(i)==0)
            return(false);
         SuhoFillPosition(work,positions[i]);
        }
      int pending=OrdersTotal();
      ArrayResize(orders,pending);
      for(int i=0; i<pending; i++)
        {
         ulong ticket=OrderGetTicket(i);
         if(ticket==0)
            return(false);
         SuhoFillOrder(work,ticket,orders[i]);
        }
      //--- the list moved while it was read
      return(total==PositionsTotal() && pending==OrdersTotal());
     }

   void              Add(CSuhoWriter &w,const uchar type,SUHO_ARRAY_REF(SuhoFrame, frames)) const
     {
      int at=ArraySize(frames);
      ArrayResize(frames,at+1);
      frames[at].type=type;
      if(!w.Finish(frames[at].bytes))
         ArrayResize(frames,at);
     }

public:
                     CSuhoReports(void) { m_query=0; }
   uint              NextQuery(void) { m_query++; return(m_query); }

   //--- positions and orders in pages, or one page that says the terminal cannot know
   bool              Snapshot(const CSuhoWork &work,const SuhoId &commandId,SUHO_ARRAY_REF(SuhoFrame, frames))
     {
      SUHO_ARRAY(SuhoPosition, positions);
      SUHO_ARRAY(SuhoOrder, orders);
      bool complete=Holdings(work,positions,orders);
      if(!complete)
        {
         ArrayResize(positions,0);
         ArrayResize(orders,0);
        }
      uint query=NextQuery();
      int pages=SuhoPagesOf(ArraySize(positions),ArraySize(orders));
      for(int page=0; page<pages; page++)
        {
         SuhoSnapshot m;
         m.query=query;
         m.page=(ushort)page;
         m.last=page==pages-1;
         m.completeness=complete ? SUHO_COMPLETENESS_COMPLETE : SUHO_COMPLETENESS_UNKNOWN;
         m.commandId=commandId;
         m.brokerTimeMs=SuhoTimeOf(SuhoBrokerMs());
         int from=page*SUHO_RECORDS_A_PAGE;
         ArrayResize(m.positions,0);
         ArrayResize(m.orders,0);
         for(int i=from; i<from+SUHO_RECORDS_A_PAGE && i<ArraySize(positions); i++)
           {
            ArrayResize(m.positions,i-from+1);
            m.positions[i-from]=positions[i];
           }
         for(int i=from; i<from+SUHO_RECORDS_A_PAGE && i<ArraySize(orders); i++)
           {
            ArrayResize(m.orders,i-from+1);
            m.orders[i-from]=orders[i];
           }
         CSuhoWriter w;
         w.Begin(SUHO_TYPE_SNAPSHOT,0,0,0,0);
         SuhoWriteSnapshot(w,m);
         Add(w,SUHO_TYPE_SNAPSHOT,frames);
        }
      return(complete);
     }

   //--- orders and deals done in [fromMs, toMs) of the broker's clock, or one page that says the terminal cannot know
   bool              History(const CSuhoWork &work,const long fromMs,const long toMs,const SuhoId &commandId,SUHO_ARRAY_REF(SuhoFrame, frames))
     {
      SUHO_ARRAY(SuhoHistoryOrder, orders);
      SUHO_ARRAY(SuhoDeal, deals);
      bool complete=work.terminal.Knows() && HistorySelect((datetime)(fromMs/1000),(datetime)(toMs/1000+1));
      if(complete)
         complete=Between(work,fromMs,toMs,orders,deals);
      if(!complete)
        {
         ArrayResize(orders,0);
         ArrayResize(deals,0);
        }
      uint query=NextQuery();
      int pages=SuhoPagesOf(ArraySize(orders),ArraySize(deals));
      for(int page=0; page<pages; page++)
        {
         SuhoHistory m;
         m.query=query;
         m.page=(ushort)page;
         m.last=page==pages-1;
         m.completeness=complete ? SUHO_COMPLETENESS_COMPLETE : SUHO_COMPLETENESS_UNKNOWN;
         m.commandId=commandId;
         m.fromMs=fromMs;
         m.toMs=toMs;
         int from=page*SUHO_RECORDS_A_PAGE;
         ArrayResize(m.orders,0);
         ArrayResize(m.deals,0);
         for(int i=from; i<from+SUHO_RECORDS_A_PAGE && i<ArraySize(orders); i++)
           {
            ArrayResize(m.orders,i-from+1);
            m.orders[i-from]=orders[i];
           }
         for(int i=from; i<from+SUHO_RECORDS_A_PAGE && i<ArraySize(deals); i++)
           {
            ArrayResize(m.deals,i-from+1);
            m.deals[i-from]=deals[i];
           }
         CSuhoWriter w;
         w.Begin(SUHO_TYPE_HISTORY,0,0,0,0);
         SuhoWriteHistory(w,m);
         int before=ArraySize(frames);
         Add(w,SUHO_TYPE_HISTORY,frames);
         if(ArraySize(frames)>before)
           {
            frames[before].history=true;
            frames[before].byItself=commandId.IsNone();
            frames[before].lastPage=m.last;
            frames[before].complete=complete;
            frames[before].toMs=toMs;
           }
        }
      return(complete);
     }

private:
   bool              Between(const CSuhoWork &work,const long fromMs,const long toMs,SUHO_ARRAY_REF(SuhoHistoryOrder, orders),SUHO_ARRAY_REF(SuhoDeal, deals)) const
     {
      int ended=HistoryOrdersTotal();
      for(int i=0; i<ended; i++)
        {
         ulong ticket=HistoryOrderGetTicket(i);
         if(ticket==0)
            return(false);
         long doneMs=HistoryOrderGetInteger(ticket,ORDER_TIME_DONE_MSC);
         if(doneMs<fromMs || doneMs>=toMs)
            continue;
         int at=ArraySize(orders);
         ArrayResize(orders,at+1,256);
         SuhoFillHistoryOrder(work,ticket,orders[at]);
        }
      int total=HistoryDealsTotal();
      for(int i=0; i<total; i++)
        {
         ulong ticket=HistoryDealGetTicket(i);
         if(ticket==0)
            return(false);
         long madeMs=HistoryDealGetInteger(ticket,DEAL_TIME_MSC);
         if(madeMs<fromMs || madeMs>=toMs)
            continue;
         int at=ArraySize(deals);
         ArrayResize(deals,at+1,256);
         SuhoFillDeal(work,ticket,deals[at]);
        }
      return(true);
     }

public:
   void              Hello(const CSuhoWork &work,SuhoHello &m) const
     {
      m.versionMin=SUHO_VERSION_2;
      m.versionMax=SUHO_VERSION_2;
      SuhoParseId(work.options.account,m.accountId);
      m.instance=work.record.instance;
      m.login=(ulong)AccountInfoInteger(ACCOUNT_LOGIN);
      m.leverage=(uint)AccountInfoInteger(ACCOUNT_LEVERAGE);
      m.marginMode=(ENUM_SUHO_MARGIN_MODE)(int)AccountInfoInteger(ACCOUNT_MARGIN_MODE);
      m.tradeMode=(ENUM_SUHO_TRADE_MODE)(int)AccountInfoInteger(ACCOUNT_TRADE_MODE);
      m.currencyDigits=(uchar)AccountInfoInteger(ACCOUNT_CURRENCY_DIGITS);
      m.hedging=AccountInfoInteger(ACCOUNT_HEDGE_ALLOWED)!=0;
      m.fifo=AccountInfoInteger(ACCOUNT_FIFO_CLOSE)!=0;
      m.stopOutMode=(ENUM_SUHO_STOP_OUT_MODE)(int)AccountInfoInteger(ACCOUNT_MARGIN_SO_MODE);
      m.stopOutCall=AccountInfoDouble(ACCOUNT_MARGIN_SO_CALL);
      m.stopOutLevel=AccountInfoDouble(ACCOUNT_MARGIN_SO_SO);
      m.brokerOffsetSeconds=SuhoBrokerOffsetSeconds();
      m.eaBuild=SUHO_EA_BUILD;
      m.terminalBuild=(uint)TerminalInfoInteger(TERMINAL_BUILD);
      m.riskPercentMax=work.options.riskPercentMax;
      m.volumeMax=work.options.volumeMax;
      m.positionsMax=(ushort)work.options.positionsMax;
      m.dailyLossMax=work.options.dailyLossMax;
      m.drawdownMax=work.options.drawdownMax;
      m.apiKey=SuhoParseKey(work.options.key);
      m.server=AccountInfoString(ACCOUNT_SERVER);
      m.company=AccountInfoString(ACCOUNT_COMPANY);
      m.currency=AccountInfoString(ACCOUNT_CURRENCY);
      SuhoEndpoints(work.options,m.endpoints);
     }
  };

#endif
