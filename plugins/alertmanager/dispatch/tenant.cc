// SPDX-License-Identifier: Apache-2.0
#include "tenant.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace kvs::alertmanager {
namespace {

constexpr int64_t kCleanupMs = 30'000;  // Between looks for groups without alerts.
constexpr int64_t kWriteTimeoutMs = 30'000;

/// What the labels of a route are rendered of: all alerts of the group, shown or not.
struct GroupContent {
  size_t view;  // Index of who gets them.
  GroupPtr group;
  std::vector<AlertPtr> alerts;
};

}  // namespace

Tenant::Tenant(const Environment& environment, std::string name, TenantConfigPtr config,
               const TenantState& restored)
    : environment_(environment),
      host_(environment.host),
      name_(std::move(name)),
      started_ms_(host_.clock().NowMs()),
      silences_(environment.config->retention.ms),
      log_(environment.config->retention.ms),
      random_(std::random_device()()) {
  const MutexLock lock(mutex_);
  silences_.Apply(restored.silences);
  for (const LogEntryPtr& entry : restored.entries) log_.Set(entry);
  for (const KeptAlert& kept : restored.alerts)
    alerts_.Restore(kept, started_ms_, config->config().resolve_timeout_ms);
  running_ = std::make_unique<Running>(std::move(config));
  next_cleanup_ms_ = started_ms_ + kCleanupMs;
  next_collect_ms_ = started_ms_ + environment_.config->maintenance_interval.ms;
  SortAll(started_ms_);
  UpdateDue();
}

TenantConfigPtr Tenant::config() const {
  const MutexLock lock(mutex_);
  return running_->config;
}

void Tenant::SortAll(int64_t now_ms) {
  for (const AlertPtr& alert : alerts_.List()) {
    running_->inhibitor.Set(alert);
    running_->dispatcher.Insert(alert, now_ms, 0);
  }
}

void Tenant::Configure(TenantConfigPtr config) {
  const MutexLock lock(mutex_);
  if (running_->config->stored() == config->stored()) return;
  ++generation_;
  running_ = std::make_unique<Running>(std::move(config));
  // What waits was made under other rules; the first flush of the new groups tells what is left.
  retries_.clear();
  for (auto& [way, queue] : ways_) queue.waiting.clear();
  SortAll(host_.clock().NowMs());
  UpdateDue();
}

void Tenant::UpdateDue() {
  int64_t due_ms = std::min(running_->dispatcher.NextDueMs(), next_cleanup_ms_);
  if (!retries_.empty()) due_ms = std::min(due_ms, retries_.begin()->first);
  next_due_ms_.store(due_ms, std::memory_order_relaxed);
}

void Tenant::EndWork() {
  if (--n_running_ == 0) idle_.notify_all();
}

void Tenant::TickSoon() {
  const MutexLock lock(mutex_);
  if (ticking_ || stopping_) return;
  ticking_ = true;
  ++n_running_;
  host_.executor().PostWorker([self = shared_from_this()] {
    self->Tick(self->host_.clock().NowMs());
    const MutexLock done(self->mutex_);
    self->ticking_ = false;
    self->EndWork();
  });
}

void Tenant::Tick(int64_t now_ms) {
  std::vector<DeliveryPtr> ready;
  const int64_t wait_ms = environment_.replicas->WaitMs();
  {
    const MutexLock writing(writing_);
    StateChanges changes;
    {
      const MutexLock lock(mutex_);
      if (stopping_) return;
      if (now_ms >= next_cleanup_ms_) Maintain(now_ms, &changes);
      for (Flush& flush : running_->dispatcher.TakeDue(now_ms))
        Begin(std::move(flush), wait_ms, &changes);
      while (!retries_.empty() && retries_.begin()->first <= now_ms) {
        DeliveryPtr delivery = std::move(retries_.begin()->second);
        retries_.erase(retries_.begin());
        Enqueue(std::move(delivery));
      }
      for (auto& [way, queue] : ways_) {
        for (DeliveryPtr& delivery : TakeReady(way)) ready.push_back(std::move(delivery));
      }
      UpdateDue();
    }
    // That an alert has ended is written before anybody is told, or it would seem to fire after a
    // restart.
    IgnoreError(Persist(changes), "counted and logged; telling goes on");
  }
  StartAll(ready);
}

void Tenant::Maintain(int64_t now_ms, StateChanges* changes) {
  next_cleanup_ms_ = now_ms + kCleanupMs;
  running_->dispatcher.RemoveEmpty();
  if (now_ms < next_collect_ms_) return;
  next_collect_ms_ = now_ms + environment_.config->maintenance_interval.ms;
  std::vector<AlertPtr> before = alerts_.List();
  for (const uint64_t fingerprint : alerts_.Collect(now_ms)) changes->RemoveAlert(fingerprint);
  for (const AlertPtr& alert : before) {
    if (alerts_.Find(alert->fingerprint) == nullptr) running_->inhibitor.Remove(*alert);
  }
  for (const std::string& id : silences_.Collect(now_ms)) changes->RemoveSilence(id);
  for (const std::string& key : log_.Collect(now_ms)) changes->RemoveLogEntry(key);
  std::erase_if(ways_, [](const auto& item) {
    return item.second.waiting.empty() && item.second.n_running == 0;
  });
  if (!changes->empty()) changed_ = true;
}

Status Tenant::Persist(const StateChanges& changes) {
  if (changes.empty()) return OkStatus();
  sdk::OwnedCall call(name_);
  call.WithTimeoutMs(kWriteTimeoutMs);
  Status status = environment_.state->Apply(call, name_, changes);
  if (!status.ok()) {
    environment_.metrics->writes_failed.Add();
    host_.log().Error("a change of state could not be made durable",
                      {{"tenant", name_}, {"error", status.message()}});
  }
  return status;
}

void Tenant::BeginStop() {
  const MutexLock lock(mutex_);
  stopping_ = true;
  retries_.clear();
  for (auto& [way, queue] : ways_) queue.waiting.clear();
}

bool Tenant::WaitIdle(int64_t ms) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(ms);
  const MutexLock lock(mutex_);
  while (n_running_ > 0) {
    if (idle_.wait_until(mutex_, until) == std::cv_status::timeout) return n_running_ == 0;
  }
  return true;
}

Status Tenant::PutAlerts(const std::vector<Alert>& alerts, const TenantLimits& limits) {
  const MutexLock writing(writing_);
  StateChanges changes;
  Status refused;
  size_t n_refused = 0, n_without_group = 0;
  {
    const MutexLock lock(mutex_);
    const int64_t now_ms = host_.clock().NowMs();
    for (const Alert& alert : alerts) {
      const StatusOr<AlertStore::Put> put = alerts_.Set(alert, limits.alerts);
      if (!put.ok()) {
        ++n_refused;
        refused = put.status();
        continue;
      }
      if (put->write) changes.Set(*put->alert, put->moving);
      running_->inhibitor.Set(put->alert);
      if (!running_->dispatcher.Insert(put->alert, now_ms, limits.max_groups)) ++n_without_group;
    }
    UpdateDue();
  }
  if (n_refused > 0)
    environment_.metrics->alerts_limited.With({name_}).Add(static_cast<double>(n_refused));
  if (n_without_group > 0) {
    environment_.metrics->groups_limited.With({name_}).Add(static_cast<double>(n_without_group));
    host_.log().Error("alerts found no group, since there are too many",
                      {{"tenant", name_}, {"alerts", StrCat(n_without_group)}});
  }
  if (const Status status = Persist(changes); !status.ok()) {
    const MutexLock lock(mutex_);
    for (const Alert& alert : alerts) alerts_.NoteLost(alert.fingerprint);
    return status;
  }
  return refused;
}

AlertView Tenant::Judge(AlertStore::Entry& entry, int64_t now_ms) {
  AlertView view;
  view.alert = entry.alert;
  silences_.Silenced(entry.alert->labels, now_ms, &entry.silences, &view.silenced_by);
  uint64_t by = 0;
  if (running_->inhibitor.Inhibits(entry.alert->labels, now_ms, &by))
    view.inhibited_by.push_back(FingerprintText(by));
  entry.attention = view.silenced_by.empty() && view.inhibited_by.empty() ? Attention::kActive
                                                                          : Attention::kSuppressed;
  view.attention = entry.attention;
  return view;
}

std::vector<AlertView> Tenant::Alerts(const AlertFilter& filter, const ReceiverFilter& receivers) {
  const MutexLock lock(mutex_);
  const int64_t now_ms = host_.clock().NowMs();
  std::vector<AlertView> out;
  for (const AlertPtr& alert : alerts_.List()) {
    // Those that end now are still shown, as Alertmanager shows them.
    if (alert->ends_ms < now_ms) continue;
    std::vector<std::string> names;
    bool wanted = false;
    for (const alerting::Route* route : running_->config->root().Match(alert->labels)) {
      names.push_back(route->options().receiver);
      wanted = wanted || receivers(names.back());
    }
    if (!wanted) continue;
    AlertView view = Judge(*alerts_.Find(alert->fingerprint), now_ms);
    if (!filter(view)) continue;
    view.receivers = std::move(names);
    out.push_back(std::move(view));
  }
  return out;
}

std::vector<GroupView> Tenant::Groups(const AlertFilter& filter, const ReceiverFilter& receivers) {
  std::vector<GroupView> out;
  std::vector<GroupContent> contents;
  TenantConfigPtr config;
  const int64_t now_ms = host_.clock().NowMs();
  {
    const MutexLock lock(mutex_);
    config = running_->config;
    std::map<uint64_t, std::vector<std::string>> receivers_of;
    for (const GroupPtr& group : running_->dispatcher.Groups()) {
      const std::string& receiver = group->route->options().receiver;
      if (!receivers(receiver)) continue;
      GroupView view{group->labels, {}, receiver, group->muted_by, {}};
      for (const auto& [fingerprint, alert] : group->alerts) {
        AlertStore::Entry* const entry = alerts_.Find(fingerprint);
        // One that is kept here for its last notification alone is not shown.
        if (entry == nullptr || alert->ends_ms < now_ms) continue;
        AlertView judged = Judge(*entry, now_ms);
        judged.alert = alert;
        if (!filter(judged)) continue;
        judged.muted_by = group->muted_by;
        receivers_of[fingerprint].push_back(receiver);
        view.alerts.push_back(std::move(judged));
      }
      if (view.alerts.empty()) continue;
      std::sort(view.alerts.begin(), view.alerts.end(), [](const AlertView& a, const AlertView& b) {
        return NotifiedBefore(*a.alert, *b.alert);
      });
      out.push_back(std::move(view));
      if (config->LabelsOf(*group->route) == nullptr) continue;
      contents.push_back({out.size() - 1, group, {}});
      for (const auto& [fingerprint, alert] : group->alerts)
        contents.back().alerts.push_back(alert);
    }
    for (auto& [fingerprint, names] : receivers_of) std::sort(names.begin(), names.end());
    for (GroupView& view : out) {
      for (AlertView& alert : view.alerts) alert.receivers = receivers_of[alert.alert->fingerprint];
    }
  }
  for (GroupContent& content : contents) {
    std::sort(content.alerts.begin(), content.alerts.end(),
              [](const AlertPtr& a, const AlertPtr& b) { return NotifiedBefore(*a, *b); });
    out[content.view].route_labels = RouteLabelsOf(*config, *content.group, content.alerts, now_ms);
  }
  return out;
}

StatusOr<std::string> Tenant::SetSilence(Silence silence, const TenantLimits& limits) {
  return ChangeSilences([&](int64_t now_ms) KVS_REQUIRES(mutex_) {
    return silences_.PlanSet(std::move(silence), limits.silences, now_ms, NewUuid);
  });
}

Status Tenant::ExpireSilence(std::string_view id) {
  return ChangeSilences([&](int64_t now_ms)
                            KVS_REQUIRES(mutex_) { return silences_.PlanExpire(id, now_ms); })
      .status();
}

// A change counts once it is durable.
template <typename MakePlan>
StatusOr<std::string> Tenant::ChangeSilences(MakePlan make_plan) {
  const MutexLock writing(writing_);
  StateChanges changes;
  StatusOr<Silences::Plan> plan = NotFound("");
  {
    const MutexLock lock(mutex_);
    plan = make_plan(host_.clock().NowMs());
    if (!plan.ok()) return plan.status();
    for (const SilencePtr& change : plan->changes)
      changes.Set(*change, silences_.ForgottenAt(*change));
  }
  KVS_RETURN_IF_ERROR(Persist(changes));
  FullState spread;
  {
    const MutexLock lock(mutex_);
    silences_.Apply(plan->changes);
    changed_ = true;
    for (const SilencePtr& change : plan->changes)
      spread.silences.emplace_back(change, silences_.ForgottenAt(*change));
  }
  environment_.replicas->Spread(name_, std::move(spread));
  return plan->id;
}

Status Tenant::Merge(const FullState& theirs) {
  const MutexLock writing(writing_);
  StateChanges changes;
  std::vector<SilencePtr> silences;
  std::vector<LogEntryPtr> entries;
  {
    const MutexLock lock(mutex_);
    const int64_t now_ms = host_.clock().NowMs();
    for (const auto& [silence, expires_ms] : theirs.silences) {
      const SilencePtr ours = silences_.Find(silence->id);
      if (expires_ms <= now_ms || (ours != nullptr && ours->updated_ms >= silence->updated_ms))
        continue;
      changes.Set(*silence, silences_.ForgottenAt(*silence));
      silences.push_back(silence);
    }
    for (const LogEntryPtr& entry : theirs.entries) {
      const LogEntryPtr ours = log_.Find(entry->Key());
      if (entry->expires_ms <= now_ms || (ours != nullptr && ours->told_ms >= entry->told_ms))
        continue;
      changes.Set(*entry);
      entries.push_back(entry);
    }
    // At once, unlike what follows: to hold that an alert fires which is over is to tell of it.
    for (const End& end : theirs.ends) {
      const AlertPtr over = alerts_.TakeEnd(end, now_ms);
      if (over == nullptr) continue;
      changes.Set(*over, false);
      running_->inhibitor.Set(over);
      running_->dispatcher.Insert(over, now_ms, 0);
    }
    UpdateDue();
  }
  if (changes.empty()) return OkStatus();
  if (const Status status = Persist(changes); !status.ok()) {
    const MutexLock lock(mutex_);
    for (const End& end : theirs.ends) alerts_.NoteLost(end.fingerprint);
    return status;
  }
  const MutexLock lock(mutex_);
  silences_.Apply(silences);
  for (LogEntryPtr& entry : entries) log_.Set(std::move(entry));
  changed_ = true;
  return OkStatus();
}

SilencePtr Tenant::FindSilence(std::string_view id) const {
  const MutexLock lock(mutex_);
  return silences_.Find(id);
}

std::vector<SilencePtr> Tenant::ListSilences() const {
  const MutexLock lock(mutex_);
  return silences_.List(host_.clock().NowMs());
}

std::optional<FullState> Tenant::TakeSnapshot() {
  const MutexLock lock(mutex_);
  if (!std::exchange(changed_, false)) return std::nullopt;
  return State();
}

FullState Tenant::StateForOthers() const {
  const MutexLock lock(mutex_);
  FullState state = State();
  state.ends = alerts_.Ends(host_.clock().NowMs());
  return state;
}

FullState Tenant::State() const {
  FullState state;
  for (const SilencePtr& silence : silences_.List(host_.clock().NowMs()))
    state.silences.emplace_back(silence, silences_.ForgottenAt(*silence));
  for (const auto& [key, entry] : log_.entries()) state.entries.push_back(entry);
  return state;
}

void Tenant::ShowMetrics() {
  const MutexLock lock(mutex_);
  const Metrics& metrics = *environment_.metrics;
  const int64_t now_ms = host_.clock().NowMs();
  double counts[3] = {};
  for (const auto& [fingerprint, entry] : alerts_.entries()) {
    if (!entry.alert->ResolvedAt(now_ms)) ++counts[static_cast<int>(entry.attention)];
  }
  constexpr std::string_view kNames[] = {"unprocessed", "active", "suppressed"};
  for (int i = 0; i < 3; ++i) metrics.alerts.With({name_, kNames[i]}).Set(counts[i]);
  for (const SilenceState state :
       {SilenceState::kActive, SilenceState::kPending, SilenceState::kExpired}) {
    metrics.silences.With({name_, SilenceStateName(state)})
        .Set(static_cast<double>(silences_.Count(state, now_ms)));
  }
  metrics.alerts_bytes.With({name_}).Set(static_cast<double>(alerts_.bytes()));
  metrics.log_entries.With({name_}).Set(static_cast<double>(log_.entries().size()));
  metrics.groups.With({name_}).Set(static_cast<double>(running_->dispatcher.size()));
}

}  // namespace kvs::alertmanager
