// SPDX-License-Identifier: Apache-2.0
// Tenant: the Alertmanager of one tenant. Alerts come in and are sorted into groups; groups that
// are due go down the pipeline: what is inhibited, out of time or silenced drops out, the
// notification log says whom that is news to, and what is left is delivered, again and again until
// it arrives or the next flush is due. What has arrived is logged, durably, before anything else is
// told.
//
//   PutAlerts -> [group] -> Tick -> inhibition -> time intervals -> silences -> news? -> delivery
//   -> log
//
// Two locks: `writing_` keeps changes in the kv store in the order of memory, and is held while
// they are written; `mutex_` guards memory, and is never held while anybody waits.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "kvs/base/mutex.h"
#include "kvs/sdk/host.h"

#include "config.h"
#include "config/tenant_config.h"
#include "delivery.h"
#include "dispatcher.h"
#include "inhibitor.h"
#include "metrics.h"
#include "replicas.h"
#include "state/alert_store.h"
#include "state/notification_log.h"
#include "state/silences.h"
#include "state/state_store.h"

namespace kvs::alertmanager {

/// What a tenant may have; 0: any number.
struct TenantLimits {
  int64_t max_groups = 0;
  AlertStore::Limits alerts;
  Silences::Limits silences;
  int64_t max_config_bytes = 0, max_templates = 0, max_template_bytes = 0;
};

/// What every tenant works with. Outlives them.
struct Environment {
  sdk::Host host;
  const Config* config;
  const Metrics* metrics;
  const Notifiers* notifiers;
  const StateStore* state;
  Replicas* replicas;
  const kvs_cancel_t* stop;
};

/// An alert as the API shows it.
struct AlertView {
  AlertPtr alert;
  Attention attention = Attention::kActive;
  std::vector<std::string> silenced_by, inhibited_by, muted_by;
  std::vector<std::string> receivers;
};
struct GroupView {
  model::Labels labels;
  Pairs route_labels;
  std::string receiver;
  std::vector<std::string> muted_by;
  std::vector<AlertView> alerts;
};

class Tenant final : public std::enable_shared_from_this<Tenant> {
 public:
  Tenant(const Environment& environment, std::string name, TenantConfigPtr config,
         const TenantState& restored);

  const std::string& name() const { return name_; }
  TenantConfigPtr config() const;
  int64_t started_ms() const { return started_ms_; }
  /// From now on another configuration holds. All alerts are sorted anew; what is on its way to a
  /// receiver arrives, and is not sent again. [worker]
  void Configure(TenantConfigPtr config);

  /// When there is something to do next. [any]
  int64_t next_due_ms() const { return next_due_ms_.load(std::memory_order_relaxed); }
  /// Does what is due, on a worker. [any]
  void TickSoon();
  /// Starts nothing any more. [any]
  void BeginStop();
  /// Waits for what is on its way, so long at most; false when it is not over. [worker]
  bool WaitIdle(int64_t ms);

  /// Takes alerts that are sound; durable when it returns OK. ResourceExhausted: some were more
  /// than a limit allows; the others are in. [worker]
  Status PutAlerts(const std::vector<Alert>& alerts, const TenantLimits& limits);

  using AlertFilter = std::function<bool(const AlertView&)>;
  using ReceiverFilter = std::function<bool(const std::string& receiver)>;
  /// Those that have not ended. [worker]
  std::vector<AlertView> Alerts(const AlertFilter& filter, const ReceiverFilter& receivers);
  std::vector<GroupView> Groups(const AlertFilter& filter, const ReceiverFilter& receivers)
      KVS_EXCLUDES(mutex_);

  /// The id of the silence. Durable. [worker]
  StatusOr<std::string> SetSilence(Silence silence, const TenantLimits& limits);
  Status ExpireSilence(std::string_view id);
  SilencePtr FindSilence(std::string_view id) const;
  std::vector<SilencePtr> ListSilences() const;

  /// Takes what another replica knows better: of two states of a silence that which was changed
  /// last, of two notifications the last one, as Alertmanager's gossip does; and which alerts are
  /// over. Durable. [worker]
  Status Merge(const FullState& theirs);
  /// What other replicas may not know: silences, the notification log, and alerts that are over.
  FullState StateForOthers() const;
  /// Likewise, for a snapshot; nothing when nothing has changed since the last time.
  std::optional<FullState> TakeSnapshot();
  /// Sets the gauges. [any]
  void ShowMetrics();

 private:
  /// What a configuration makes.
  struct Running {
    explicit Running(TenantConfigPtr c)
        : config(std::move(c)),
          inhibitor(config->config().inhibit_rules),
          dispatcher(config->root()) {}
    const TenantConfigPtr config;
    Inhibitor inhibitor;
    Dispatcher dispatcher;
  };
  /// Deliveries over one way, a few at a time, so that a receiver that hangs holds up no other.
  struct WayQueue {
    std::deque<DeliveryPtr> waiting;
    uint32_t n_running = 0;
  };

  void Tick(int64_t now_ms);
  void SortAll(int64_t now_ms) KVS_REQUIRES(mutex_);
  void UpdateDue() KVS_REQUIRES(mutex_);
  void EndWork() KVS_REQUIRES(mutex_);
  void Maintain(int64_t now_ms, StateChanges* changes) KVS_REQUIRES(mutex_);
  Status Persist(const StateChanges& changes) KVS_REQUIRES(writing_);
  /// Carries out what make_plan(now_ms) plans. Gives the id of the plan.
  template <typename MakePlan>
  StatusOr<std::string> ChangeSilences(MakePlan make_plan);
  /// Silences and the notification log as they are.
  FullState State() const KVS_REQUIRES(mutex_);
  AlertView Judge(AlertStore::Entry& entry, int64_t now_ms) KVS_REQUIRES(mutex_);

  // pipeline.cc
  /// `wait_ms`: so long others may take to tell it themselves.
  void Begin(Flush flush, int64_t wait_ms, StateChanges* changes) KVS_REQUIRES(mutex_);
  std::vector<AlertPtr> DropInhibited(const Flush& flush) KVS_REQUIRES(mutex_);
  bool OutOfTime(const Flush& flush, size_t n_alerts) KVS_REQUIRES(mutex_);
  std::vector<AlertPtr> DropSilenced(const Flush& flush, const std::vector<AlertPtr>& alerts)
      KVS_REQUIRES(mutex_);
  void FanOut(Flush flush, int64_t wait_ms, const std::vector<AlertPtr>& alerts)
      KVS_REQUIRES(mutex_);

  // delivering.cc
  void Enqueue(DeliveryPtr delivery) KVS_REQUIRES(mutex_);
  /// Deliveries that may begin now; they count as running.
  std::vector<DeliveryPtr> TakeReady(const std::string& way) KVS_REQUIRES(mutex_);
  void StartAll(const std::vector<DeliveryPtr>& deliveries) KVS_EXCLUDES(mutex_);
  void Attempt(const DeliveryPtr& delivery);
  /// Those that the route gives the group, rendered: it may take a while, so not under a lock.
  Pairs RouteLabelsOf(const TenantConfig& config, const Group& group,
                      const std::vector<AlertPtr>& alerts, int64_t now_ms) const
      KVS_EXCLUDES(mutex_);
  void OnAttempt(const DeliveryPtr& delivery, const Status& status);
  enum class Next : uint8_t { kDone, kRetry, kRetryAndSay, kGiveUp };
  Next Decide(const DeliveryPtr& delivery, const Status& status);
  void Log(const DeliveryPtr& delivery);
  void Finish(const DeliveryPtr& delivery, bool delivered) KVS_REQUIRES(mutex_);
  void GiveUp(const Delivery& delivery, const Status& status);

  const Environment& environment_;
  const sdk::Host host_;
  const std::string name_;
  const int64_t started_ms_;
  std::atomic<int64_t> next_due_ms_{0};

  Mutex writing_;  // Before mutex_.
  mutable Mutex mutex_;
  CondVar idle_;
  std::unique_ptr<Running> running_ KVS_GUARDED_BY(mutex_);
  uint64_t generation_ KVS_GUARDED_BY(mutex_) = 0;  // Of the configuration.
  AlertStore alerts_ KVS_GUARDED_BY(mutex_);
  Silences silences_ KVS_GUARDED_BY(mutex_);
  NotificationLog log_ KVS_GUARDED_BY(mutex_);
  std::map<std::string, WayQueue> ways_ KVS_GUARDED_BY(mutex_);
  std::multimap<int64_t, DeliveryPtr> retries_ KVS_GUARDED_BY(mutex_);  // By the time of the next.
  std::set<std::string> telling_ KVS_GUARDED_BY(mutex_);  // Log keys of what is on its way.
  size_t n_running_ KVS_GUARDED_BY(mutex_) = 0;           // Deliveries and ticks.
  bool ticking_ KVS_GUARDED_BY(mutex_) = false;
  bool stopping_ KVS_GUARDED_BY(mutex_) = false;
  bool changed_ KVS_GUARDED_BY(mutex_) = true;  // Since the last snapshot.
  int64_t next_cleanup_ms_ KVS_GUARDED_BY(mutex_) = 0;
  int64_t next_collect_ms_ KVS_GUARDED_BY(mutex_) = 0;
  std::minstd_rand random_ KVS_GUARDED_BY(mutex_);
};

}  // namespace kvs::alertmanager
