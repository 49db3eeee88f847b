// What Protocol.mqh uses of MQL5, for a C++ compiler: the types, arrays as vectors, and the few functions.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>
typedef uint8_t uchar;
typedef uint16_t ushort;
typedef uint32_t uint;
typedef uint64_t ulong_;
#define ulong ulong_
#define long int64_t
typedef std::string string;
#define SUHO_ARRAY(T, N) std::vector<T> N
#define SUHO_ARRAY_REF(T, N) ShimArray<T>::type &N
template <class T> struct ShimArray { typedef std::vector<T> type; };
template <class T> struct ShimArray<const T> { typedef const std::vector<T> type; };
#define CP_UTF8 65001
template <class T> int ArraySize(const std::vector<T> &a) { return (int)a.size(); }
template <class T> int ArrayResize(std::vector<T> &a, int n) { a.resize(n); return n; }
inline int ArrayCopy(std::vector<uchar> &to, const std::vector<uchar> &from, int at, int start, int n) {
  for (int i = 0; i < n; i++) to.at(at + i) = from.at(start + i);
  return n;
}
inline bool MathIsValidNumber(double v) { return std::isfinite(v); }
inline int StringToCharArray(const string &s, std::vector<uchar> &a, int, int, int) {
  a.assign(s.begin(), s.end());
  a.push_back(0);
  return (int)a.size();
}
inline string CharArrayToString(const std::vector<uchar> &a, int start, int n, int) { return string(a.begin() + start, a.begin() + start + n); }
