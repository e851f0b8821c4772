// SPDX-License-Identifier: Apache-2.0
#include "kvs/rules/rule_output.h"

#include "kvs/base/str_cat.h"
#include "kvs/chunk/histogram_text.h"

namespace kvs::rules {

gotemplate::LabelTexts TextsOf(const model::Labels& labels) {
  gotemplate::LabelTexts out;
  for (const model::LabelView& label : labels) out.emplace_back(label.name, label.value);
  return out;
}

gotemplate::Value ValueOf(double value, const chunk::FloatHistogram* histogram) {
  if (histogram == nullptr) return value;
  return gotemplate::HistogramValue(histogram->count, histogram->sum,
                                    chunk::HistogramText(*histogram));
}

model::Labels RecordedLabels(const model::Labels& element, std::string_view record,
                             const Pairs& labels) {
  model::LabelsBuilder builder(element);
  builder.Set(model::kMetricNameLabel, record);
  for (const auto& [name, value] : labels) builder.Set(name, value);
  return builder.Build();
}

AlertTemplates::AlertTemplates(const Rule& rule, const Pairs& labels) : alert_(rule.alert) {
  const std::string name = StrCat("__alert_", rule.alert);
  for (const auto& [key, text] : labels)
    labels_.emplace_back(key, gotemplate::RuleTemplate::Parse(name, text));
  for (const auto& [key, text] : rule.annotations)
    annotations_.emplace_back(key, gotemplate::RuleTemplate::Parse(name, text));
}

AlertSet::Element AlertTemplates::Expand(const model::Labels& element, double value,
                                         const gotemplate::Value& shown, const Surroundings& around,
                                         std::vector<std::string>* errors) const {
  const gotemplate::Value data =
      gotemplate::RuleData(TextsOf(element), around.external_labels, around.external_url, shown);
  const auto expand = [&](const Named& named) {
    const StatusOr<std::string> text =
        named.second.ok() ? named.second->Expand(data, around.functions) : named.second.status();
    if (text.ok()) return *text;
    if (errors != nullptr) errors->push_back(text.status().message());
    return StrCat("<error expanding template: ", text.status().message(), ">");
  };
  AlertSet::Element out;
  out.source = element;
  out.value = value;
  model::LabelsBuilder builder(element);
  builder.Del(model::kMetricNameLabel);
  for (const Named& label : labels_) builder.Set(label.first, expand(label));
  builder.Set("alertname", alert_);
  out.labels = builder.Build();
  builder.Reset();
  for (const Named& annotation : annotations_) builder.Set(annotation.first, expand(annotation));
  out.annotations = builder.Build();
  return out;
}

}  // namespace kvs::rules
