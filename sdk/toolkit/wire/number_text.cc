// SPDX-License-Identifier: Apache-2.0
#include "kvs/wire/number_text.h"

#include <charconv>
#include <cmath>
#include <cstdlib>

namespace kvs::wire {
namespace {

// "d.ddde-07" of a finite number, as std::to_chars writes it.
struct Scientific {
  explicit Scientific(double value) {
    const auto end =
        std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
    const char* at = text;
    for (; at != end && *at != 'e'; ++at) {
      if (*at >= '0' && *at <= '9') digits[n_digits++] = *at;
    }
    exponent = std::atoi(at + 1);
  }
  char text[64] = {};
  char digits[32];
  int n_digits = 0;
  int exponent = 0;
};

}  // namespace

void AppendDecimal(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
    return;
  }
  if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
    return;
  }
  if (std::signbit(value)) out += '-';
  if (value == 0) {
    out += '0';
    return;
  }
  const Scientific s(std::fabs(value));
  const auto digits = static_cast<size_t>(s.n_digits);
  if (s.exponent < 0) {
    out += "0.";
    out.append(static_cast<size_t>(-s.exponent - 1), '0');
    out.append(s.digits, digits);
    return;
  }
  const size_t before = static_cast<size_t>(s.exponent) + 1;  // The point.
  if (digits <= before) {
    out.append(s.digits, digits);
    out.append(before - digits, '0');
    return;
  }
  out.append(s.digits, before);
  out += '.';
  out.append(s.digits + before, digits - before);
}

}  // namespace kvs::wire
