// SPDX-License-Identifier: Apache-2.0
// quantile and count_values: aggregations that need all values of a step at once.

#include <algorithm>
#include <cmath>

#include "kvs/model/utf8.h"
#include "kvs/promql/printer.h"

#include "aggregate/aggregate.h"
#include "functions/functions.h"
#include "histogram/buckets.h"
#include "plan/plan.h"
#include "value/kahan.h"
#include "value/pulse.h"

namespace kvs::engine::promql {

namespace {

/// Of all steps only the extremes are mentioned, whether or not there is input.
void WarnInvalidQuantiles(Query& query, const std::vector<double>& param, ast::PosRange pos) {
  const auto is_nan = std::ranges::find_if(param, [](double q) { return std::isnan(q); });
  if (is_nan != param.end()) return WarnInvalidQuantile(query, *is_nan, pos);
  const auto [least, most] = std::ranges::minmax(param);
  if (most > 1) WarnInvalidQuantile(query, most, pos);
  if (least < 0) WarnInvalidQuantile(query, least, pos);
}

}  // namespace

StatusOr<Vector> AggregateQuantile(Query& query, const ast::Aggregate& aggregate, Vector input,
                                   const std::vector<double>& param) {
  const Groups groups(query, aggregate, input);
  WarnInvalidQuantiles(query, param, Unwrap(*aggregate.param).pos);
  std::vector<std::vector<uint32_t>> members(groups.size());
  for (uint32_t r = 0; r < groups.of_row.size(); ++r) members[groups.of_row[r]].push_back(r);

  Vector out(input.grid);
  KVS_RETURN_IF_ERROR(query.Hold(out.held, static_cast<int64_t>(groups.size()) * input.grid.n));
  std::vector<double> values;
  for (uint32_t g = 0; g < groups.size(); ++g) {
    KVS_RETURN_IF_ERROR(query.CheckAlive());
    Row& row = out.Add(groups.labels[g], groups.drop_name[g] != 0);
    for (uint32_t i = 0; i < input.grid.n; ++i) {
      values.clear();
      for (const uint32_t r : members[g]) {
        if (Present(input.rows[r].values[i])) values.push_back(input.rows[r].values[i]);
      }
      if (!values.empty()) row.values[i] = Quantile(param[i], values.data(), values.size());
    }
  }
  out.Compact();
  return out;
}

StatusOr<Vector> CountValues(Query& query, const ast::Aggregate& aggregate, Vector input,
                             const std::string& label) {
  if (label.empty() || !model::IsValidUtf8(label))
    return ExecutionError("invalid label name ", Quoted(label));
  LabelStore& store = query.labels;
  const uint32_t name = store.Intern(label);
  const Groups groups(query, aggregate, input);
  // `without` takes the label away that has just been set, and the name in any case.
  const bool without_value =
      aggregate.without && (name == kSymName || std::ranges::find(aggregate.grouping, label) !=
                                                    aggregate.grouping.end());
  const uint32_t steps = input.grid.n;
  Vector out(input.grid);
  absl::flat_hash_map<std::pair<uint32_t, uint32_t>, uint32_t> row_of;  // By group and value.
  LabelIndex targets;
  constexpr uint64_t kNewValue = 128;  // Beats: a text, a symbol, and a row of its own.
  Pulse pulse(query);
  for (uint32_t r = 0; r < input.rows.size(); ++r) {
    const Row& row = input.rows[r];
    const uint32_t group = groups.of_row[r];
    for (uint32_t i = 0; i < steps; ++i) {
      if (!row.Has(i)) continue;
      if (!pulse.Beat(kNewValue)) return Status(pulse.status());
      const uint32_t value = store.Intern(row.HasHistogram(i) ? HistogramText(*(*row.histograms)[i])
                                                              : ast::FormatNumber(row.values[i]));
      const auto [it, added] = row_of.try_emplace({group, value}, 0);
      if (added) {
        const uint32_t before = targets.size();
        it->second = targets.IdOf(without_value ? groups.labels[group]
                                                : store.With(groups.labels[group], name, value));
        if (it->second == before) {
          KVS_RETURN_IF_ERROR(query.Hold(out.held, steps));
          out.Add(targets[before]);
        }
      }
      double& count = out.rows[it->second].values[i];
      count = Present(count) ? count + 1 : 1;
    }
  }
  return out;
}

}  // namespace kvs::engine::promql
