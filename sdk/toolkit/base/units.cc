// SPDX-License-Identifier: Apache-2.0
#include "kvs/base/units.h"

#include <limits>

namespace kvs {
namespace {

struct Unit {
  std::string_view name;
  int64_t size;
};

// Largest first, which is also the order in which a duration must name them.
constexpr Unit kDurationUnits[] = {{"y", 365LL * 24 * 3600 * 1000},
                                   {"w", 7LL * 24 * 3600 * 1000},
                                   {"d", 24LL * 3600 * 1000},
                                   {"h", 3600LL * 1000},
                                   {"m", 60LL * 1000},
                                   {"s", 1000},
                                   {"ms", 1}};
constexpr Unit kByteUnits[] = {{"B", 1},
                               {"KiB", 1LL << 10},
                               {"MiB", 1LL << 20},
                               {"GiB", 1LL << 30},
                               {"TiB", 1LL << 40},
                               {"KB", 1000LL},
                               {"MB", 1000LL * 1000},
                               {"GB", 1000LL * 1000 * 1000},
                               {"TB", 1000LL * 1000 * 1000 * 1000}};

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Takes leading digits off `text`. False when there are none or the number does not fit.
bool TakeNumber(std::string_view* text, int64_t* number) {
  size_t n = 0;
  *number = 0;
  while (n < text->size() && IsDigit((*text)[n])) {
    if (*number > (std::numeric_limits<int64_t>::max() - 9) / 10) return false;
    *number = *number * 10 + ((*text)[n++] - '0');
  }
  text->remove_prefix(n);
  return n > 0;
}

}  // namespace

StatusOr<int64_t> ParseDurationMs(std::string_view text) {
  if (text == "0") return int64_t{0};
  const auto bad = [whole = text] {
    return InvalidArgument("not a valid duration: \"", whole,
                           "\" (write it as 1h30m, 15s or 250ms)");
  };
  if (text.empty()) return bad();
  int64_t total = 0;
  size_t next_unit = 0;
  while (!text.empty()) {
    int64_t number = 0;
    if (!TakeNumber(&text, &number)) return bad();
    size_t letters = 0;
    while (letters < text.size() && !IsDigit(text[letters])) ++letters;
    const std::string_view name = text.substr(0, letters);
    text.remove_prefix(letters);
    while (next_unit < std::size(kDurationUnits) && kDurationUnits[next_unit].name != name)
      ++next_unit;
    if (next_unit == std::size(kDurationUnits)) return bad();
    int64_t part = 0;
    if (__builtin_mul_overflow(number, kDurationUnits[next_unit].size, &part) ||
        __builtin_add_overflow(total, part, &total)) {
      return InvalidArgument("duration out of range");
    }
    ++next_unit;
  }
  return total;
}

std::string FormatDurationMs(int64_t ms) {
  if (ms == 0) return "0s";
  std::string out;
  if (ms < 0) {
    out = "-";
    ms = -ms;
  }
  for (const Unit& unit : kDurationUnits) {
    // Years and weeks only when nothing is left over, as Prometheus prints them.
    const bool whole_only = unit.name == "y" || unit.name == "w";
    if (ms < unit.size || (whole_only && ms % unit.size != 0)) continue;
    StrAppend(out, ms / unit.size, unit.name);
    ms %= unit.size;
  }
  return out;
}

StatusOr<int64_t> ParseBytes(std::string_view text) {
  std::string_view rest = text;
  int64_t number = 0;
  if (!TakeNumber(&rest, &number)) {
    return InvalidArgument("not a valid size: \"", text, "\" (write it as 4096, 64KiB or 16MB)");
  }
  if (rest.empty()) return number;
  for (const Unit& unit : kByteUnits) {
    if (rest != unit.name) continue;
    int64_t bytes = 0;
    if (__builtin_mul_overflow(number, unit.size, &bytes))
      return InvalidArgument("size out of range");
    return bytes;
  }
  return InvalidArgument("not a valid size: \"", text, "\" (units: B KiB MiB GiB TiB KB MB GB TB)");
}

std::string FormatBytes(int64_t bytes) {
  for (size_t i = 4; i >= 1; --i) {
    if (bytes != 0 && bytes % kByteUnits[i].size == 0)
      return StrCat(bytes / kByteUnits[i].size, kByteUnits[i].name);
  }
  return StrCat(bytes);
}

}  // namespace kvs
