// SPDX-License-Identifier: Apache-2.0
// From an element of a query's result to what a rule makes of it: the labels of a recorded series,
// or an alert with its labels and annotations expanded.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/chunk/histogram.h"
#include "kvs/gotemplate/prometheus.h"
#include "kvs/model/labels.h"
#include "kvs/rules/alerts.h"
#include "kvs/rules/rule_file.h"

namespace kvs::rules {

/// The element's labels under the rule's name; `labels`, those of EffectiveLabels(), go before
/// them. [any]
model::Labels RecordedLabels(const model::Labels& element, std::string_view record,
                             const Pairs& labels);

/// The templates of an alerting rule, parsed once. Expanding does not change them. [any]
class AlertTemplates {
 public:
  /// `labels` as above. What cannot be parsed gives its error as text when it is expanded.
  AlertTemplates(const Rule& rule, const Pairs& labels);

  /// What templates see beside the element.
  struct Surroundings {
    gotemplate::LabelTexts external_labels;
    std::string external_url;
    gotemplate::RuleEnvironment functions;
  };
  /// The errors of templates stand in the texts, as in Prometheus, and in `errors` (may be null).
  /// `shown` is the value as templates see it: ValueOf().
  AlertSet::Element Expand(const model::Labels& element, double value,
                           const gotemplate::Value& shown, const Surroundings& around,
                           std::vector<std::string>* errors) const;

 private:
  using Named = std::pair<std::string, StatusOr<gotemplate::RuleTemplate>>;
  std::string alert_;
  std::vector<Named> labels_, annotations_;
};

/// For templates: name and text of each label. [any]
gotemplate::LabelTexts TextsOf(const model::Labels& labels);
/// For templates: the value, or the histogram if there is one. [any]
gotemplate::Value ValueOf(double value, const chunk::FloatHistogram* histogram);

}  // namespace kvs::rules
