// SPDX-License-Identifier: Apache-2.0
// Templates of alerting rules: the functions that Prometheus gives them, and the data they see.
//
//   KVS_ASSIGN_OR_RETURN(RuleTemplate summary, RuleTemplate::Parse("__alert_Down", "{{ $labels.job
//   }} is down")); KVS_ASSIGN_OR_RETURN(std::string text, summary.Expand(RuleData(labels, {},
//   "http://me", 1.5), environment));
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/gotemplate/template.h"

namespace kvs::gotemplate {

using LabelTexts = std::vector<std::pair<std::string, std::string>>;

/// One element of what the function `query` answers.
struct QuerySample {
  LabelTexts labels;
  Value value;  ///< A float, or HistogramValue().
};

/// What functions ask of their surroundings. Borrowed while a template is executed.
struct RuleEnvironment {
  std::function<StatusOr<std::vector<QuerySample>>(std::string_view query)> query;
  std::string external_url;
  std::string path_prefix;
  int64_t now_ms = 0;
};

/// A native histogram, which prints as `text`; of its fields templates see Count and Sum. [any]
Value HistogramValue(double count, double sum, std::string text);

/// What Labels, ExternalLabels, ExternalURL and Value are. [any]
Value RuleData(const LabelTexts& labels, const LabelTexts& external_labels,
               std::string_view external_url, Value value);

/// Without `query`, `externalURL`, `pathPrefix` and `now`, which need an environment. Shared,
/// immutable. [any]
std::shared_ptr<const Functions> PrometheusFunctions();

/// A text of a rule, parsed once. Expanding does not change it. [any]
class RuleTemplate {
 public:
  /// `name` is what errors call it. InvalidArgument: error parsing template NAME: ...
  static StatusOr<RuleTemplate> Parse(std::string_view name, std::string_view text);

  /// FailedPrecondition: error executing template NAME: ...
  StatusOr<std::string> Expand(const Value& data, const RuleEnvironment& environment) const;
  /// No action: the text stands for itself.
  bool is_plain() const { return set_ == nullptr; }

 private:
  RuleTemplate(std::string name, std::string text)
      : name_(std::move(name)), text_(std::move(text)) {}

  std::string name_;
  std::string text_;
  std::shared_ptr<const TemplateSet> set_;  // Null: plain.
};

/// humanizeDuration and its kin, for other tables of functions. [any]
StatusOr<Value> HumanizeDuration(const Value& value);

}  // namespace kvs::gotemplate
