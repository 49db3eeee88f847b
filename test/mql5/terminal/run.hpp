// The terminal's one thread: reads what the test says on stdin, a line each (a verb, then name=value, between tabs), and calls
// the EA's handlers as the terminal does. Timers are not queued, ticks coalesce, sockets wake nobody.
#pragma once
#include "mql5.hpp"

int OnInit() __attribute__((weak));
void OnDeinit(const int reason) __attribute__((weak));
void OnTick() __attribute__((weak));
void OnTimer() __attribute__((weak));
void OnTrade() __attribute__((weak));
double OnTester() __attribute__((weak));
void OnTradeTransaction(const MqlTradeTransaction &transaction, const MqlTradeRequest &request, const MqlTradeResult &result) __attribute__((weak));
void OnChartEvent(const int id, const long &number, const double &real, const string &text) __attribute__((weak));

namespace shim {
struct Input {
  const char *name;
  std::function<void(const std::string &)> set;
};
inline void assign(string &to, const std::string &value) { to = string::shimOf(value); }
inline void assign(bool &to, const std::string &value) { to = value == "true" || value == "1"; }
inline void assign(double &to, const std::string &value) { to = std::stod(value); }
template <class T, std::enable_if_t<std::is_integral_v<T> || std::is_enum_v<T>, int> = 0> void assign(T &to, const std::string &value) {
  if (std::is_same_v<T, ulong>) to = (T)std::stoul(value);
  else to = (T)std::stol(value);
}

class Runner {
public:
  explicit Runner(std::vector<Input> given) : inputs(std::move(given)) {}
  int run() {
    ::signal(SIGPIPE, SIG_IGN);
    while (!ended) {
      const long nowMs = clock_.ticksMs();
      const long waitMs = !started ? 1000 : timerMs > 0 ? std::clamp((timerDueMs - nowMs) / clock_.speed, 0L, 10L) : 10;
      pollfd in{0, POLLIN, 0};
      if (::poll(&in, 1, (int)waitMs) > 0 && !readLines()) return 0;
      if (started && !ended) turnOver();
    }
    return 0;
  }

private:
  std::vector<Input> inputs;
  std::string rest;
  bool started = false, ended = false, ticked = false;
  std::string shownPanel;

  template <class F> void call(const char *handler, F what) {
    turn++;
    const long start = monotonicUs();
    what();
    const long ms = (monotonicUs() - start) / 1000;
    if (ms > 200) Event("slow").put("handler", handler).put("ms", ms).say();
  }
  void turnOver() {
    runLate();
    keeper.look();
    if (!frozen) tellChanges(false);
    while (!happened.empty()) {
      const Happened one = happened.front();
      happened.pop_front();
      if (OnTradeTransaction) call("OnTradeTransaction", [&] { OnTradeTransaction(one.transaction, one.request, one.result); });
    }
    if (ticked && OnTick) call("OnTick", [] { OnTick(); });
    ticked = false;
    const long nowMs = clock_.ticksMs();
    if (timerMs > 0 && nowMs >= timerDueMs) {
      timerDueMs += timerMs;
      if (timerDueMs <= nowMs) timerDueMs = nowMs + timerMs;
      if (OnTimer) call("OnTimer", [] { OnTimer(); });
    }
    if (panelChanged) {
      panelChanged = false;
      const std::string now = panel();
      if (now != shownPanel) Event("panel").put("text", now).say();
      shownPanel = now;
    }
    if (terminal.removed) end(REASON_PROGRAM);
  }
  void end(int reason) {
    terminal.stopped = true;
    if (OnDeinit) call("OnDeinit", [&] { OnDeinit(reason); });
    while (!files.empty()) FileClose(files.begin()->first);
    while (!sockets.empty()) SocketClose(sockets.begin()->first);
    keepVariables();
    Event("ended").put("reason", reason).say();
    ended = true;
  }
  bool readLines() {
    char block[65536];
    const ssize_t n = ::read(0, block, sizeof block);
    if (n <= 0) return false;
    rest.append(block, (size_t)n);
    for (size_t cut; !ended && (cut = rest.find('\n')) != std::string::npos;) {
      const std::string line = rest.substr(0, cut);
      rest.erase(0, cut + 1);
      const std::string verb = line.substr(0, line.find('\t'));
      obey(verb, wordsOf(line, '\t'));
    }
    return true;
  }

  typedef std::map<std::string, std::string> Words;
  static std::string word(const Words &words, const char *name, const std::string &otherwise = "") {
    const auto found = words.find(name);
    return found == words.end() ? otherwise : found->second;
  }
  static long number(const Words &words, const char *name, long otherwise) {
    const std::string text = word(words, name);
    return text.empty() ? otherwise : std::stol(text);
  }
  static void flag(const Words &words, const char *name, bool &to) {
    if (words.count(name)) to = word(words, name) == "1";
  }

  void obey(const std::string &verb, const Words &words) {
    if (verb == "terminal") setTerminal(words);
    else if (verb == "account") keeper.change([&](Books &books) { books.account.fields(FieldReader{words}); });
    else if (verb == "symbol") setSymbol(words);
    else if (verb == "input") setInput(word(words, "name"), word(words, "value"));
    else if (verb == "start") start();
    else if (verb == "quote") quote(words);
    else if (verb == "skip") clock_.skippedUs += number(words, "ms", 0) * 1000;
    else if (verb == "trap") traps[word(words, "point")] = {(int)number(words, "nth", 1), word(words, "does", "kill")};
    else if (verb == "untrap") traps.clear(), answers.clear();
    else if (verb == "answer") answers.push_back({(int)number(words, "retcode", 10006), (int)number(words, "times", 1), word(words, "fill", "no"), number(words, "after", 500), word(words, "action", "any")});
    else if (verb == "broker") setBroker(words);
    else if (verb == "freeze") freeze(number(words, "on", 1) == 1);
    else if (verb == "cut") cutAll(false);
    else if (verb == "stall") cutAll(true);
    else if (verb == "down") netDown = number(words, "on", 1) == 1;
    else if (verb == "torn") tornAfter = number(words, "bytes", 0);
    else if (verb == "fail-writes") failWrites = (int)number(words, "times", 1);
    else if (verb == "trade") ownTrade(words);
    else if (verb == "deposit") deposit(std::stod(word(words, "amount", "0")));
    else if (verb == "click" && OnChartEvent) call("OnChartEvent", [&] { OnChartEvent(CHARTEVENT_OBJECT_CLICK, 0, 0, string::shimOf(word(words, "object"))); });
    else if (verb == "ping") Event("pong").put("id", word(words, "id")).put("ticks", clock_.ticksMs()).say();
    else if (verb == "panel") Event("panel").put("text", panel()).say();
    else if (verb == "deinit") end((int)number(words, "reason", REASON_REMOVE));
    else fault("the test said what the terminal does not know: " + verb);
  }
  void setTerminal(const Words &words) {
    terminal.folder = word(words, "folder", terminal.folder);
    terminal.commonFolder = word(words, "common", terminal.commonFolder);
    terminal.caFile = word(words, "ca", terminal.caFile);
    terminal.build = (int)number(words, "build", terminal.build);
    chartSymbol = word(words, "chart", chartSymbol);
    clock_.brokerOffsetS = number(words, "offset", clock_.brokerOffsetS);
    clock_.speed = number(words, "speed", clock_.speed);
    if (words.count("epoch")) {
      clock_.epochMs = number(words, "epoch", 0);
      clock_.startUs = monotonicUs();
    }
    if (words.count("books")) {
      keeper.path = word(words, "books");
      keeper.look();
    }
    if (words.count("allow")) {
      terminal.allowedHosts.clear();
      std::stringstream hosts(word(words, "allow"));
      for (std::string host; std::getline(hosts, host, ',');) terminal.allowedHosts.insert(host);
    }
    if (words.count("route443")) terminal.routes[443] = (int)number(words, "route443", 443);
    flag(words, "connected", terminal.connected);
    flag(words, "trade", terminal.tradeAllowed);
    flag(words, "expert", terminal.expertAllowed);
    flag(words, "account-trade", terminal.accountTradeAllowed);
    flag(words, "account-expert", terminal.accountExpertAllowed);
    flag(words, "tester", terminal.tester);
    flag(words, "manners", manners);
  }
  void setSymbol(const Words &words) {
    keeper.change([&](Books &books) {
      SymbolSpec spec = books.symbols.count(word(words, "name")) ? books.symbols[word(words, "name")] : SymbolSpec();
      spec.fields(FieldReader{words});
      books.addSymbol(spec);
    });
  }
  void setInput(const std::string &name, const std::string &value) {
    for (const Input &one : inputs)
      if (name == one.name) return one.set(value);
    fault("the EA has no input " + name);
  }
  static void setBroker(const Words &words) {
    behaviour.slipPoints = (int)number(words, "slip", behaviour.slipPoints);
    if (words.count("partial")) behaviour.partialLots = std::stod(word(words, "partial"));
    behaviour.delayMs = number(words, "delay", behaviour.delayMs);
    flag(words, "refuse-stops", behaviour.refuseStops);
    flag(words, "bare", behaviour.bareResult);
    flag(words, "lose", behaviour.loseTransactions);
    flag(words, "history-fails", behaviour.historyFails);
    flag(words, "overwrite", behaviour.overwriteComments);
  }
  void start() {
    loadVariables();
    keeper.look();
    tellChanges(true);
    started = true;
    int code = INIT_SUCCEEDED;
    if (OnInit) call("OnInit", [&] { code = OnInit(); });
    Event("started").put("code", code).put("build", terminal.build).say();
    if (code != INIT_SUCCEEDED) end(REASON_INITFAILED);
  }
  void quote(const Words &words) {
    SymbolSpec *spec = symbolOf(word(words, "symbol"));
    if (!spec) fault("a quote of an unknown symbol");
    FieldReader{words}("bid", spec->bid);
    FieldReader{words}("ask", spec->ask);
    spec->timeMsc = clock_.brokerMs() - number(words, "age", 0);
    newestQuoteMs = std::max(newestQuoteMs, spec->timeMsc);
    ticked = ticked || spec->name == chartSymbol;
    trigger(spec->name);
  }
  static void freeze(bool on) {
    keeper.look();
    frozenBooks = keeper.books;
    frozen = on;
  }
  /** What the account's owner, or another program, does by hand. */
  static void ownTrade(const Words &words) {
    MqlTradeRequest request;
    ZeroMemory(request);
    request.action = TRADE_ACTION_DEAL;
    request.symbol = string::shimOf(word(words, "symbol", "EURUSD.m"));
    request.type = word(words, "side", "buy") == "buy" ? ORDER_TYPE_BUY : ORDER_TYPE_SELL;
    request.volume = std::stod(word(words, "volume", "0.1"));
    request.magic = std::stoul(word(words, "magic", "0"));
    request.position = std::stoul(word(words, "position", "0"));
    request.type_filling = ORDER_FILLING_FOK;
    const Outcome out = carryOut(request);
    Event("own").put("retcode", out.retcode).put("order", out.order).say();
  }
  static void deposit(double amount) {
    keeper.change([&](Books &books) {
      Deal deal;
      deal.ticket = books.account.nextDeal++;
      deal.type = DEAL_TYPE_BALANCE;
      deal.reason = DEAL_REASON_CLIENT;
      deal.profit = amount;
      deal.timeMsc = clock_.brokerMs();
      deal.comment = amount < 0 ? "Withdrawal" : "Deposit";
      books.deals[deal.ticket] = deal;
      books.account.balance = money(books.account.balance + amount);
    });
  }
};
} // namespace shim
