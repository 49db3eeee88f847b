// What the terminal tells the test: one JSON object a line on stdout.
#pragma once
#include "types.hpp"
#include <unistd.h>

namespace shim {
class Event {
public:
  explicit Event(const char *kind) : text("{\"event\":\"") { text += std::string(kind) + "\""; }
  Event &put(const char *name, const std::string &value) {
    text += std::string(",\"") + name + "\":" + quoted(value);
    return *this;
  }
  Event &put(const char *name, const char *value) { return put(name, std::string(value)); }
  Event &put(const char *name, const string &value) { return put(name, value.shimText()); }
  Event &put(const char *name, bool value) { return raw(name, value ? "true" : "false"); }
  Event &put(const char *name, int value) { return raw(name, std::to_string(value)); }
  Event &put(const char *name, uint value) { return raw(name, std::to_string(value)); }
  Event &put(const char *name, long value) { return raw(name, std::to_string(value)); }
  Event &put(const char *name, double value) {
    char number[64];
    std::snprintf(number, sizeof number, "%.15g", value);
    return raw(name, std::isfinite(value) ? number : "null");
  }
  // Tickets and magics use all 64 bits: as text.
  Event &put(const char *name, ulong value) { return put(name, std::to_string(value)); }
  void say() {
    text += "}\n";
    for (size_t at = 0; at < text.size();) {
      const ssize_t wrote = ::write(1, text.data() + at, text.size() - at);
      if (wrote <= 0) ::_exit(4);
      at += (size_t)wrote;
    }
  }

private:
  std::string text;
  Event &raw(const char *name, const std::string &value) {
    text += std::string(",\"") + name + "\":" + value;
    return *this;
  }
  static std::string quoted(const std::string &value) {
    std::string out = "\"";
    for (const char c : value) {
      if (c == '"' || c == '\\') out += std::string("\\") + c;
      else if ((unsigned char)c < 0x20) {
        char code[8];
        std::snprintf(code, sizeof code, "\\u%04x", c);
        out += code;
      } else
        out += c;
    }
    return out + "\"";
  }
};

// What ends an EA in the terminal too: an index outside an array, a division by zero, a format that does not fit its value.
[[noreturn]] inline void fault(const std::string &sentence) {
  Event("fault").put("sentence", sentence).say();
  ::_exit(3);
}
} // namespace shim
