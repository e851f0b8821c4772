// SPDX-License-Identifier: Apache-2.0
// The Alertmanager of many tenants: keeps who runs equal to what is stored, and answers three APIs:
// that of the configuration (api/config_api.cc), Alertmanager's own (api/v2.cc), and the operator's
// (api/admin.cc). A tenant is started by its first request, or by what is left of its last life.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/mutex.h"
#include "kvs/http/params.h"
#include "kvs/sdk/component.h"
#include "kvs/sdk/port/http_routes.h"
#include "kvs/sdk/port/kv.h"
#include "kvs/sdk/port/limiter.h"
#include "kvs/sdk/port/notifier.h"
#include "kvs/sdk/port/object_store.h"
#include "kvs/sdk/port/ring.h"
#include "kvs/sdk/worker_routes.h"

#include "config.h"
#include "config/config_store.h"
#include "config/tenant_config.h"
#include "dispatch/delivery.h"
#include "dispatch/tenant.h"
#include "metrics.h"
#include "replicas.h"
#include "state/state_store.h"

namespace kvs::alertmanager {

using Request = sdk::ParsedRequest<http::Params>;

class Alertmanager final : public sdk::Component {
 public:
  Alertmanager(sdk::Host host, Config config);
  ~Alertmanager() override;

  sdk::Outcome Start(const sdk::Call& call, sdk::Completer& completer) override;
  sdk::Outcome Drain(const sdk::Call& call, sdk::Completer& completer) override;
  sdk::Outcome Stop(const sdk::Call& call, sdk::Completer& completer) override;

  sdk::StoreRef store;
  sdk::KvRef kv;
  sdk::RoutesRef http;
  std::vector<sdk::NotifierRef> notifiers;
  sdk::LimiterRef limiter;  // May be empty.
  sdk::RingRef ring;        // May be empty.

  /// Makes the tenants equal to what is stored. [worker]
  Status Sync();

 private:
  struct Known {
    TenantConfigPtr config;           ///< Null: it has none, or one that cannot be used.
    StoredConfig stored;              ///< What `config` was made of, or could not be made of.
    std::shared_ptr<Tenant> running;  ///< Null: not started.
    TenantState kept;                 ///< Of its last life; taken when it starts.
    bool has_kept = false;
    int64_t next_snapshot_ms = 0;
    int64_t next_exchange_ms = 0;  ///< With other replicas.
    bool has_heard = false;        ///< From any of them, since it runs; or there is nobody.
  };

  Status AddRoutes();
  /// What templates take for now.
  std::function<int64_t()> Now() const {
    return [host = host_] { return host.clock().NowMs(); };
  }
  TenantLimits LimitsOf(std::string_view tenant) const;
  Status LoadFallback();
  Status LoadKept();

  /// Who answers for a tenant; started if need be. NotFound: it has no configuration; Unavailable.
  /// [worker]
  StatusOr<std::shared_ptr<Tenant>> Find(const sdk::Call& call);
  std::shared_ptr<Tenant> StartTenant(const std::string& name, Known& known) KVS_REQUIRES(mutex_);
  /// The state of a tenant that another server has left in the store.
  void ImportSnapshot(const std::string& name, Known* known);
  void ApplyConfig(const std::string& tenant, const StoredConfig* stored) KVS_EXCLUDES(mutex_);
  Status Forget(const sdk::Call& call);
  void WriteSnapshots(int64_t now_ms);
  bool WaitsForOthers(const Known& known, int64_t now_ms) const KVS_REQUIRES(mutex_);
  void OnTick();
  void OnExchange();
  void OnPoll();
  void EndWork();
  void StopTenants(const std::vector<std::shared_ptr<Tenant>>& tenants);
  void ShowMetrics();

  // api/config_api.cc
  sdk::HttpReply GetConfig(const sdk::Call& call, const Request& request);
  sdk::HttpReply SetConfig(const sdk::Call& call, const Request& request);
  sdk::HttpReply DeleteConfig(const sdk::Call& call, const Request& request);
  Status CheckConfig(const sdk::Call& call, const StoredConfig& stored) const;
  // api/admin.cc
  sdk::HttpReply ListConfigs(const sdk::Call& call, const Request& request);
  sdk::HttpReply ShowTenants(const sdk::Call& call, const Request& request);
  sdk::HttpReply Healthy(const sdk::Call& call, const Request& request);
  sdk::HttpReply IsReady(const sdk::Call& call, const Request& request);
  sdk::HttpReply TakeStates(const sdk::Call& call, const Request& request);
  sdk::HttpReply BuildInfo(const sdk::Call& call, const Request& request);
  // api/v2.cc
  sdk::HttpReply GetStatus(const sdk::Call& call, const Request& request);
  sdk::HttpReply GetReceivers(const sdk::Call& call, const Request& request);
  sdk::HttpReply GetAlerts(const sdk::Call& call, const Request& request);
  sdk::HttpReply PostAlerts(const sdk::Call& call, const Request& request);
  sdk::HttpReply GetGroups(const sdk::Call& call, const Request& request);
  sdk::HttpReply GetSilences(const sdk::Call& call, const Request& request);
  sdk::HttpReply PostSilence(const sdk::Call& call, const Request& request);
  sdk::HttpReply GetSilence(const sdk::Call& call, const Request& request);
  sdk::HttpReply DeleteSilence(const sdk::Call& call, const Request& request);

  const sdk::Host host_;
  const Config config_;
  const Metrics metrics_;
  int64_t started_ms_ = 0;
  sdk::CancelSource stop_;     // Of reads and writes of the store.
  sdk::CancelSource give_up_;  // Of deliveries.
  Notifiers notifiers_;
  Replicas replicas_;
  std::unique_ptr<ConfigStore> configs_;
  std::unique_ptr<StateStore> state_;
  Environment environment_;
  TenantConfigPtr fallback_;
  sdk::WorkerRoutes<Alertmanager, http::Params> routes_{host_, this};
  std::function<void()> on_tick_, on_poll_, on_exchange_, on_collect_;
  uint64_t ticker_ = 0, poller_ = 0, exchanger_ = 0;

  Mutex syncing_;  // One change of configurations at a time. Before mutex_.
  mutable Mutex mutex_;
  std::map<std::string, Known, std::less<>> tenants_ KVS_GUARDED_BY(mutex_);
  bool loaded_ KVS_GUARDED_BY(mutex_) = false;
  int64_t next_poll_ms_ KVS_GUARDED_BY(mutex_) = 0;
};

}  // namespace kvs::alertmanager
