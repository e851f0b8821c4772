// SPDX-License-Identifier: Apache-2.0
// Grouping of rows, and the aggregations that an Accumulator computes.

#include "aggregate/aggregate.h"

#include <algorithm>
#include <cmath>

#include "kvs/base/str_cat.h"

#include "aggregate/accumulator.h"
#include "histogram/buckets.h"
#include "histogram/sum.h"

namespace kvs::engine::promql {

Groups::Groups(Query& query, const ast::Aggregate& aggregate, const Vector& input) {
  const Grouping grouping(aggregate.grouping, aggregate.without, query.labels);
  std::vector<uint32_t> key;
  of_row.reserve(input.rows.size());
  for (const Row& row : input.rows) {
    grouping.KeyOf(row.labels.span(), key);
    const uint32_t group = labels.IdOf(key, query.labels);
    of_row.push_back(group);
    drop_name.resize(labels.size(), 0);
    if (row.drop_name) drop_name[group] = 1;
  }
}

ParamRange::ParamRange(const std::vector<double>& param) {
  if (param.empty()) return;
  const auto [least, greatest] = std::ranges::minmax(param);
  any_nan = std::ranges::any_of(param, [](double x) { return std::isnan(x); });
  min = any_nan ? kNaN : least;
  max = any_nan ? kNaN : greatest;
}

namespace {

bool IgnoresHistograms(ast::AggregateOp op) {
  using enum ast::AggregateOp;
  return op == kMin || op == kMax || op == kStddev || op == kStdvar || op == kQuantile ||
         op == kTopk || op == kBottomk;
}

/// The first row with a histogram at step `i` that cannot be added to those before it.
uint32_t FirstOfOtherKind(const Vector& input, const std::vector<uint32_t>& rows, uint32_t i) {
  const FloatHistogram* first = nullptr;
  for (const uint32_t r : rows) {
    if (!input.rows[r].HasHistogram(i)) continue;
    const FloatHistogram& h = *(*input.rows[r].histograms)[i];
    if (first == nullptr) first = &h;
    if (UsesCustomBuckets(h) != UsesCustomBuckets(*first)) return r;
  }
  return rows.front();
}

/// The sums or means of the histograms of each group, beside the floats that `out` has already.
Status AddHistogramSums(Query& query, const ast::Aggregate& aggregate, const Vector& input,
                        const Groups& groups, Vector& out) {
  const ast::PosRange pos = Unwrap(*aggregate.expr).pos;
  std::vector<std::vector<uint32_t>> members(groups.size());
  for (uint32_t r = 0; r < input.rows.size(); ++r) {
    if (input.rows[r].histograms != nullptr) members[groups.of_row[r]].push_back(r);
  }
  std::vector<const FloatHistogram*> histograms;
  for (uint32_t g = 0; g < groups.size(); ++g) {
    if (members[g].empty()) continue;
    Row& row = out.rows[g];
    for (uint32_t i = 0; i < input.grid.n; ++i) {
      KVS_RETURN_IF_ERROR(query.CheckAlive());
      histograms.clear();
      for (const uint32_t r : members[g]) {
        if (input.rows[r].HasHistogram(i))
          histograms.push_back((*input.rows[r].histograms)[i].get());
      }
      if (histograms.empty()) continue;
      if (Present(row.values[i])) {
        row.values[i] = Absent();
        query.notes.Warn("encountered a mix of histograms and floats for aggregation", pos);
        continue;
      }
      AddNotes notes;
      const bool mean = aggregate.op == ast::AggregateOp::kAvg;
      std::optional<FloatHistogram> sum =
          mean ? MeanOfHistograms(histograms, &notes) : SumHistograms(histograms, &notes);
      if (notes.mixed_schemas) {
        const uint32_t other = FirstOfOtherKind(input, members[g], i);
        query.notes.Warn(
            StrCat("vector contains a mix of histograms with exponential and custom buckets "
                   "schemas for metric name ",
                   Quoted(query.labels.text(input.rows[other].labels.Get(kSymName)))),
            pos);
      }
      if (notes.collision)
        query.notes.Warn("conflicting counter resets during histogram aggregation", pos);
      if (notes.reconciled)
        query.notes.Info("mismatched custom buckets were reconciled during aggregation", pos);
      if (!sum.has_value()) continue;
      out.Histograms(row)[i] = MakeHistogram(std::move(*sum));
    }
  }
  return OkStatus();
}

StatusOr<Vector> Accumulate(Query& query, const ast::Aggregate& aggregate, Vector input) {
  const Groups groups(query, aggregate, input);
  const uint32_t steps = input.grid.n;
  const std::unique_ptr<Accumulator> state = MakeAccumulator(aggregate.op, steps);
  state->Resize(groups.size());
  const bool counts =
      aggregate.op == ast::AggregateOp::kCount || aggregate.op == ast::AggregateOp::kGroup;
  for (size_t r = 0; r < input.rows.size(); ++r) {
    if ((r & 255) == 0) KVS_RETURN_IF_ERROR(query.CheckAlive());
    const Row& row = input.rows[r];
    if (counts && row.histograms != nullptr) {
      // An element counts, whatever it is.
      for (uint32_t i = 0; i < steps; ++i) {
        if (row.HasHistogram(i)) row.values[i] = 1;
      }
    }
    state->Add(groups.of_row[r], row.values);
  }

  Vector out(input.grid);
  KVS_RETURN_IF_ERROR(query.Hold(out.held, static_cast<int64_t>(groups.size()) * steps));
  double* next = out.Allocate(groups.size());
  for (uint32_t g = 0; g < groups.size(); ++g, next += steps) {
    state->Emit(g, next);
    out.rows.push_back({groups.labels[g], next, nullptr, groups.drop_name[g] != 0});
  }
  if (aggregate.op == ast::AggregateOp::kSum || aggregate.op == ast::AggregateOp::kAvg) {
    KVS_RETURN_IF_ERROR(AddHistogramSums(query, aggregate, input, groups, out));
  }
  out.Compact();
  return out;
}

}  // namespace

StatusOr<Vector> Aggregate(Query& query, const ast::Aggregate& aggregate, Vector input,
                           const Value& param) {
  using enum ast::AggregateOp;
  const ParamRange range(param.scalar);
  const bool whole = aggregate.op == kTopk || aggregate.op == kBottomk;
  if (whole || aggregate.op == kLimitk || aggregate.op == kLimitRatio) {
    KVS_ASSIGN_OR_RETURN(const bool any, CheckSelection(query, aggregate, range));
    if (!any) return Vector(input.grid);
  }
  if (IgnoresHistograms(aggregate.op)) {
    bool ignored = false;
    for (Row& row : input.rows) {
      for (uint32_t i = 0; !ignored && i < input.grid.n; ++i) ignored = row.HasHistogram(i);
      row.histograms = nullptr;
    }
    if (ignored) {
      query.notes.Info(
          StrCat("ignored histogram in ", ast::AggregateOpName(aggregate.op), " aggregation"),
          whole ? aggregate.pos : Unwrap(*aggregate.expr).pos);
    }
  }
  switch (aggregate.op) {
    case kTopk:
    case kBottomk:
    case kLimitk:
    case kLimitRatio:
      return SelectRows(query, aggregate, std::move(input), param.scalar);
    case kQuantile:
      return AggregateQuantile(query, aggregate, std::move(input), param.scalar);
    case kCountValues:
      return CountValues(query, aggregate, std::move(input), param.text);
    default:
      return Accumulate(query, aggregate, std::move(input));
  }
}

}  // namespace kvs::engine::promql
