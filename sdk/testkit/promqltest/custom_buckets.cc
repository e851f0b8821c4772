// SPDX-License-Identifier: Apache-2.0
// See custom_buckets.h.

#include "custom_buckets.h"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "kvs/base/str_cat.h"
#include "kvs/testkit/promqltest/histograms.h"

namespace kvs::testkit::promqltest {
namespace {

/// One classic histogram at one time.
struct Parts {
  std::map<double, double> buckets;  ///< Cumulative counts by upper bound.
  std::optional<double> count;
  double sum = 0;
};

/// Which part of a classic histogram a series is.
struct Role {
  enum class Kind { kNone, kBucket, kCount, kSum };
  Kind kind = Kind::kNone;
  double bound = 0;
  std::string_view name;  ///< Without the suffix.
};

Role RoleOf(const model::Labels& labels) {
  Role role{Role::Kind::kNone, 0, labels.metric_name()};
  const auto cut = [&role](std::string_view suffix, Role::Kind kind) {
    if (!role.name.ends_with(suffix)) return;
    role.name.remove_suffix(suffix.size());
    role.kind = kind;
  };
  const std::string le(labels.Get("le"));
  if (!le.empty()) cut("_bucket", Role::Kind::kBucket);
  if (role.kind == Role::Kind::kNone) cut("_count", Role::Kind::kCount);
  if (role.kind == Role::Kind::kNone) cut("_sum", Role::Kind::kSum);
  if (role.kind == Role::Kind::kBucket) {
    char* end = nullptr;
    role.bound = std::strtod(le.c_str(), &end);
    if (*end != 0 || std::isnan(role.bound)) role.kind = Role::Kind::kNone;
  }
  return role;
}

StatusOr<chunk::FloatHistogram> Build(const Parts& parts) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  std::map<double, double> cumulative = parts.buckets;
  const double highest = cumulative.empty() ? 0 : cumulative.rbegin()->second;
  chunk::FloatHistogram h;
  h.schema = chunk::kCustomBucketsSchema;
  h.sum = parts.sum;
  h.count = parts.count.value_or(highest);
  const double in_all = cumulative.try_emplace(kInf, h.count).first->second;
  if (in_all != h.count)
    return InvalidArgument("the +Inf bucket holds ", in_all, ", the count is ", h.count);
  BucketMap buckets;
  int64_t index = 0;
  double before = 0;
  for (const auto& [bound, count] : cumulative) {
    if (count < before)
      return InvalidArgument("the count falls from ", before, " to ", count, " at bound ", bound);
    if (bound != kInf) h.custom_values.push_back(bound);
    buckets[index++] = count - before;
    before = count;
  }
  SetBuckets(buckets, &h.positive_spans, &h.positive_buckets);
  return h;
}

}  // namespace

StatusOr<std::map<model::Labels, std::vector<HistogramSample>>> CustomBucketHistograms(
    const std::map<model::Labels, StoredSeries>& block) {
  std::map<model::Labels, std::map<int64_t, Parts>> targets;
  for (const auto& [labels, series] : block) {
    const Role role = RoleOf(labels);
    if (role.kind == Role::Kind::kNone) continue;
    model::LabelsBuilder builder(labels);
    builder.Set("__name__", role.name).Del("le");
    auto& by_time = targets[builder.Build()];
    for (size_t i = 0; i < series.t.size(); ++i) {
      Parts& parts = by_time[series.t[i]];
      if (role.kind == Role::Kind::kBucket) parts.buckets.try_emplace(role.bound, series.v[i]);
      if (role.kind == Role::Kind::kCount) parts.count = series.v[i];
      if (role.kind == Role::Kind::kSum) parts.sum = series.v[i];
    }
  }
  std::map<model::Labels, std::vector<HistogramSample>> out;
  for (const auto& [labels, by_time] : targets) {
    for (const auto& [t, parts] : by_time) {
      StatusOr<chunk::FloatHistogram> h = Build(parts);
      if (!h.ok())
        return InvalidArgument(labels.ToString(), " at ", t, "ms: ", h.status().message());
      out[labels].push_back({t, *std::move(h)});
    }
  }
  return out;
}

}  // namespace kvs::testkit::promqltest
