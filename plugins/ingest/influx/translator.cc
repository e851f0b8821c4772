// SPDX-License-Identifier: Apache-2.0
#include "translator.h"

#include <algorithm>

#include "kvs/base/str_cat.h"
#include "kvs/model/utf8.h"

namespace kvs::ingest::influx {
namespace {

using model::LabelView;

constexpr std::string_view kSourceLabel = "__mimir_source__";
constexpr std::string_view kSource = "influx";
constexpr std::string_view kPlainField = "value";

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

std::string LegacyName(std::string_view text) {
  std::string out;
  if (!text.empty() && text.front() >= '0' && text.front() <= '9') out += '_';
  for (const char c : text) {
    // A character of several bytes is one underscore.
    if ((static_cast<unsigned char>(c) & 0xc0) == 0x80) continue;
    out += IsAlphanumeric(c) ? c : '_';
  }
  // Of nothing but continuation bytes: damaged, and still a name.
  if (out.empty()) out += '_';
  return out;
}

int64_t Translator::TimeMs(const Line& line) const {
  if (!line.has_time) return now_ms_;
  if (unit_ns_ >= 1'000'000) {
    int64_t ms = 0;
    if (__builtin_mul_overflow(line.time, unit_ns_ / 1'000'000, &ms))
      return line.time < 0 ? INT64_MIN : INT64_MAX;
    return ms;
  }
  const int64_t units = 1'000'000 / unit_ns_;
  const int64_t ms = line.time / units;
  return line.time % units < 0 ? ms - 1 : ms;
}

void Translator::Add(const Line& line) {
  const int64_t t = TimeMs(line);
  labels_.clear();
  names_.clear();
  for (const LabelView& tag : line.tags) {
    std::string_view name = tag.name;
    if (!model::IsValidLabelName(name, model::NameScheme::kLegacy))
      name = names_.emplace_back(LegacyName(name));
    labels_.push_back({name, tag.value});
  }
  labels_.push_back({kSourceLabel, kSource});
  labels_.push_back({model::kMetricNameLabel, {}});
  std::stable_sort(labels_.begin(), labels_.end(),
                   [](const LabelView& a, const LabelView& b) { return a.name < b.name; });
  // Of tags with one name the last counts, and our own labels before any tag.
  const auto end =
      std::unique(labels_.rbegin(), labels_.rend(),
                  [](const LabelView& a, const LabelView& b) { return a.name == b.name; });
  labels_.erase(labels_.begin(), end.base());
  const auto metric = std::find_if(labels_.begin(), labels_.end(), [](const LabelView& label) {
    return label.name == model::kMetricNameLabel;
  });
  for (const Field& field : line.fields) {
    if (field.is_text) {
      ++text_fields_;
      continue;
    }
    metric_ = LegacyName(line.measurement);
    if (field.key != kPlainField)
      StrAppend(metric_, "_", LegacyName(StrCat("_", field.key)).substr(1));
    metric->value = metric_;
    out_.BeginSeries(labels_);
    out_.AddSample(t, field.value);
  }
}

}  // namespace kvs::ingest::influx
