// Arrays, memory and arithmetic of MQL5.
#pragma once
#include "events.hpp"
#include "constants.hpp"

template <class T> int ArraySize(const ShimArray<T> &a) { return a.shimSize(); }
template <class T, size_t N> int ArraySize(const T (&)[N]) { return (int)N; }
template <class T> int ArrayResize(ShimArray<T> &a, int size, int reserve = 0) {
  (void)reserve;
  if (size < 0) return -1;
  a.shimResize(size);
  return size;
}
template <class T> void ArrayFree(ShimArray<T> &a) { a.shimResize(0); }
template <class T> bool ArrayIsDynamic(const ShimArray<T> &) { return true; }
template <class T> int ArrayRange(const ShimArray<T> &a, int) { return a.shimSize(); }

template <class T> int ArrayCopy(ShimArray<T> &to, const ShimArray<T> &from, int at = 0, int start = 0, int count = WHOLE_ARRAY) {
  if (at < 0 || start < 0) return 0;
  const int left = from.shimSize() - start;
  const int n = count < 0 || count > left ? left : count;
  if (n <= 0) return 0;
  if (to.shimSize() < at + n) to.shimResize(at + n);
  if ((const void *)&to == (const void *)&from && at > start)
    for (int i = n - 1; i >= 0; i--) to[at + i] = from[start + i];
  else
    for (int i = 0; i < n; i++) to[at + i] = from[start + i];
  return n;
}
template <class T, size_t N> int ArrayCopy(T (&to)[N], const ShimArray<T> &from, int at = 0, int start = 0, int count = WHOLE_ARRAY) {
  int n = from.shimSize() - start;
  if (count >= 0 && count < n) n = count;
  if (at < 0 || start < 0 || n > (int)N - at) n = std::min(n, (int)N - at);
  for (int i = 0; i < n; i++) to[at + i] = from[start + i];
  return std::max(n, 0);
}
template <class T, size_t N> int ArrayCopy(ShimArray<T> &to, const T (&from)[N], int at = 0, int start = 0, int count = WHOLE_ARRAY) {
  int n = (int)N - start;
  if (count >= 0 && count < n) n = count;
  if (n <= 0) return 0;
  if (to.shimSize() < at + n) to.shimResize(at + n);
  for (int i = 0; i < n; i++) to[at + i] = from[start + i];
  return n;
}
template <class T, class V> void ArrayFill(ShimArray<T> &a, int start, int count, V value) {
  for (int i = 0; i < count; i++) a[start + i] = (T)value;
}
template <class T, size_t N, class V> void ArrayFill(T (&a)[N], int start, int count, V value) {
  for (int i = 0; i < count; i++) {
    if (start + i < 0 || start + i >= (int)N) shim::fault("ArrayFill beyond the end");
    a[start + i] = (T)value;
  }
}
template <class T, class V> int ArrayInitialize(ShimArray<T> &a, V value) {
  for (int i = 0; i < a.shimSize(); i++) a[i] = (T)value;
  return a.shimSize();
}
template <class T, size_t N, class V> int ArrayInitialize(T (&a)[N], V value) {
  for (T &one : a) one = (T)value;
  return (int)N;
}
template <class T> bool ArrayRemove(ShimArray<T> &a, uint start, uint count = (uint)WHOLE_ARRAY) {
  const uint size = (uint)a.shimSize();
  if (start >= size) return false;
  const uint n = std::min(count, size - start);
  for (uint i = start; i + n < size; i++) a[i] = a[i + n];
  a.shimResize((int)(size - n));
  return true;
}
template <class T> bool ArrayInsert(ShimArray<T> &to, const ShimArray<T> &from, uint at, uint start = 0, uint count = (uint)WHOLE_ARRAY) {
  if (at > (uint)to.shimSize() || start >= (uint)from.shimSize()) return false;
  const int n = (int)std::min(count, (uint)from.shimSize() - start);
  const int before = to.shimSize();
  to.shimResize(before + n);
  for (int i = before - 1; i >= (int)at; i--) to[i + n] = to[i];
  for (int i = 0; i < n; i++) to[(long)at + i] = from[(long)start + i];
  return true;
}
template <class T> bool ArraySort(ShimArray<T> &a) {
  static_assert(std::is_arithmetic_v<T>, "ArraySort sorts numbers");
  std::sort(a.shimData(), a.shimData() + a.shimSize());
  return true;
}
template <class T> bool ArrayReverse(ShimArray<T> &a) {
  std::reverse(a.shimData(), a.shimData() + a.shimSize());
  return true;
}
template <class T> int ArrayCompare(const ShimArray<T> &a, const ShimArray<T> &b, int startA = 0, int startB = 0, int count = WHOLE_ARRAY) {
  const int left = count < 0 ? a.shimSize() - startA : std::min(count, a.shimSize() - startA);
  const int right = count < 0 ? b.shimSize() - startB : std::min(count, b.shimSize() - startB);
  for (int i = 0; i < std::min(left, right); i++)
    if (a[startA + i] != b[startB + i]) return a[startA + i] < b[startB + i] ? -1 : 1;
  return left < right ? -1 : left > right ? 1 : 0;
}

namespace shim {
template <class T> struct IsArray : std::false_type {};
template <class T> struct IsArray<ShimArray<T>> : std::true_type {};
} // namespace shim
template <class T> void ZeroMemory(T &value) {
  if constexpr (std::is_array_v<T>)
    for (auto &one : value) ZeroMemory(one);
  else if constexpr (shim::IsArray<T>::value)
    for (int i = 0; i < value.shimSize(); i++) ZeroMemory(value[i]);
  else
    value = T();
}

inline bool MathIsValidNumber(double v) { return std::isfinite(v); }
template <class A, class B> std::common_type_t<A, B> MathMax(A a, B b) { return a > (std::common_type_t<A, B>)b ? a : b; }
template <class A, class B> std::common_type_t<A, B> MathMin(A a, B b) { return a < (std::common_type_t<A, B>)b ? a : b; }
template <class T> T MathAbs(T v) { return v < 0 ? -v : v; }
inline double MathFloor(double v) { return std::floor(v); }
inline double MathCeil(double v) { return std::ceil(v); }
inline double MathRound(double v) { return std::round(v); }
inline double MathPow(double a, double b) { return std::pow(a, b); }
inline double MathSqrt(double v) { return std::sqrt(v); }
inline double MathLog(double v) { return std::log(v); }
inline double MathLog10(double v) { return std::log10(v); }
inline double MathExp(double v) { return std::exp(v); }
inline double MathMod(double a, double b) { return std::fmod(a, b); }
namespace shim {
inline uint randomState = 1;
}
inline void MathSrand(int seed) { shim::randomState = (uint)seed; }
/** 0 to 32767, and the same row for the same seed: as weak as the terminal's. */
inline int MathRand() {
  shim::randomState = shim::randomState * 214013u + 2531011u;
  return (int)((shim::randomState >> 16) & 0x7FFF);
}
