// SPDX-License-Identifier: Apache-2.0
#include "run/series_rules.h"

#include <algorithm>

#include "kvs/promql/parser.h"

namespace kvs::compactor {
namespace {

model::MatchType TypeOf(promql::MatchOp op) {
  switch (op) {
    case promql::MatchOp::kNotEqual:
      return model::MatchType::kNotEqual;
    case promql::MatchOp::kRegex:
      return model::MatchType::kRegex;
    case promql::MatchOp::kNotRegex:
      return model::MatchType::kNotRegex;
    case promql::MatchOp::kEqual:
      break;
  }
  return model::MatchType::kEqual;
}

}  // namespace

StatusOr<SeriesRule> MakeSeriesRule(std::string_view selector, tsdb::DeletedRange range) {
  KVS_ASSIGN_OR_RETURN(const std::vector<promql::Matcher> parsed,
                       promql::ParseMetricSelector(selector));
  SeriesRule rule{std::string(selector), {}, range};
  for (const promql::Matcher& m : parsed) {
    KVS_ASSIGN_OR_RETURN(model::Matcher matcher,
                         model::Matcher::Make(TypeOf(m.op), m.name, m.value));
    rule.matchers.push_back(std::move(matcher));
  }
  return rule;
}

bool SeriesRule::Matches(std::span<const model::LabelView> labels) const {
  return std::all_of(matchers.begin(), matchers.end(), [labels](const model::Matcher& matcher) {
    const auto label =
        std::find_if(labels.begin(), labels.end(),
                     [&matcher](const model::LabelView& l) { return l.name == matcher.name(); });
    return matcher.Matches(label == labels.end() ? std::string_view() : label->value);
  });
}

SeriesRules SeriesRules::Within(int64_t mint, int64_t maxt) const {
  SeriesRules out;
  for (const SeriesRule& rule : rules_) {
    if (rule.range.mint <= maxt && mint <= rule.range.maxt) out.rules_.push_back(rule);
  }
  return out;
}

std::string SeriesRules::Fingerprint() const {
  std::string out;
  for (const SeriesRule& rule : rules_) {
    StrAppend(out, rule.selector, " ", rule.range.mint, " ", rule.range.maxt, "\n");
  }
  return out;
}

void SeriesRules::DeletedOf(std::span<const model::LabelView> labels,
                            std::vector<tsdb::DeletedRange>* out) const {
  for (const SeriesRule& rule : rules_) {
    if (rule.Matches(labels)) out->push_back(rule.range);
  }
}

}  // namespace kvs::compactor
