//--- When state is told of which only the latest counts: money, quotes, tick values.
#ifndef SUHO_STATE_REPORTS_MQH
#define SUHO_STATE_REPORTS_MQH
#include "Session.mqh"
#include "Reports.mqh"

#define SUHO_FINANCE_LEAST_MS 1000
#define SUHO_FINANCE_MOST_MS 30000
#define SUHO_SYMBOLS_EVERY_MS 55000
#define SUHO_SYMBOLS_A_PAGE 40
//--- an unchanged quote is told again this often: half of what the server takes for stale
#define SUHO_QUOTE_AGAIN_MS 5000
#define SUHO_QUOTES_A_FRAME 1000

class CSuhoStateReports
  {
private:
   long              m_financeDueMs;
   long              m_financeToldMs;
   bool              m_financeTold;
   SuhoFinance       m_finance;
   long              m_quotesDueMs;
   long              m_symbolsDueMs;
   int               m_symbolsAt;      // next symbol of a telling under way, -1 for none
   uint              m_query;
   int               m_page;

   bool              Same(const SuhoFinance &a,const SuhoFinance &b) const
     {
      return(a.balance==b.balance && a.equity==b.equity && a.margin==b.margin && a.freeMargin==b.freeMargin
             && a.floating==b.floating && a.dayProfit==b.dayProfit);
     }

   void              Finance(CSuhoWork &work,CSuhoSession &session,CSuhoSocket &socket,const long nowMs)
     {
      //--- a terminal that has not seen its broker yet would tell zeros
      if(nowMs<m_financeDueMs || !work.terminal.Knows())
         return;
      m_financeDueMs=nowMs+SUHO_FINANCE_LEAST_MS;
      SuhoFinance m;
      m.balance=AccountInfoDouble(ACCOUNT_BALANCE);
      m.equity=AccountInfoDouble(ACCOUNT_EQUITY);
      m.margin=AccountInfoDouble(ACCOUNT_MARGIN);
      m.freeMargin=AccountInfoDouble(ACCOUNT_MARGIN_FREE);
      m.floating=AccountInfoDouble(ACCOUNT_PROFIT);
      m.dayProfit=work.money.DayProfit();
      if(m_financeTold && Same(m,m_finance) && nowMs-m_financeToldMs<SUHO_FINANCE_MOST_MS)
         return;
      m_finance=m;
      m_financeTold=true;
      m_financeToldMs=nowMs;
      CSuhoWriter w;
      w.Begin(SUHO_TYPE_FINANCE,0,0,0,0);
      SuhoWriteFinance(w,m);
      session.SayNow(work,socket,w,SUHO_TYPE_FINANCE);
     }

   void              Quotes(CSuhoWork &work,CSuhoSession &session,CSuhoSocket &socket,const long nowMs)
     {
      if(nowMs<m_quotesDueMs)
         return;
      m_quotesDueMs+=work.options.quotesEveryMs;
      if(m_quotesDueMs<=nowMs)
         m_quotesDueMs=nowMs+work.options.quotesEveryMs;
      SuhoQuotes m;
      long brokerMs=SuhoBrokerMs();
      int count=0;
      for(int i=0; i<ArraySize(work.symbols.watched) && count<SUHO_QUOTES_A_FRAME; i++)
        {
         MqlTick tick={};
         if(work.symbols.watched[i].id==0 || !SymbolInfoTick(work.symbols.watched[i].name,tick) || tick.bid<=0 || tick.ask<=0)
            continue;
         bool same=tick.bid==work.symbols.watched[i].bid && tick.ask==work.symbols.watched[i].ask;
         if(same && nowMs-work.symbols.watched[i].toldMs<SUHO_QUOTE_AGAIN_MS)
            continue;
         work.symbols.watched[i].bid=tick.bid;
         work.symbols.watched[i].ask=tick.ask;
         work.symbols.watched[i].toldMs=nowMs;
         ArrayResize(m.quotes,count+1,64);
         m.quotes[count].symbolId=work.symbols.watched[i].id;
         m.quotes[count].bid=tick.bid;
         m.quotes[count].ask=tick.ask;
         m.quotes[count].brokerTimeMs=SuhoTimeOf((long)tick.time_msc);
         bool open=work.symbols.SessionOpen(i,brokerMs);
         bool allowed=SymbolInfoInteger(work.symbols.watched[i].name,SYMBOL_TRADE_MODE)!=SYMBOL_TRADE_MODE_DISABLED;
         m.quotes[count].sessionOpen=open;
         m.quotes[count].tradeable=open && allowed && work.terminal.connected;
         count++;
        }
      if(count==0)
         return;
      CSuhoWriter w;
      w.Begin(SUHO_TYPE_QUOTES,0,0,0,0);
      SuhoWriteQuotes(w,m);
      session.SayNow(work,socket,w,SUHO_TYPE_QUOTES);
     }

   //--- a page a turn: a broker may have thousands
   void              Symbols(CSuhoWork &work,CSuhoSession &session,CSuhoReports &reports,const long nowMs)
     {
      if(work.symbols.Refresh(nowMs) && m_symbolsAt<0)
         m_symbolsDueMs=nowMs;
      if(m_symbolsAt<0)
        {
         if(nowMs<m_symbolsDueMs)
            return;
         m_symbolsDueMs=nowMs+SUHO_SYMBOLS_EVERY_MS;
         m_symbolsAt=0;
         m_page=0;
         m_query=reports.NextQuery();
        }
      int total=ArraySize(work.symbols.watched);
      int to=m_symbolsAt+SUHO_SYMBOLS_A_PAGE<total ? m_symbolsAt+SUHO_SYMBOLS_A_PAGE : total;
      SuhoSymbols m;
      m.query=m_query;
      m.page=(ushort)m_page;
      m.last=to==total;
      ArrayResize(m.symbols,to-m_symbolsAt);
      for(int i=m_symbolsAt; i<to; i++)
         work.symbols.Describe(i,m.symbols[i-m_symbolsAt]);
      CSuhoWriter w;
      w.Begin(SUHO_TYPE_SYMBOLS,0,0,0,0);
      SuhoWriteSymbols(w,m);
      SUHO_ARRAY(SuhoFrame, frames);
      ArrayResize(frames,1);
      frames[0].type=SUHO_TYPE_SYMBOLS;
      if(w.Finish(frames[0].bytes))
         session.Say(frames);
      else
         work.log.Error("The broker's symbols did not fit the protocol.");
      m_page++;
      m_symbolsAt=m.last ? -1 : to;
     }

public:
                     CSuhoStateReports(void) { m_query=0; m_page=0; Restart(0); }

   //--- a new session: everything is told afresh
   void              Restart(const long nowMs)
     {
      m_financeDueMs=nowMs;
      m_financeToldMs=0;
      m_financeTold=false;
      m_quotesDueMs=nowMs;
      m_symbolsDueMs=nowMs;
      m_symbolsAt=-1;
     }

   //--- symbols have their numbers now, so quotes can be told
   void              Numbered(const long nowMs) { m_quotesDueMs=nowMs; }

   void              Step(CSuhoWork &work,CSuhoSession &session,CSuhoSocket &socket,CSuhoReports &reports)
     {
      long nowMs=SuhoTickMs();
      Symbols(work,session,reports,nowMs);
      //--- while the socket is full only the latest counts, so nothing is queued
      if(!socket.Writable())
         return;
      Finance(work,session,socket,nowMs);
      Quotes(work,session,socket,nowMs);
     }
  };

#endif
