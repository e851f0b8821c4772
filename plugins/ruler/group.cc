// SPDX-License-Identifier: Apache-2.0
// Definitions and schedule of a group; one iteration of it stands in evaluation.cc.
#include "group.h"

#include <algorithm>
#include <map>

#include "kvs/base/str_cat.h"
#include "kvs/promql/printer.h"

#include "dependencies.h"
#include "program.h"

namespace kvs::ruler {

std::string_view HealthName(Health health) {
  switch (health) {
    case Health::kUnknown:
      return "unknown";
    case Health::kOk:
      return "ok";
    case Health::kError:
      return "err";
  }
  return "";
}

Group::Group(const GroupEnvironment& environment, std::string tenant, std::string namespace_name,
             const rules::Group& definition, uint32_t restore_after)
    : environment_(environment),
      tenant_(std::move(tenant)),
      namespace_(std::move(namespace_name)),
      name_(definition.name),
      metrics_(environment.metrics->OfGroup(tenant_, StrCat(namespace_, ";", name_))),
      iterations_until_restore_(restore_after) {
  std::shared_ptr<Program> program = MakeProgram(definition);
  for (auto& state : program->states) state->restored = restore_after == 0;
  const MutexLock lock(mutex_);
  Adopt(std::move(program));
}

std::shared_ptr<Group::Program> Group::MakeProgram(const rules::Group& definition) const {
  auto program = std::make_shared<Program>();
  program->definition = definition;
  program->interval_ms =
      definition.interval_ms > 0 ? definition.interval_ms : environment_.default_interval_ms;
  program->tenants = SourceTenants(definition);
  std::vector<promql::ExprPtr> exprs;
  std::vector<const promql::Expr*> borrowed;
  for (const rules::Rule& rule : definition.rules) {
    auto state = std::make_unique<RuleState>();
    state->rule = rule;
    state->labels = rules::EffectiveLabels(definition, rule);
    // What was stored may be older than today's checks: such a rule fails when it is evaluated.
    StatusOr<promql::ExprPtr> expr = promql::ParseExpr(rule.expr, environment_.syntax);
    state->query = expr.ok() ? promql::ToString(**expr) : rule.expr;
    exprs.push_back(expr.ok() ? *std::move(expr) : nullptr);
    borrowed.push_back(exprs.back().get());
    if (rule.is_alert()) state->templates.emplace(rule, state->labels);
    program->states.push_back(std::move(state));
  }
  program->waves = EvaluationWaves(definition.rules, borrowed);
  return program;
}

std::string Group::SourceTenants(const rules::Group& definition) const {
  if (definition.source_tenants.empty()) return tenant_;
  const std::set<std::string> sorted(definition.source_tenants.begin(),
                                     definition.source_tenants.end());
  std::string out;
  for (const std::string& tenant : sorted) StrAppend(out, out.empty() ? "" : "|", tenant);
  return out;
}

// Rules are the same when their names and labels are; of several that are, the first takes the
// first's state.
void Group::Adopt(std::shared_ptr<Program> program) {
  if (program_ != nullptr) {
    std::multimap<std::pair<std::string, rules::Pairs>, RuleState*> old;
    for (const auto& state : program_->states)
      old.emplace(std::pair(state->rule.name(), state->labels), state.get());
    for (auto& state : program->states) {
      const auto found = old.find({state->rule.name(), state->labels});
      if (found == old.end() || found->second->rule.is_alert() != state->rule.is_alert()) continue;
      state->TakeOver(*found->second);
      old.erase(found);
    }
    for (auto& [key, state] : old) {
      for (const model::Labels& series : state->previous) orphans_.push_back(series);
    }
  }
  metrics_.rules.Set(static_cast<double>(program->states.size()));
  metrics_.interval.Set(static_cast<double>(program->interval_ms) / 1000);
  program_ = std::move(program);
}

void Group::Replace(const rules::Group& definition) {
  std::shared_ptr<Program> program = MakeProgram(definition);
  const MutexLock lock(mutex_);
  if (evaluating_) {
    next_ = std::move(program);
  } else {
    Adopt(std::move(program));
  }
}

void Group::Remove() {
  removed_.store(true, std::memory_order_relaxed);
}

rules::Group Group::definition() const {
  const MutexLock lock(mutex_);
  return next_ != nullptr ? next_->definition : program_->definition;
}

int64_t Group::interval_ms() const {
  const MutexLock lock(mutex_);
  return program_->interval_ms;
}

int64_t Group::NextDue(int64_t now_ms) const {
  const model::Labels identity{{"file", StrCat(tenant_, "/", namespace_)}, {"name", name_}};
  const int64_t interval = interval_ms();
  bool aligned = false;
  {
    const MutexLock lock(mutex_);
    aligned = program_->definition.align_evaluation_time_on_interval;
  }
  const auto offset =
      aligned ? 0 : static_cast<int64_t>(identity.Hash() % static_cast<uint64_t>(interval));
  const int64_t shifted = now_ms - offset;
  return shifted - shifted % interval + offset + interval;
}

void Group::CountMissed(int64_t n) const {
  metrics_.missed.Add(static_cast<double>(n));
  metrics_.iterations.Add(static_cast<double>(n));
}

GroupView Group::View(bool with_alerts) const {
  const MutexLock lock(mutex_);
  const Program& program = next_ != nullptr ? *next_ : *program_;
  GroupView view{name_,
                 namespace_,
                 program.interval_ms,
                 program.definition.limit,
                 evaluation_seconds_,
                 last_evaluation_ms_,
                 program.definition.source_tenants,
                 {}};
  for (const auto& state : program.states) {
    RuleView& rule = view.rules.emplace_back();
    rule.rule = state->rule;
    rule.labels = state->labels;
    rule.query = state->query;
    rule.health = state->health;
    rule.last_error = state->last_error;
    rule.evaluation_seconds = state->evaluation_seconds;
    rule.last_evaluation_ms = state->last_evaluation_ms;
    rule.state = state->alerts.state();
    if (with_alerts) rule.alerts = state->alerts.List();
  }
  return view;
}

}  // namespace kvs::ruler
