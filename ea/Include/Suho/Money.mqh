//--- The account's money: what the day has made by the broker's day, and how far equity lies below its highest, corrected for
//--- deposits and withdrawals.
#ifndef SUHO_MONEY_MQH
#define SUHO_MONEY_MQH
#include "Record.mqh"
#include "Time.mqh"

#define SUHO_PEAK_EVERY_MS 60000

class CSuhoMoney
  {
private:
   long              m_day;            // broker's day of the sums
   bool              m_stale;
   double            m_closed;         // closed since the broker's midnight, with commission and swap
   double            m_moved;          // deposits less withdrawals since then
   double            m_peak;
   bool              m_peakKnown;
   long              m_peakDueMs;
   long              m_dueMs;

   bool              IsTrade(const ulong ticket) const
     {
      long type=HistoryDealGetInteger(ticket,DEAL_TYPE);
      return(type==DEAL_TYPE_BUY || type==DEAL_TYPE_SELL);
     }

   double            Worth(const ulong ticket) const
     {
      return(HistoryDealGetDouble(ticket,DEAL_PROFIT)+HistoryDealGetDouble(ticket,DEAL_SWAP)
             +HistoryDealGetDouble(ticket,DEAL_COMMISSION)+HistoryDealGetDouble(ticket,DEAL_FEE));
     }

   void              Sum(const long day)
     {
      if(!HistorySelect((datetime)(day*SUHO_DAY_SECONDS),(datetime)((day+2)*SUHO_DAY_SECONDS)))
         return;
      double closed=0;
      double moved=0;
      int total=HistoryDealsTotal();
      for(int i=0; i<total; i++)
        {
         ulong ticket=HistoryDealGetTicket(i);
         if(ticket==0)
            continue;
         if(IsTrade(ticket))
            closed+=Worth(ticket);
         else
            moved+=Worth(ticket);
        }
      m_closed=closed;
      m_moved=moved;
      m_day=day;
      m_stale=false;
     }

   //--- what was deposited and withdrawn since the record was written
   void              FindPeak(const CSuhoRecord &record)
     {
      m_peak=record.peak;
      if(record.peakBrokerMs>0 && HistorySelect((datetime)(record.peakBrokerMs/1000+1),(datetime)(TimeTradeServer()+SUHO_DAY_SECONDS)))
        {
         int total=HistoryDealsTotal();
         for(int i=0; i<total; i++)
           {
            ulong ticket=HistoryDealGetTicket(i);
            if(ticket!=0 && !IsTrade(ticket))
               m_peak+=Worth(ticket);
           }
        }
      m_peakKnown=true;
     }

public:
                     CSuhoMoney(void)
     {
      m_day=-1;
      m_stale=true;
      m_closed=0;
      m_moved=0;
      m_peak=0;
      m_peakKnown=false;
      m_peakDueMs=0;
      m_dueMs=0;
     }

   double            DayProfit(void) const { return(SuhoMoneyOf(m_closed)); }

   double            SuhoMoneyOf(const double amount) const
     {
      return(NormalizeDouble(amount,(int)AccountInfoInteger(ACCOUNT_CURRENCY_DIGITS)));
     }

   //--- a deal was made: the day's sums are counted anew
   void              Traded(void) { m_stale=true; }

   //--- money came or went without a trade
   void              Moved(const double amount) { m_peak+=amount; m_stale=true; }

   void              Step(CSuhoRecord &record,const bool known)
     {
      long nowMs=SuhoTickMs();
      if(!known || nowMs<m_dueMs)
         return;
      m_dueMs=nowMs+250;
      long day=(long)TimeTradeServer()/SUHO_DAY_SECONDS;
      if(m_stale || day!=m_day)
         Sum(day);
      double equity=AccountInfoDouble(ACCOUNT_EQUITY);
      if(!m_peakKnown)
         FindPeak(record);
      if(equity>m_peak)
         m_peak=equity;
      if(nowMs<m_peakDueMs || (m_peak==record.peak && record.peakBrokerMs>0))
         return;
      m_peakDueMs=nowMs+SUHO_PEAK_EVERY_MS;
      record.PutPeak(m_peak>0 ? m_peak : 0,SuhoBrokerMs()>0 ? SuhoBrokerMs() : 0);
     }

   //--- loss of the broker's day, closed and floating, in percent of what the day began with
   double            DailyLossPercent(void) const
     {
      double balance=AccountInfoDouble(ACCOUNT_BALANCE);
      double began=balance-m_closed-m_moved;
      double made=m_closed+AccountInfoDouble(ACCOUNT_PROFIT);
      if(made>=0)
         return(0);
      return(began>0 ? -100.0*made/began : 100.0);
     }

   double            DrawdownPercent(void) const
     {
      double equity=AccountInfoDouble(ACCOUNT_EQUITY);
      if(m_peak<=0 || equity>=m_peak)
         return(0);
      return(100.0*(m_peak-equity)/m_peak);
     }
  };

#endif
