// SPDX-License-Identifier: Apache-2.0
// TenantRules: what is asked about a tenant's series: its custom trackers, and
// the labels by which its usage is attributed. Immutable. [any]
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/model/labels.h"
#include "kvs/model/matcher.h"

namespace kvs::sink::usage {

struct TenantRules {
  static constexpr size_t kMaxTrackers = 32;
  struct Tracker {
    std::string name;
    std::vector<model::Matcher> matchers;
  };

  uint64_t epoch = 0;
  std::vector<Tracker> trackers;
  std::vector<std::string> cost_labels;
  size_t max_cost_values = 2000;
  std::string text;  ///< Of all this: equal texts mean the same.

  /// `trackers`: a JSON object of selectors by name; `cost_labels`: names with
  /// commas between. InvalidArgument says which.
  static StatusOr<TenantRules> Parse(std::string_view trackers, std::string_view cost_labels,
                                     double max_cost_values);

  /// A bit for each tracker that the labels fit.
  uint32_t TrackersOf(const model::Labels& labels) const;
  /// The values of cost_labels with "/" between; "__missing__" for a label that
  /// is not there.
  std::string CostOf(const model::Labels& labels) const;
  std::string CostLabels() const;
};

}  // namespace kvs::sink::usage
