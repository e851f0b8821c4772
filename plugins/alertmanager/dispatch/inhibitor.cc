// SPDX-License-Identifier: Apache-2.0
#include "inhibitor.h"

namespace kvs::alertmanager {

std::string Inhibitor::Rule::EqualValues(const model::Labels& labels) const {
  std::string out;
  for (const std::string& name : config.equal) {
    const std::string_view value = labels.Get(name);
    const uint64_t size = value.size();
    out.append(reinterpret_cast<const char*>(&size), sizeof size);
    out += value;
  }
  return out;
}

Inhibitor::Inhibitor(const std::vector<alerting::InhibitRule>& rules) {
  for (const alerting::InhibitRule& rule : rules) rules_.push_back({rule, {}});
}

void Inhibitor::Set(const AlertPtr& alert) {
  for (Rule& rule : rules_) {
    if (alerting::MatchesAll(rule.config.source, alert->labels))
      rule.sources[rule.EqualValues(alert->labels)][alert->fingerprint] = alert;
  }
}

void Inhibitor::Remove(const Alert& alert) {
  for (Rule& rule : rules_) {
    const auto found = rule.sources.find(rule.EqualValues(alert.labels));
    if (found == rule.sources.end()) continue;
    found->second.erase(alert.fingerprint);
    if (found->second.empty()) rule.sources.erase(found);
  }
}

bool Inhibitor::Inhibits(const model::Labels& labels, int64_t now_ms, uint64_t* by) const {
  for (const Rule& rule : rules_) {
    if (!alerting::MatchesAll(rule.config.target, labels)) continue;
    const auto found = rule.sources.find(rule.EqualValues(labels));
    if (found == rule.sources.end()) continue;
    // An alert that matches both sides is kept quiet by those alone that do not, or it would keep
    // itself quiet.
    const bool both_sides = alerting::MatchesAll(rule.config.source, labels);
    for (const auto& [fingerprint, source] : found->second) {
      if (source->ResolvedAt(now_ms)) continue;
      if (both_sides && alerting::MatchesAll(rule.config.target, source->labels)) continue;
      *by = fingerprint;
      return true;
    }
  }
  return false;
}

}  // namespace kvs::alertmanager
