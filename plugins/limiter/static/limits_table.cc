// SPDX-License-Identifier: Apache-2.0
#include "limits_table.h"

#include <cmath>
#include <limits>

#include "kvs/sdk/each_tenant.h"

namespace kvs::limiter::static_limits {

double LimitsTable::Number(std::string_view tenants, const std::string& name) const {
  double strictest = std::numeric_limits<double>::quiet_NaN();
  const auto take = [&](std::string_view tenant) {
    const double number = NumberOf(tenant, name);
    if (std::isnan(number)) return OkStatus();
    // 0 is no limit.
    const bool is_stricter =
        std::isnan(strictest) || (number > 0 && (strictest <= 0 || number < strictest));
    if (is_stricter) strictest = number;
    return OkStatus();
  };
  IgnoreError(sdk::ForEachTenant(tenants, take), "it has none");
  return strictest;
}

double LimitsTable::NumberOf(std::string_view tenant, const std::string& name) const {
  double number = std::numeric_limits<double>::quiet_NaN();
  ForEachLayer(tenant, [&](const LimitSet& layer) {
    if (const auto found = layer.numbers.find(name); found != layer.numbers.end())
      number = found->second;
  });
  return number;
}

std::string LimitsTable::Text(std::string_view tenant, const std::string& name) const {
  std::string text;
  ForEachLayer(tenant, [&](const LimitSet& layer) {
    if (const auto found = layer.texts.find(name); found != layer.texts.end()) text = found->second;
  });
  return text;
}

LimitSet LimitsTable::Of(std::string_view tenant) const {
  LimitSet all;
  ForEachLayer(tenant, [&](const LimitSet& layer) { all.Overlay(layer); });
  return all;
}

}  // namespace kvs::limiter::static_limits
