//--- No EA: tests ask by it what the terminal of this folder does, a question a click, and read the answers in what it prints.
input int Depth = 3;

int handle=INVALID_HANDLE;

int OnInit(void) { return(INIT_SUCCEEDED); }

bool Trade(const ENUM_ORDER_TYPE type,const double volume,const double sl,const double tp,const ulong position,MqlTradeResult &result)
  {
   MqlTradeRequest request={};
   request.action=TRADE_ACTION_DEAL;
   request.symbol=_Symbol;
   request.type=type;
   request.volume=volume;
   request.price=SymbolInfoDouble(_Symbol,type==ORDER_TYPE_BUY ? SYMBOL_ASK : SYMBOL_BID);
   request.sl=sl;
   request.tp=tp;
   request.magic=7;
   request.position=position;
   request.comment="a comment that is longer than thirty-one characters";
   request.type_filling=ORDER_FILLING_FOK;
   return(OrderSend(request,result));
  }

void OnTradeTransaction(const MqlTradeTransaction &trans,const MqlTradeRequest &request,const MqlTradeResult &result)
  {
   if(trans.type==TRADE_TRANSACTION_DEAL_ADD)
      Print("transaction of a deal, ",request.magic,result.retcode);
  }

void OnChartEvent(const int id,const long &lparam,const double &dparam,const string &sparam)
  {
   ResetLastError();
   MqlTradeResult result={};
   if(sparam=="strings")
     {
      string none;
      string parts="a;b;;c";
      SUHO_ARRAY(string, split);
      SUHO_ARRAY(uchar, bytes);
      int length=StringToCharArray("h\xC3\xA9\xE2\x82\xAC",bytes,0,-1,CP_UTF8);
      int count=StringSplit(parts,';',split);
      Print(none==NULL," ",none=="",StringLen(none)," ",count,split[2]==""," ",length," ",StringLen(CharArrayToString(bytes,0,-1,CP_UTF8)));
      Print(StringFormat("%5.2f|%-4s|%03d|%I64u",1.005,"ab",7,(ulong)18446744073709551615UL));
      Print(StringFind("abcabc","c",3)," ",StringSubstr("abc",1)," ",DoubleToString(1.5,3)," ",NormalizeDouble(1.100005,5)," ",Depth," ",lparam,dparam,id);
     }
   if(sparam=="range")
     {
      SUHO_ARRAY(int, few);
      ArrayResize(few,Depth);
      Print(few[Depth]);
     }
   if(sparam=="width")
      Print(StringFormat("%d",GetTickCount64()));
   if(sparam=="write" || sparam=="write and flush")
     {
      handle=FileOpen(sparam=="write" ? "lost.bin" : "kept.bin",FILE_READ|FILE_WRITE|FILE_BIN);
      FileWriteLong(handle,5);
      if(sparam=="write and flush")
         FileFlush(handle);
      Print("written ",FileSize(handle)," ",FileOpen("kept.bin",FILE_READ|FILE_WRITE|FILE_BIN)==INVALID_HANDLE ? "locked" : "free");
     }
   if(sparam=="buy" || sparam=="sell")
     {
      bool done=Trade(sparam=="buy" ? ORDER_TYPE_BUY : ORDER_TYPE_SELL,0.3,0,0,0,result);
      Print(sparam," ",done," ",result.retcode," ",PositionsTotal()," ",PositionGetTicket(0)>0 ? PositionGetDouble(POSITION_VOLUME) : 0.0);
     }
   if(sparam=="stops")
     {
      bool done=Trade(ORDER_TYPE_BUY,0.1,1.09,1.11,0,result);
      Print("stops ",done," ",result.retcode);
     }
   if(sparam=="wrong")
     {
      Trade(ORDER_TYPE_BUY,0.15,0,0,0,result);
      uint step=result.retcode;
      Trade(ORDER_TYPE_BUY,0.1,1.2,0,0,result);
      uint stop=result.retcode;
      Trade(ORDER_TYPE_BUY,100,0,0,0,result);
      uint money=result.retcode;
      Trade(ORDER_TYPE_SELL,0.1,0,0,12345,result);
      Print("wrong ",step," ",stop," ",money," ",result.retcode," ",GetLastError());
     }
   if(sparam=="history")
     {
      bool selected=HistorySelect(0,TimeTradeServer()+86400);
      Print("history ",selected," ",HistoryDealsTotal()," ",HistoryOrdersTotal());
      int deals=HistoryDealsTotal();
      for(int i=0; i<deals; i++)
        {
         ulong deal=HistoryDealGetTicket(i);
         Print("deal ",HistoryDealGetInteger(deal,DEAL_ENTRY)," ",HistoryDealGetDouble(deal,DEAL_VOLUME)," ",HistoryDealGetDouble(deal,DEAL_PRICE)," ",HistoryDealGetDouble(deal,DEAL_PROFIT)," ",HistoryDealGetInteger(deal,DEAL_REASON)," ",StringLen(HistoryDealGetString(deal,DEAL_COMMENT)));
        }
     }
   if(sparam=="values")
     {
      double profit=0;
      double margin=0;
      OrderCalcProfit(ORDER_TYPE_BUY,"USDJPY",1,150,150.1,profit);
      OrderCalcMargin(ORDER_TYPE_BUY,"USDJPY",1,150,margin);
      Print("values ",DoubleToString(profit,2)," ",DoubleToString(margin,2)," ",DoubleToString(SymbolInfoDouble("USDJPY",SYMBOL_TRADE_TICK_VALUE),4));
     }
   if(sparam=="connect")
     {
      handle=SocketCreate();
      bool up=SocketConnect(handle,"elsewhere.example",1,100);
      Print("connect ",up," ",GetLastError());
     }
  }
