// SPDX-License-Identifier: Apache-2.0
// The ruler: keeps the groups under evaluation equal to what is stored, and answers both APIs, that
// of the configuration (config_api.cc) and that of the states (state_api.cc).
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kvs/base/mutex.h"
#include "kvs/http/params.h"
#include "kvs/sdk/component.h"
#include "kvs/sdk/port/http_routes.h"
#include "kvs/sdk/port/limiter.h"
#include "kvs/sdk/port/object_store.h"
#include "kvs/sdk/port/query_engine.h"
#include "kvs/sdk/port/ring.h"
#include "kvs/sdk/port/series_sink.h"
#include "kvs/sdk/worker_routes.h"

#include "colleagues.h"
#include "config.h"
#include "group.h"
#include "metrics.h"
#include "notifier.h"
#include "query.h"
#include "rule_store.h"
#include "scheduler.h"

namespace kvs::ruler {

using Request = sdk::ParsedRequest<http::Params>;

class Ruler final : public sdk::Component {
 public:
  Ruler(sdk::Host host, Config config);
  ~Ruler() override;

  sdk::Outcome Start(const sdk::Call& call, sdk::Completer& completer) override;
  sdk::Outcome Drain(const sdk::Call& call, sdk::Completer& completer) override;
  sdk::Outcome Stop(const sdk::Call& call, sdk::Completer& completer) override;

  sdk::StoreRef store;
  sdk::EngineRef engine;
  sdk::SinkRef sink;
  sdk::RoutesRef http;
  sdk::LimiterRef limiter;  // May be empty.
  sdk::RingRef ring;        // May be empty.

  /// Makes the groups equal to what is stored. [worker]
  Status Sync();

 private:
  struct TenantLimits {
    int64_t max_rules_per_group, max_groups;
    int64_t min_interval_ms = 0;
    uint32_t shard_size = 0;
    TenantSettings settings;
  };
  struct Leaving {
    GroupId id;
    std::shared_ptr<Group> group;
    int64_t removed_ms;
    int64_t due_ms;  // When its series are ended.
    bool moved;      // To another ruler, which goes on with them: nothing is ended.
  };
  using Tenant = std::map<GroupId, std::shared_ptr<Group>>;

  Status AddRoutes();
  TenantLimits LimitsOf(std::string_view tenant) const;
  /// Namespaces that the tenant's ruler_protected_namespaces keeps from being changed.
  StatusOr<std::set<std::string, std::less<>>> ProtectedOf(const sdk::Call& call) const;
  /// Whether a request may change its namespace. PermissionDenied.
  Status MayChange(const sdk::Call& call, const Request& request) const;

  /// Which of a tenant's groups are ours. UNAVAILABLE: nobody knows.
  StatusOr<sharing::Share> ShareOf(std::string_view tenant) const {
    return colleagues_.ShareOf(tenant, LimitsOf(tenant).shard_size);
  }
  /// `load` numbers the read that gave `groups`; one that began before another that is applied
  /// already is ignored.
  void ApplyTenant(const std::string& tenant, const TenantGroups& groups,
                   const sharing::Share& share, uint64_t load) KVS_REQUIRES(mutex_);
  /// After how many iterations the states of a group that is new here are looked up.
  uint32_t RestoreAfter() const KVS_REQUIRES(mutex_);
  void EndLeaving(int64_t now_ms);
  /// After a change of the configuration: at once for the tenant, rather than with the next poll.
  Status SyncTenant(const sdk::Call& call, const std::string& tenant);
  /// Likewise, and tells the other rulers.
  Status SpreadChange(const sdk::Call& call, const std::string& tenant);
  void OnTick();
  void EndWork();
  std::vector<GroupView> ViewsOf(std::string_view tenant, bool with_alerts) const;

  // config_api.cc
  sdk::HttpReply ListRules(const sdk::Call& call, const Request& request);
  sdk::HttpReply GetGroup(const sdk::Call& call, const Request& request);
  sdk::HttpReply SetGroups(const sdk::Call& call, const Request& request);
  sdk::HttpReply DeleteGroup(const sdk::Call& call, const Request& request);
  sdk::HttpReply DeleteNamespace(const sdk::Call& call, const Request& request);
  sdk::HttpReply DeleteTenant(const sdk::Call& call, const Request& request);
  sdk::HttpReply SyncOnRequest(const sdk::Call& call, const Request& request);
  Status CheckGroups(const std::string& tenant, const std::string& namespace_name,
                     const std::vector<rules::Group>& groups, const TenantGroups& existing) const;
  // state_api.cc
  struct Filter;
  static StatusOr<Filter> ReadFilter(const http::Params& params);
  static std::string GroupJson(const GroupView& group, const Filter& filter);
  std::vector<GroupText> LocalGroups(std::string_view tenant, const Filter& filter) const;
  sdk::HttpReply Rules(const sdk::Call& call, const Request& request);
  sdk::HttpReply Alerts(const sdk::Call& call, const Request& request);

  const sdk::Host host_;
  const Config config_;
  const Metrics metrics_;
  promql::ParserOptions syntax_;
  Colleagues colleagues_;
  sdk::CancelSource stop_;
  std::unique_ptr<RuleStore> rules_;
  std::unique_ptr<Querier> querier_;
  std::unique_ptr<Appender> appender_;
  std::unique_ptr<Notifier> notifier_;
  GroupEnvironment environment_;
  std::unique_ptr<Scheduler> scheduler_;
  sdk::WorkerRoutes<Ruler, http::Params> routes_{host_, this};
  std::function<void()> on_tick_;
  uint64_t ticket_ = 0;
  std::atomic<uint64_t> loads_{0};

  mutable Mutex mutex_;
  std::map<std::string, Tenant, std::less<>> tenants_ KVS_GUARDED_BY(mutex_);
  std::map<std::string, uint64_t, std::less<>> applied_
      KVS_GUARDED_BY(mutex_);  // Number of the load, by tenant.
  std::vector<Leaving> leaving_ KVS_GUARDED_BY(mutex_);
  bool loaded_ KVS_GUARDED_BY(mutex_) = false;
  int64_t next_poll_ms_ KVS_GUARDED_BY(mutex_) = 0;
  uint64_t epoch_ KVS_GUARDED_BY(mutex_) = 0;  // Of the ring at the last poll.
};

}  // namespace kvs::ruler
