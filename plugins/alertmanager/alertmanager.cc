// SPDX-License-Identifier: Apache-2.0
#include "alertmanager.h"

#include <cmath>
#include <fstream>
#include <iterator>
#include <utility>

#include "kvs/sdk/limits.h"

namespace kvs::alertmanager {
namespace {

constexpr int64_t kTickMs =
    100;  // How late a flush may begin; what it tells is as of when it was due.
constexpr int64_t kLastDeliveriesMs = 5'000;  // What deliveries get when the process ends.
constexpr int64_t kPollTickMs = 1'000;
constexpr int64_t kExchangeTickMs =
    200;  // How long a tenant that starts waits for what others know.
constexpr int64_t kExchangeRetryMs = 1'000;
constexpr int64_t kRetryPollMs = 5'000;
constexpr int64_t kStoreTimeoutMs = 60'000;
constexpr uint64_t kBodyBytesMax = 64 << 20;

}  // namespace

Alertmanager::Alertmanager(sdk::Host host, Config config)
    : host_(host),
      config_(std::move(config)),
      metrics_(host.metrics()),
      replicas_(host, config_, metrics_),
      environment_{host, &config_, &metrics_, &notifiers_, nullptr, &replicas_, give_up_.raw()},
      on_tick_([this] { OnTick(); }),
      on_poll_([this] { OnPoll(); }),
      on_exchange_([this] { OnExchange(); }),
      on_collect_([this] { ShowMetrics(); }) {
  host_.metrics().OnCollect(&on_collect_);
}

Alertmanager::~Alertmanager() = default;

Status Alertmanager::AddRoutes() {
  constexpr uint32_t kTenant = KVS_HTTP_NEEDS_TENANT;
  const auto add = [&](std::string_view methods, std::string_view pattern, uint32_t flags,
                       decltype(routes_)::Method method) {
    return routes_.Add(http, methods, pattern, method,
                       {.flags = flags, .max_body_bytes = kBodyBytesMax});
  };
  const struct {
    std::string_view methods;
    std::string path;
    uint32_t flags;
    decltype(routes_)::Method method;
  } routes[] = {
      {"GET", "/api/v2/status", kTenant, &Alertmanager::GetStatus},
      {"GET", "/api/v2/receivers", kTenant, &Alertmanager::GetReceivers},
      {"GET", "/api/v2/alerts", kTenant, &Alertmanager::GetAlerts},
      {"POST", "/api/v2/alerts", kTenant, &Alertmanager::PostAlerts},
      {"GET", "/api/v2/alerts/groups", kTenant, &Alertmanager::GetGroups},
      {"GET", "/api/v2/silences", kTenant, &Alertmanager::GetSilences},
      {"POST", "/api/v2/silences", kTenant, &Alertmanager::PostSilence},
      {"GET", "/api/v2/silence/{id}", kTenant, &Alertmanager::GetSilence},
      {"DELETE", "/api/v2/silence/{id}", kTenant, &Alertmanager::DeleteSilence},
      {"GET", "/api/v1/status/buildinfo", 0, &Alertmanager::BuildInfo},
      {"GET", "/-/healthy", KVS_HTTP_PUBLIC, &Alertmanager::Healthy},
      {"GET", "/-/ready", KVS_HTTP_PUBLIC, &Alertmanager::IsReady},
  };
  for (const auto& route : routes)
    KVS_RETURN_IF_ERROR(add(route.methods, config_.prefix + route.path, route.flags, route.method));
  KVS_RETURN_IF_ERROR(
      add("GET", "/multitenant_alertmanager/configs", KVS_HTTP_ADMIN, &Alertmanager::ListConfigs));
  KVS_RETURN_IF_ERROR(
      add("GET", "/multitenant_alertmanager/status", KVS_HTTP_ADMIN, &Alertmanager::ShowTenants));
  KVS_RETURN_IF_ERROR(add("POST", "/multitenant_alertmanager/delete_tenant_config", kTenant,
                          &Alertmanager::DeleteConfig));
  if (ring) {
    KVS_RETURN_IF_ERROR(
        add("POST", config_.prefix + "/replicas/state", KVS_HTTP_ADMIN, &Alertmanager::TakeStates));
  }
  if (!config_.config_api) return OkStatus();
  KVS_RETURN_IF_ERROR(add("GET", "/api/v1/alerts", kTenant, &Alertmanager::GetConfig));
  KVS_RETURN_IF_ERROR(add("POST", "/api/v1/alerts", kTenant, &Alertmanager::SetConfig));
  return add("DELETE", "/api/v1/alerts", kTenant, &Alertmanager::DeleteConfig);
}

Status Alertmanager::LoadFallback() {
  const std::string& file = config_.fallback_config_file;
  StoredConfig stored{config_.fallback_config, {}};
  if (!file.empty()) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return NotFound("fallback_config_file: ", file, " cannot be opened");
    stored.yaml.assign(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  if (stored.yaml.empty()) return OkStatus();
  StatusOr<TenantConfigPtr> made = TenantConfig::Make(std::move(stored), Now());
  if (!made.ok()) return Annotate(made.status(), file.empty() ? "fallback_config" : file);
  fallback_ = *std::move(made);
  return OkStatus();
}

sdk::Outcome Alertmanager::Start(const sdk::Call&, sdk::Completer&) {
  KVS_ASSIGN_OR_RETURN(notifiers_, Notifiers::Make(notifiers));
  configs_ = std::make_unique<ConfigStore>(store);
  state_ = std::make_unique<StateStore>(kv, config_.kv_prefix);
  environment_.state = state_.get();
  KVS_RETURN_IF_ERROR(LoadFallback());
  KVS_RETURN_IF_ERROR(replicas_.Start(ring));
  started_ms_ = host_.clock().NowMs();
  KVS_RETURN_IF_ERROR(AddRoutes());
  if (ring) exchanger_ = host_.timer().After(1, kExchangeTickMs, &on_exchange_);
  host_.health().NotReady("silences, notification log and configurations are being read");
  poller_ = host_.timer().After(1, kPollTickMs, &on_poll_);
  ticker_ = host_.timer().After(kTickMs, kTickMs, &on_tick_);
  return OkStatus();
}

// Ends what is under way; harmless when it has ended. [worker]
void Alertmanager::EndWork() {
  if (ticker_ != 0) host_.timer().Cancel(std::exchange(ticker_, 0));
  if (poller_ != 0) host_.timer().Cancel(std::exchange(poller_, 0));
  if (exchanger_ != 0) host_.timer().Cancel(std::exchange(exchanger_, 0));
  std::vector<std::shared_ptr<Tenant>> running;
  {
    const MutexLock lock(mutex_);
    for (auto& [name, known] : tenants_) {
      if (known.running != nullptr) running.push_back(known.running);
    }
  }
  StopTenants(running);
}

// Who is being told is told: whether a delivery that is cut off has arrived, nobody knows, and it
// would be made again after the restart.
void Alertmanager::StopTenants(const std::vector<std::shared_ptr<Tenant>>& tenants) {
  for (const auto& tenant : tenants) tenant->BeginStop();
  const int64_t deadline_ns = sdk::MonotonicNs() + kLastDeliveriesMs * 1'000'000;
  bool idle = true;
  for (const auto& tenant : tenants) {
    const int64_t left_ms = (deadline_ns - sdk::MonotonicNs()) / 1'000'000;
    idle = tenant->WaitIdle(std::max<int64_t>(left_ms, 0)) && idle;
  }
  if (idle) return;
  give_up_.Cancel();
  for (const auto& tenant : tenants) {
    while (!tenant->WaitIdle(kLastDeliveriesMs)) {
    }
  }
}

sdk::Outcome Alertmanager::Drain(const sdk::Call&, sdk::Completer& completer) {
  http.RemoveAll(host_.component());
  auto done = std::make_shared<sdk::Completion>(completer.Defer());
  host_.executor().PostWorker([this, done] {
    stop_.Cancel();
    EndWork();
    (*done)(OkStatus());
  });
  return sdk::Pending();
}

sdk::Outcome Alertmanager::Stop(const sdk::Call&, sdk::Completer& completer) {
  http.RemoveAll(host_.component());  // Nobody has to have drained it.
  auto done = std::make_shared<sdk::Completion>(completer.Defer());
  host_.executor().PostWorker([this, done] {
    stop_.Cancel();
    EndWork();
    replicas_.Stop();
    if (configs_ != nullptr) WriteSnapshots(INT64_MAX);
    {
      const MutexLock lock(mutex_);
      tenants_.clear();
    }
    (*done)(OkStatus());
  });
  return sdk::Pending();
}

TenantLimits Alertmanager::LimitsOf(std::string_view tenant) const {
  TenantLimits out;
  if (!limiter) return out;
  const struct {
    std::string_view name;
    int64_t* to;
  } limits[] = {
      {"alertmanager_max_dispatcher_aggregation_groups", &out.max_groups},
      {"alertmanager_max_alerts_count", &out.alerts.max_count},
      {"alertmanager_max_alerts_size_bytes", &out.alerts.max_bytes},
      {"alertmanager_max_silences_count", &out.silences.max_count},
      {"alertmanager_max_silence_size_bytes", &out.silences.max_size_bytes},
      {"alertmanager_max_config_size_bytes", &out.max_config_bytes},
      {"alertmanager_max_templates_count", &out.max_templates},
      {"alertmanager_max_template_size_bytes", &out.max_template_bytes},
  };
  std::string_view names[std::size(limits)];
  double values[std::size(limits)];
  for (size_t i = 0; i < std::size(limits); ++i) names[i] = limits[i].name;
  if (!sdk::AskLimits(limiter, sdk::OwnedCall(tenant), names, values).ok()) return out;
  for (size_t i = 0; i < std::size(limits); ++i) {
    if (!std::isnan(values[i])) *limits[i].to = static_cast<int64_t>(values[i]);
  }
  return out;
}

Status Alertmanager::LoadKept() {
  sdk::OwnedCall call("alertmanager", stop_.raw());
  call.WithTimeoutMs(kStoreTimeoutMs);
  std::vector<std::string> damaged;
  StatusOr<std::map<std::string, TenantState>> kept = state_->LoadAll(call, &damaged);
  for (const std::string& what : damaged)
    host_.log().Error("kept state cannot be read, and is left out", {{"error", what}});
  if (!kept.ok()) return kept.status();
  const MutexLock lock(mutex_);
  for (auto& [tenant, state] : *kept) {
    Known& known = tenants_[tenant];
    known.kept = std::move(state);
    known.has_kept = true;
  }
  return OkStatus();
}

Status Alertmanager::Sync() {
  const MutexLock syncing(syncing_);
  bool loaded = false;
  {
    const MutexLock lock(mutex_);
    loaded = loaded_;
  }
  if (!loaded) KVS_RETURN_IF_ERROR(LoadKept());
  metrics_.syncs.Add();
  sdk::OwnedCall call("alertmanager", stop_.raw());
  call.WithTimeoutMs(kStoreTimeoutMs);
  std::vector<std::string> damaged;
  StatusOr<std::map<std::string, StoredConfig>> stored = configs_->LoadAll(call, &damaged);
  for (const std::string& what : damaged)
    host_.log().Error("a stored configuration cannot be read", {{"error", what}});
  if (!stored.ok()) {
    metrics_.syncs_failed.Add();
    return stored.status();
  }
  std::vector<std::string> gone;
  {
    const MutexLock lock(mutex_);
    for (const auto& [tenant, known] : tenants_) {
      if (!known.stored.yaml.empty() && !stored->contains(tenant)) gone.push_back(tenant);
    }
  }
  for (const std::string& tenant : gone) ApplyConfig(tenant, nullptr);
  for (const auto& [tenant, config] : *stored) ApplyConfig(tenant, &config);
  metrics_.tenants_discovered.Set(static_cast<double>(stored->size()));

  const MutexLock lock(mutex_);
  // Alerts and silences of the last life are looked after at once, all others when asked for.
  for (auto& [tenant, known] : tenants_) {
    const bool left = !known.kept.alerts.empty() || !known.kept.silences.empty();
    if (known.running == nullptr && left && (known.config != nullptr || fallback_ != nullptr))
      StartTenant(tenant, known);
  }
  loaded_ = true;
  return OkStatus();
}

void Alertmanager::ApplyConfig(const std::string& tenant, const StoredConfig* stored) {
  {
    const MutexLock lock(mutex_);
    const Known& known = tenants_[tenant];
    if (stored != nullptr && !stored->yaml.empty() && known.stored == *stored) return;
  }
  TenantConfigPtr config = fallback_;
  if (stored != nullptr && !stored->yaml.empty()) {
    StatusOr<TenantConfigPtr> made = TenantConfig::Make(*stored, Now());
    metrics_.config_successful.With({tenant}).Set(made.ok() ? 1 : 0);
    if (made.ok()) {
      config = *std::move(made);
    } else {
      // What held before goes on to hold.
      host_.log().Error("the configuration of a tenant cannot be used",
                        {{"tenant", tenant}, {"error", made.status().message()}});
      const MutexLock lock(mutex_);
      tenants_[tenant].stored = *stored;
      return;
    }
  }
  std::shared_ptr<Tenant> running, stopped;
  {
    const MutexLock lock(mutex_);
    Known& known = tenants_[tenant];
    known.stored = stored == nullptr ? StoredConfig() : *stored;
    known.config = config == fallback_ ? nullptr : config;
    running = known.running;
    if (config == nullptr) stopped = std::exchange(known.running, nullptr);
  }
  if (stopped != nullptr) {
    stopped->BeginStop();
    while (!stopped->WaitIdle(kLastDeliveriesMs)) {
    }
    metrics_.RemoveTenant(tenant);
  } else if (running != nullptr) {
    running->Configure(config);
  }
}

std::shared_ptr<Tenant> Alertmanager::StartTenant(const std::string& name, Known& known) {
  const TenantConfigPtr& config = known.config != nullptr ? known.config : fallback_;
  known.running = std::make_shared<Tenant>(environment_, name, config,
                                           std::exchange(known.kept, TenantState()));
  known.has_kept = true;
  known.next_snapshot_ms = host_.clock().NowMs() + config_.persist_interval.ms;
  known.next_exchange_ms = 0;
  known.has_heard = false;
  return known.running;
}

void Alertmanager::ImportSnapshot(const std::string& name, Known* known) {
  sdk::OwnedCall call(name, stop_.raw());
  call.WithTimeoutMs(kStoreTimeoutMs);
  const StatusOr<std::string> bytes = configs_->GetState(call, name);
  if (bytes.status().code() == StatusCode::kNotFound) return;
  StatusOr<FullState> state = FullState();
  if (bytes.ok()) state = DecodeFullState(*bytes);
  if (!bytes.ok() || !state.ok()) {
    host_.log().Error(
        "the snapshot of a tenant's state cannot be read; it starts without",
        {{"tenant", name}, {"error", (bytes.ok() ? state.status() : bytes.status()).message()}});
    return;
  }
  StateChanges changes;
  for (const auto& [silence, expires_ms] : state->silences) {
    known->kept.silences.push_back(silence);
    changes.Set(*silence, expires_ms);
  }
  for (const LogEntryPtr& entry : state->entries) {
    known->kept.entries.push_back(entry);
    changes.Set(*entry);
  }
  if (const Status status = state_->Apply(call, name, changes); !status.ok())
    host_.log().Error("the snapshot of a tenant's state cannot be kept",
                      {{"tenant", name}, {"error", status.message()}});
}

StatusOr<std::shared_ptr<Tenant>> Alertmanager::Find(const sdk::Call& call) {
  const std::string name(call.tenant());
  {
    const MutexLock lock(mutex_);
    if (!loaded_) return Unavailable("the Alertmanager is starting; try again");
    const auto found = tenants_.find(name);
    if (found != tenants_.end() && found->second.running != nullptr) return found->second.running;
    if (fallback_ == nullptr && (found == tenants_.end() || found->second.config == nullptr))
      return NotFound("the Alertmanager is not configured");
  }
  const MutexLock syncing(syncing_);
  Known import;
  bool wanted = false;
  {
    const MutexLock lock(mutex_);
    Known& known = tenants_[name];
    if (known.running != nullptr) return known.running;
    if (known.config == nullptr && fallback_ == nullptr)
      return NotFound("the Alertmanager is not configured");
    wanted = !known.has_kept;
  }
  if (wanted) ImportSnapshot(name, &import);
  const MutexLock lock(mutex_);
  Known& known = tenants_[name];
  if (wanted) known.kept = std::move(import.kept);
  return StartTenant(name, known);
}

Status Alertmanager::Forget(const sdk::Call& call) {
  const std::string name(call.tenant());
  const MutexLock syncing(syncing_);
  KVS_RETURN_IF_ERROR(configs_->Delete(call, name));
  ApplyConfig(name, nullptr);
  if (fallback_ != nullptr) return OkStatus();
  KVS_RETURN_IF_ERROR(state_->Clear(call, name));
  KVS_RETURN_IF_ERROR(configs_->DeleteState(call, name));
  const MutexLock lock(mutex_);
  tenants_.erase(name);
  return OkStatus();
}

void Alertmanager::WriteSnapshots(int64_t now_ms) {
  std::vector<std::shared_ptr<Tenant>> due;
  {
    const MutexLock lock(mutex_);
    for (auto& [name, known] : tenants_) {
      if (known.running == nullptr || known.next_snapshot_ms > now_ms) continue;
      known.next_snapshot_ms = now_ms == INT64_MAX ? now_ms : now_ms + config_.persist_interval.ms;
      due.push_back(known.running);
    }
  }
  for (const auto& tenant : due) {
    const std::optional<FullState> state = tenant->TakeSnapshot();
    if (!state.has_value()) continue;
    sdk::OwnedCall call(tenant->name());  // Also while the component stops.
    call.WithTimeoutMs(kStoreTimeoutMs);
    metrics_.snapshots.Add();
    const Status status =
        configs_->SetState(call, tenant->name(), EncodeFullState(tenant->name(), *state));
    if (status.ok()) continue;
    metrics_.snapshots_failed.Add();
    host_.log().Error("the snapshot of a tenant's state cannot be written",
                      {{"tenant", tenant->name()}, {"error", status.message()}});
  }
}

// Who comes back hears first what others have told meanwhile, also where it has to find them first,
// but does not wait for ever.
bool Alertmanager::WaitsForOthers(const Known& known, int64_t now_ms) const {
  return replicas_.any() && !known.has_heard &&
         now_ms < known.running->started_ms() + config_.peer_timeout.ms;
}

void Alertmanager::OnTick() {
  const int64_t now_ms = host_.clock().NowMs();
  std::vector<std::shared_ptr<Tenant>> due;
  {
    const MutexLock lock(mutex_);
    for (const auto& [name, known] : tenants_) {
      if (known.running == nullptr || known.running->next_due_ms() > now_ms) continue;
      if (WaitsForOthers(known, now_ms)) continue;
      due.push_back(known.running);
    }
  }
  for (const auto& tenant : due) tenant->TickSoon();
}

void Alertmanager::OnExchange() {
  const int64_t now_ms = host_.clock().NowMs();
  std::vector<std::shared_ptr<Tenant>> due;
  {
    const MutexLock lock(mutex_);
    for (const auto& [name, known] : tenants_) {
      if (known.running != nullptr && known.next_exchange_ms <= now_ms)
        due.push_back(known.running);
    }
  }
  std::vector<Replicas::Exchanged> exchanged;
  for (const auto& tenant : due) {
    exchanged.push_back({.tenant = tenant->name(),
                         .state = [tenant] { return tenant->StateForOthers(); },
                         .merge =
                             [tenant](const FullState& theirs) {
                               IgnoreError(tenant->Merge(theirs),
                                           "counted and logged; it comes with the next exchange");
                             },
                         .done =
                             [this, tenant, now_ms](bool heard) {
                               const MutexLock lock(mutex_);
                               const auto found = tenants_.find(tenant->name());
                               if (found == tenants_.end() || found->second.running != tenant)
                                 return;
                               Known& known = found->second;
                               // Who has been here for a while has seen whether there are any.
                               known.has_heard = known.has_heard || heard ||
                                                 now_ms >= started_ms_ + config_.peer_timeout.ms;
                               known.next_exchange_ms =
                                   now_ms + (WaitsForOthers(known, now_ms)
                                                 ? kExchangeRetryMs
                                                 : config_.push_pull_interval.ms);
                             }});
  }
  IgnoreError(replicas_.Exchange(exchanged),
              "who the others are is not known yet; they are asked again soon");
}

void Alertmanager::OnPoll() {
  const int64_t now_ms = host_.clock().NowMs();
  WriteSnapshots(now_ms);
  bool loaded = false;
  {
    const MutexLock lock(mutex_);
    if (now_ms < next_poll_ms_) return;
    next_poll_ms_ = now_ms + config_.poll_interval.ms;
    loaded = loaded_;
  }
  const Status status = Sync();
  if (status.ok()) {
    if (!loaded) host_.health().Ready();
    return;
  }
  if (stop_.cancelled()) return;
  host_.log().Error("configurations or kept state cannot be read", {{"error", status.message()}});
  if (!loaded) host_.health().NotReady("configurations or kept state cannot be read");
  const MutexLock lock(mutex_);
  next_poll_ms_ = now_ms + std::min(kRetryPollMs, config_.poll_interval.ms);
}

void Alertmanager::ShowMetrics() {
  std::vector<std::shared_ptr<Tenant>> running;
  {
    const MutexLock lock(mutex_);
    for (const auto& [name, known] : tenants_) {
      if (known.running != nullptr) running.push_back(known.running);
    }
  }
  metrics_.tenants_owned.Set(static_cast<double>(running.size()));
  for (const auto& tenant : running) tenant->ShowMetrics();
}

}  // namespace kvs::alertmanager
