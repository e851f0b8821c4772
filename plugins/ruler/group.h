// SPDX-License-Identifier: Apache-2.0
// A group of rules under evaluation: when it is due, its rules' states, and one iteration. The
// scheduler runs one iteration of a group at a time; the APIs look at it meanwhile.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kvs/base/mutex.h"
#include "kvs/promql/parser.h"
#include "kvs/rules/alerts.h"
#include "kvs/rules/rule_file.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/host.h"

#include "notifier.h"
#include "query.h"

namespace kvs::ruler {

/// What all groups share. Outlives them.
struct GroupEnvironment {
  sdk::Host host;
  const Querier* querier = nullptr;
  const Appender* appender = nullptr;
  Notifier* notifier = nullptr;  ///< May be null: alerts are sent nowhere.
  const Metrics* metrics = nullptr;
  promql::ParserOptions syntax;
  std::string external_url;
  std::string path_prefix;
  int64_t default_interval_ms = 60'000;
  int64_t for_outage_tolerance_ms = 0;
  int64_t for_grace_period_ms = 0;
  int64_t resend_delay_ms = 60'000;
  uint32_t max_independent_rules = 1;
  const kvs_cancel_t* cancel = nullptr;  ///< Thrown when the component stops.
};

/// What may change from iteration to iteration, by the tenant's limits.
struct TenantSettings {
  int64_t query_offset_ms = 0;
  bool recording_enabled = true;
  bool alerting_enabled = true;
  int64_t max_results = 0;  ///< Series or alerts that one rule may give; 0: any.
};

enum class Health : uint8_t { kUnknown, kOk, kError };
std::string_view HealthName(Health health);

/// What the APIs show of a rule; a copy.
struct RuleView {
  rules::Rule rule;
  rules::Pairs labels;  ///< With those of the group.
  std::string query;    ///< As Prometheus prints the expression.
  Health health = Health::kUnknown;
  std::string last_error;
  double evaluation_seconds = 0;
  int64_t last_evaluation_ms = 0;
  rules::AlertState state = rules::AlertState::kInactive;
  std::vector<rules::Alert> alerts;
};
struct GroupView {
  std::string name, namespace_name;
  int64_t interval_ms = 0, limit = 0;
  double evaluation_seconds = 0;
  int64_t last_evaluation_ms = 0;
  std::vector<std::string> source_tenants;
  std::vector<RuleView> rules;
};

class Group {
 public:
  /// States of `for` are looked up after so many iterations; 0: they are not.
  Group(const GroupEnvironment& environment, std::string tenant, std::string namespace_name,
        const rules::Group& definition, uint32_t restore_after);
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  /// Takes another definition. Rules of the same name and labels keep their states; at once, or
  /// after the iteration that is under way. [any]
  void Replace(const rules::Group& definition);
  /// No more iterations; what it gave becomes stale two intervals later. [any]
  void Remove();
  bool removed() const { return removed_.load(std::memory_order_relaxed); }

  bool evaluating() const {
    const MutexLock lock(mutex_);
    return evaluating_;
  }

  /// The next time at which it is due, after `now_ms`. Spread over the interval by a hash of the
  /// group. [any]
  int64_t NextDue(int64_t now_ms) const;
  int64_t interval_ms() const;

  /// One iteration for the time `due_ms`. [worker]
  void Evaluate(int64_t due_ms, const TenantSettings& settings);
  /// Ends the series of a removed group. [worker]
  void WriteStale(int64_t at_ms);
  /// Counts iterations that did not happen.
  void CountMissed(int64_t n) const;

  rules::Group definition() const;
  GroupView View(bool with_alerts) const;
  const std::string& tenant() const { return tenant_; }
  const std::string& namespace_name() const { return namespace_; }
  const std::string& name() const { return name_; }

 private:
  struct RuleState;
  struct Program;  // A definition, parsed.
  struct Evaluated;

  std::shared_ptr<Program> MakeProgram(const rules::Group& definition) const;
  void Adopt(std::shared_ptr<Program> program) KVS_REQUIRES(mutex_);
  std::string SourceTenants(const rules::Group& definition) const;

  /// What becomes of the answer to its query.
  /// What holds for all rules of one iteration.
  struct Iteration {
    int64_t due_ms, offset_ms;
    int64_t limit;  ///< Of series or alerts that a rule may give; 0: any.
  };
  void EvaluateRule(Program& program, size_t index, const Iteration& iteration, Answer answer,
                    Evaluated* out);
  Status EvaluateRecording(const RuleState& state, QueryVector& vector, int64_t limit,
                           std::vector<RuleSample>& samples) const;
  Status EvaluateAlerting(Program& program, RuleState& state, const QueryVector& vector,
                          const Iteration& iteration, std::vector<RuleSample>& samples);
  void AppendStale(RuleState& state, std::vector<RuleSample>& samples);
  void SendAlerts(Program& program, RuleState& state, int64_t due_ms);
  void RestoreForState(Program& program, int64_t now_ms);
  void SetEnd(RuleState& state, const Status& status, std::string_view reason);

  const GroupEnvironment& environment_;
  const std::string tenant_;
  const std::string namespace_;
  const std::string name_;
  const GroupMetrics metrics_;
  std::atomic<bool> removed_{false};
  uint32_t iterations_until_restore_ = 0;  // Of the evaluating thread.
  std::vector<model::Labels> orphans_;  // Series of rules that are gone; of the evaluating thread.

  mutable Mutex mutex_;
  std::shared_ptr<Program> program_ KVS_GUARDED_BY(mutex_);
  std::shared_ptr<Program> next_ KVS_GUARDED_BY(mutex_);
  bool evaluating_ KVS_GUARDED_BY(mutex_) = false;
  double evaluation_seconds_ KVS_GUARDED_BY(mutex_) = 0;
  int64_t last_evaluation_ms_ KVS_GUARDED_BY(mutex_) = 0;
};

}  // namespace kvs::ruler
