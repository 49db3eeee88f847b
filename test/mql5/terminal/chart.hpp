// The chart: its objects are a map, so that the panel's lines can be read; messages to the user; variables of the terminal.
#pragma once
#include "state.hpp"
#include "strings.hpp"

namespace shim {
struct ChartObject {
  ENUM_OBJECT type;
  std::map<int, std::string> texts;
  std::map<int, long> numbers;
};
inline std::map<std::string, ChartObject> objects;
inline std::string chartSymbol = "EURUSD.m";
inline std::string comment;
inline bool panelChanged = false;
inline ChartObject *objectOf(const string &name) {
  const auto found = objects.find(name.shimText());
  if (found != objects.end()) return &found->second;
  lastError = ERR_OBJECT_NOT_FOUND;
  return nullptr;
}
/** All that the chart shows, line under line. */
inline std::string panel() {
  std::string lines;
  for (const auto &[name, object] : objects) {
    const auto text = object.texts.find(OBJPROP_TEXT);
    if (text != object.texts.end() && !text->second.empty()) lines += name + ": " + text->second + "\n";
  }
  if (!comment.empty()) lines += comment + "\n";
  return lines;
}
template <class... T> std::string joined(const T &...values) {
  std::string line;
  ((line += told(values)), ...);
  return line;
}
} // namespace shim

inline long ChartID() { return 1; }
inline string ChartSymbol(long chart = 0) {
  (void)chart;
  return string::shimOf(shim::chartSymbol);
}
inline string Symbol() { return string::shimOf(shim::chartSymbol); }
#define _Symbol (Symbol())
inline ENUM_TIMEFRAMES Period() { return PERIOD_M15; }
inline void ChartRedraw(long chart = 0) { (void)chart; }
inline long ChartGetInteger(long chart, ENUM_CHART_PROPERTY_INTEGER property, int window = 0) {
  (void)chart, (void)window;
  return property == CHART_WIDTH_IN_PIXELS ? 1200 : property == CHART_HEIGHT_IN_PIXELS ? 800 : 0;
}
inline bool ChartSetInteger(long chart, ENUM_CHART_PROPERTY_INTEGER property, long value) {
  (void)chart, (void)property, (void)value;
  return true;
}
inline bool ObjectCreate(long chart, const string &name, ENUM_OBJECT type, int window, datetime time1, double price1) {
  (void)chart, (void)window, (void)time1, (void)price1;
  if (name.shimText().size() > 63) return shim::failWith(ERR_INVALID_PARAMETER);
  shim::objects[name.shimText()] = {type, {}, {}};
  shim::panelChanged = true;
  return true;
}
inline int ObjectFind(long chart, const string &name) {
  (void)chart;
  return shim::objects.count(name.shimText()) ? 0 : -1;
}
inline bool ObjectDelete(long chart, const string &name) {
  (void)chart;
  shim::panelChanged = true;
  return shim::objects.erase(name.shimText()) > 0 || shim::failWith(ERR_OBJECT_NOT_FOUND);
}
inline int ObjectsDeleteAll(long chart, const string &prefix, int window = -1, int type = -1) {
  (void)chart, (void)window, (void)type;
  int count = 0;
  const std::string start = prefix.shimText();
  for (auto at = shim::objects.begin(); at != shim::objects.end();)
    if (at->first.compare(0, start.size(), start) == 0) at = shim::objects.erase(at), count++;
    else ++at;
  shim::panelChanged = true;
  return count;
}
inline bool ObjectSetString(long chart, const string &name, ENUM_OBJECT_PROPERTY_STRING property, const string &text) {
  (void)chart;
  shim::ChartObject *object = shim::objectOf(name);
  if (!object) return false;
  // A label shows 63 characters at most.
  const string shown = property == OBJPROP_TEXT ? StringSubstr(text, 0, 63) : text;
  shim::panelChanged = shim::panelChanged || object->texts[property] != shown.shimText();
  object->texts[property] = shown.shimText();
  return true;
}
inline bool ObjectSetInteger(long chart, const string &name, ENUM_OBJECT_PROPERTY_INTEGER property, long value) {
  (void)chart;
  shim::ChartObject *object = shim::objectOf(name);
  if (object) object->numbers[property] = value;
  return object != nullptr;
}
inline bool ObjectSetDouble(long chart, const string &name, ENUM_OBJECT_PROPERTY_DOUBLE property, double value) {
  (void)chart, (void)property, (void)value;
  return shim::objectOf(name) != nullptr;
}
inline string ObjectGetString(long chart, const string &name, ENUM_OBJECT_PROPERTY_STRING property, int modifier = 0) {
  (void)chart, (void)modifier;
  shim::ChartObject *object = shim::objectOf(name);
  return object ? string::shimOf(object->texts[property]) : string("");
}
inline long ObjectGetInteger(long chart, const string &name, ENUM_OBJECT_PROPERTY_INTEGER property, int modifier = 0) {
  (void)chart, (void)modifier;
  shim::ChartObject *object = shim::objectOf(name);
  return object ? object->numbers[property] : 0;
}

template <class... T> void Print(const T &...values) { shim::Event("print").put("text", shim::joined(values...)).say(); }
template <class... T> void Alert(const T &...values) { shim::Event("alert").put("text", shim::joined(values...)).say(); }
template <class... T> void Comment(const T &...values) {
  const std::string text = shim::joined(values...);
  shim::panelChanged = shim::panelChanged || text != shim::comment;
  shim::comment = text;
}
template <class... T> void PrintFormat(const string &pattern, const T &...values) {
  shim::Event("print").put("text", shim::format(pattern.shimText(), {shim::Argument(values)...})).say();
}
template <class T> string EnumToString(T value) { return string::shimOf("enum " + std::to_string((int)value)); }
inline bool PlaySound(const string &) { return true; }
inline bool SendNotification(const string &text) {
  shim::Event("notification").put("text", text).say();
  return true;
}

namespace shim {
inline std::map<std::string, double> variables;
inline std::string variablesFile() { return terminal.folder + "/../gvariables.dat"; }
inline void keepVariables() {
  if (FILE *out = std::fopen(variablesFile().c_str(), "w")) {
    for (const auto &[name, value] : variables) std::fprintf(out, "%.17g %s\n", value, name.c_str());
    std::fclose(out);
  }
}
inline void loadVariables() {
  if (FILE *in = std::fopen(variablesFile().c_str(), "r")) {
    double value;
    char name[80];
    while (std::fscanf(in, "%lg %79[^\n]", &value, name) == 2) variables[name] = value;
    std::fclose(in);
  }
}
} // namespace shim
inline datetime GlobalVariableSet(const string &name, double value) {
  shim::variables[name.shimText()] = value;
  return TimeLocal();
}
inline bool GlobalVariableCheck(const string &name) { return shim::variables.count(name.shimText()) > 0; }
inline bool GlobalVariableGet(const string &name, double &value) {
  const auto found = shim::variables.find(name.shimText());
  if (found == shim::variables.end()) return shim::failWith(ERR_GLOBALVARIABLE_NOT_FOUND);
  value = found->second;
  return true;
}
inline double GlobalVariableGet(const string &name) {
  double value = 0;
  GlobalVariableGet(name, value);
  return value;
}
inline bool GlobalVariableDel(const string &name) { return shim::variables.erase(name.shimText()) > 0; }
inline bool GlobalVariableTemp(const string &name) { return shim::variables.emplace(name.shimText(), 0).second; }
inline bool GlobalVariableSetOnCondition(const string &name, double value, double check) {
  const auto found = shim::variables.find(name.shimText());
  if (found == shim::variables.end()) return shim::failWith(ERR_GLOBALVARIABLE_NOT_FOUND);
  if (found->second != check) return false;
  found->second = value;
  return true;
}
/** What is not flushed is lost with a kill. */
inline void GlobalVariablesFlush() { shim::keepVariables(); }

namespace shim {
inline long timerMs = 0, timerDueMs = 0;
}
inline bool EventSetMillisecondTimer(int ms) {
  shim::timerMs = std::max(10, ms);
  shim::timerDueMs = shim::clock_.ticksMs() + shim::timerMs;
  return ms > 0 || shim::failWith(ERR_INVALID_PARAMETER);
}
inline bool EventSetTimer(int seconds) { return EventSetMillisecondTimer(seconds * 1000); }
inline void EventKillTimer() { shim::timerMs = 0; }
inline void Sleep(int ms) {
  const long start = shim::monotonicUs();
  ::usleep((useconds_t)std::max(0, ms) * 1000);
  shim::Event("blocked").put("in", "Sleep").put("ms", (shim::monotonicUs() - start) / 1000).say();
}
