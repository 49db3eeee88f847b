// What an EA sees of account, symbols, positions, orders, deals, and how it trades.
#pragma once
#include "broker.hpp"
#include "strings.hpp"

inline long AccountInfoInteger(ENUM_ACCOUNT_INFO_INTEGER property) {
  const shim::Account &account = shim::view().account;
  switch (property) {
  case ACCOUNT_LOGIN: return account.login;
  case ACCOUNT_TRADE_MODE: return account.tradeMode;
  case ACCOUNT_LEVERAGE: return account.leverage;
  case ACCOUNT_MARGIN_SO_MODE: return ACCOUNT_STOPOUT_MODE_PERCENT;
  case ACCOUNT_TRADE_ALLOWED: return shim::terminal.accountTradeAllowed;
  case ACCOUNT_TRADE_EXPERT: return shim::terminal.accountExpertAllowed;
  case ACCOUNT_MARGIN_MODE: return account.marginMode;
  case ACCOUNT_CURRENCY_DIGITS: return account.digits;
  case ACCOUNT_FIFO_CLOSE: return account.fifo;
  case ACCOUNT_HEDGE_ALLOWED: return account.marginMode == ACCOUNT_MARGIN_MODE_RETAIL_HEDGING;
  default: return 0;
  }
}
inline double AccountInfoDouble(ENUM_ACCOUNT_INFO_DOUBLE property) {
  const shim::Books &books = shim::view();
  const double profit = shim::floating(books), margin = shim::marginUsed(books), equity = books.account.balance + profit;
  switch (property) {
  case ACCOUNT_BALANCE: return books.account.balance;
  case ACCOUNT_PROFIT: return profit;
  case ACCOUNT_EQUITY: return equity;
  case ACCOUNT_MARGIN: return margin;
  case ACCOUNT_MARGIN_FREE: return equity - margin;
  case ACCOUNT_MARGIN_LEVEL: return margin > 0 ? equity / margin * 100 : 0;
  case ACCOUNT_MARGIN_SO_CALL: return books.account.stopOutCall;
  case ACCOUNT_MARGIN_SO_SO: return books.account.stopOutLevel;
  default: return 0;
  }
}
inline string AccountInfoString(ENUM_ACCOUNT_INFO_STRING property) {
  const shim::Account &account = shim::view().account;
  switch (property) {
  case ACCOUNT_NAME: return string::shimOf(account.name);
  case ACCOUNT_COMPANY: return string::shimOf(account.company);
  case ACCOUNT_SERVER: return string::shimOf(account.server);
  case ACCOUNT_CURRENCY: return string::shimOf(account.currency);
  }
  return "";
}

namespace shim {
inline SymbolSpec *knownSymbol(const string &name) {
  SymbolSpec *spec = symbolOf(name.shimText());
  if (!spec) lastError = ERR_MARKET_UNKNOWN_SYMBOL;
  return spec;
}
inline std::vector<std::string> symbolNames(bool selected) {
  std::vector<std::string> names;
  for (const std::string &name : keeper.books.symbolOrder)
    if (!selected || keeper.books.symbols[name].selected) names.push_back(name);
  return names;
}
} // namespace shim
inline int SymbolsTotal(bool selected) { return (int)shim::symbolNames(selected).size(); }
inline string SymbolName(int at, bool selected) {
  const auto names = shim::symbolNames(selected);
  return at < 0 || at >= (int)names.size() ? string("") : string::shimOf(names[(size_t)at]);
}
inline bool SymbolSelect(const string &name, bool select) {
  shim::SymbolSpec *spec = shim::knownSymbol(name);
  if (spec) spec->selected = select;
  return spec != nullptr;
}
inline bool SymbolExist(const string &name, bool &isCustom) {
  isCustom = false;
  return shim::knownSymbol(name) != nullptr;
}
inline bool SymbolIsSynchronized(const string &name) {
  shim::SymbolSpec *spec = shim::knownSymbol(name);
  return spec && spec->bid > 0 && shim::terminal.connected;
}
inline bool SymbolInfoInteger(const string &name, ENUM_SYMBOL_INFO_INTEGER property, long &value) {
  if (property == SYMBOL_EXIST) return value = shim::symbolOf(name.shimText()) != nullptr, true;
  const shim::SymbolSpec *spec = shim::knownSymbol(name);
  if (!spec) return false;
  switch (property) {
  case SYMBOL_SELECT:
  case SYMBOL_VISIBLE: value = spec->selected; break;
  case SYMBOL_SPREAD: value = std::lround((spec->ask - spec->bid) / spec->point()); break;
  case SYMBOL_SPREAD_FLOAT: value = 1; break;
  case SYMBOL_DIGITS: value = spec->digits; break;
  case SYMBOL_TIME: value = spec->timeMsc / 1000; break;
  case SYMBOL_TIME_MSC: value = spec->timeMsc; break;
  case SYMBOL_TRADE_CALC_MODE: value = spec->calc; break;
  case SYMBOL_TRADE_MODE: value = spec->trade; break;
  case SYMBOL_TRADE_STOPS_LEVEL: value = spec->stops; break;
  case SYMBOL_TRADE_FREEZE_LEVEL: value = spec->freeze; break;
  case SYMBOL_TRADE_EXEMODE: value = spec->execution; break;
  case SYMBOL_FILLING_MODE: value = spec->filling; break;
  case SYMBOL_ORDER_MODE: value = 127; break;
  case SYMBOL_EXPIRATION_MODE: value = 15; break;
  default: value = 0;
  }
  return true;
}
inline long SymbolInfoInteger(const string &name, ENUM_SYMBOL_INFO_INTEGER property) {
  long value = 0;
  SymbolInfoInteger(name, property, value);
  return value;
}
inline bool SymbolInfoDouble(const string &name, ENUM_SYMBOL_INFO_DOUBLE property, double &value) {
  const shim::SymbolSpec *spec = shim::knownSymbol(name);
  if (!spec) return false;
  switch (property) {
  case SYMBOL_BID: value = spec->bid; break;
  case SYMBOL_ASK: value = spec->ask; break;
  case SYMBOL_POINT: value = spec->point(); break;
  case SYMBOL_TRADE_TICK_SIZE: value = spec->tickSize; break;
  case SYMBOL_TRADE_TICK_VALUE:
  case SYMBOL_TRADE_TICK_VALUE_PROFIT:
  case SYMBOL_TRADE_TICK_VALUE_LOSS:
    value = spec->tickValue >= 0 ? spec->tickValue : spec->tickSize * spec->contract * shim::rate(spec->profit, shim::keeper.books.account.currency);
    break;
  case SYMBOL_TRADE_CONTRACT_SIZE: value = spec->contract; break;
  case SYMBOL_VOLUME_MIN: value = spec->volumeMin; break;
  case SYMBOL_VOLUME_MAX: value = spec->volumeMax; break;
  case SYMBOL_VOLUME_STEP: value = spec->volumeStep; break;
  case SYMBOL_VOLUME_LIMIT: value = spec->volumeLimit; break;
  default: value = 0;
  }
  return true;
}
inline double SymbolInfoDouble(const string &name, ENUM_SYMBOL_INFO_DOUBLE property) {
  double value = 0;
  SymbolInfoDouble(name, property, value);
  return value;
}
inline bool SymbolInfoString(const string &name, ENUM_SYMBOL_INFO_STRING property, string &value) {
  const shim::SymbolSpec *spec = shim::knownSymbol(name);
  if (!spec) return false;
  switch (property) {
  case SYMBOL_CURRENCY_BASE: value = string::shimOf(spec->base); break;
  case SYMBOL_CURRENCY_PROFIT: value = string::shimOf(spec->profit); break;
  case SYMBOL_CURRENCY_MARGIN: value = string::shimOf(spec->margin); break;
  case SYMBOL_DESCRIPTION: value = string::shimOf(spec->description); break;
  default: value = "";
  }
  return true;
}
inline string SymbolInfoString(const string &name, ENUM_SYMBOL_INFO_STRING property) {
  string value = "";
  SymbolInfoString(name, property, value);
  return value;
}
inline bool SymbolInfoTick(const string &name, MqlTick &tick) {
  const shim::SymbolSpec *spec = shim::knownSymbol(name);
  if (!spec || spec->bid <= 0) return false;
  if (!spec->selected) return shim::failWith(ERR_MARKET_NOT_SELECTED);
  tick = {spec->timeMsc / 1000, spec->bid, spec->ask, 0, 0, spec->timeMsc, TICK_FLAG_BID | TICK_FLAG_ASK, 0};
  return true;
}
namespace shim {
/** Around the clock from Monday to Friday, in seconds from midnight. */
inline bool session(const string &name, ENUM_DAY_OF_WEEK day, uint index, datetime &from, datetime &to) {
  if (!knownSymbol(name) || index > 0 || day == SUNDAY || day == SATURDAY) return false;
  from = 0;
  to = 86400;
  return true;
}
} // namespace shim
inline bool SymbolInfoSessionTrade(const string &name, ENUM_DAY_OF_WEEK day, uint index, datetime &from, datetime &to) { return shim::session(name, day, index, from, to); }
inline bool SymbolInfoSessionQuote(const string &name, ENUM_DAY_OF_WEEK day, uint index, datetime &from, datetime &to) { return shim::session(name, day, index, from, to); }

namespace shim {
inline ulong chosenPosition = 0, chosenOrder = 0;
inline Position chosenPositionCopy;
inline Order chosenOrderCopy;
template <class M> ulong ticketAt(const M &map, int index) {
  int at = 0;
  for (const auto &[ticket, record] : map)
    if (at++ == index) return ticket;
  return 0;
}
inline std::map<ulong, Order> activeOrders() {
  std::map<ulong, Order> active;
  for (const auto &[ticket, order] : view().orders)
    if (order.active) active[ticket] = order;
  return active;
}
} // namespace shim
inline int PositionsTotal() { return (int)shim::view().positions.size(); }
inline bool PositionSelectByTicket(ulong ticket) {
  const auto found = shim::view().positions.find(ticket);
  if (found == shim::view().positions.end()) return shim::failWith(ERR_TRADE_POSITION_NOT_FOUND);
  shim::chosenPosition = ticket;
  shim::chosenPositionCopy = found->second;
  return true;
}
inline ulong PositionGetTicket(int index) {
  const ulong ticket = shim::ticketAt(shim::view().positions, index);
  return ticket && PositionSelectByTicket(ticket) ? ticket : 0;
}
inline string PositionGetSymbol(int index) { return PositionGetTicket(index) ? string::shimOf(shim::chosenPositionCopy.symbol) : string(""); }
inline bool PositionSelect(const string &symbol) {
  for (const auto &[ticket, position] : shim::view().positions)
    if (position.symbol == symbol.shimText()) return PositionSelectByTicket(ticket);
  return shim::failWith(ERR_TRADE_POSITION_NOT_FOUND);
}
inline bool PositionGetInteger(ENUM_POSITION_PROPERTY_INTEGER property, long &value) {
  const shim::Position &p = shim::chosenPositionCopy;
  if (!shim::chosenPosition) return shim::failWith(ERR_TRADE_POSITION_NOT_FOUND);
  switch (property) {
  case POSITION_TICKET: value = (long)p.ticket; break;
  case POSITION_TIME: value = p.timeMsc / 1000; break;
  case POSITION_TIME_MSC: value = p.timeMsc; break;
  case POSITION_TIME_UPDATE: value = p.updateMsc / 1000; break;
  case POSITION_TIME_UPDATE_MSC: value = p.updateMsc; break;
  case POSITION_TYPE: value = p.type; break;
  case POSITION_MAGIC: value = (long)p.magic; break;
  case POSITION_IDENTIFIER: value = (long)p.identifier; break;
  case POSITION_REASON: value = p.reason; break;
  }
  return true;
}
inline long PositionGetInteger(ENUM_POSITION_PROPERTY_INTEGER property) {
  long value = 0;
  PositionGetInteger(property, value);
  return value;
}
inline bool PositionGetDouble(ENUM_POSITION_PROPERTY_DOUBLE property, double &value) {
  const shim::Position &p = shim::chosenPositionCopy;
  if (!shim::chosenPosition) return shim::failWith(ERR_TRADE_POSITION_NOT_FOUND);
  const shim::SymbolSpec *spec = shim::symbolOf(p.symbol);
  const bool buy = p.type == POSITION_TYPE_BUY;
  switch (property) {
  case POSITION_VOLUME: value = p.volume; break;
  case POSITION_PRICE_OPEN: value = p.price; break;
  case POSITION_PRICE_CURRENT: value = spec ? shim::closingPrice(*spec, buy) : 0; break;
  case POSITION_SL: value = p.sl; break;
  case POSITION_TP: value = p.tp; break;
  case POSITION_SWAP: value = p.swap; break;
  case POSITION_PROFIT: value = spec ? shim::profitOf(*spec, buy, p.volume, p.price, shim::closingPrice(*spec, buy)) : 0; break;
  default: value = 0;
  }
  return true;
}
inline double PositionGetDouble(ENUM_POSITION_PROPERTY_DOUBLE property) {
  double value = 0;
  PositionGetDouble(property, value);
  return value;
}
inline string PositionGetString(ENUM_POSITION_PROPERTY_STRING property) {
  if (!shim::chosenPosition) return shim::failWith(ERR_TRADE_POSITION_NOT_FOUND), string("");
  return string::shimOf(property == POSITION_SYMBOL ? shim::chosenPositionCopy.symbol : property == POSITION_COMMENT ? shim::chosenPositionCopy.comment : "");
}
inline bool PositionGetString(ENUM_POSITION_PROPERTY_STRING property, string &value) {
  value = PositionGetString(property);
  return shim::chosenPosition != 0;
}

namespace shim {
inline long orderInteger(const Order &o, ENUM_ORDER_PROPERTY_INTEGER property) {
  switch (property) {
  case ORDER_TICKET: return (long)o.ticket;
  case ORDER_TIME_SETUP: return o.setupMsc / 1000;
  case ORDER_TIME_SETUP_MSC: return o.setupMsc;
  case ORDER_TIME_DONE: return o.doneMsc / 1000;
  case ORDER_TIME_DONE_MSC: return o.doneMsc;
  case ORDER_TYPE: return o.type;
  case ORDER_STATE: return o.state;
  case ORDER_TIME_EXPIRATION: return o.expiration;
  case ORDER_TYPE_FILLING: return o.filling;
  case ORDER_TYPE_TIME: return o.typeTime;
  case ORDER_MAGIC: return (long)o.magic;
  case ORDER_REASON: return o.reason;
  case ORDER_POSITION_ID: return (long)o.position;
  case ORDER_POSITION_BY_ID: return (long)o.positionBy;
  }
  return 0;
}
inline double orderDouble(const Order &o, ENUM_ORDER_PROPERTY_DOUBLE property) {
  switch (property) {
  case ORDER_VOLUME_INITIAL: return o.initial;
  case ORDER_VOLUME_CURRENT: return o.current;
  case ORDER_PRICE_OPEN: return o.price;
  case ORDER_SL: return o.sl;
  case ORDER_TP: return o.tp;
  default: return 0;
  }
}
inline string orderString(const Order &o, ENUM_ORDER_PROPERTY_STRING property) { return string::shimOf(property == ORDER_SYMBOL ? o.symbol : property == ORDER_COMMENT ? o.comment : ""); }
inline std::vector<ulong> chosenOrders, chosenDeals;
inline const Order *historyOrder(ulong ticket) {
  if (std::find(chosenOrders.begin(), chosenOrders.end(), ticket) != chosenOrders.end()) return &view().orders[ticket];
  lastError = ERR_TRADE_ORDER_NOT_FOUND;
  return nullptr;
}
inline const Deal *historyDeal(ulong ticket) {
  if (std::find(chosenDeals.begin(), chosenDeals.end(), ticket) != chosenDeals.end()) return &view().deals[ticket];
  lastError = ERR_TRADE_DEAL_NOT_FOUND;
  return nullptr;
}
template <class P> bool chooseHistory(P wanted) {
  chosenOrders.clear();
  chosenDeals.clear();
  if (behaviour.historyFails) return failWith(ERR_HISTORY_NOT_FOUND);
  for (const auto &[ticket, order] : view().orders)
    if (!order.active && wanted(order.doneMsc / 1000, order.position)) chosenOrders.push_back(ticket);
  for (const auto &[ticket, deal] : view().deals)
    if (wanted(deal.timeMsc / 1000, deal.position)) chosenDeals.push_back(ticket);
  return true;
}
} // namespace shim
inline int OrdersTotal() { return (int)shim::activeOrders().size(); }
inline bool OrderSelect(ulong ticket) {
  const auto active = shim::activeOrders();
  const auto found = active.find(ticket);
  if (found == active.end()) return shim::failWith(ERR_TRADE_ORDER_NOT_FOUND);
  shim::chosenOrder = ticket;
  shim::chosenOrderCopy = found->second;
  return true;
}
inline ulong OrderGetTicket(int index) {
  const ulong ticket = shim::ticketAt(shim::activeOrders(), index);
  return ticket && OrderSelect(ticket) ? ticket : 0;
}
inline long OrderGetInteger(ENUM_ORDER_PROPERTY_INTEGER property) { return shim::chosenOrder ? shim::orderInteger(shim::chosenOrderCopy, property) : 0; }
inline double OrderGetDouble(ENUM_ORDER_PROPERTY_DOUBLE property) { return shim::chosenOrder ? shim::orderDouble(shim::chosenOrderCopy, property) : 0; }
inline string OrderGetString(ENUM_ORDER_PROPERTY_STRING property) { return shim::chosenOrder ? shim::orderString(shim::chosenOrderCopy, property) : string(""); }
inline bool HistorySelect(datetime from, datetime to) {
  return shim::chooseHistory([&](long at, ulong) { return at >= from && at <= to; });
}
inline bool HistorySelectByPosition(long position) {
  return shim::chooseHistory([&](long, ulong of) { return of == (ulong)position; });
}
inline int HistoryOrdersTotal() { return (int)shim::chosenOrders.size(); }
inline ulong HistoryOrderGetTicket(int index) { return index >= 0 && index < HistoryOrdersTotal() ? shim::chosenOrders[(size_t)index] : 0; }
inline bool HistoryOrderSelect(ulong ticket) {
  const auto found = shim::view().orders.find(ticket);
  if (shim::behaviour.historyFails || found == shim::view().orders.end() || found->second.active) return shim::failWith(ERR_TRADE_ORDER_NOT_FOUND);
  shim::chosenOrders = {ticket};
  return true;
}
inline long HistoryOrderGetInteger(ulong ticket, ENUM_ORDER_PROPERTY_INTEGER property) {
  const shim::Order *order = shim::historyOrder(ticket);
  return order ? shim::orderInteger(*order, property) : 0;
}
inline double HistoryOrderGetDouble(ulong ticket, ENUM_ORDER_PROPERTY_DOUBLE property) {
  const shim::Order *order = shim::historyOrder(ticket);
  return order ? shim::orderDouble(*order, property) : 0;
}
inline string HistoryOrderGetString(ulong ticket, ENUM_ORDER_PROPERTY_STRING property) {
  const shim::Order *order = shim::historyOrder(ticket);
  return order ? shim::orderString(*order, property) : string("");
}
inline int HistoryDealsTotal() { return (int)shim::chosenDeals.size(); }
inline ulong HistoryDealGetTicket(int index) { return index >= 0 && index < HistoryDealsTotal() ? shim::chosenDeals[(size_t)index] : 0; }
inline bool HistoryDealSelect(ulong ticket) {
  if (shim::behaviour.historyFails || !shim::view().deals.count(ticket)) return shim::failWith(ERR_TRADE_DEAL_NOT_FOUND);
  shim::chosenDeals = {ticket};
  return true;
}
inline long HistoryDealGetInteger(ulong ticket, ENUM_DEAL_PROPERTY_INTEGER property) {
  const shim::Deal *d = shim::historyDeal(ticket);
  if (!d) return 0;
  switch (property) {
  case DEAL_TICKET: return (long)d->ticket;
  case DEAL_ORDER: return (long)d->order;
  case DEAL_TIME: return d->timeMsc / 1000;
  case DEAL_TIME_MSC: return d->timeMsc;
  case DEAL_TYPE: return d->type;
  case DEAL_ENTRY: return d->entry;
  case DEAL_MAGIC: return (long)d->magic;
  case DEAL_REASON: return d->reason;
  case DEAL_POSITION_ID: return (long)d->position;
  }
  return 0;
}
inline double HistoryDealGetDouble(ulong ticket, ENUM_DEAL_PROPERTY_DOUBLE property) {
  const shim::Deal *d = shim::historyDeal(ticket);
  if (!d) return 0;
  switch (property) {
  case DEAL_VOLUME: return d->volume;
  case DEAL_PRICE: return d->price;
  case DEAL_COMMISSION: return d->commission;
  case DEAL_SWAP: return d->swap;
  case DEAL_PROFIT: return d->profit;
  case DEAL_FEE: return 0;
  case DEAL_SL: return d->sl;
  case DEAL_TP: return d->tp;
  }
  return 0;
}
inline string HistoryDealGetString(ulong ticket, ENUM_DEAL_PROPERTY_STRING property) {
  const shim::Deal *d = shim::historyDeal(ticket);
  return d ? string::shimOf(property == DEAL_SYMBOL ? d->symbol : property == DEAL_COMMENT ? d->comment : "") : string("");
}
inline bool HistoryDealGetInteger(ulong ticket, ENUM_DEAL_PROPERTY_INTEGER property, long &value) { return value = HistoryDealGetInteger(ticket, property), shim::historyDeal(ticket) != nullptr; }
inline bool HistoryDealGetDouble(ulong ticket, ENUM_DEAL_PROPERTY_DOUBLE property, double &value) { return value = HistoryDealGetDouble(ticket, property), shim::historyDeal(ticket) != nullptr; }
inline bool HistoryDealGetString(ulong ticket, ENUM_DEAL_PROPERTY_STRING property, string &value) { return value = HistoryDealGetString(ticket, property), shim::historyDeal(ticket) != nullptr; }

inline bool OrderCalcMargin(ENUM_ORDER_TYPE type, const string &symbol, double volume, double price, double &margin) {
  (void)type;
  const shim::SymbolSpec *spec = shim::knownSymbol(symbol);
  if (!spec || volume <= 0 || price <= 0) return shim::failWith(ERR_TRADE_CALC_FAILED);
  margin = shim::marginOf(*spec, volume, price);
  return true;
}
inline bool OrderCalcProfit(ENUM_ORDER_TYPE type, const string &symbol, double volume, double open, double close, double &profit) {
  const shim::SymbolSpec *spec = shim::knownSymbol(symbol);
  if (!spec || volume <= 0) return shim::failWith(ERR_TRADE_CALC_FAILED);
  profit = shim::profitOf(*spec, type == ORDER_TYPE_BUY, volume, open, close);
  return true;
}
inline bool OrderCheck(const MqlTradeRequest &request, MqlTradeCheckResult &result) {
  ZeroMemory(result);
  shim::keeper.look();
  // The check knows the account's money and the request's shape, not what the server will say of it later.
  const bool refuses = shim::behaviour.refuseStops;
  shim::behaviour.refuseStops = false;
  uint code = TRADE_RETCODE_DONE;
  if (!shim::terminal.tradeAllowed || !shim::terminal.expertAllowed) code = TRADE_RETCODE_CLIENT_DISABLES_AT;
  else if (!shim::terminal.accountTradeAllowed) code = TRADE_RETCODE_TRADE_DISABLED;
  else if (request.action == TRADE_ACTION_DEAL) code = shim::checkDeal(shim::keeper.books, request);
  shim::behaviour.refuseStops = refuses;
  result.retcode = code == TRADE_RETCODE_DONE || code == TRADE_RETCODE_REQUOTE ? 0 : code;
  result.balance = AccountInfoDouble(ACCOUNT_BALANCE);
  result.equity = AccountInfoDouble(ACCOUNT_EQUITY);
  const shim::SymbolSpec *spec = shim::symbolOf(request.symbol.shimText());
  result.margin = AccountInfoDouble(ACCOUNT_MARGIN) + (spec && request.action == TRADE_ACTION_DEAL && !request.position ? shim::marginOf(*spec, request.volume, spec->ask) : 0);
  result.margin_free = result.equity - result.margin;
  result.margin_level = result.margin > 0 ? result.equity / result.margin * 100 : 0;
  result.comment = result.retcode == 0 ? "Done" : "Refused";
  return result.retcode == 0 || shim::failWith(ERR_TRADE_SEND_FAILED);
}

namespace shim {
struct Happened {
  MqlTradeTransaction transaction;
  MqlTradeRequest request;
  MqlTradeResult result;
};
inline std::deque<Happened> happened;
inline uint nextRequest = 1;
inline std::map<ulong, std::string> seenOrders, seenPositions;
inline ulong seenDeal = 0;

template <class T> std::string written(T record) {
  std::string line;
  record.fields(FieldWriter{line});
  return line;
}
inline void note(const MqlTradeTransaction &transaction) {
  if (behaviour.loseTransactions) return;
  Happened one;
  ZeroMemory(one.request);
  ZeroMemory(one.result);
  one.transaction = transaction;
  happened.push_back(one);
  // The terminal's queue holds 1,024; what is older is lost.
  if (happened.size() > 1024) happened.pop_front();
}
inline MqlTradeTransaction orderTransaction(const Order &order, ENUM_TRADE_TRANSACTION_TYPE type) {
  MqlTradeTransaction t;
  ZeroMemory(t);
  t.type = type;
  t.order = order.ticket;
  t.symbol = string::shimOf(order.symbol);
  t.order_type = (ENUM_ORDER_TYPE)order.type;
  t.order_state = (ENUM_ORDER_STATE)order.state;
  t.price = order.price;
  t.price_sl = order.sl, t.price_tp = order.tp;
  t.volume = order.current;
  t.position = order.position;
  return t;
}
/** What changed in the books since this terminal last looked, as it is told to the EA: also what others did on the account. */
inline void tellChanges(bool silently) {
  Books &books = view();
  for (const auto &[ticket, order] : books.orders) {
    const std::string now = written(order);
    const auto seen = seenOrders.find(ticket);
    if (seen != seenOrders.end() && seen->second == now) continue;
    const bool fresh = seen == seenOrders.end();
    seenOrders[ticket] = now;
    if (silently) continue;
    if (fresh) note(orderTransaction(order, TRADE_TRANSACTION_ORDER_ADD));
    else if (order.active) note(orderTransaction(order, TRADE_TRANSACTION_ORDER_UPDATE));
    if (!order.active) {
      note(orderTransaction(order, TRADE_TRANSACTION_ORDER_DELETE));
      note(orderTransaction(order, TRADE_TRANSACTION_HISTORY_ADD));
    }
  }
  for (auto at = books.deals.upper_bound(seenDeal); at != books.deals.end(); ++at) {
    const Deal &deal = at->second;
    seenDeal = deal.ticket;
    if (silently) continue;
    MqlTradeTransaction t;
    ZeroMemory(t);
    t.type = TRADE_TRANSACTION_DEAL_ADD;
    t.deal = deal.ticket;
    t.order = deal.order;
    t.symbol = string::shimOf(deal.symbol);
    t.deal_type = (ENUM_DEAL_TYPE)deal.type;
    t.price = deal.price;
    t.price_sl = deal.sl, t.price_tp = deal.tp;
    t.volume = deal.volume;
    t.position = deal.position;
    note(t);
  }
  std::map<ulong, std::string> held;
  for (const auto &[ticket, position] : books.positions) {
    held[ticket] = written(position);
    const auto seen = seenPositions.find(ticket);
    if (silently || seen == seenPositions.end() || seen->second == held[ticket]) continue;
    MqlTradeTransaction t;
    ZeroMemory(t);
    t.type = TRADE_TRANSACTION_POSITION;
    t.symbol = string::shimOf(position.symbol);
    t.deal_type = position.type == POSITION_TYPE_BUY ? DEAL_TYPE_BUY : DEAL_TYPE_SELL;
    t.price = position.price;
    t.price_sl = position.sl, t.price_tp = position.tp;
    t.volume = position.volume;
    t.position = position.ticket;
    note(t);
  }
  seenPositions = held;
}
inline uint answerOf(const MqlTradeRequest &request, Outcome &out) {
  if (!terminal.tradeAllowed || !terminal.expertAllowed) return TRADE_RETCODE_CLIENT_DISABLES_AT;
  if (!terminal.accountTradeAllowed) return TRADE_RETCODE_TRADE_DISABLED;
  if (!terminal.accountExpertAllowed) return TRADE_RETCODE_SERVER_DISABLES_AT;
  if (!terminal.connected) return TRADE_RETCODE_CONNECTION;
  const std::string action = request.action == TRADE_ACTION_DEAL ? "deal" : request.action == TRADE_ACTION_SLTP ? "stops" : "other";
  for (auto at = answers.begin(); at != answers.end(); ++at) {
    if (at->action != "any" && at->action != action) continue;
    const Answer answer = *at;
    if (--at->times <= 0) answers.erase(at);
    if (answer.fill == "yes") carryOut(request);
    if (answer.fill == "late") late.emplace_back(clock_.ticksMs() + answer.afterMs, [request] { carryOut(request); });
    return (uint)answer.retcode;
  }
  out = carryOut(request);
  return out.retcode;
}
inline bool success(uint retcode) { return retcode == TRADE_RETCODE_DONE || retcode == TRADE_RETCODE_DONE_PARTIAL || retcode == TRADE_RETCODE_PLACED; }
} // namespace shim

inline bool OrderSend(const MqlTradeRequest &request, MqlTradeResult &result) {
  ZeroMemory(result);
  shim::Event("order").put("action", (int)request.action).put("magic", request.magic).put("symbol", request.symbol).put("type", (int)request.type).put("volume", request.volume).put("price", request.price).put("sl", request.sl).put("tp", request.tp).put("position", request.position).put("deviation", request.deviation).put("filling", (int)request.type_filling).put("comment", request.comment).say();
  if (request.comment.shimText().size() > 31) shim::Event("manner").put("what", "a comment of more than 31 characters").say();
  shim::passes("order.before");
  if (shim::behaviour.delayMs > 0) ::usleep((useconds_t)shim::behaviour.delayMs * 1000);
  shim::Outcome out;
  result.retcode = shim::answerOf(request, out);
  result.request_id = shim::nextRequest++;
  const shim::SymbolSpec *spec = shim::symbolOf(request.symbol.shimText());
  if (spec) result.bid = spec->bid, result.ask = spec->ask;
  if (shim::success(result.retcode)) {
    result.order = out.order;
    if (!shim::behaviour.bareResult) result.deal = out.deal, result.volume = out.volume, result.price = out.price;
  }
  result.comment = shim::success(result.retcode) ? "Request executed" : "Request rejected";
  shim::passes("order.after");
  shim::Event("answer").put("magic", request.magic).put("retcode", result.retcode).put("order", result.order).put("deal", result.deal).say();
  return shim::success(result.retcode) || shim::failWith(ERR_TRADE_SEND_FAILED);
}
inline bool OrderSendAsync(const MqlTradeRequest &request, MqlTradeResult &result) {
  ZeroMemory(result);
  const MqlTradeRequest kept = request;
  const uint id = shim::nextRequest++;
  shim::late.emplace_back(shim::clock_.ticksMs() + 20, [kept, id] {
    shim::Happened one;
    ZeroMemory(one.transaction);
    ZeroMemory(one.result);
    one.transaction.type = TRADE_TRANSACTION_REQUEST;
    one.request = kept;
    OrderSend(kept, one.result);
    one.result.request_id = id;
    if (!shim::behaviour.loseTransactions) shim::happened.push_back(one);
  });
  result.retcode = TRADE_RETCODE_PLACED;
  result.request_id = id;
  return true;
}
