// SPDX-License-Identifier: Apache-2.0
#include "limits_table.h"

#include <limits>

namespace kvs::limiter::static_limits {

double LimitsTable::Number(std::string_view tenant, const std::string& name) const {
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
