// SPDX-License-Identifier: Apache-2.0
// Translator: metrics of OpenTelemetry as series of Prometheus, by the rules of Prometheus' OTLP
// receiver. A point that cannot be translated is left out and counted; the others go on.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/model/write_batch_builder.h"
#include "kvs/wire/otlp.h"

#include "label_plan.h"
#include "names.h"
#include "native_histogram.h"

namespace kvs::ingest::otlp {

class DeltaStreams;

/// What becomes of points that tell the change since the last one.
enum class DeltaMode {
  kRefuse,
  kNative,      ///< Stored as they are.
  kCumulative,  ///< Added up.
};

struct Settings {
  Strategy strategy;
  LabelRules labels;                  ///< escape is the strategy's.
  std::vector<std::string> promoted;  ///< Resource attributes that become labels of every series.
  bool promote_all = false;           ///< Or all but those in `not_promoted`.
  std::vector<std::string> not_promoted;
  bool keep_identifying = false;  ///< target_info has service.name and its like as labels, too.
  bool custom_buckets = false;    ///< Histograms become native ones with custom buckets.
  bool promote_scope = false;     ///< Name, version and attributes of scopes become labels.
  DeltaMode delta = DeltaMode::kRefuse;
  int64_t target_info_period_ms = 150'000;  ///< Half of the lookback of queries.
};

/// What was left out, and why.
struct Report {
  uint64_t rejected_points = 0;
  std::vector<std::string> errors;  ///< The first ten.

  void Add(uint64_t points, std::string_view why);
  bool empty() const { return errors.empty(); }
};

class Translator {
 public:
  /// `streams` holds what deltas add up to; null unless the mode is kCumulative. All outlive this.
  Translator(const Settings& settings, DeltaStreams* streams, std::string_view tenant,
             int64_t now_ms, model::WriteBatchBuilder* out);

  /// Adds all of `request` to the batch; the caller finishes it. Once.
  void Translate(const wire::otlp::Request& request, Report* report);

 private:
  struct Family;  // The metric at hand.

  void BeginResource(const wire::otlp::Resource& resource);
  void BeginScope(const wire::otlp::Scope& scope);
  void TranslateMetric(const wire::otlp::Metric& metric);
  template <typename P>
  void AddPoint(const Family& family, wire::otlp::Kind kind, P point);
  void AddNumber(const Family& family, wire::otlp::Kind kind, const wire::otlp::NumberPoint& point);
  void AddNative(const Family& family, const wire::otlp::Point& point);
  /// `numbers` is the request whose arrays the point's buckets stand in.
  void AddClassic(const Family& family, const wire::otlp::HistogramPoint& point,
                  const wire::otlp::Request& numbers);
  void AddSummary(const Family& family, const wire::otlp::SummaryPoint& point);
  void AddExemplar(const wire::otlp::Exemplar& exemplar, int64_t point_ms);
  void AddExemplars(const wire::otlp::Point& point);
  void AddTargetInfo(const wire::otlp::Resource& resource);

  const Settings& settings_;
  DeltaStreams* const streams_;
  const std::string_view tenant_;
  const int64_t now_ms_;
  model::WriteBatchBuilder& out_;
  LabelNames names_;
  LabelPlan plan_;
  const wire::otlp::Request* request_ = nullptr;
  Report* report_ = nullptr;

  std::vector<SharedLabel> resource_labels_;  // Promoted ones, job and instance.
  int64_t earliest_ms_ = 0;                   // Of the resource at hand.
  int64_t latest_ms_ = 0;
  std::set<std::pair<std::string, int64_t>> target_infos_;  // Labels and times so far.
  NativeHistogram histogram_;
  wire::otlp::Request sums_;  // Buckets of the point at hand, added up.
  std::string text_;
};

}  // namespace kvs::ingest::otlp
