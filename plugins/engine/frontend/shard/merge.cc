// SPDX-License-Identifier: Apache-2.0
#include "shard/merge.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "result/columns.h"
#include "result/series_labels.h"

namespace kvs::engine::frontend {
namespace {

// One group of the aggregation, at each step.
struct Group {
  SeriesRef labels;
  std::vector<double> values;
  std::vector<bool> present;
};

double Merged(ShardMerge merge, double a, double b) {
  switch (merge) {
    case ShardMerge::kSum:
      return a + b;
    // What is no number counts only where there is nothing else.
    case ShardMerge::kMin:
      return b < a || std::isnan(a) ? b : a;
    case ShardMerge::kMax:
      return b > a || std::isnan(a) ? b : a;
    case ShardMerge::kGroup:
      return 1;
  }
  return b;
}

}  // namespace

bool MergeShards(std::span<const kvs_query_result_t* const> shards, ShardMerge merge,
                 const StepRange& steps, int64_t step_ms, bool range, const Notes& notes,
                 kvs_query_result_t& out) {
  const auto n = static_cast<size_t>((steps.end_ms - steps.start_ms) / step_ms + 1);
  std::vector<Group> groups;
  std::unordered_map<std::string, size_t> group_of;
  std::string bytes;
  for (const kvs_query_result_t* shard : shards) {
    if (shard->histograms != nullptr && shard->histograms->n_histograms > 0) return false;
    for (uint32_t s = 0; s < shard->n_series; ++s) {
      bytes.clear();
      AppendLabelBytes(bytes, {shard, s});
      const auto [at, is_new] = group_of.try_emplace(bytes, groups.size());
      if (is_new)
        groups.push_back({{shard, s}, std::vector<double>(n), std::vector<bool>(n, false)});
      Group& group = groups[at->second];
      for (uint32_t p = shard->point_begin[s]; p < shard->point_begin[s + 1]; ++p) {
        const int64_t behind_ms = shard->timestamp_ms[p] - steps.start_ms;
        if (behind_ms < 0 || behind_ms % step_ms != 0) return false;
        const auto i = static_cast<size_t>(behind_ms / step_ms);
        if (i >= n) return false;
        group.values[i] =
            group.present[i] ? Merged(merge, group.values[i], shard->value[p]) : shard->value[p];
        group.present[i] = true;
      }
    }
  }
  std::stable_sort(groups.begin(), groups.end(),
                   [](const Group& a, const Group& b) { return LabelsLess(a.labels, b.labels); });
  auto columns = std::make_unique<ResultColumns>();
  for (const Group& group : groups) {
    for (size_t i = 0; i < n; ++i) {
      if (group.present[i])
        columns->AddPoint(steps.start_ms + static_cast<int64_t>(i) * step_ms, group.values[i]);
    }
    columns->EndSeries(group.labels);
  }
  ResultColumns::HandOut(std::move(columns), range ? KVS_VALUE_MATRIX : KVS_VALUE_VECTOR, range,
                         notes, {}, out);
  return true;
}

}  // namespace kvs::engine::frontend
