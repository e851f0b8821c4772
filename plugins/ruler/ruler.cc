// SPDX-License-Identifier: Apache-2.0
#include "ruler.h"

#include <cmath>
#include <random>

#include "kvs/http/params.h"
#include "kvs/sdk/limits.h"

namespace kvs::ruler {
namespace {

constexpr int64_t kRefreshTickMs = 1'000;
constexpr int64_t kStoreTimeoutMs = 60'000;
constexpr uint64_t kBodyBytesMax = 16 << 20;

uint64_t RandomSecret() {
  std::random_device random;
  return uint64_t{random()} << 32 | random();
}

}  // namespace

Ruler::Ruler(sdk::Host host, Config config)
    : host_(host),
      config_(std::move(config)),
      metrics_(host.metrics()),
      colleagues_(host, config_),
      on_tick_([this] { OnTick(); }) {
  for (const std::string& flag : config_.enable_features) syntax_.Enable(flag);
}

Ruler::~Ruler() = default;

Status Ruler::AddRoutes() {
  const auto add = [&](std::string_view methods, std::string_view pattern,
                       decltype(routes_)::Method method) {
    return routes_.Add(http, methods, pattern, method,
                       {.flags = KVS_HTTP_NEEDS_TENANT, .max_body_bytes = kBodyBytesMax});
  };
  KVS_RETURN_IF_ERROR(add("GET", config_.prefix + "/api/v1/rules", &Ruler::Rules));
  KVS_RETURN_IF_ERROR(add("GET", config_.prefix + "/api/v1/alerts", &Ruler::Alerts));
  if (ring) KVS_RETURN_IF_ERROR(add("POST", "/ruler/sync", &Ruler::SyncOnRequest));
  if (!config_.config_api) return OkStatus();
  const std::string base = config_.prefix + "/config/v1/rules";
  KVS_RETURN_IF_ERROR(add("GET", base, &Ruler::ListRules));
  KVS_RETURN_IF_ERROR(add("GET", base + "/{namespace}", &Ruler::ListRules));
  KVS_RETURN_IF_ERROR(add("POST", base + "/{namespace}", &Ruler::SetGroups));
  KVS_RETURN_IF_ERROR(add("DELETE", base + "/{namespace}", &Ruler::DeleteNamespace));
  KVS_RETURN_IF_ERROR(add("GET", base + "/{namespace}/{group}", &Ruler::GetGroup));
  KVS_RETURN_IF_ERROR(add("DELETE", base + "/{namespace}/{group}", &Ruler::DeleteGroup));
  return add("POST", "/ruler/delete_tenant_config", &Ruler::DeleteTenant);
}

sdk::Outcome Ruler::Start(const sdk::Call&, sdk::Completer&) {
  rules_ = std::make_unique<RuleStore>(store);
  querier_ = std::make_unique<Querier>(engine, host_.executor(), metrics_, config_.query_timeout.ms,
                                       static_cast<uint32_t>(config_.max_independent_rules));
  appender_ = std::make_unique<Appender>(sink, metrics_, config_.query_timeout.ms, RandomSecret());
  if (!config_.alertmanager_urls.empty()) {
    notifier_ = std::make_unique<Notifier>(host_, config_, metrics_, HttpSend(config_));
    KVS_RETURN_IF_ERROR(notifier_->Start());
  }
  KVS_RETURN_IF_ERROR(colleagues_.Start(ring));
  environment_ = {host_,
                  querier_.get(),
                  appender_.get(),
                  notifier_.get(),
                  &metrics_,
                  syntax_,
                  config_.external_url,
                  config_.prefix,
                  config_.evaluation_interval.ms,
                  config_.for_outage_tolerance.ms,
                  config_.for_grace_period.ms,
                  config_.resend_delay.ms,
                  static_cast<uint32_t>(config_.max_independent_rules),
                  stop_.raw()};
  const auto max_running = config_.max_concurrent_groups > 0
                               ? static_cast<uint32_t>(config_.max_concurrent_groups)
                               : std::max(2u, host_.executor().worker_count() / 2 + 1);
  scheduler_ =
      std::make_unique<Scheduler>(host_, max_running, [this](Group& group, int64_t due_ms) {
        const TenantLimits limits = LimitsOf(group.tenant());
        // It may have changed hands since the last poll.
        const StatusOr<sharing::Share> share =
            colleagues_.ShareOf(group.tenant(), limits.shard_size);
        if (!share.ok() || !share->Owns(WorkKeyOf(group.namespace_name(), group.name()))) return;
        group.Evaluate(due_ms, limits.settings);
      });
  scheduler_->Start();
  KVS_RETURN_IF_ERROR(AddRoutes());
  host_.health().NotReady("the rules are being read");
  ticket_ = host_.timer().After(1, kRefreshTickMs, &on_tick_);
  return OkStatus();
}

// Ends what is under way; harmless when it has ended. [worker]
void Ruler::EndWork() {
  if (ticket_ != 0) host_.timer().Cancel(std::exchange(ticket_, 0));
  scheduler_->Stop();
}

sdk::Outcome Ruler::Drain(const sdk::Call&, sdk::Completer& completer) {
  http.RemoveAll(host_.component());
  stop_.Cancel();
  auto done = std::make_shared<sdk::Completion>(completer.Defer());
  host_.executor().PostWorker([this, done] {
    EndWork();
    (*done)(OkStatus());
  });
  return sdk::Pending();
}

sdk::Outcome Ruler::Stop(const sdk::Call&, sdk::Completer& completer) {
  stop_.Cancel();
  auto done = std::make_shared<sdk::Completion>(completer.Defer());
  host_.executor().PostWorker([this, done] {
    EndWork();  // Nobody has to have drained it.
    if (notifier_ != nullptr) notifier_->Stop();
    colleagues_.Stop();
    {
      const MutexLock lock(mutex_);
      tenants_.clear();
      leaving_.clear();
    }
    (*done)(OkStatus());
  });
  return sdk::Pending();
}

Ruler::TenantLimits Ruler::LimitsOf(std::string_view tenant) const {
  TenantLimits out{config_.max_rules_per_group,
                   config_.max_groups_per_tenant,
                   0,
                   static_cast<uint32_t>(config_.ruler_tenant_shard_size),
                   {config_.query_offset.ms, true, true}};
  if (!limiter) return out;
  constexpr std::string_view kNames[] = {"ruler_max_rules_per_rule_group",
                                         "ruler_max_rule_groups_per_tenant",
                                         "ruler_min_rule_evaluation_interval",
                                         "ruler_evaluation_delay_duration",
                                         "ruler_recording_rules_evaluation_enabled",
                                         "ruler_alerting_rules_evaluation_enabled",
                                         "ruler_tenant_shard_size",
                                         "ruler_max_rule_evaluation_results"};
  double values[std::size(kNames)];
  if (!sdk::AskLimits(limiter, sdk::OwnedCall(tenant), kNames, values).ok()) return out;
  const auto take = [&](size_t i, auto* to) {
    if (!std::isnan(values[i])) *to = static_cast<std::remove_pointer_t<decltype(to)>>(values[i]);
  };
  take(0, &out.max_rules_per_group);
  take(1, &out.max_groups);
  take(2, &out.min_interval_ms);
  take(3, &out.settings.query_offset_ms);
  take(4, &out.settings.recording_enabled);
  take(5, &out.settings.alerting_enabled);
  take(6, &out.shard_size);
  take(7, &out.settings.max_results);
  return out;
}

// A group that comes from another ruler has its data there, unlike one after an outage of
// everything: its states are looked up one iteration sooner, so that its alerts go on before
// Alertmanagers hold them for ended.
uint32_t Ruler::RestoreAfter() const {
  if (!loaded_) return 2;
  return colleagues_.any() ? 1 : 0;
}

void Ruler::ApplyTenant(const std::string& tenant, const TenantGroups& groups,
                        const sharing::Share& share, uint64_t load) {
  if (uint64_t& applied = applied_[tenant]; load > applied) {
    applied = load;
  } else {
    return;
  }
  Tenant& running = tenants_[tenant];
  for (auto at = running.begin(); at != running.end();) {
    const bool exists = groups.contains(at->first);
    const bool moved = exists && !share.Owns(WorkKeyOf(at->first.first, at->first.second));
    if (exists && !moved) {
      ++at;
      continue;
    }
    at->second->Remove();
    const int64_t now = host_.clock().NowMs();
    const int64_t wait_ms = moved ? 0 : 2 * at->second->interval_ms();
    leaving_.push_back({at->first, at->second, now, now + wait_ms, moved});
    at = running.erase(at);
  }
  for (const auto& [id, definition] : groups) {
    if (!share.Owns(WorkKeyOf(id.first, id.second))) continue;
    std::shared_ptr<Group>& group = running[id];
    if (group == nullptr) {
      group = std::make_shared<Group>(environment_, tenant, id.first, definition, RestoreAfter());
      scheduler_->Add(group);
    } else if (group->definition() != definition) {
      group->Replace(definition);
    }
  }
  if (running.empty()) tenants_.erase(tenant);
  metrics_.managers.Set(static_cast<double>(tenants_.size()));
}

Status Ruler::Sync() {
  const uint64_t load = ++loads_;
  sdk::OwnedCall call("ruler", stop_.raw());
  call.WithTimeoutMs(kStoreTimeoutMs);
  std::vector<std::string> damaged;
  StatusOr<std::map<std::string, TenantGroups>> stored = rules_->LoadAll(call, &damaged);
  for (const std::string& what : damaged)
    host_.log().Error("a stored rule group cannot be read", {{"error", what}});
  if (!stored.ok()) {
    metrics_.sync_failures.Add();
    return stored.status();
  }
  {
    const MutexLock lock(mutex_);
    for (const auto& [tenant, groups] : tenants_) stored->try_emplace(tenant);
  }
  std::map<std::string, sharing::Share> shares;
  for (const auto& [tenant, groups] : *stored) {
    KVS_ASSIGN_OR_RETURN(sharing::Share share, ShareOf(tenant));
    shares.emplace(tenant, std::move(share));
  }
  const MutexLock lock(mutex_);
  for (const auto& [tenant, groups] : *stored) ApplyTenant(tenant, groups, shares.at(tenant), load);
  loaded_ = true;
  return OkStatus();
}

Status Ruler::SyncTenant(const sdk::Call& call, const std::string& tenant) {
  const uint64_t load = ++loads_;
  KVS_ASSIGN_OR_RETURN(const TenantGroups groups, rules_->Load(call, tenant));
  KVS_ASSIGN_OR_RETURN(const sharing::Share share, ShareOf(tenant));
  const MutexLock lock(mutex_);
  ApplyTenant(tenant, groups, share, load);
  return OkStatus();
}

Status Ruler::SpreadChange(const sdk::Call& call, const std::string& tenant) {
  KVS_RETURN_IF_ERROR(SyncTenant(call, tenant));
  KVS_ASSIGN_OR_RETURN(const sharing::Share share, ShareOf(tenant));
  colleagues_.TellOfChange(call, share);
  return OkStatus();
}

// Series of removed groups end two intervals later: by then a group that took over some of them
// writes them itself.
void Ruler::EndLeaving(int64_t now_ms) {
  std::vector<Leaving> ended;
  {
    const MutexLock lock(mutex_);
    std::erase_if(leaving_, [&](Leaving& leaving) {
      if (leaving.due_ms > now_ms || leaving.group->evaluating()) return false;
      const auto tenant = tenants_.find(leaving.group->tenant());
      // Cells of metrics and series belong to the group that has taken its place.
      if (tenant != tenants_.end() && tenant->second.contains(leaving.id)) return true;
      metrics_.RemoveGroup(leaving.group->tenant(),
                           StrCat(leaving.id.first, ";", leaving.id.second));
      ended.push_back(std::move(leaving));
      return true;
    });
  }
  for (const Leaving& leaving : ended) {
    if (leaving.moved) continue;
    leaving.group->WriteStale(leaving.removed_ms -
                              LimitsOf(leaving.group->tenant()).settings.query_offset_ms);
  }
}

void Ruler::OnTick() {
  const int64_t now = host_.clock().NowMs();
  EndLeaving(now);
  bool poll = false, loaded = false;
  {
    const uint64_t epoch = colleagues_.epoch();
    const MutexLock lock(mutex_);
    poll = now >= next_poll_ms_ || epoch != epoch_;
    epoch_ = epoch;
    if (poll) next_poll_ms_ = now + (loaded_ ? config_.poll_interval.ms : 5 * kRefreshTickMs);
    loaded = loaded_;
  }
  if (!poll) return;
  const Status status = Sync();
  if (status.ok()) {
    const MutexLock lock(mutex_);
    next_poll_ms_ = now + config_.poll_interval.ms;
    host_.health().Ready();
  } else if (stop_.cancelled()) {
    return;
  } else {
    host_.log().Error("the rules cannot be read", {{"error", status.message()}});
    const MutexLock lock(mutex_);
    next_poll_ms_ = std::min(next_poll_ms_, now + 5 * kRefreshTickMs);
    if (!loaded) host_.health().NotReady("the rules cannot be read");
  }
}

std::vector<GroupView> Ruler::ViewsOf(std::string_view tenant, bool with_alerts) const {
  std::vector<std::shared_ptr<Group>> groups;
  {
    const MutexLock lock(mutex_);
    const auto found = tenants_.find(tenant);
    if (found == tenants_.end()) return {};
    for (const auto& [id, group] : found->second) groups.push_back(group);
  }
  std::vector<GroupView> out;
  out.reserve(groups.size());
  for (const auto& group : groups) out.push_back(group->View(with_alerts));
  return out;
}

}  // namespace kvs::ruler
