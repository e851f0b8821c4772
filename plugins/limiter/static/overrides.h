// SPDX-License-Identifier: Apache-2.0
// The runtime file, in Mimir's form, with classes of tenants and patterns of names beside it:
//
//   classes:
//     gold:
//       ingestion_rate: 500000
//   overrides:
//     "*":                                  # A beginning of names: here, of all.
//       ingestion_rate: 10000
//     "team-*":
//       class: gold
//     team-a:
//       ingestion_rate: 50000
//       out_of_order_time_window: 30m
//
// The longest pattern counts before shorter ones, a name before all patterns, and what stands at a
// name or pattern before its class. Keys beside these two belong to others and are passed over.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"

#include "limit_values.h"

namespace kvs::limiter::static_limits {

/// Immutable once parsed. [any]
struct Overrides {
  std::map<std::string, LimitSet, std::less<>> classes;
  std::map<std::string, LimitSet, std::less<>> tenants;
  std::map<std::string, LimitSet, std::less<>> prefixes;  ///< "team-" of "team-*".
  std::vector<std::string> unknown;  ///< Names of limits that are not known here, each once.

  /// Calls visit(const LimitSet&) for what is said of a tenant, from what counts least to what
  /// counts most.
  template <typename Visit>
  void ForEachLayer(std::string_view tenant, Visit visit) const {
    const auto with_class = [&](const LimitSet& limits) {
      if (const auto found = classes.find(limits.limit_class); found != classes.end())
        visit(found->second);
      visit(limits);
    };
    // In the order of the map shorter ones come first.
    for (const auto& [prefix, limits] : prefixes) {
      if (tenant.starts_with(prefix)) with_class(limits);
    }
    if (const auto found = tenants.find(tenant); found != tenants.end()) with_class(found->second);
  }
};

/// InvalidArgument says what and where, eg: line 3: limit ingestion_rate is neither ...
StatusOr<Overrides> ParseOverrides(const std::string& yaml);

/// A table of limits by itself, in YAML or JSON. Of a limit that is null, its name in `removed`.
StatusOr<LimitSet> ParseLimitSet(const std::string& yaml, std::vector<std::string>* removed);

}  // namespace kvs::limiter::static_limits
