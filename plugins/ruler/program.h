// SPDX-License-Identifier: Apache-2.0
// A definition made ready for evaluation, and the states of its rules.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kvs/rules/rule_output.h"

#include "group.h"

namespace kvs::ruler {

struct Group::RuleState {
  // Fixed once made.
  rules::Rule rule;
  rules::Pairs labels;
  std::string query;
  std::optional<rules::AlertTemplates> templates;  // Of an alerting rule.

  // Of the evaluating thread.
  std::set<model::Labels> previous;  // Series of the last iteration.
  std::set<model::Labels> current;   // Series of this one.
  bool restored = true;

  // Written by the evaluating thread, with the group's lock held.
  rules::AlertSet alerts;
  Health health = Health::kUnknown;
  std::string last_error;
  double evaluation_seconds = 0;
  int64_t last_evaluation_ms = 0;

  void TakeOver(RuleState& old) {
    previous = std::move(old.previous);
    restored = old.restored;
    alerts = std::move(old.alerts);
    health = old.health;
    last_error = std::move(old.last_error);
    evaluation_seconds = old.evaluation_seconds;
    last_evaluation_ms = old.last_evaluation_ms;
  }
};

struct Group::Program {
  rules::Group definition;
  int64_t interval_ms = 0;
  std::string tenants;  // Whose data is read: "a|b".
  std::vector<std::unique_ptr<RuleState>> states;
  std::vector<std::vector<size_t>> waves;
};

/// What one rule gave.
struct Group::Evaluated {
  Status status;
  int64_t began_ms = 0;
  std::vector<RuleSample> samples;
  QueryVector vector;  // Holds the histograms of the samples.
};

}  // namespace kvs::ruler
