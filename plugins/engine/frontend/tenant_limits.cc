// SPDX-License-Identifier: Apache-2.0
#include "tenant_limits.h"

#include <algorithm>
#include <array>

#include "kvs/sdk/each_tenant.h"
#include "kvs/sdk/limits.h"

namespace kvs::engine::frontend {
namespace {

enum class Strictest { kLeast, kMost };

struct Limit {
  const char* name;
  int64_t TenantLimits::*field;
  Strictest strictest;
};
constexpr std::array<Limit, 7> kLimits = {{
    {"max_cache_freshness", &TenantLimits::max_cache_freshness_ms, Strictest::kMost},
    {"results_cache_ttl", &TenantLimits::results_cache_ttl_ms, Strictest::kLeast},
    {"results_cache_ttl_for_out_of_order_time_window",
     &TenantLimits::results_cache_ttl_for_out_of_order_ms, Strictest::kLeast},
    {"out_of_order_time_window", &TenantLimits::out_of_order_window_ms, Strictest::kMost},
    {"max_query_parallelism", &TenantLimits::max_query_parallelism, Strictest::kLeast},
    {"query_sharding_total_shards", &TenantLimits::total_shards, Strictest::kLeast},
    {"query_sharding_max_sharded_queries", &TenantLimits::max_sharded_queries, Strictest::kLeast},
}};

constexpr double kMost = 9007199254740992.0;  // A double holds it exactly.

}  // namespace

StatusOr<TenantLimits> TenantLimits::Of(const sdk::LimiterRef& limiter, const sdk::Call& call,
                                        const Config& config) {
  const TenantLimits settings{
      config.max_cache_freshness.ms,
      config.results_cache_ttl.ms,
      config.results_cache_ttl_for_out_of_order_time_window.ms,
      config.out_of_order_time_window.ms,
      config.max_query_parallelism,
      config.parallelize_shardable_queries ? config.query_sharding_total_shards : 0,
      config.query_sharding_max_sharded_queries,
  };
  TenantLimits out = settings;
  bool is_first = true;
  KVS_RETURN_IF_ERROR(sdk::ForEachTenant(call.tenant(), [&](std::string_view tenant) -> Status {
    std::array<std::string_view, kLimits.size()> names;
    std::array<double, kLimits.size()> values;
    for (size_t i = 0; i < kLimits.size(); ++i) names[i] = kLimits[i].name;
    KVS_RETURN_IF_ERROR(
        sdk::AskLimits(limiter, sdk::OwnedCall(call, tenant), names, values).status());
    for (size_t i = 0; i < kLimits.size(); ++i) {
      const Limit& limit = kLimits[i];
      const bool is_set = values[i] >= 0 && values[i] < kMost;
      const int64_t value = is_set ? static_cast<int64_t>(values[i]) : settings.*limit.field;
      int64_t& strictest = out.*limit.field;
      if (is_first) {
        strictest = value;
      } else {
        strictest = limit.strictest == Strictest::kMost ? std::max(strictest, value)
                                                        : std::min(strictest, value);
      }
    }
    is_first = false;
    return OkStatus();
  }));
  // Whether queries are sharded at all is the operator's choice.
  if (!config.parallelize_shardable_queries) out.total_shards = 0;
  if (out.max_query_parallelism <= 0) out.max_query_parallelism = settings.max_query_parallelism;
  return out;
}

}  // namespace kvs::engine::frontend
