// The trade server: checks a request as a server does, fills it at bid or ask, triggers stops, keeps the books. Its answers can
// be scripted: any return code, with or without a fill behind it, at once or late.
#pragma once
#include "books.hpp"
#include "strings.hpp"
#include <deque>
#include <functional>

namespace shim {
struct Answer {
  int retcode = 0;
  int times = 1;
  std::string fill = "no"; // no, yes: it happened all the same; late: it happens `afterMs` later
  long afterMs = 500;
  std::string action = "any";
};
struct Manners {
  int slipPoints = 0;
  double partialLots = 0;   // the next fill is of so much only
  long delayMs = 0;         // how long OrderSend blocks
  bool refuseStops = false; // market execution: stops only once the position is there
  bool bareResult = false;  // the result names neither deal nor price
  bool loseTransactions = false;
  bool historyFails = false;
  bool overwriteComments = false;
};
struct Outcome {
  uint retcode = TRADE_RETCODE_DONE;
  ulong deal = 0, order = 0;
  double volume = 0, price = 0;
};
inline std::deque<Answer> answers;
inline Manners behaviour;
inline std::deque<std::pair<long, std::function<void()>>> late;
inline bool frozen = false;
inline Books frozenBooks;
inline Books &view() { return frozen ? frozenBooks : keeper.books; }

inline SymbolSpec *symbolOf(const std::string &name) {
  const auto found = keeper.books.symbols.find(name);
  return found == keeper.books.symbols.end() ? nullptr : &found->second;
}
inline double rate(const std::string &from, const std::string &to) {
  if (from == to) return 1;
  for (const auto &[name, spec] : keeper.books.symbols) {
    if (spec.bid <= 0 || spec.calc != SYMBOL_CALC_MODE_FOREX) continue;
    if (spec.base == from && spec.profit == to) return spec.bid;
    if (spec.base == to && spec.profit == from) return 1 / spec.ask;
  }
  return from == "USD" || to == "USD" ? 0 : rate(from, "USD") * rate("USD", to);
}
inline double money(double value) { return std::round(value * std::pow(10.0, keeper.books.account.digits)) / std::pow(10.0, keeper.books.account.digits); }
inline double profitOf(const SymbolSpec &spec, bool buy, double volume, double open, double close) {
  return money((buy ? close - open : open - close) * spec.contract * volume * rate(spec.profit, keeper.books.account.currency));
}
inline double marginOf(const SymbolSpec &spec, double volume, double price) {
  const Account &account = keeper.books.account;
  const bool forex = spec.calc == SYMBOL_CALC_MODE_FOREX;
  const double units = volume * spec.contract * (forex ? 1 : price);
  return money(units * rate(forex ? spec.margin : spec.profit, account.currency) / (spec.calc == SYMBOL_CALC_MODE_CFD ? 1 : account.leverage));
}
inline double closingPrice(const SymbolSpec &spec, bool buy) { return buy ? spec.bid : spec.ask; }
inline double floating(const Books &books) {
  double sum = 0;
  for (const auto &[ticket, position] : books.positions)
    if (const SymbolSpec *spec = symbolOf(position.symbol)) sum += profitOf(*spec, position.type == POSITION_TYPE_BUY, position.volume, position.price, closingPrice(*spec, position.type == POSITION_TYPE_BUY)) + position.swap;
  return sum;
}
inline double marginUsed(const Books &books) {
  double sum = 0;
  for (const auto &[ticket, position] : books.positions)
    if (const SymbolSpec *spec = symbolOf(position.symbol)) sum += marginOf(*spec, position.volume, position.price);
  return sum;
}
inline long steps(const SymbolSpec &spec, double volume) { return std::lround(volume / spec.volumeStep); }
inline std::string cutComment(const std::string &comment) { return behaviour.overwriteComments ? "bk#1" : comment.substr(0, 31); }
inline void tellDeal(const Deal &deal) {
  Event("deal").put("deal", deal.ticket).put("order", deal.order).put("position", deal.position).put("magic", deal.magic).put("symbol", deal.symbol).put("type", deal.type).put("entry", deal.entry).put("reason", deal.reason).put("volume", deal.volume).put("price", deal.price).put("profit", deal.profit).say();
}

/** Writes one deal and what it does to the position; gives back the position's id. */
inline ulong settle(Books &books, Order &order, bool buy, double volume, double price, ulong closes, int reason) {
  SymbolSpec &spec = books.symbols[order.symbol];
  const bool netting = books.account.marginMode != ACCOUNT_MARGIN_MODE_RETAIL_HEDGING;
  Position *held = nullptr;
  for (auto &[ticket, position] : books.positions)
    if (closes ? ticket == closes : netting && position.symbol == order.symbol) held = &position;
  Deal deal;
  deal.ticket = books.account.nextDeal++;
  deal.order = order.ticket;
  deal.magic = order.magic;
  deal.symbol = order.symbol;
  deal.comment = order.comment;
  deal.type = buy ? DEAL_TYPE_BUY : DEAL_TYPE_SELL;
  deal.reason = reason;
  deal.volume = volume;
  deal.price = price;
  deal.sl = order.sl, deal.tp = order.tp;
  deal.timeMsc = clock_.brokerMs();
  deal.commission = -money(books.account.commissionPerLot * volume);
  if (!held) {
    Position position;
    position.ticket = position.identifier = order.ticket;
    position.magic = order.magic;
    position.symbol = order.symbol;
    position.comment = order.comment;
    position.type = buy ? POSITION_TYPE_BUY : POSITION_TYPE_SELL;
    position.volume = volume;
    position.price = price;
    position.sl = order.sl, position.tp = order.tp;
    position.timeMsc = position.updateMsc = deal.timeMsc;
    deal.position = position.ticket;
    deal.entry = DEAL_ENTRY_IN;
    books.positions[position.ticket] = position;
  } else {
    deal.position = held->identifier;
    held->updateMsc = deal.timeMsc;
    const bool heldBuy = held->type == POSITION_TYPE_BUY;
    if (heldBuy == buy) {
      deal.entry = DEAL_ENTRY_IN;
      held->price = (held->price * held->volume + price * volume) / (held->volume + volume);
      held->volume = steps(spec, held->volume + volume) * spec.volumeStep;
      if (order.sl > 0) held->sl = order.sl;
      if (order.tp > 0) held->tp = order.tp;
      held->magic = order.magic;
    } else {
      const double closed = std::min(volume, held->volume);
      deal.profit = profitOf(spec, heldBuy, closed, held->price, price);
      const long left = steps(spec, held->volume) - steps(spec, volume);
      deal.entry = left >= 0 ? DEAL_ENTRY_OUT : DEAL_ENTRY_INOUT;
      if (left == 0) books.positions.erase(held->ticket);
      else if (left > 0) held->volume = left * spec.volumeStep;
      else {
        held->type = buy ? POSITION_TYPE_BUY : POSITION_TYPE_SELL;
        held->volume = -left * spec.volumeStep;
        held->price = price;
        held->magic = order.magic;
        held->sl = order.sl, held->tp = order.tp;
      }
    }
  }
  books.account.balance = money(books.account.balance + deal.profit + deal.commission + deal.swap);
  order.position = deal.position;
  books.deals[deal.ticket] = deal;
  tellDeal(deal);
  return deal.position;
}
inline Order newOrder(Books &books, const MqlTradeRequest &request, const std::string &symbol) {
  Order order;
  order.ticket = books.account.nextOrder++;
  order.magic = request.magic;
  order.symbol = symbol;
  order.comment = cutComment(request.comment.shimText());
  order.type = request.type;
  order.filling = request.type_filling;
  order.initial = order.current = request.volume;
  order.price = request.price;
  order.sl = request.sl, order.tp = request.tp;
  order.setupMsc = clock_.brokerMs();
  return order;
}
inline void done(Books &books, Order order, int state) {
  order.active = 0;
  order.state = state;
  order.doneMsc = clock_.brokerMs();
  books.orders[order.ticket] = order;
}

inline bool stopsFit(const SymbolSpec &spec, bool buy, double from, double sl, double tp) {
  const double least = spec.stops * spec.point() - spec.point() * 1e-6;
  const double sign = buy ? 1 : -1;
  if (sl > 0 && (from - sl) * sign < std::max(least, spec.point() * 1e-6)) return false;
  return !(tp > 0 && (tp - from) * sign < std::max(least, spec.point() * 1e-6));
}
inline uint checkDeal(Books &books, const MqlTradeRequest &request) {
  SymbolSpec *spec = symbolOf(request.symbol.shimText());
  if (!spec) return TRADE_RETCODE_INVALID;
  if (request.type != ORDER_TYPE_BUY && request.type != ORDER_TYPE_SELL) return TRADE_RETCODE_INVALID;
  const bool buy = request.type == ORDER_TYPE_BUY;
  const bool netting = books.account.marginMode != ACCOUNT_MARGIN_MODE_RETAIL_HEDGING;
  double held = 0;
  for (const auto &[ticket, position] : books.positions)
    if (netting && position.symbol == spec->name && (position.type == POSITION_TYPE_BUY) != buy) held = position.volume;
  bool closing = netting && steps(*spec, held) >= steps(*spec, request.volume);
  if (request.position) {
    const auto found = books.positions.find(request.position);
    if (found == books.positions.end()) return TRADE_RETCODE_POSITION_CLOSED;
    if (found->second.symbol != spec->name) return TRADE_RETCODE_INVALID;
    if (!netting) {
      if ((found->second.type == POSITION_TYPE_BUY) == buy) return TRADE_RETCODE_INVALID;
      if (steps(*spec, request.volume) > steps(*spec, found->second.volume)) return TRADE_RETCODE_INVALID_CLOSE_VOLUME;
      closing = true;
    }
  }
  if (spec->trade == SYMBOL_TRADE_MODE_DISABLED) return TRADE_RETCODE_TRADE_DISABLED;
  if (!closing) {
    if (spec->trade == SYMBOL_TRADE_MODE_CLOSEONLY) return TRADE_RETCODE_CLOSE_ONLY;
    if (spec->trade == SYMBOL_TRADE_MODE_LONGONLY && !buy) return TRADE_RETCODE_LONG_ONLY;
    if (spec->trade == SYMBOL_TRADE_MODE_SHORTONLY && buy) return TRADE_RETCODE_SHORT_ONLY;
  }
  if (!spec->sessionOpen) return TRADE_RETCODE_MARKET_CLOSED;
  if (spec->bid <= 0) return TRADE_RETCODE_PRICE_OFF;
  const double whole = request.volume / spec->volumeStep;
  if (!(request.volume >= spec->volumeMin - 1e-9) || request.volume > spec->volumeMax + 1e-9 || std::fabs(whole - std::round(whole)) > 1e-6) return TRADE_RETCODE_INVALID_VOLUME;
  const bool market = spec->execution == SYMBOL_TRADE_EXECUTION_MARKET;
  const int fill = request.type_filling;
  const bool fits = fill == ORDER_FILLING_FOK ? (spec->filling & SYMBOL_FILLING_FOK) != 0 : fill == ORDER_FILLING_IOC ? (spec->filling & SYMBOL_FILLING_IOC) != 0 : fill == ORDER_FILLING_RETURN && !market;
  if (!fits) return TRADE_RETCODE_INVALID_FILL;
  const double price = buy ? spec->ask : spec->bid;
  if (!market && std::fabs(request.price - price) > ((double)request.deviation + 0.5) * spec->point()) return TRADE_RETCODE_REQUOTE;
  if (behaviour.refuseStops && !closing && (request.sl > 0 || request.tp > 0)) return TRADE_RETCODE_INVALID_STOPS;
  if (!stopsFit(*spec, buy, closingPrice(*spec, buy), request.sl, request.tp)) return TRADE_RETCODE_INVALID_STOPS;
  if (!closing) {
    double same = request.volume;
    for (const auto &[ticket, position] : books.positions)
      if (position.symbol == spec->name && (position.type == POSITION_TYPE_BUY) == buy) same += position.volume;
    if (spec->volumeLimit > 0 && same > spec->volumeLimit + 1e-9) return TRADE_RETCODE_LIMIT_VOLUME;
    const double free = books.account.balance + floating(books) - marginUsed(books);
    if (marginOf(*spec, request.volume, price) > free) return TRADE_RETCODE_NO_MONEY;
  }
  return TRADE_RETCODE_DONE;
}
inline Outcome fillDeal(Books &books, const MqlTradeRequest &request) {
  Outcome out;
  out.retcode = checkDeal(books, request);
  if (out.retcode != TRADE_RETCODE_DONE) return out;
  SymbolSpec &spec = books.symbols[request.symbol.shimText()];
  const bool buy = request.type == ORDER_TYPE_BUY;
  Order order = newOrder(books, request, spec.name);
  const double slip = behaviour.slipPoints * spec.point();
  out.price = NormalizeDouble(buy ? spec.ask + slip : spec.bid - slip, spec.digits);
  out.volume = request.volume;
  if (behaviour.partialLots > 0 && behaviour.partialLots < request.volume && request.type_filling != ORDER_FILLING_FOK) {
    out.volume = behaviour.partialLots;
    behaviour.partialLots = 0;
    out.retcode = TRADE_RETCODE_DONE_PARTIAL;
  }
  const bool hedging = books.account.marginMode == ACCOUNT_MARGIN_MODE_RETAIL_HEDGING;
  settle(books, order, buy, out.volume, out.price, hedging ? request.position : 0, DEAL_REASON_EXPERT);
  out.deal = books.account.nextDeal - 1;
  order.current = request.volume - out.volume;
  order.price = out.price;
  done(books, order, out.volume < request.volume ? ORDER_STATE_CANCELED : ORDER_STATE_FILLED);
  out.order = order.ticket;
  return out;
}
inline Outcome changeStops(Books &books, const MqlTradeRequest &request) {
  Outcome out;
  Position *held = nullptr;
  for (auto &[ticket, position] : books.positions)
    if (request.position ? ticket == request.position : position.symbol == request.symbol.shimText()) held = &position;
  if (!held) return out.retcode = TRADE_RETCODE_POSITION_CLOSED, out;
  const SymbolSpec &spec = books.symbols[held->symbol];
  const bool buy = held->type == POSITION_TYPE_BUY;
  const double now = closingPrice(spec, buy), least = spec.freeze * spec.point();
  const double half = spec.point() / 2;
  if (std::fabs(held->sl - request.sl) < half && std::fabs(held->tp - request.tp) < half) out.retcode = TRADE_RETCODE_NO_CHANGES;
  else if (!spec.sessionOpen) out.retcode = TRADE_RETCODE_MARKET_CLOSED;
  else if (spec.freeze > 0 && ((held->sl > 0 && std::fabs(now - held->sl) <= least) || (held->tp > 0 && std::fabs(now - held->tp) <= least))) out.retcode = TRADE_RETCODE_FROZEN;
  else if (!stopsFit(spec, buy, now, request.sl, request.tp)) out.retcode = TRADE_RETCODE_INVALID_STOPS;
  else {
    held->sl = NormalizeDouble(request.sl, spec.digits);
    held->tp = NormalizeDouble(request.tp, spec.digits);
    held->updateMsc = clock_.brokerMs();
    Event("stops").put("position", held->ticket).put("sl", held->sl).put("tp", held->tp).say();
  }
  return out;
}
inline Outcome pendingOrder(Books &books, const MqlTradeRequest &request) {
  Outcome out;
  out.retcode = TRADE_RETCODE_PLACED;
  if (request.action == TRADE_ACTION_PENDING) {
    if (!symbolOf(request.symbol.shimText()) || request.type < ORDER_TYPE_BUY_LIMIT || request.price <= 0) return out.retcode = TRADE_RETCODE_INVALID, out;
    Order order = newOrder(books, request, request.symbol.shimText());
    order.active = 1;
    order.state = ORDER_STATE_PLACED;
    order.expiration = request.expiration;
    books.orders[order.ticket] = order;
    out.order = order.ticket;
    return out;
  }
  const auto found = books.orders.find(request.order);
  if (found == books.orders.end() || !found->second.active) return out.retcode = TRADE_RETCODE_INVALID_ORDER, out;
  out.retcode = TRADE_RETCODE_DONE;
  out.order = request.order;
  if (request.action == TRADE_ACTION_REMOVE) done(books, found->second, ORDER_STATE_CANCELED);
  else found->second.price = request.price, found->second.sl = request.sl, found->second.tp = request.tp;
  return out;
}
inline Outcome carryOut(const MqlTradeRequest &request) {
  Outcome out;
  keeper.change([&](Books &books) {
    switch (request.action) {
    case TRADE_ACTION_DEAL: out = fillDeal(books, request); break;
    case TRADE_ACTION_SLTP: out = changeStops(books, request); break;
    case TRADE_ACTION_PENDING:
    case TRADE_ACTION_MODIFY:
    case TRADE_ACTION_REMOVE: out = pendingOrder(books, request); break;
    default: out.retcode = TRADE_RETCODE_INVALID;
    }
  });
  return out;
}

/** Stops, targets and pending orders, by the price that just came. A buy's stop is tested against bid, a sell's against ask. */
inline void trigger(const std::string &symbol) {
  struct Hit {
    ulong position;
    int reason;
    double price;
  };
  std::vector<Hit> hits;
  std::vector<ulong> pending;
  keeper.look();
  const SymbolSpec *spec = symbolOf(symbol);
  if (!spec) return;
  for (const auto &[ticket, position] : keeper.books.positions) {
    if (position.symbol != symbol) continue;
    const bool buy = position.type == POSITION_TYPE_BUY;
    const double price = closingPrice(*spec, buy), sign = buy ? 1 : -1;
    if (position.sl > 0 && (price - position.sl) * sign <= 0) hits.push_back({ticket, DEAL_REASON_SL, price});
    else if (position.tp > 0 && (price - position.tp) * sign >= 0) hits.push_back({ticket, DEAL_REASON_TP, price});
  }
  for (const auto &[ticket, order] : keeper.books.orders) {
    if (!order.active || order.symbol != symbol) continue;
    const bool buy = order.type % 2 == 0, limit = order.type <= ORDER_TYPE_SELL_LIMIT;
    const double price = buy ? spec->ask : spec->bid;
    if (buy == limit ? price <= order.price : price >= order.price) pending.push_back(ticket);
  }
  if (hits.empty() && pending.empty()) return;
  keeper.change([&](Books &books) {
    for (const Hit &hit : hits) {
      const auto found = books.positions.find(hit.position);
      if (found == books.positions.end()) continue;
      const Position position = found->second;
      const bool buy = position.type == POSITION_TYPE_BUY;
      Order order;
      order.ticket = books.account.nextOrder++;
      order.magic = position.magic;
      order.symbol = symbol;
      order.comment = hit.reason == DEAL_REASON_SL ? "[sl]" : "[tp]";
      order.type = buy ? ORDER_TYPE_SELL : ORDER_TYPE_BUY;
      order.reason = hit.reason == DEAL_REASON_SL ? ORDER_REASON_SL : ORDER_REASON_TP;
      order.initial = position.volume;
      order.price = hit.price;
      order.setupMsc = clock_.brokerMs();
      settle(books, order, !buy, position.volume, hit.price, position.ticket, hit.reason);
      done(books, order, ORDER_STATE_FILLED);
    }
    for (const ulong ticket : pending) {
      Order order = books.orders[ticket];
      if (!order.active) continue;
      const bool buy = order.type % 2 == 0;
      settle(books, order, buy, order.initial, buy ? books.symbols[symbol].ask : books.symbols[symbol].bid, 0, DEAL_REASON_EXPERT);
      order.current = 0;
      done(books, order, ORDER_STATE_FILLED);
    }
  });
}
inline void runLate() {
  while (!late.empty() && late.front().first <= clock_.ticksMs()) {
    const auto what = late.front().second;
    late.pop_front();
    what();
  }
}
} // namespace shim
