// What the terminal is told at its start and by the test as it runs, its errors, its turns, and the points at which the test
// lets it die or lose its connection.
#pragma once
#include "clock.hpp"
#include <csignal>
#include <map>
#include <set>

namespace shim {
struct Terminal {
  std::string folder = ".";       // MQL5/Files of this terminal
  std::string commonFolder = "."; // and the one that all terminals of a machine share
  std::string caFile;
  std::set<std::string> allowedHosts{"127.0.0.1"};
  std::map<int, int> routes; // port 443 cannot be had in a test: it leads to another
  bool connected = true;     // to the broker
  bool tradeAllowed = true;  // the terminal's own button
  bool expertAllowed = true; // the EA's own box
  bool accountTradeAllowed = true;
  bool accountExpertAllowed = true;
  bool tester = false;
  int build = 4150;
  bool removed = false;
  bool stopped = false;
};
inline Terminal terminal;
inline int lastError = 0;
inline long turn = 0; // one for each call of a handler
inline bool failWith(int code) {
  lastError = code;
  return false;
}

// A trap springs at the n-th passing of its point: `kill` ends the process as kill -9 does, `cut` breaks the connections,
// `stall` leaves them open and lets nothing through.
struct Trap {
  int left;
  std::string does;
};
inline std::map<std::string, Trap> traps;
inline std::string sprung; // what a trap did that sockets must look at
inline void (*cutConnections)(bool stall) = nullptr;
inline bool passes(const std::string &point) {
  const auto found = traps.find(point);
  if (found == traps.end() || --found->second.left > 0) return false;
  const std::string does = found->second.does;
  traps.erase(found);
  Event("trap").put("point", point).put("does", does).say();
  if (does == "kill") {
    raise(SIGKILL);
    for (;;) pause();
  }
  if (cutConnections) cutConnections(does == "stall");
  return true;
}
} // namespace shim

#define _LastError (shim::lastError)
inline int GetLastError() { return shim::lastError; }
inline void ResetLastError() { shim::lastError = 0; }
inline void SetUserError(ushort code) { shim::lastError = ERR_USER_ERROR_FIRST + code; }
inline bool IsStopped() { return shim::terminal.stopped; }
#define _StopFlag (shim::terminal.stopped)
inline void ExpertRemove() { shim::terminal.removed = true; }
inline void DebugBreak() {}

inline long TerminalInfoInteger(ENUM_TERMINAL_INFO_INTEGER property) {
  switch (property) {
  case TERMINAL_BUILD: return shim::terminal.build;
  case TERMINAL_CONNECTED: return shim::terminal.connected;
  case TERMINAL_TRADE_ALLOWED: return shim::terminal.tradeAllowed;
  case TERMINAL_PING_LAST: return 20000;
  case TERMINAL_CPU_CORES: return 2;
  case TERMINAL_SCREEN_DPI: return 96;
  case TERMINAL_X64: return 1;
  case TERMINAL_CODEPAGE: return 65001;
  case TERMINAL_DISK_SPACE: return 100000;
  default: return 0;
  }
}
inline double TerminalInfoDouble(ENUM_TERMINAL_INFO_DOUBLE) { return 0; }
inline string TerminalInfoString(ENUM_TERMINAL_INFO_STRING property) {
  switch (property) {
  case TERMINAL_DATA_PATH: return string::shimOf(shim::terminal.folder);
  case TERMINAL_COMMONDATA_PATH: return string::shimOf(shim::terminal.commonFolder);
  case TERMINAL_NAME: return "Terminal of the tests";
  case TERMINAL_LANGUAGE: return "English";
  default: return "";
  }
}
inline long MQLInfoInteger(ENUM_MQL_INFO_INTEGER property) {
  switch (property) {
  case MQL_TRADE_ALLOWED: return shim::terminal.expertAllowed && shim::terminal.tradeAllowed;
  case MQL_TESTER: return shim::terminal.tester;
  default: return 0;
  }
}
inline string MQLInfoString(ENUM_MQL_INFO_STRING) { return "Suho"; }
