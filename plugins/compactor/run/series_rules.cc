// SPDX-License-Identifier: Apache-2.0
#include "run/series_rules.h"

namespace kvs::compactor {

SeriesRules SeriesRules::Within(int64_t mint, int64_t maxt) const {
  SeriesRules out;
  for (const SeriesRule& rule : rules_) {
    if (rule.Touches(mint, maxt)) out.rules_.push_back(rule);
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
