// SPDX-License-Identifier: Apache-2.0
// How series and label values are printed.
#include "kvs/base/quote.h"
#include "kvs/model/labels.h"
#include "kvs/model/utf8.h"

namespace kvs::model {
namespace {

void AppendLabel(std::string& out, const LabelView& label, bool first) {
  if (!first) out += ", ";
  if (IsValidLabelName(label.name, NameScheme::kLegacy)) {
    out += label.name;
  } else {
    AppendQuoted(out, label.name);
  }
  out += '=';
  AppendQuoted(out, label.value);
}

template <typename Range>
std::string Format(const Range& labels) {
  std::string_view name;
  for (const LabelView& label : labels) {
    if (label.name == kMetricNameLabel) name = label.value;
  }
  const bool bare = IsValidMetricName(name, NameScheme::kLegacy);
  std::string out;
  if (bare) out += name;
  std::string inside;
  if (!bare && !name.empty()) AppendQuoted(inside, name);
  for (const LabelView& label : labels) {
    if (label.name != kMetricNameLabel) AppendLabel(inside, label, inside.empty());
  }
  if (inside.empty() && bare) return out;
  out += '{';
  out += inside;
  out += '}';
  return out;
}

}  // namespace

std::string Labels::ToString() const {
  std::string out = "{";
  for (const LabelView& label : *this) AppendLabel(out, label, out.size() == 1);
  out += '}';
  return out;
}

std::string FormatSeries(std::span<const LabelView> labels) {
  return Format(labels);
}
std::string FormatSeries(const Labels& labels) {
  return Format(labels);
}

}  // namespace kvs::model
