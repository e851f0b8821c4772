// SPDX-License-Identifier: Apache-2.0
#include "dependencies.h"

#include <algorithm>

#include "kvs/promql/walk.h"

namespace kvs::ruler {
namespace {

struct Reads {
  bool anything = false;
  std::vector<std::string_view> names;
  std::vector<std::string_view> alert_names;  // Of selectors of ALERTS; empty text: of any alert.
};

Reads ReadsOf(const promql::Expr* expr) {
  Reads out;
  if (expr == nullptr) {
    out.anything = true;
    return out;
  }
  for (const promql::VectorSelector* selector : promql::ExtractSelectors(*expr)) {
    std::string_view name, alert;
    for (const promql::Matcher& matcher : selector->matchers) {
      if (matcher.name == promql::kMetricNameLabel && matcher.op == promql::MatchOp::kEqual)
        name = matcher.value;
      if (matcher.name == "alertname" && matcher.op == promql::MatchOp::kEqual)
        alert = matcher.value;
    }
    if (name.empty()) {
      out.anything = true;
    } else if (name == "ALERTS" || name == "ALERTS_FOR_STATE") {
      out.alert_names.push_back(alert);
    } else {
      out.names.push_back(name);
    }
  }
  return out;
}

bool ReadsRule(const Reads& reads, const rules::Rule& rule) {
  if (reads.anything) return true;
  if (!rule.is_alert())
    return std::find(reads.names.begin(), reads.names.end(), rule.record) != reads.names.end();
  return std::any_of(reads.alert_names.begin(), reads.alert_names.end(),
                     [&](std::string_view alert) { return alert.empty() || alert == rule.alert; });
}

}  // namespace

std::vector<std::vector<size_t>> EvaluationWaves(const std::vector<rules::Rule>& rules,
                                                 const std::vector<const promql::Expr*>& exprs) {
  std::vector<Reads> reads;
  for (const promql::Expr* expr : exprs) reads.push_back(ReadsOf(expr));
  std::vector<size_t> wave_of(rules.size(), 0);
  std::vector<std::vector<size_t>> waves;
  for (size_t i = 0; i < rules.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      // Also when the earlier one reads the later one's output: it means that of the last
      // iteration.
      if (ReadsRule(reads[i], rules[j]) || ReadsRule(reads[j], rules[i]))
        wave_of[i] = std::max(wave_of[i], wave_of[j] + 1);
    }
    if (waves.size() <= wave_of[i]) waves.resize(wave_of[i] + 1);
    waves[wave_of[i]].push_back(i);
  }
  return waves;
}

}  // namespace kvs::ruler
