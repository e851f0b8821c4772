// SPDX-License-Identifier: Apache-2.0
#include "kvs/bucket/series_rule.h"

#include <algorithm>

#include "kvs/promql/parser.h"

namespace kvs::bucket {
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

StatusOr<SeriesRule> SeriesRule::Make(std::string_view selector, tsdb::DeletedRange range) {
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

}  // namespace kvs::bucket
