// Strings, formats and conversions of MQL5.
#pragma once
#include "events.hpp"
#include "constants.hpp"

namespace shim {
inline std::string formatted(double value, int digits) {
  char text[400];
  std::snprintf(text, sizeof text, "%.*f", digits < 0 ? -digits : digits, value);
  return text;
}

/** One value of Print, Alert, Comment. */
inline std::string told(const string &value) { return value.shimText(); }
inline std::string told(const char *value) { return value ? value : ""; }
inline std::string told(bool value) { return value ? "true" : "false"; }
inline std::string told(double value) { return string(value).shimText(); }
template <class T, std::enable_if_t<std::is_integral_v<T> || std::is_enum_v<T>, int> = 0> std::string told(T value) {
  if constexpr (std::is_enum_v<T>) return std::to_string((int)value);
  else return std::to_string(value);
}

/** One value given to a format, with the width that MQL5 gives it. */
struct Argument {
  enum Kind { TEXT, REAL, WHOLE32, WHOLE64 } kind;
  std::string text;
  double real = 0;
  long whole = 0;
  Argument(const string &value) : kind(TEXT), text(value.shimText()) {}
  Argument(const char *value) : kind(TEXT), text(value ? value : "") {}
  Argument(double value) : kind(REAL), real(value) {}
  template <class T, std::enable_if_t<std::is_integral_v<T> || std::is_enum_v<T>, int> = 0>
  Argument(T value) : kind(sizeof(T) > 4 ? WHOLE64 : WHOLE32), whole((long)value) {}
};

/** printf as MQL5 documents it: 64-bit numbers want %I64d, %lld or %ld's kin; what does not fit is a fault, not rubbish. */
inline std::string format(const std::string &pattern, const std::vector<Argument> &arguments) {
  std::string out;
  size_t next = 0;
  for (size_t at = 0; at < pattern.size();) {
    if (pattern[at] != '%') {
      out += pattern[at++];
      continue;
    }
    if (at + 1 < pattern.size() && pattern[at + 1] == '%') {
      out += '%';
      at += 2;
      continue;
    }
    size_t end = at + 1;
    while (end < pattern.size() && std::strchr("-+ #0123456789.*", pattern[end])) end++;
    std::string flags = pattern.substr(at, end - at);
    if (flags.find('*') != std::string::npos) fault("format with *: " + pattern);
    bool wide = false;
    if (pattern.compare(end, 3, "I64") == 0) wide = true, end += 3;
    else if (pattern.compare(end, 2, "ll") == 0) wide = true, end += 2;
    else if (end < pattern.size() && (pattern[end] == 'l' || pattern[end] == 'h')) end += 1;
    if (end >= pattern.size()) fault("format ends in the middle: " + pattern);
    const char kind = pattern[end];
    if (next >= arguments.size()) fault("format wants more values: " + pattern);
    const Argument &value = arguments[next++];
    char text[1200];
    if (kind == 's') {
      if (value.kind != Argument::TEXT) fault("%s wants a string: " + pattern);
      std::snprintf(text, sizeof text, (flags + "s").c_str(), value.text.c_str());
    } else if (std::strchr("diuxXoc", kind)) {
      if (value.kind != (wide ? Argument::WHOLE64 : Argument::WHOLE32)) fault(std::string("%") + kind + " does not fit its value's width: " + pattern);
      if (wide) std::snprintf(text, sizeof text, (flags + "l" + kind).c_str(), value.whole);
      else std::snprintf(text, sizeof text, (flags + kind).c_str(), (int)value.whole);
    } else if (std::strchr("feEgGaA", kind)) {
      if (value.kind != Argument::REAL) fault(std::string("%") + kind + " wants a double: " + pattern);
      std::snprintf(text, sizeof text, (flags + kind).c_str(), value.real);
    } else
      fault("format of an unknown kind: " + pattern);
    out += text;
    at = end + 1;
  }
  if (next < arguments.size()) fault("format has values left: " + pattern);
  return out;
}
} // namespace shim

template <class... T> string StringFormat(const string &pattern, const T &...values) {
  return string::shimOf(shim::format(pattern.shimText(), {shim::Argument(values)...}));
}
inline int StringLen(const string &s) { return (int)s.shimUnits().size(); }
inline string StringSubstr(const string &s, int from, int length = -1) {
  const int size = StringLen(s);
  string out = "";
  if (from < 0 || from >= size) return out;
  const int count = length < 0 || from + length > size ? size - from : length;
  out.shimUnits() = s.shimUnits().substr((size_t)from, (size_t)count);
  return out;
}
inline int StringFind(const string &s, const string &what, int from = 0) {
  if (from < 0 || from > StringLen(s)) return -1;
  const size_t at = s.shimUnits().find(what.shimUnits(), (size_t)from);
  return at == std::u16string::npos ? -1 : (int)at;
}
inline ushort StringGetCharacter(const string &s, int at) { return at < 0 || at >= StringLen(s) ? (ushort)0 : (ushort)s.shimUnits()[(size_t)at]; }
inline bool StringSetCharacter(string &s, int at, ushort value) {
  const int size = StringLen(s);
  if (at < 0 || at > size) return false;
  if (value == 0) s.shimUnits().resize((size_t)at);
  else if (at == size) s.shimUnits().push_back((char16_t)value);
  else s.shimUnits()[(size_t)at] = (char16_t)value;
  return true;
}
inline int StringSplit(const string &s, ushort separator, ShimArray<string> &result) {
  std::vector<std::u16string> parts(1);
  for (const char16_t unit : s.shimUnits()) {
    if (unit == separator) parts.emplace_back();
    else parts.back().push_back(unit);
  }
  if (s.shimUnits().empty()) parts.clear();
  result.shimResize((int)parts.size());
  for (size_t i = 0; i < parts.size(); i++) result[(long)i].shimUnits() = parts[i];
  return (int)parts.size();
}
inline int StringReplace(string &s, const string &find, const string &put) {
  int count = 0;
  if (find.shimUnits().empty()) return 0;
  std::u16string &units = s.shimUnits();
  for (size_t at = units.find(find.shimUnits()); at != std::u16string::npos; at = units.find(find.shimUnits(), at + put.shimUnits().size()), count++)
    units.replace(at, find.shimUnits().size(), put.shimUnits());
  return count;
}
namespace shim {
inline bool blank(char16_t c) { return c == u' ' || (c >= 9 && c <= 13); }
inline char16_t cased(char16_t c, bool up) {
  if (up) return c >= u'a' && c <= u'z' ? (char16_t)(c - 32) : c;
  return c >= u'A' && c <= u'Z' ? (char16_t)(c + 32) : c;
}
} // namespace shim
inline int StringTrimLeft(string &s) {
  std::u16string &units = s.shimUnits();
  size_t n = 0;
  while (n < units.size() && shim::blank(units[n])) n++;
  units.erase(0, n);
  return (int)n;
}
inline int StringTrimRight(string &s) {
  std::u16string &units = s.shimUnits();
  int n = 0;
  for (; !units.empty() && shim::blank(units.back()); n++) units.pop_back();
  return n;
}
inline bool StringToLower(string &s) {
  for (char16_t &c : s.shimUnits()) c = shim::cased(c, false);
  return true;
}
inline bool StringToUpper(string &s) {
  for (char16_t &c : s.shimUnits()) c = shim::cased(c, true);
  return true;
}
inline int StringCompare(const string &a, const string &b, bool caseSensitive = true) {
  string x = a, y = b;
  if (!caseSensitive) StringToLower(x), StringToLower(y);
  return x.shimUnits() < y.shimUnits() ? -1 : x.shimUnits() > y.shimUnits() ? 1 : 0;
}
inline bool StringAdd(string &s, const string &more) {
  s += more;
  return true;
}
inline int StringToCharArray(const string &s, ShimArray<uchar> &array, int start = 0, int count = -1, uint codepage = CP_ACP) {
  std::string bytes = s.shimText();
  if (codepage != CP_UTF8)
    for (const char c : bytes)
      if ((unsigned char)c >= 0x80) shim::fault("StringToCharArray of text beyond ASCII wants CP_UTF8");
  int copied = count < 0 ? (int)bytes.size() + 1 : std::min(count, (int)bytes.size() + 1);
  if (array.shimSize() < start + copied) array.shimResize(start + copied);
  for (int i = 0; i < copied; i++) array[start + i] = i < (int)bytes.size() ? (uchar)bytes[(size_t)i] : (uchar)0;
  return copied;
}
inline string CharArrayToString(const ShimArray<uchar> &array, int start = 0, int count = -1, uint codepage = CP_ACP) {
  std::string bytes;
  const int end = count < 0 ? array.shimSize() : std::min(array.shimSize(), start + count);
  for (int i = start; i < end && array[i] != 0; i++) {
    if (codepage != CP_UTF8 && array[i] >= 0x80) shim::fault("CharArrayToString of text beyond ASCII wants CP_UTF8");
    bytes.push_back((char)array[i]);
  }
  return string::shimOf(bytes);
}
inline string CharToString(uchar code) { return string::shimOf(std::string(1, (char)code)); }
inline string ShortToString(ushort code) {
  string out = "";
  if (code != 0) out.shimUnits().push_back((char16_t)code);
  return out;
}
inline string IntegerToString(long number, int length = 0, ushort fill = ' ') {
  std::string text = std::to_string(number);
  while ((int)text.size() < length) text.insert(text.begin(), (char)fill);
  return string::shimOf(text);
}
inline string DoubleToString(double value, int digits = 8) { return string::shimOf(shim::formatted(value, digits)); }
inline double StringToDouble(const string &s) { return std::strtod(s.shimText().c_str(), nullptr); }
inline long StringToInteger(const string &s) { return std::strtol(s.shimText().c_str(), nullptr, 10); }
inline double NormalizeDouble(double value, int digits) {
  const double scale = std::pow(10.0, digits);
  return std::strtod(shim::formatted(std::floor(value * scale + 0.5 + 1e-9) / scale, digits).c_str(), nullptr);
}
