// The terminal's clocks. They run at the machine's pace from the moment that the test names, and `skip` moves all of them on:
// the test moves the engine's clock by the same.
#pragma once
#include "events.hpp"
#include "constants.hpp"
#include <ctime>

namespace shim {
inline long monotonicUs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000L + now.tv_nsec / 1000;
}
struct Clock {
  long startUs = monotonicUs();
  long skippedUs = 0;
  // So many times as fast as the machine's.
  long speed = 1;
  // UTC at the start, in milliseconds.
  long epochMs = 1772409600000L;
  long brokerOffsetS = 7200;
  long ticksAtStartMs = 3600000;
  long elapsedUs() const { return (monotonicUs() - startUs) * speed + skippedUs; }
  long ticksMs() const { return ticksAtStartMs + elapsedUs() / 1000; }
  long utcMs() const { return epochMs + elapsedUs() / 1000; }
  long brokerMs() const { return utcMs() + brokerOffsetS * 1000; }
};
inline Clock clock_;
inline long newestQuoteMs = 0;
inline long localOffsetS = 3600;
} // namespace shim

inline ulong GetTickCount64() { return (ulong)shim::clock_.ticksMs(); }
inline uint GetTickCount() { return (uint)shim::clock_.ticksMs(); }
/** Of the machine, however time passes else: what is measured by it is work. */
inline ulong GetMicrosecondCount() { return (ulong)shim::monotonicUs(); }
inline datetime TimeGMT() { return shim::clock_.utcMs() / 1000; }
inline datetime TimeLocal() { return TimeGMT() + shim::localOffsetS; }
inline int TimeGMTOffset() { return (int)-shim::localOffsetS; }
inline datetime TimeTradeServer() { return shim::clock_.brokerMs() / 1000; }
/** Time of the newest quote of any symbol, not of now. */
inline datetime TimeCurrent() { return shim::newestQuoteMs / 1000; }
inline bool TimeToStruct(datetime time, MqlDateTime &out) {
  const time_t at = (time_t)time;
  tm parts;
  if (time < 0 || gmtime_r(&at, &parts) == nullptr) return false;
  out = {parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, parts.tm_wday, parts.tm_yday};
  return true;
}
inline datetime StructToTime(const MqlDateTime &in) {
  tm parts{};
  parts.tm_year = in.year - 1900;
  parts.tm_mon = in.mon - 1;
  parts.tm_mday = in.day;
  parts.tm_hour = in.hour;
  parts.tm_min = in.min;
  parts.tm_sec = in.sec;
  return (datetime)timegm(&parts);
}
inline datetime TimeCurrent(MqlDateTime &out) {
  TimeToStruct(TimeCurrent(), out);
  return TimeCurrent();
}
inline datetime TimeTradeServer(MqlDateTime &out) {
  TimeToStruct(TimeTradeServer(), out);
  return TimeTradeServer();
}
inline datetime TimeGMT(MqlDateTime &out) {
  TimeToStruct(TimeGMT(), out);
  return TimeGMT();
}
inline datetime TimeLocal(MqlDateTime &out) {
  TimeToStruct(TimeLocal(), out);
  return TimeLocal();
}
inline string TimeToString(datetime value, int mode = TIME_DATE | TIME_MINUTES) {
  MqlDateTime t;
  if (!TimeToStruct(value, t)) return string("");
  char text[64];
  std::string out;
  if (mode & TIME_DATE) {
    std::snprintf(text, sizeof text, "%04d.%02d.%02d", t.year, t.mon, t.day);
    out = text;
  }
  if (mode & (TIME_MINUTES | TIME_SECONDS)) {
    std::snprintf(text, sizeof text, mode & TIME_SECONDS ? "%02d:%02d:%02d" : "%02d:%02d", t.hour, t.min, t.sec);
    out += (out.empty() ? "" : " ") + std::string(text);
  }
  return string::shimOf(out);
}
inline datetime StringToTime(const string &text) {
  tm parts{};
  const std::string s = text.shimText();
  if (std::sscanf(s.c_str(), "%d.%d.%d %d:%d:%d", &parts.tm_year, &parts.tm_mon, &parts.tm_mday, &parts.tm_hour, &parts.tm_min, &parts.tm_sec) < 3) return 0;
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  return (datetime)timegm(&parts);
}
