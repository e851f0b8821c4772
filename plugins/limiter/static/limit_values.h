// SPDX-License-Identifier: Apache-2.0
// Limits under Mimir's names: what each holds, and its default. Pure. [any]
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "kvs/base/status.h"

namespace kvs::limiter::static_limits {

/// How a limit is written.
enum class LimitKind : uint8_t {
  kNumber,
  kDuration,
  kSwitch,
  kText,
  kJson,  ///< A list or a table.
};

/// A limit that is known here.
struct LimitSpec {
  std::string_view name;
  LimitKind kind;
  double
      number;  ///< Default of the first three kinds; NaN: whoever asks has a default of their own.
  std::string_view text;  ///< Default of the others.
};

/// Every known limit, by name.
std::span<const LimitSpec> KnownLimits();
/// Null for a name that is not known.
const LimitSpec* FindLimit(std::string_view name);

/// Numbers by name: durations in milliseconds, switches 0 or 1.
using LimitMap = std::unordered_map<std::string, double>;

/// Limits that somebody set.
struct LimitSet {
  std::string limit_class;  ///< A class of tenants whose limits stand below these; empty: none.
  LimitMap numbers;
  std::map<std::string, std::string> texts;  ///< Lists and tables as JSON.

  bool empty() const { return limit_class.empty() && numbers.empty() && texts.empty(); }
  /// What `above` sets counts.
  void Overlay(const LimitSet& above);
};

/// Every limit that has a default here, with it.
LimitSet DefaultLimits();

/// The value of a limit as a file spells it: a number, a duration ("10m"), a size ("64MiB") or a
/// switch ("true"). Names that are not known are taken too, since others may ask for them.
/// InvalidArgument names the limit.
StatusOr<double> ParseLimit(std::string_view name, std::string_view text);

/// Sets one limit from what is not a list or a table. InvalidArgument names the limit.
Status SetLimit(const std::string& name, const std::string& text, LimitSet* out);

/// A JSON object of the limits, sorted by name, as GET /api/v1/user_limits answers.
std::string ToJson(const LimitSet& limits);
/// One of them; empty when it is not set.
std::string ToJson(const LimitSet& limits, const std::string& name);

}  // namespace kvs::limiter::static_limits
