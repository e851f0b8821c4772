// SPDX-License-Identifier: Apache-2.0
#include "label_rules.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "kvs/base/units.h"
#include "kvs/model/labels.h"

namespace kvs::sink::validate {
namespace {

// What a message shows of a series: a hostile one may be megabytes long.
constexpr size_t kShownBytes = 1024;
// Labels of nearly every series; beyond, duplicates are looked for in a copy on the heap.
constexpr size_t kFewLabels = 64;

struct Words {
  std::string_view id;
  std::string_view reason;
};

constexpr std::array<Words, static_cast<size_t>(Verdict::kCount)> kWords = {{
    {"", ""},
    {"label-invalid", "label_invalid"},
    {"missing-metric-name", "missing_metric_name"},
    {"metric-name-invalid", "metric_name_invalid"},
    {"max-label-names-per-series", "max_label_names_per_series"},
    {"max-label-names-per-info-series", "max_label_names_per_info_series"},
    {"label-invalid", "label_invalid"},
    {"label-name-too-long", "label_name_too_long"},
    {"label-value-too-long", "label_value_too_long"},
    {"label-value-invalid", "label_value_invalid"},
    {"duplicate-label-names", "duplicate_label_names"},
    {"too-far-in-future", "too_far_in_future"},
    {"too-far-in-past", "too_far_in_past"},
    {"max-native-histogram-buckets", "max_native_histogram_buckets"},
    {"not-reducible-native-histogram", "max_native_histogram_buckets"},
    {"native-histogram-custom-buckets-not-reducible", "max_native_histogram_buckets"},
}};

const Words& WordsOf(Verdict verdict) {
  return kWords[static_cast<size_t>(verdict)];
}

bool Exceeds(size_t value, int64_t limit) {
  return limit > 0 && value > static_cast<size_t>(limit);
}

Verdict JudgeLabel(const model::LabelView& label, const TenantLimits& limits) {
  if (!model::IsValidLabelName(label.name, limits.name_scheme)) return Verdict::kLabelInvalid;
  if (Exceeds(label.name.size(), limits.max_label_name_length)) return Verdict::kLabelNameTooLong;
  if (limits.long_values == LongValues::kRefuse && IsTooLong(label.value, limits))
    return Verdict::kLabelValueTooLong;
  if (!model::IsValidUtf8(label.value)) return Verdict::kLabelValueInvalid;
  return Verdict::kOk;
}

bool HasDuplicates(model::LabelCursor labels, bool* is_sorted) {
  std::string_view few[kFewLabels];
  std::vector<std::string_view> many;
  size_t n = 0;
  bool sorted = true;
  for (model::LabelView label; labels.Next(&label);) {
    std::string_view* names = few;
    if (n == kFewLabels && many.empty()) many.assign(few, few + n);
    if (!many.empty()) {
      many.push_back(label.name);
      names = many.data();
    } else {
      few[n] = label.name;
    }
    // Sorted labels, as all senders send them, need no second look.
    sorted = sorted && (n == 0 || names[n - 1] < names[n]);
    ++n;
  }
  if (is_sorted != nullptr) *is_sorted = sorted;
  if (sorted) return false;
  std::string_view* const names = many.empty() ? few : many.data();
  std::sort(names, names + n);
  return std::adjacent_find(names, names + n) != names + n;
}

// The first label that is judged so; without one, nothing.
model::LabelView Offender(model::LabelCursor labels, Verdict verdict, const TenantLimits& limits) {
  for (model::LabelView label; labels.Next(&label);) {
    if (!label.value.empty() && JudgeLabel(label, limits) == verdict) return label;
  }
  return {};
}

std::string MetricNameOf(model::LabelCursor labels) {
  for (model::LabelView label; labels.Next(&label);) {
    if (label.name == model::kMetricNameLabel) return std::string(label.value);
  }
  return {};
}

size_t CountOf(model::LabelCursor labels) {
  size_t n = 0;
  for (model::LabelView label; labels.Next(&label);) n += label.value.empty() ? 0 : 1;
  return n;
}

std::string Explain(Verdict verdict, const model::LabelCursor& labels, const TenantLimits& limits,
                    int64_t timestamp_ms) {
  const auto series = [&labels] { return ShownSeries(model::FormatSeries(labels)); };
  const auto offender = [&] { return Offender(labels, verdict, limits); };
  switch (verdict) {
    case Verdict::kDamaged:
      return "received a series whose labels cannot be read";
    case Verdict::kMissingMetricName:
      return StrCat("received a series without a metric name, series: ", series());
    case Verdict::kMetricNameInvalid:
      return StrCat("received a series with an invalid metric name: '",
                    ShownSeries(MetricNameOf(labels)), "'");
    case Verdict::kTooManyLabels:
      return StrCat("received a series with ", CountOf(labels), " labels, more than the limit of ",
                    limits.max_label_names_per_series,
                    ", see -validation.max-label-names-per-series, series: ", series());
    case Verdict::kTooManyInfoLabels:
      return StrCat("received an info series with ", CountOf(labels),
                    " labels, more than the limit of ", limits.max_label_names_per_info_series,
                    ", see -validation.max-label-names-per-info-series, series: ", series());
    case Verdict::kLabelInvalid:
      return StrCat("received a series with an invalid label: '",
                    ShownSeries(std::string(offender().name)), "', series: ", series());
    case Verdict::kLabelNameTooLong:
      return StrCat("received a series with a label name of ", offender().name.size(),
                    " bytes, more than the limit of ", limits.max_label_name_length,
                    ", see -validation.max-length-label-name, label: '",
                    ShownSeries(std::string(offender().name)), "'");
    case Verdict::kLabelValueTooLong:
      return StrCat("received a series with a label value of ", offender().value.size(),
                    " bytes, more than the limit of ", limits.max_label_value_length,
                    ", see -validation.max-length-label-value, label: '",
                    ShownSeries(std::string(offender().name)), "'");
    case Verdict::kLabelValueInvalid:
      return StrCat("received a series with a label value that is not UTF-8, label: '",
                    ShownSeries(std::string(offender().name)), "'");
    case Verdict::kDuplicateLabel:
      return StrCat("received a series with two labels of one name, series: ", series());
    case Verdict::kTooFarInFuture:
      return StrCat("received a sample with a timestamp of ", timestamp_ms, " ms, more than ",
                    FormatDurationMs(limits.creation_grace_period_ms),
                    " in the future, see -validation.create-grace-period, series: ", series());
    case Verdict::kTooFarInPast:
      return StrCat("received a sample with a timestamp of ", timestamp_ms, " ms, more than ",
                    FormatDurationMs(limits.past_grace_period_ms),
                    " in the past, see -validation.past-grace-period, series: ", series());
    case Verdict::kTooManyBuckets:
    case Verdict::kNotReducible:
    case Verdict::kCustomBucketsNotReducible:  // BucketRefusal() has the words.
    case Verdict::kOk:
    case Verdict::kCount:
      break;
  }
  return {};
}

}  // namespace

std::string ShownSeries(std::string text) {
  if (text.size() > kShownBytes) {
    text.resize(kShownBytes);
    // A cut in the middle of a character would make the message itself invalid.
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80)
      text.pop_back();
    if (!text.empty() && (static_cast<unsigned char>(text.back()) & 0x80) != 0) text.pop_back();
    text += "...";
  }
  // What is not UTF-8 must not reach the answer either.
  if (!model::IsValidUtf8(text)) {
    for (char& c : text) {
      if ((static_cast<unsigned char>(c) & 0x80) != 0) c = '?';
    }
  }
  return text;
}

bool IsTooLong(std::string_view value, const TenantLimits& limits) {
  return Exceeds(value.size(), limits.max_label_value_length);
}

Verdict JudgeLabels(model::LabelCursor labels, const TenantLimits& limits, LabelShape* shape) {
  // Collected in one pass; what stands first in the order of verdicts is told.
  size_t n = 0;
  std::string_view metric_name;
  Verdict label_verdict = Verdict::kOk;
  model::LabelCursor cursor = labels;
  for (model::LabelView label; cursor.Next(&label);) {
    if (label.value.empty() && !label.name.empty()) continue;
    ++n;
    if (label.name == model::kMetricNameLabel) metric_name = label.value;
    if (label_verdict == Verdict::kOk) label_verdict = JudgeLabel(label, limits);
    if (shape != nullptr) shape->has_long |= IsTooLong(label.value, limits);
  }
  if (cursor.damaged()) return Verdict::kDamaged;
  if (metric_name.empty()) return Verdict::kMissingMetricName;
  if (!model::IsValidMetricName(metric_name, limits.name_scheme))
    return Verdict::kMetricNameInvalid;
  if (metric_name.ends_with("_info")) {
    if (Exceeds(n, limits.max_label_names_per_info_series)) return Verdict::kTooManyInfoLabels;
  } else if (Exceeds(n, limits.max_label_names_per_series)) {
    return Verdict::kTooManyLabels;
  }
  if (label_verdict != Verdict::kOk) return label_verdict;
  return HasDuplicates(labels, shape == nullptr ? nullptr : &shape->sorted)
             ? Verdict::kDuplicateLabel
             : Verdict::kOk;
}

std::string_view ReasonOf(Verdict verdict) {
  return WordsOf(verdict).reason;
}

Status RefusalOf(Verdict verdict, model::LabelCursor labels, const TenantLimits& limits,
                 int64_t timestamp_ms) {
  std::string id = StrCat("err-mimir-", WordsOf(verdict).id);
  return InvalidArgument(Explain(verdict, labels, limits, timestamp_ms), " (", id, ")")
      .WithReason(std::move(id))
      .Partial();
}

}  // namespace kvs::sink::validate
