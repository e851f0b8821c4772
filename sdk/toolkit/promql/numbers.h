// SPDX-License-Identifier: Apache-2.0
// Numbers and durations as text, read and written as Prometheus does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kvs/base/status.h"

namespace kvs::promql {

inline bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// The value of a number token: decimal, hexadecimal, octal with a leading 0, `_` between digits,
// inf and nan in any case. Errors carry the words of Go's strconv, which users of Prometheus see.
StatusOr<double> ParseNumber(std::string_view text);

// Seconds of a duration token such as 1h30m.
StatusOr<double> ParseDurationSeconds(std::string_view text);

// Whether `seconds` do not fit into 63 bits of nanoseconds, the range of durations in Prometheus.
// NaN does not fit.
bool DurationOutOfRange(double seconds);

// Seconds to milliseconds as range, step and offset hold them: rounded to nanoseconds, then cut. In
// range only.
int64_t LiteralMs(double seconds);

// Appends a duration given in milliseconds, as model.Duration prints it.
void AppendDurationMs(std::string& out, int64_t ms);

// Appends `value` as Go's %v prints it: shortest, with an exponent below 1e-4 and from 1e+06.
void AppendShortFloat(std::string& out, double value);

// Appends `value` with exactly `decimals` places, and NaN, +Inf, -Inf by name: Go's %.3f.
void AppendFixedFloat(std::string& out, double value, int decimals);

}  // namespace kvs::promql
