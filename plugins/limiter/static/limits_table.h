// SPDX-License-Identifier: Apache-2.0
// LimitsTable: all that is said about limits at one moment, and what that means for a tenant.
// Immutable; a change makes another. [any]
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "limit_values.h"
#include "overrides.h"

namespace kvs::limiter::static_limits {

struct LimitsTable {
  LimitSet defaults;  ///< With those of the configuration.
  Overrides overrides;
  std::map<std::string, LimitSet, std::less<>> set_over_http;  ///< Counts before all others.

  /// NaN when nobody knows it. Of several tenants, "a|b", the strictest.
  double Number(std::string_view tenants, const std::string& name) const;
  /// Empty when nobody set it.
  std::string Text(std::string_view tenant, const std::string& name) const;
  /// Every limit of a tenant.
  LimitSet Of(std::string_view tenant) const;

 private:
  double NumberOf(std::string_view tenant, const std::string& name) const;
  template <typename Visit>
  void ForEachLayer(std::string_view tenant, Visit visit) const {
    visit(defaults);
    overrides.ForEachLayer(tenant, visit);
    if (const auto found = set_over_http.find(tenant); found != set_over_http.end())
      visit(found->second);
  }
};

}  // namespace kvs::limiter::static_limits
