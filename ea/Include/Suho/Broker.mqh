//--- The trade server through the terminal: what it holds of a magic, and requests to it. A query that failed is never read as
//--- "nothing there".
#ifndef SUHO_BROKER_MQH
#define SUHO_BROKER_MQH
#include "Work.mqh"

enum ENUM_SUHO_SIGHT
  {
   SUHO_SIGHT_FAILED=0,    // the terminal cannot say
   SUHO_SIGHT_WORKING=1,   // an order is under way, or its deals are not there yet
   SUHO_SIGHT_TRADED=2,
   SUHO_SIGHT_ENDED=3,     // an order ended without a fill
   SUHO_SIGHT_NOTHING=4
  };

//--- fills that belong together
struct SuhoFills
  {
   double            volume;
   double            worth;
   ulong             order;
   ulong             position;
   SUHO_ARRAY(ulong, deals);
                     SuhoFills(void) { volume=0; worth=0; order=0; position=0; }

   double            Price(void) const { return(volume>0 ? worth/volume : 0); }

   //--- the deal must be selected by ticket
   void              Add(const ulong ticket)
     {
      double lots=HistoryDealGetDouble(ticket,DEAL_VOLUME);
      volume+=lots;
      worth+=lots*HistoryDealGetDouble(ticket,DEAL_PRICE);
      if(order==0)
         order=(ulong)HistoryDealGetInteger(ticket,DEAL_ORDER);
      if(position==0)
         position=(ulong)HistoryDealGetInteger(ticket,DEAL_POSITION_ID);
      int at=ArraySize(deals);
      ArrayResize(deals,at+1);
      deals[at]=ticket;
     }
  };

bool SuhoOpens(const long entry)
  {
   return(entry==DEAL_ENTRY_IN || entry==DEAL_ENTRY_INOUT);
  }

//--- from when on an order of this signal can have been made: a day before its id, for brokers' clocks differ from UTC
datetime SuhoSearchFrom(const SuhoId &id)
  {
   long madeMs=SuhoIdTimeMs(id);
   if(madeMs<=0 || SuhoInTester())
      return(0);
   return((datetime)(madeMs/1000-SUHO_DAY_SECONDS));
  }

datetime SuhoSearchTo(void)
  {
   return((datetime)((long)TimeTradeServer()+2*SUHO_DAY_SECONDS));
  }

//--- the position with this identifier, which is what deals name; 0 for none. It is selected then
ulong SuhoFindPosition(const ulong identifier)
  {
   int total=PositionsTotal();
   for(int i=0; i<total; i++)
     {
      ulong ticket=PositionGetTicket(i);
      if(ticket==0)
         continue;
      if((ulong)PositionGetInteger(POSITION_IDENTIFIER)==identifier || ticket==identifier)
         return(ticket);
     }
   return(0);
  }

bool SuhoNetting(void)
  {
   return(AccountInfoInteger(ACCOUNT_MARGIN_MODE)!=ACCOUNT_MARGIN_MODE_RETAIL_HEDGING);
  }

//--- where a signal stands at the broker, by its magic
ENUM_SUHO_SIGHT SuhoLook(const ulong magic,const datetime from,const bool knows,SuhoFills &fills)
  {
   if(!knows)
      return(SUHO_SIGHT_FAILED);
   int orders=OrdersTotal();
   for(int i=0; i<orders; i++)
     {
      ulong ticket=OrderGetTicket(i);
      if(ticket==0)
         return(SUHO_SIGHT_FAILED);
      if((ulong)OrderGetInteger(ORDER_MAGIC)==magic)
         return(SUHO_SIGHT_WORKING);
     }
   if(!HistorySelect(from,SuhoSearchTo()))
      return(SUHO_SIGHT_FAILED);
   int deals=HistoryDealsTotal();
   for(int i=0; i<deals; i++)
     {
      ulong ticket=HistoryDealGetTicket(i);
      if(ticket==0)
         return(SUHO_SIGHT_FAILED);
      if((ulong)HistoryDealGetInteger(ticket,DEAL_MAGIC)==magic && SuhoOpens(HistoryDealGetInteger(ticket,DEAL_ENTRY)))
         fills.Add(ticket);
     }
   if(ArraySize(fills.deals)>0)
      return(SUHO_SIGHT_TRADED);
   ENUM_SUHO_SIGHT sight=SUHO_SIGHT_NOTHING;
   int ended=HistoryOrdersTotal();
   for(int i=0; i<ended; i++)
     {
      ulong ticket=HistoryOrderGetTicket(i);
      if(ticket==0)
         return(SUHO_SIGHT_FAILED);
      if((ulong)HistoryOrderGetInteger(ticket,ORDER_MAGIC)!=magic)
         continue;
      long state=HistoryOrderGetInteger(ticket,ORDER_STATE);
      //--- filled, but its deals have not come
      if(state==ORDER_STATE_FILLED || state==ORDER_STATE_PARTIAL)
         return(SUHO_SIGHT_WORKING);
      fills.order=ticket;
      sight=SUHO_SIGHT_ENDED;
     }
   int positions=PositionsTotal();
   for(int i=0; i<positions; i++)
     {
      ulong ticket=PositionGetTicket(i);
      if(ticket==0)
         return(SUHO_SIGHT_FAILED);
      //--- a position whose deals have not come
      if((ulong)PositionGetInteger(POSITION_MAGIC)==magic)
         return(SUHO_SIGHT_WORKING);
     }
   return(sight);
  }

//--- an order that is still with the broker
bool SuhoOrderWorks(const ulong order)
  {
   int total=OrdersTotal();
   for(int i=0; i<total; i++)
      if(OrderGetTicket(i)==order)
         return(true);
   return(false);
  }

//--- deals of one order, as far as the terminal has them
bool SuhoDealsOfOrder(const ulong order,const datetime from,SuhoFills &fills)
  {
   if(order==0 || !HistorySelect(from,SuhoSearchTo()))
      return(false);
   int total=HistoryDealsTotal();
   for(int i=0; i<total; i++)
     {
      ulong ticket=HistoryDealGetTicket(i);
      if(ticket!=0 && (ulong)HistoryDealGetInteger(ticket,DEAL_ORDER)==order)
         fills.Add(ticket);
     }
   return(true);
  }

//--- what the broker answered
struct SuhoAnswer
  {
   uint              retcode;
   int               external;
   ulong             order;
   ulong             deal;
   double            volume;
   double            price;
   string            comment;
                     SuhoAnswer(void) { retcode=0; external=0; order=0; deal=0; volume=0; price=0; comment=""; }
  };

class CSuhoBroker
  {
public:
   //--- 0, or the code with which the terminal refuses the request
   uint              Check(const MqlTradeRequest &request) const
     {
      MqlTradeCheckResult result={};
      ResetLastError();
      if(OrderCheck(request,result))
         return(0);
      if(result.retcode!=0 && result.retcode!=10009)
         return(result.retcode);
      return(10013);
     }

   //--- blocks until the trade server has answered, or the terminal gives up
   void              Send(CSuhoWork &work,const MqlTradeRequest &request,SuhoAnswer &answer) const
     {
      work.busy=true;
      MqlTradeResult result={};
      ResetLastError();
      bool done=OrderSend(request,result);
      answer.retcode=result.retcode;
      answer.external=(int)result.retcode_external;
      answer.order=result.order;
      answer.deal=result.deal;
      answer.volume=result.volume;
      answer.price=result.price;
      answer.comment=result.comment;
      //--- no code at all says nothing about what happened
      if(answer.retcode==0)
         answer.retcode=10011;
      string line=done ? "OrderSend: " : "OrderSend failed: ";
      line+=IntegerToString((long)answer.retcode);
      line+=" ";
      line+=SuhoRetcodeText(answer.retcode);
      work.log.Frame(line);
      work.money.Traded();
     }

   //--- closes volume of the position that is selected now; never more than it holds, so that nothing is turned round
   bool              CloseRequest(const CSuhoWork &work,const ulong ticket,const double volume,MqlTradeRequest &request) const
     {
      if(!PositionSelectByTicket(ticket))
         return(false);
      string name=PositionGetString(POSITION_SYMBOL);
      double held=PositionGetDouble(POSITION_VOLUME);
      bool buys=PositionGetInteger(POSITION_TYPE)==POSITION_TYPE_SELL;
      MqlTick tick={};
      if(!SymbolInfoTick(name,tick))
         return(false);
      request.action=TRADE_ACTION_DEAL;
      request.position=ticket;
      request.symbol=name;
      request.volume=volume<held ? volume : held;
      request.type=buys ? ORDER_TYPE_BUY : ORDER_TYPE_SELL;
      request.price=buys ? tick.ask : tick.bid;
      request.deviation=(ulong)work.Slippage();
      request.type_filling=SuhoFilling(name);
      request.type_time=ORDER_TIME_GTC;
      request.magic=(ulong)PositionGetInteger(POSITION_MAGIC);
      request.comment=SuhoClip(PositionGetString(POSITION_COMMENT),SUHO_COMMENT_MOST);
      return(true);
     }

   //--- puts stop and take profit to the position
   bool              StopsRequest(const ulong ticket,const double stopLoss,const double takeProfit,MqlTradeRequest &request) const
     {
      if(!PositionSelectByTicket(ticket))
         return(false);
      string name=PositionGetString(POSITION_SYMBOL);
      request.action=TRADE_ACTION_SLTP;
      request.position=ticket;
      request.symbol=name;
      request.sl=SuhoPriceOf(name,stopLoss);
      request.tp=SuhoPriceOf(name,takeProfit);
      request.magic=(ulong)PositionGetInteger(POSITION_MAGIC);
      return(true);
     }
  };

//--- whether stops stand on their side of the price that triggers them (bid for a buy), at least the stops level away
bool SuhoStopsFit(const string name,const bool buys,const double stopLoss,const double takeProfit)
  {
   MqlTick tick={};
   double point=SymbolInfoDouble(name,SYMBOL_POINT);
   if(!SymbolInfoTick(name,tick) || point<=0)
      return(false);
   double sign=buys ? 1.0 : -1.0;
   double price=buys ? tick.bid : tick.ask;
   long level=SymbolInfoInteger(name,SYMBOL_TRADE_STOPS_LEVEL);
   //--- half a point of tolerance: both are on the grid, so their difference is whole but for the last bit
   double least=(double)(level>1 ? level : 1)-0.5;
   if(stopLoss!=0 && sign*(price-stopLoss)/point<least)
      return(false);
   return(takeProfit==0 || sign*(takeProfit-price)/point>=least);
  }

//--- whether the price is so near a stop that stands that the broker lets nothing be changed
bool SuhoFrozen(const string name,const bool buys,const double stopLoss,const double takeProfit)
  {
   long level=SymbolInfoInteger(name,SYMBOL_TRADE_FREEZE_LEVEL);
   if(level<=0)
      return(false);
   MqlTick tick={};
   double point=SymbolInfoDouble(name,SYMBOL_POINT);
   if(!SymbolInfoTick(name,tick) || point<=0)
      return(false);
   double price=buys ? tick.bid : tick.ask;
   double near=(double)level*point;
   if(stopLoss!=0 && MathAbs(price-stopLoss)<=near)
      return(true);
   return(takeProfit!=0 && MathAbs(takeProfit-price)<=near);
  }

#endif
