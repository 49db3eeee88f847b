//--- What the EA checks of a signal against its own terminal before it sends an order, and the order that comes of it.
#ifndef SUHO_SIGNAL_CHECK_MQH
#define SUHO_SIGNAL_CHECK_MQH
#include "Broker.mqh"

class CSuhoSignalCheck
  {
private:
   string            m_fault;

   bool              Refuse(const string sentence)
     {
      m_fault=sentence;
      return(false);
     }

   string            Between(const string before,const double value,const string between,const double limit) const
     {
      string text=before;
      text+=SuhoNumber(value);
      text+=between;
      text+=SuhoNumber(limit);
      text+=".";
      return(text);
     }

   bool              InHours(const CSuhoWork &work) const
     {
      int count=ArraySize(work.risk.hours);
      if(count==0)
         return(true);
      long seconds=work.ServerUs()/1000000;
      int day=(int)((seconds/SUHO_DAY_SECONDS+4)%7);
      uint second=(uint)(seconds%SUHO_DAY_SECONDS);
      for(int i=0; i<count; i++)
         if((int)work.risk.hours[i].day==day && second>=work.risk.hours[i].fromSeconds && second<work.risk.hours[i].toSeconds)
            return(true);
      return(false);
     }

   bool              SymbolAllowed(const CSuhoWork &work,const uint id) const
     {
      int count=ArraySize(work.risk.symbolIds);
      if(count==0)
         return(true);
      for(int i=0; i<count; i++)
         if(work.risk.symbolIds[i]==id)
            return(true);
      return(false);
     }

   bool              Counts(const CSuhoWork &work)
     {
      int open=work.OwnPositions();
      int most=(int)work.risk.positionsMax;
      if(work.options.positionsMax>0 && (most==0 || work.options.positionsMax<most))
         most=work.options.positionsMax;
      if(most>0 && open>=most)
         return(Refuse(Between("",open," positions are open; the most is ",most)));
      return(true);
     }

   double            Least(const double a,const double b) const
     {
      if(a<=0)
         return(b);
      return(b>0 && b<a ? b : a);
     }

   bool              Losses(const CSuhoWork &work)
     {
      double daily=Least(work.risk.dailyLossMax,work.options.dailyLossMax);
      double lost=NormalizeDouble(work.money.DailyLossPercent(),2);
      if(daily>0 && lost>=daily)
         return(Refuse(Between("The day has lost ",lost," %; the limit is ",daily)));
      double most=Least(work.risk.drawdownMax,work.options.drawdownMax);
      double drawdown=NormalizeDouble(work.money.DrawdownPercent(),2);
      if(most>0 && drawdown>=most)
         return(Refuse(Between("Equity is ",drawdown," % below its highest; the limit is ",most)));
      return(true);
     }

   bool              Risk(const CSuhoWork &work,const SuhoSignal &signal)
     {
      if(work.risk.emergencyStop)
         return(Refuse("The emergency stop is set."));
      if(!work.risk.tradingEnabled)
         return(Refuse("Trading is disabled for this account."));
      if(!SymbolAllowed(work,signal.symbolId))
         return(Refuse(signal.brokerName+" may not be traded."));
      if(!InHours(work))
         return(Refuse("This is outside the hours allowed."));
      if(work.options.riskPercentMax>0 && signal.riskPercent>work.options.riskPercentMax+0.000001)
         return(Refuse(Between("Its risk of ",signal.riskPercent," % is above your own cap of ",work.options.riskPercentMax)));
      return(Counts(work) && Losses(work));
     }

   bool              Mode(const SuhoSignal &signal)
     {
      string name=signal.brokerName;
      long mode=SymbolInfoInteger(name,SYMBOL_TRADE_MODE);
      if(mode==SYMBOL_TRADE_MODE_DISABLED)
         return(Refuse("The broker does not allow trading "+name+"."));
      if(mode==SYMBOL_TRADE_MODE_CLOSEONLY)
         return(Refuse("The broker allows only closing "+name+"."));
      if(mode==SYMBOL_TRADE_MODE_LONGONLY && signal.side==SUHO_SIDE_SELL)
         return(Refuse("The broker allows only buying "+name+"."));
      if(mode==SYMBOL_TRADE_MODE_SHORTONLY && signal.side==SUHO_SIDE_BUY)
         return(Refuse("The broker allows only selling "+name+"."));
      if((SymbolInfoInteger(name,SYMBOL_ORDER_MODE) & SYMBOL_ORDER_MARKET)==0)
         return(Refuse("The broker takes no market orders for "+name+"."));
      return(true);
     }

   //--- on a netting account an order against a position would reduce it or turn it round: that is never done by a signal
   bool              Against(const SuhoSignal &signal)
     {
      if(!SuhoNetting())
         return(true);
      int total=PositionsTotal();
      for(int i=0; i<total; i++)
        {
         ulong ticket=PositionGetTicket(i);
         if(ticket==0)
            return(Refuse("The terminal could not tell its positions."));
         if(PositionGetString(POSITION_SYMBOL)!=signal.brokerName)
            continue;
         bool buy=PositionGetInteger(POSITION_TYPE)==POSITION_TYPE_BUY;
         if(buy!=(signal.side==SUHO_SIDE_BUY))
            return(Refuse("The opposite position in "+signal.brokerName+" is open, and this is a netting account: it must be closed first."));
        }
      return(true);
     }

   //--- volume of all positions of the symbol on this side, for the broker's own limit
   double            Held(const SuhoSignal &signal) const
     {
      double held=0;
      int total=PositionsTotal();
      for(int i=0; i<total; i++)
        {
         if(PositionGetTicket(i)==0 || PositionGetString(POSITION_SYMBOL)!=signal.brokerName)
            continue;
         bool buy=PositionGetInteger(POSITION_TYPE)==POSITION_TYPE_BUY;
         if(buy==(signal.side==SUHO_SIDE_BUY))
            held+=PositionGetDouble(POSITION_VOLUME);
        }
      return(held);
     }

   //--- down to what the user's own cap on risk leaves at this price; 0 where it leaves nothing
   double            CappedByRisk(const CSuhoWork &work,const SuhoSignal &signal,const double volume,const double price,const double stop) const
     {
      double most=work.options.riskPercentMax;
      double equity=AccountInfoDouble(ACCOUNT_EQUITY);
      double loss=0;
      if(most<=0 || stop==0)
         return(volume);
      if(equity<=0 || !OrderCalcProfit(signal.side==SUHO_SIDE_BUY ? ORDER_TYPE_BUY : ORDER_TYPE_SELL,signal.brokerName,volume,price,stop,loss))
         return(0);
      double allowed=equity*most/100.0;
      if(loss>=0 || -loss<=allowed)
         return(volume);
      return(SuhoStepDown(volume*allowed/-loss,SymbolInfoDouble(signal.brokerName,SYMBOL_VOLUME_STEP)));
     }

   bool              Volume(const CSuhoWork &work,const SuhoSignal &signal,const double price,const double stop,double &volume)
     {
      string name=signal.brokerName;
      double multiplier=work.hasSettings && work.settings.volumeMultiplier>0 ? work.settings.volumeMultiplier : 1.0;
      if(multiplier>1.0)
         multiplier=1.0;
      volume=SuhoStepDown(signal.volume*multiplier,SymbolInfoDouble(name,SYMBOL_VOLUME_STEP));
      double least=SymbolInfoDouble(name,SYMBOL_VOLUME_MIN);
      double most=SymbolInfoDouble(name,SYMBOL_VOLUME_MAX);
      if(volume>0)
         volume=CappedByRisk(work,signal,volume,price,stop);
      if(volume<=0 || volume<least)
         return(Refuse(Between("The volume ",volume," is below the least, ",least)));
      if(volume>most)
         return(Refuse(Between("The volume ",volume," is above the most, ",most)));
      double cap=Least(work.risk.volumeMax,work.options.volumeMax);
      if(cap>0 && volume>cap+0.00000001)
         return(Refuse(Between("The volume ",volume," is above the limit of ",cap)));
      double limit=SymbolInfoDouble(name,SYMBOL_VOLUME_LIMIT);
      if(limit>0 && Held(signal)+volume>limit+0.00000001)
         return(Refuse(Between("With what is open, the volume ",Held(signal)+volume," is above the broker's limit of ",limit)));
      return(true);
     }

   double            Scaled(const SuhoSignal &signal,const double level,const double multiplier) const
     {
      if(level==0 || multiplier==1.0 || multiplier<=0)
         return(SuhoPriceOf(signal.brokerName,level));
      return(SuhoPriceOf(signal.brokerName,signal.entry+(level-signal.entry)*multiplier));
     }

   string            Comment(const CSuhoWork &work,const SuhoSignal &signal) const
     {
      string text=work.options.commentNote;
      if(work.hasSettings)
         text+=work.settings.commentPrefix;
      text+=signal.comment;
      return(SuhoClip(text,SUHO_COMMENT_MOST));
     }

public:
                     CSuhoSignalCheck(void) { m_fault=""; }
   //--- why the last one was refused
   string            Fault(void) const { return(m_fault); }

   //--- true, and the order, where everything allows it
   bool              Order(const CSuhoWork &work,const SuhoSignal &signal,MqlTradeRequest &request)
     {
      m_fault="";
      string known=work.symbols.NameOf(signal.symbolId);
      if(known!=signal.brokerName)
        {
         string text="Symbol ";
         text+=IntegerToString((long)signal.symbolId);
         text+=known=="" ? " is not known here" : " is ";
         text+=known;
         text+=", not ";
         text+=signal.brokerName;
         text+=".";
         return(Refuse(text));
        }
      string name=signal.brokerName;
      MqlTick tick={};
      double point=SymbolInfoDouble(name,SYMBOL_POINT);
      if(!SymbolInfoTick(name,tick) || tick.bid<=0 || tick.ask<=0 || point<=0)
         return(Refuse(name+" has no quote."));
      if(!Risk(work,signal) || !Mode(signal) || !Against(signal))
         return(false);
      bool buys=signal.side==SUHO_SIDE_BUY;
      double price=buys ? tick.ask : tick.bid;
      if((signal.entryLow>0 && price<signal.entryLow) || (signal.entryHigh>0 && price>signal.entryHigh))
        {
         string text=Between("The price ",price," is outside ",signal.entryLow);
         return(Refuse(SuhoClip(text,StringLen(text)-1)+Between(" to ",signal.entryHigh,"; entry ",signal.entry)));
        }
      double spread=MathRound((tick.ask-tick.bid)/point);
      double widest=work.hasSettings ? (double)work.settings.spreadPointsMax : 0;
      if(widest>0 && spread>widest)
         return(Refuse(Between("The spread of ",spread," points is above ",widest)));
      double stop=Scaled(signal,signal.stopLoss,work.hasSettings ? work.settings.stopLossMultiplier : 1.0);
      double take=Scaled(signal,signal.takeProfit,work.hasSettings ? work.settings.takeProfitMultiplier : 1.0);
      if(!SuhoStopsFit(name,buys,stop,take))
         return(Refuse(Between("The stop ",stop," or the take profit is nearer than the broker allows, or on the wrong side of ",price)));
      double volume=0;
      if(!Volume(work,signal,price,stop,volume))
         return(false);
      request.action=TRADE_ACTION_DEAL;
      request.symbol=name;
      request.volume=volume;
      request.type=buys ? ORDER_TYPE_BUY : ORDER_TYPE_SELL;
      request.price=price;
      request.sl=stop;
      request.tp=take;
      request.deviation=(ulong)work.Slippage();
      request.magic=signal.magic;
      request.comment=Comment(work,signal);
      request.type_filling=SuhoFilling(name);
      request.type_time=ORDER_TIME_GTC;
      return(true);
     }
  };

#endif
