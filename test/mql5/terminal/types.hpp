// MQL5's scalar types and its string, as strict as MetaEditor or stricter: nothing of C++'s own strings or vectors turns into
// them by itself. A string is UTF-16 inside, may be NULL (which is not the same as ""), and ends at its first zero.
#pragma once
#include <algorithm>
#include <cfloat>
#include <climits>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned long ulong;
typedef long datetime;
typedef int color;
static_assert(sizeof(long) == 8 && sizeof(int) == 4 && sizeof(short) == 2, "MQL5's widths");

#define SUHO_ARRAY(T, N) ShimArray<T> N
#define SUHO_ARRAY_REF(T, N) ShimArrayOf<T>::type &N

namespace shim {
[[noreturn]] void fault(const std::string &sentence);

inline std::u16string utf16(const std::string &bytes) {
  std::u16string out;
  for (size_t at = 0; at < bytes.size();) {
    const unsigned char lead = (unsigned char)bytes[at];
    const int more = lead < 0x80 ? 0 : lead >= 0xC2 && lead < 0xE0 ? 1 : lead >= 0xE0 && lead < 0xF0 ? 2 : lead >= 0xF0 && lead < 0xF5 ? 3 : -1;
    uint32_t code = more <= 0 ? lead : more == 1 ? lead & 0x1F : more == 2 ? lead & 0x0F : lead & 0x07;
    bool good = more >= 0 && at + (size_t)more < bytes.size();
    for (int i = 1; good && i <= more; i++) {
      const unsigned char next = (unsigned char)bytes[at + (size_t)i];
      good = (next & 0xC0) == 0x80;
      code = (code << 6) | (next & 0x3F);
    }
    if (good && ((more == 2 && (code < 0x800 || (code >= 0xD800 && code < 0xE000))) || (more == 3 && (code < 0x10000 || code > 0x10FFFF)))) good = false;
    if (!good) {
      out.push_back(0xFFFD);
      at += 1;
      continue;
    }
    if (code >= 0x10000) {
      out.push_back((char16_t)(0xD800 + ((code - 0x10000) >> 10)));
      out.push_back((char16_t)(0xDC00 + ((code - 0x10000) & 0x3FF)));
    } else
      out.push_back((char16_t)code);
    at += (size_t)more + 1;
  }
  return out;
}

inline std::string utf8(const std::u16string &units) {
  std::string out;
  for (size_t at = 0; at < units.size(); at++) {
    uint32_t code = units[at];
    if (code >= 0xD800 && code < 0xDC00 && at + 1 < units.size() && units[at + 1] >= 0xDC00 && units[at + 1] < 0xE000)
      code = 0x10000 + ((code - 0xD800) << 10) + (units[++at] - 0xDC00u);
    else if (code >= 0xD800 && code < 0xE000)
      code = 0xFFFD;
    if (code < 0x80)
      out.push_back((char)code);
    else if (code < 0x800) {
      out.push_back((char)(0xC0 | (code >> 6)));
      out.push_back((char)(0x80 | (code & 0x3F)));
    } else if (code < 0x10000) {
      out.push_back((char)(0xE0 | (code >> 12)));
      out.push_back((char)(0x80 | ((code >> 6) & 0x3F)));
      out.push_back((char)(0x80 | (code & 0x3F)));
    } else {
      out.push_back((char)(0xF0 | (code >> 18)));
      out.push_back((char)(0x80 | ((code >> 12) & 0x3F)));
      out.push_back((char)(0x80 | ((code >> 6) & 0x3F)));
      out.push_back((char)(0x80 | (code & 0x3F)));
    }
  }
  return out;
}
} // namespace shim

class string {
public:
  string() {}
  string(const char *literal) : none(literal == nullptr) {
    if (literal) units = shim::utf16(literal);
  }
  explicit string(bool value) : string(value ? "true" : "false") {}
  explicit string(int value) : string(std::to_string(value).c_str()) {}
  explicit string(uint value) : string(std::to_string(value).c_str()) {}
  explicit string(long value) : string(std::to_string(value).c_str()) {}
  explicit string(ulong value) : string(std::to_string(value).c_str()) {}
  explicit string(double value) : none(false) {
    char text[64];
    std::snprintf(text, sizeof text, "%.15g", value);
    units = shim::utf16(text);
  }
  string &operator+=(const string &more) {
    units += more.units;
    none = false;
    return *this;
  }

  // What the shim alone calls: the EA has no such names to use, for MQL5 has no methods of strings.
  static string shimOf(const std::string &bytes) {
    string made;
    made.none = false;
    made.units = shim::utf16(bytes);
    const size_t end = made.units.find(u'\0');
    if (end != std::u16string::npos) made.units.resize(end);
    return made;
  }
  std::string shimText() const { return shim::utf8(units); }
  std::u16string &shimUnits() {
    none = false;
    return units;
  }
  const std::u16string &shimUnits() const { return units; }
  bool shimNone() const { return none; }

private:
  std::u16string units;
  bool none = true;
};

inline string operator+(const string &a, const string &b) {
  string sum = a;
  sum += b;
  return sum;
}
inline bool operator==(const string &a, const string &b) { return a.shimNone() == b.shimNone() && a.shimUnits() == b.shimUnits(); }
inline bool operator!=(const string &a, const string &b) { return !(a == b); }
inline bool operator<(const string &a, const string &b) { return a.shimUnits() < b.shimUnits(); }
inline bool operator>(const string &a, const string &b) { return b < a; }
inline bool operator<=(const string &a, const string &b) { return !(b < a); }
inline bool operator>=(const string &a, const string &b) { return !(a < b); }

// A dynamic array. An index outside ends the program, as in the terminal; new elements of simple types hold rubbish, as there.
template <class T> class ShimArray {
public:
  T &operator[](long at) { return cells[checked(at)].value; }
  const T &operator[](long at) const { return cells[checked(at)].value; }
  int shimSize() const { return (int)cells.size(); }
  void shimResize(int size) {
    const size_t before = cells.size();
    cells.resize((size_t)size);
    if constexpr (std::is_trivially_default_constructible_v<T>)
      if ((size_t)size > before) std::memset((void *)(cells.data() + before), 0xA5, ((size_t)size - before) * sizeof(T));
  }
  T *shimData() { return reinterpret_cast<T *>(cells.data()); }
  const T *shimData() const { return reinterpret_cast<const T *>(cells.data()); }

private:
  struct Cell {
    T value;
  };
  std::vector<Cell> cells;
  size_t checked(long at) const {
    if (at < 0 || (size_t)at >= cells.size()) shim::fault("array out of range: " + std::to_string(at) + " of " + std::to_string(cells.size()));
    return (size_t)at;
  }
};
template <class T> struct ShimArrayOf { typedef ShimArray<T> type; };
template <class T> struct ShimArrayOf<const T> { typedef const ShimArray<T> type; };
