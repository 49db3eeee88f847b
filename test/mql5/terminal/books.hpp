// The broker's truth: symbols, orders, deals and positions. It is not the EA's: it lives in a file, so that it outlasts a kill,
// and two terminals on one account share it. Every change is made under the file's lock on what the file holds then.
#pragma once
#include "state.hpp"
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/file.h>
#include <sys/stat.h>

namespace shim {
struct SymbolSpec {
  std::string name = "EURUSD.m", base = "EUR", profit = "USD", margin = "EUR", description;
  int digits = 5, calc = SYMBOL_CALC_MODE_FOREX, trade = SYMBOL_TRADE_MODE_FULL, execution = SYMBOL_TRADE_EXECUTION_MARKET, filling = 3;
  int stops = 0, freeze = 0, selected = 1, sessionOpen = 1;
  // A tick value of -1 is worked out from quotes.
  double tickSize = 0.00001, tickValue = -1, contract = 100000, volumeMin = 0.01, volumeMax = 50, volumeStep = 0.01, volumeLimit = 0;
  double bid = 0, ask = 0;
  long timeMsc = 0;
  double point() const { return std::pow(10.0, -digits); }
  template <class F> void fields(F f) {
    f("name", name), f("base", base), f("profit", profit), f("margin", margin), f("description", description), f("digits", digits);
    f("calc", calc), f("trade", trade), f("execution", execution), f("filling", filling), f("stops", stops), f("freeze", freeze);
    f("selected", selected), f("open", sessionOpen), f("ticksize", tickSize), f("tickvalue", tickValue), f("contract", contract);
    f("min", volumeMin), f("max", volumeMax), f("step", volumeStep), f("limit", volumeLimit), f("bid", bid), f("ask", ask), f("time", timeMsc);
  }
};
struct Account {
  long login = 5001;
  std::string server = "Broker-Demo", company = "Broker Ltd", currency = "USD", name = "Tester";
  int digits = 2, leverage = 100, marginMode = ACCOUNT_MARGIN_MODE_RETAIL_HEDGING, tradeMode = ACCOUNT_TRADE_MODE_DEMO, fifo = 0;
  double balance = 10000, stopOutCall = 100, stopOutLevel = 50, commissionPerLot = 0;
  ulong nextOrder = 70001, nextDeal = 90001;
  template <class F> void fields(F f) {
    f("login", login), f("server", server), f("company", company), f("currency", currency), f("name", name), f("digits", digits);
    f("leverage", leverage), f("margin-mode", marginMode), f("trade-mode", tradeMode), f("fifo", fifo), f("balance", balance);
    f("call", stopOutCall), f("level", stopOutLevel), f("commission", commissionPerLot), f("next-order", nextOrder), f("next-deal", nextDeal);
  }
};
struct Order {
  ulong ticket = 0, magic = 0, position = 0, positionBy = 0;
  std::string symbol, comment;
  int type = 0, state = 0, filling = 0, typeTime = 0, reason = ORDER_REASON_EXPERT, active = 0;
  double initial = 0, current = 0, price = 0, sl = 0, tp = 0;
  long setupMsc = 0, doneMsc = 0, expiration = 0;
  template <class F> void fields(F f) {
    f("ticket", ticket), f("magic", magic), f("position", position), f("position-by", positionBy), f("symbol", symbol), f("comment", comment);
    f("type", type), f("state", state), f("filling", filling), f("type-time", typeTime), f("reason", reason), f("active", active), f("initial", initial);
    f("current", current), f("price", price), f("sl", sl), f("tp", tp), f("setup", setupMsc), f("done", doneMsc), f("expiration", expiration);
  }
};
struct Deal {
  ulong ticket = 0, order = 0, position = 0, magic = 0;
  std::string symbol, comment;
  int type = 0, entry = 0, reason = DEAL_REASON_EXPERT;
  double volume = 0, price = 0, profit = 0, commission = 0, swap = 0, sl = 0, tp = 0;
  long timeMsc = 0;
  template <class F> void fields(F f) {
    f("ticket", ticket), f("order", order), f("position", position), f("magic", magic), f("symbol", symbol), f("comment", comment), f("type", type);
    f("entry", entry), f("reason", reason), f("volume", volume), f("price", price), f("profit", profit), f("commission", commission), f("swap", swap);
    f("sl", sl), f("tp", tp), f("time", timeMsc);
  }
};
struct Position {
  ulong ticket = 0, identifier = 0, magic = 0;
  std::string symbol, comment;
  int type = 0, reason = POSITION_REASON_EXPERT;
  double volume = 0, price = 0, sl = 0, tp = 0, swap = 0;
  long timeMsc = 0, updateMsc = 0;
  template <class F> void fields(F f) {
    f("ticket", ticket), f("identifier", identifier), f("magic", magic), f("symbol", symbol), f("comment", comment), f("type", type);
    f("reason", reason), f("volume", volume), f("price", price), f("sl", sl), f("tp", tp), f("swap", swap), f("time", timeMsc), f("update", updateMsc);
  }
};

/** Gives fields from words `name=value`. */
struct FieldReader {
  const std::map<std::string, std::string> &words;
  void operator()(const char *name, std::string &to) const { get(name, [&](const std::string &s) { to = s; }); }
  void operator()(const char *name, int &to) const { get(name, [&](const std::string &s) { to = std::stoi(s); }); }
  void operator()(const char *name, long &to) const { get(name, [&](const std::string &s) { to = std::stol(s); }); }
  void operator()(const char *name, ulong &to) const { get(name, [&](const std::string &s) { to = std::stoul(s); }); }
  void operator()(const char *name, double &to) const { get(name, [&](const std::string &s) { to = std::stod(s); }); }
  template <class F> void get(const char *name, F set) const {
    const auto found = words.find(name);
    if (found != words.end()) set(found->second);
  }
};
struct FieldWriter {
  std::string &line;
  void operator()(const char *name, const std::string &value) const { line += std::string("\t") + name + "=" + value; }
  void operator()(const char *name, double value) const {
    char text[40];
    std::snprintf(text, sizeof text, "%.15g", value);
    (*this)(name, std::string(text));
  }
  template <class T> void operator()(const char *name, T value) const { (*this)(name, std::to_string(value)); }
};
inline std::map<std::string, std::string> wordsOf(const std::string &line, char between) {
  std::map<std::string, std::string> words;
  std::stringstream parts(line);
  for (std::string part; std::getline(parts, part, between);) {
    const size_t cut = part.find('=');
    if (cut != std::string::npos) words[part.substr(0, cut)] = part.substr(cut + 1);
  }
  return words;
}

struct Books {
  Account account;
  std::map<std::string, SymbolSpec> symbols;
  std::vector<std::string> symbolOrder;
  std::map<ulong, Order> orders; // active and done
  std::map<ulong, Deal> deals;
  std::map<ulong, Position> positions;

  void addSymbol(const SymbolSpec &spec) {
    if (!symbols.count(spec.name)) symbolOrder.push_back(spec.name);
    symbols[spec.name] = spec;
  }
  std::string text() {
    std::string out;
    const auto add = [&](const char *kind, auto &record) {
      std::string line = kind;
      record.fields(FieldWriter{line});
      out += line + "\n";
    };
    add("account", account);
    for (const std::string &name : symbolOrder) add("symbol", symbols[name]);
    for (auto &[ticket, order] : orders) add("order", order);
    for (auto &[ticket, deal] : deals) add("deal", deal);
    for (auto &[ticket, position] : positions) add("position", position);
    return out;
  }
  static Books parse(std::istream &in) {
    Books books;
    for (std::string line; std::getline(in, line);) {
      const std::string kind = line.substr(0, line.find('\t'));
      const auto words = wordsOf(line, '\t');
      const auto read = [&](auto record) {
        record.fields(FieldReader{words});
        return record;
      };
      if (kind == "account") books.account = read(Account());
      if (kind == "symbol") books.addSymbol(read(SymbolSpec()));
      if (kind == "order") { const Order one = read(Order()); books.orders[one.ticket] = one; }
      if (kind == "deal") { const Deal one = read(Deal()); books.deals[one.ticket] = one; }
      if (kind == "position") { const Position one = read(Position()); books.positions[one.ticket] = one; }
    }
    return books;
  }
};

/** The one file, and what this process last saw of it. */
class BookKeeper {
public:
  Books books;
  std::string path;

  void look() {
    struct stat now;
    if (path.empty() || ::stat(path.c_str(), &now) != 0) return;
    if (now.st_ino == inode && now.st_mtim.tv_nsec == changedNs && now.st_mtim.tv_sec == changedS) return;
    std::ifstream in(path);
    Books read = Books::parse(in);
    // Quotes come to each terminal by itself.
    for (auto &[name, spec] : read.symbols) {
      const auto known = books.symbols.find(name);
      if (known != books.symbols.end()) spec.bid = known->second.bid, spec.ask = known->second.ask, spec.timeMsc = known->second.timeMsc;
    }
    books = read;
    note(now);
  }
  template <class F> void change(F how) {
    const int lock = ::open((path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    ::flock(lock, LOCK_EX);
    look();
    how(books);
    const std::string next = path + "." + std::to_string(::getpid());
    {
      std::ofstream out(next);
      out << books.text();
    }
    ::rename(next.c_str(), path.c_str());
    struct stat now;
    if (::stat(path.c_str(), &now) == 0) note(now);
    ::close(lock);
  }

private:
  ino_t inode = 0;
  long changedNs = 0, changedS = 0;
  void note(const struct stat &now) {
    inode = now.st_ino;
    changedNs = now.st_mtim.tv_nsec;
    changedS = now.st_mtim.tv_sec;
  }
};
inline BookKeeper keeper;
} // namespace shim
