// SPDX-License-Identifier: Apache-2.0
#include "translator.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <type_traits>

#include "kvs/model/labels.h"
#include "kvs/wire/number_text.h"

#include "delta_streams.h"

namespace kvs::ingest::otlp {
namespace {

using model::LabelView;
using model::MetricType;
using wire::otlp::Attribute;
using wire::otlp::Exemplar;
using wire::otlp::ExponentialPoint;
using wire::otlp::HistogramPoint;
using wire::otlp::Kind;
using wire::otlp::Metric;
using wire::otlp::NumberPoint;
using wire::otlp::Point;
using wire::otlp::Request;
using wire::otlp::SummaryPoint;
using wire::otlp::Temporality;

constexpr std::string_view kServiceName = "service.name";
constexpr std::string_view kServiceNamespace = "service.namespace";
constexpr std::string_view kServiceInstance = "service.instance.id";
constexpr std::string_view kTargetInfo = "target_info";
constexpr size_t kErrorsKept = 10;
constexpr size_t kMaxExemplarRunes = 128;  // OpenMetrics' limit.
// A body whose points lie further apart does not get a target_info for all of the time between.
constexpr int64_t kTargetInfoSpanMs = 3'600'000;
constexpr uint8_t kGaugeHint = 3;

int64_t ToMs(uint64_t ns) {
  return static_cast<int64_t>(ns) / 1'000'000;
}

const Attribute* Find(std::span<const Attribute> attributes, std::string_view key) {
  for (const Attribute& attribute : attributes) {
    if (attribute.name == key) return &attribute;
  }
  return nullptr;
}

bool Contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

double Stale() {
  return std::bit_cast<double>(model::kStaleNanBits);
}

size_t Runes(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

std::string Hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

bool IsZero(std::string_view id) {
  return id.find_first_not_of('\0') == id.npos;
}

}  // namespace

void Report::Add(uint64_t points, std::string_view why) {
  rejected_points += points;
  if (errors.size() < kErrorsKept && std::find(errors.begin(), errors.end(), why) == errors.end())
    errors.emplace_back(why);
}

struct Translator::Family {
  std::string name;
  bool has_start;  // A start time says something: it is no gauge.
  bool add_up;     // Deltas go through streams_.
  bool native_delta;

  int64_t StartMs(const Point& point) const {
    // A start behind the sample, or none, says nothing.
    return has_start && point.start_ns <= point.time_ns ? ToMs(point.start_ns) : 0;
  }
};

Translator::Translator(const Settings& settings, DeltaStreams* streams, std::string_view tenant,
                       int64_t now_ms, model::WriteBatchBuilder* out)
    : settings_(settings),
      streams_(streams),
      tenant_(tenant),
      now_ms_(now_ms),
      out_(*out),
      names_(settings.labels),
      plan_(&names_, settings.labels.escape, out) {}

void Translator::Translate(const Request& request, Report* report) {
  request_ = &request;
  report_ = report;
  for (const wire::otlp::Resource& resource : request.resources) {
    BeginResource(resource);
    for (const wire::otlp::Scope& scope : request.Of(resource.scopes, request.scopes)) {
      BeginScope(scope);
      for (const Metric& metric : request.Of(scope.metrics, request.metrics))
        TranslateMetric(metric);
    }
    AddTargetInfo(resource);
  }
}

void Translator::BeginResource(const wire::otlp::Resource& resource) {
  const auto attributes = request_->Of(resource.attributes, request_->resource_attributes);
  earliest_ms_ = std::numeric_limits<int64_t>::max();
  latest_ms_ = 0;
  resource_labels_.clear();
  for (const Attribute& attribute : attributes) {
    const bool promoted = settings_.promote_all ? !Contains(settings_.not_promoted, attribute.name)
                                                : Contains(settings_.promoted, attribute.name);
    if (!promoted) continue;
    const auto name = names_.Of(attribute.name);
    if (!name.ok()) {
      report_->Add(0, name.status().message());
      continue;
    }
    // Of several that come to one name the last counts.
    std::erase_if(resource_labels_, [&](const SharedLabel& label) { return label.name == *name; });
    resource_labels_.push_back({std::string(*name), std::string(attribute.value), true});
  }
  if (const Attribute* const service = Find(attributes, kServiceName)) {
    const Attribute* const space = Find(attributes, kServiceNamespace);
    std::string job =
        space == nullptr ? std::string(service->value) : StrCat(space->value, "/", service->value);
    if (!job.empty()) resource_labels_.push_back({"job", std::move(job)});
  }
  if (const Attribute* const instance = Find(attributes, kServiceInstance);
      instance != nullptr && !instance->value.empty()) {
    resource_labels_.push_back({"instance", std::string(instance->value)});
  }
}

void Translator::BeginScope(const wire::otlp::Scope& scope) {
  std::vector<SharedLabel> shared = resource_labels_;
  if (settings_.promote_scope && !scope.name.empty()) {
    for (const Attribute& attribute : request_->Of(scope.attributes, request_->scope_attributes)) {
      const auto name = LabelName(StrCat("otel_scope_", attribute.name), settings_.labels);
      if (name.ok()) shared.push_back({*name, std::string(attribute.value)});
    }
    shared.push_back({"otel_scope_name", std::string(scope.name)});
    shared.push_back({"otel_scope_version", std::string(scope.version)});
    shared.push_back({"otel_scope_schema_url", std::string(scope.schema_url)});
  }
  plan_.SetShared(std::move(shared), {});
}

void Translator::TranslateMetric(const Metric& metric) {
  if (metric.kind == Kind::kNone) {
    report_->Add(0, StrCat("metric \"", metric.name, "\" has no data, or data of an unknown type"));
    return;
  }
  const bool has_temporality = metric.kind != Kind::kGauge && metric.kind != Kind::kSummary;
  const bool delta = has_temporality && metric.temporality == Temporality::kDelta;
  if (has_temporality && metric.temporality != Temporality::kCumulative &&
      (!delta || settings_.delta == DeltaMode::kRefuse)) {
    report_->Add(metric.points.size(),
                 StrCat("invalid temporality and type combination for metric \"", metric.name, "\"",
                        delta ? ": delta is not taken, see delta_temporality" : ""));
    return;
  }
  StatusOr<std::string> name = MetricName(metric, settings_.strategy);
  if (!name.ok()) return report_->Add(metric.points.size(), name.status().message());
  if (metric.points.empty()) return;

  Family family{std::move(*name), true, delta && settings_.delta == DeltaMode::kCumulative,
                delta && settings_.delta == DeltaMode::kNative};
  MetricType type = MetricType::kUnknown;
  switch (metric.kind) {
    case Kind::kNone:
      break;
    case Kind::kGauge:
      type = MetricType::kGauge;
      family.has_start = false;
      break;
    case Kind::kSum:
      type = metric.monotonic ? MetricType::kCounter : MetricType::kGauge;
      family.has_start = metric.monotonic;
      break;
    case Kind::kHistogram:
    case Kind::kExponentialHistogram:
      type = MetricType::kHistogram;
      break;
    case Kind::kSummary:
      type = MetricType::kSummary;
      break;
  }
  if (family.native_delta) type = MetricType::kUnknown;
  out_.AddMetadata(family.name, type, metric.description, UnitName(metric.unit));

  switch (metric.kind) {
    case Kind::kNone:
      break;
    case Kind::kGauge:
    case Kind::kSum:
      for (const NumberPoint& p : request_->Of(metric.points, request_->numbers))
        AddPoint(family, metric.kind, p);
      break;
    case Kind::kHistogram:
      for (const HistogramPoint& p : request_->Of(metric.points, request_->histograms))
        AddPoint(family, metric.kind, p);
      break;
    case Kind::kExponentialHistogram:
      for (const ExponentialPoint& p : request_->Of(metric.points, request_->exponentials))
        AddPoint(family, metric.kind, p);
      break;
    case Kind::kSummary:
      for (const SummaryPoint& p : request_->Of(metric.points, request_->summaries))
        AddPoint(family, metric.kind, p);
      break;
  }
}

template <typename P>
void Translator::AddPoint(const Family& family, Kind kind, P point) {
  if (point.time_ns != 0) {
    earliest_ms_ = std::min(earliest_ms_, ToMs(point.time_ns));
    latest_ms_ = std::max(latest_ms_, ToMs(point.time_ns));
  }
  const Request* numbers = request_;
  Status status = plan_.Set(request_->Of(point.attributes, request_->attributes));
  if constexpr (!std::is_same_v<P, SummaryPoint>) {
    if (status.ok() && family.add_up && !point.no_recorded_value()) {
      sums_.Clear();
      numbers = &sums_;
      text_.clear();
      StrAppend(text_, tenant_, "\xff", family.name, "\xff");
      plan_.AppendLabels(&text_);
      const model::Key128 key = streams_->KeyOf(text_);
      if constexpr (std::is_same_v<P, NumberPoint>) {
        status = streams_->Add(key, now_ms_, &point);
      } else {
        status = streams_->Add(key, now_ms_, *request_, &point, &sums_);
      }
    }
  }
  if constexpr (std::is_same_v<P, ExponentialPoint>) {
    if (status.ok()) status = histogram_.Set(point, *numbers);
  } else if constexpr (std::is_same_v<P, HistogramPoint>) {
    if (status.ok() && settings_.custom_buckets) status = histogram_.SetCustom(point, *numbers);
  }
  if (!status.ok()) {
    report_->Add(1, StrCat("metric \"", family.name, "\": ", status.message()));
    return;
  }
  if constexpr (std::is_same_v<P, NumberPoint>) {
    AddNumber(family, kind, point);
  } else if constexpr (std::is_same_v<P, SummaryPoint>) {
    AddSummary(family, point);
  } else if constexpr (std::is_same_v<P, HistogramPoint>) {
    if (settings_.custom_buckets) {
      AddNative(family, point);
    } else {
      AddClassic(family, point, *numbers);
    }
  } else {
    AddNative(family, point);
  }
}

void Translator::AddNumber(const Family& family, Kind kind, const NumberPoint& point) {
  plan_.BeginSeries(family.name);
  const int64_t t = ToMs(point.time_ns);
  out_.AddSample(t, point.no_recorded_value() ? Stale() : point.value, family.StartMs(point));
  if (kind == Kind::kSum) AddExemplars(point);
}

void Translator::AddNative(const Family& family, const Point& point) {
  plan_.BeginSeries(family.name);
  model::HistogramView& histogram = histogram_.view();
  histogram.timestamp_ms = ToMs(point.time_ns);
  histogram.start_timestamp_ms = family.StartMs(point);
  histogram.reset_hint = family.native_delta ? kGaugeHint : 0;
  out_.AddHistogram(histogram);
  AddExemplars(point);
}

void Translator::AddClassic(const Family& family, const HistogramPoint& point,
                            const Request& numbers) {
  const int64_t t = ToMs(point.time_ns);
  const int64_t start = family.StartMs(point);
  const auto value = [&](double v) { return point.no_recorded_value() ? Stale() : v; };
  const auto count = static_cast<double>(point.count);
  if (point.has_sum) {
    plan_.BeginSeries(StrCat(family.name, "_sum"));
    out_.AddSample(t, value(point.sum), start);
  }
  plan_.BeginSeries(StrCat(family.name, "_count"));
  out_.AddSample(t, value(count), start);

  const auto bounds = numbers.Of(point.bounds, numbers.bounds);
  const auto counts = numbers.Of(point.counts, numbers.counts);
  const auto exemplars = request_->Of(point.exemplars, request_->exemplars);
  const std::string bucket = StrCat(family.name, "_bucket");
  const size_t n = std::min(bounds.size(), counts.size());
  uint64_t below = 0;
  for (size_t i = 0; i <= n; ++i) {
    const bool last = i == n;
    if (!last) below += counts[i];
    text_.clear();
    if (last) {
      text_ = "+Inf";
    } else {
      wire::AppendDecimal(text_, bounds[i]);
    }
    plan_.BeginSeries(bucket, "le", text_);
    out_.AddSample(t, value(last ? count : static_cast<double>(below)), start);
    for (const Exemplar& exemplar : exemplars) {
      const bool above = i == 0 || exemplar.value > bounds[i - 1];
      if (above && (last || exemplar.value <= bounds[i])) AddExemplar(exemplar, t);
    }
  }
}

void Translator::AddSummary(const Family& family, const SummaryPoint& point) {
  const int64_t t = ToMs(point.time_ns);
  const int64_t start = family.StartMs(point);
  const auto value = [&](double v) { return point.no_recorded_value() ? Stale() : v; };
  plan_.BeginSeries(StrCat(family.name, "_sum"));
  out_.AddSample(t, value(point.sum), start);
  plan_.BeginSeries(StrCat(family.name, "_count"));
  out_.AddSample(t, value(static_cast<double>(point.count)), start);
  for (const wire::otlp::Quantile& quantile : request_->Of(point.quantiles, request_->quantiles)) {
    text_.clear();
    wire::AppendDecimal(text_, quantile.quantile);
    plan_.BeginSeries(family.name, "quantile", text_);
    out_.AddSample(t, value(quantile.value), start);
  }
}

void Translator::AddExemplars(const Point& point) {
  for (const Exemplar& exemplar : request_->Of(point.exemplars, request_->exemplars))
    AddExemplar(exemplar, ToMs(point.time_ns));
}

void Translator::AddExemplar(const Exemplar& exemplar, int64_t point_ms) {
  if (!exemplar.has_value) return;
  std::vector<LabelView> labels;
  size_t runes = 0;
  const auto put = [&](std::string_view name, std::string_view value) {
    runes += Runes(name) + Runes(value);
    labels.push_back({name, value});
  };
  const std::string trace = Hex(exemplar.trace_id);
  const std::string span = Hex(exemplar.span_id);
  if (!IsZero(exemplar.trace_id)) put("trace_id", trace);
  if (!IsZero(exemplar.span_id)) put("span_id", span);
  const size_t ids = labels.size();
  for (const Attribute& attribute :
       request_->Of(exemplar.attributes, request_->exemplar_attributes)) {
    put(attribute.name, attribute.value);
  }
  // All of the attributes or none: a part of them could mislead.
  if (runes > kMaxExemplarRunes) labels.resize(ids);
  std::sort(labels.begin(), labels.end());
  const int64_t t = ToMs(exemplar.time_ns);
  out_.AddExemplar(t != 0 ? t : point_ms, exemplar.value, labels);
}

void Translator::AddTargetInfo(const wire::otlp::Resource& resource) {
  if (latest_ms_ == 0) return;  // No point has a time.
  const auto attributes = request_->Of(resource.attributes, request_->resource_attributes);
  const std::vector<std::string_view> identifying = {kServiceName, kServiceNamespace,
                                                     kServiceInstance};
  const bool says_more = std::any_of(attributes.begin(), attributes.end(), [&](const auto& a) {
    return std::find(identifying.begin(), identifying.end(), a.name) == identifying.end();
  });
  if (!says_more) return;  // With job and instance alone it would be of no use.

  std::vector<SharedLabel> own = resource_labels_;
  std::erase_if(own, [](const SharedLabel& label) { return label.only_if_absent; });
  plan_.SetShared(std::move(own),
                  settings_.keep_identifying ? std::vector<std::string_view>() : identifying);
  if (const Status status = plan_.Set(attributes); !status.ok())
    return report_->Add(0, StrCat("target_info: ", status.message()));
  if (!plan_.Has("job") && !plan_.Has("instance")) return;

  text_.clear();
  plan_.AppendLabels(&text_);
  bool described = false;
  const auto add = [&](int64_t t) {
    // Several resources of one target say the same: one sample of each time is enough.
    if (!target_infos_.emplace(text_, t).second) return;
    plan_.BeginSeries(kTargetInfo);
    out_.AddSample(t, 1);
    described = true;
  };
  const int64_t first = std::max(earliest_ms_, latest_ms_ - kTargetInfoSpanMs);
  for (int64_t t = first; t < latest_ms_; t += settings_.target_info_period_ms) add(t);
  add(latest_ms_);
  if (described) out_.AddMetadata(kTargetInfo, MetricType::kGauge, "Target metadata", "");
}

}  // namespace kvs::ingest::otlp
