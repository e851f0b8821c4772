// SPDX-License-Identifier: Apache-2.0
#include "tenant_rules.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "kvs/http/json_members.h"
#include "kvs/promql/parser.h"

namespace kvs::sink::usage {

StatusOr<TenantRules> TenantRules::Parse(std::string_view trackers, std::string_view cost_labels,
                                         double max_cost_values) {
  TenantRules out;
  out.text = StrCat(trackers, "\n", cost_labels);
  if (!std::isnan(max_cost_values))
    out.max_cost_values = static_cast<size_t>(std::max(0.0, max_cost_values));
  std::map<std::string, std::string> selectors;
  if (!trackers.empty()) {
    KVS_RETURN_IF_ERROR(
        http::ReadJsonObject("active_series_custom_trackers", trackers,
                             [&](http::JsonMembers& in) { in.GetAll(&selectors); }));
  }
  if (selectors.size() > kMaxTrackers)
    return InvalidArgument("active_series_custom_trackers has ", selectors.size(),
                           " trackers, more than ", kMaxTrackers);
  for (const auto& [name, selector] : selectors) {
    Tracker tracker{name, {}};
    const auto parsed = promql::ParseMetricSelector(selector);
    if (!parsed.ok()) return InvalidArgument("tracker ", name, ": ", parsed.status().message());
    for (const promql::Matcher& matcher : *parsed) {
      KVS_ASSIGN_OR_RETURN(auto compiled,
                           model::Matcher::Make(static_cast<model::MatchType>(matcher.op),
                                                matcher.name, matcher.value));
      tracker.matchers.push_back(std::move(compiled));
    }
    out.trackers.push_back(std::move(tracker));
  }
  while (!cost_labels.empty()) {
    const std::string_view name = cost_labels.substr(0, cost_labels.find(','));
    cost_labels.remove_prefix(std::min(name.size() + 1, cost_labels.size()));
    if (!name.empty()) out.cost_labels.emplace_back(name);
  }
  return out;
}

uint32_t TenantRules::TrackersOf(const model::Labels& labels) const {
  uint32_t bits = 0;
  for (size_t i = 0; i < trackers.size(); ++i) {
    const bool fits = std::ranges::all_of(trackers[i].matchers, [&](const model::Matcher& m) {
      return m.Matches(labels.Get(m.name()));
    });
    bits |= fits ? 1u << i : 0u;
  }
  return bits;
}

std::string TenantRules::CostOf(const model::Labels& labels) const {
  std::string out;
  for (const std::string& name : cost_labels) {
    if (!out.empty()) out.push_back('/');
    const std::string_view value = labels.Get(name);
    out += value.empty() ? "__missing__" : value;
  }
  return out;
}

std::string TenantRules::CostLabels() const {
  std::string out;
  for (const std::string& name : cost_labels) StrAppend(out, out.empty() ? "" : "/", name);
  return out;
}

}  // namespace kvs::sink::usage
