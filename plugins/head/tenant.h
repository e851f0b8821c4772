// SPDX-License-Identifier: Apache-2.0
// Tenant: everything the head keeps of one tenant, and the map of all of them. A tenant is made by
// its first write and costs about 30 KiB while it has few series.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kvs/base/mutex.h"
#include "kvs/sdk/host.h"

#include "blocks/view.h"
#include "exemplars.h"
#include "key_cache.h"
#include "metadata.h"
#include "metrics.h"
#include "series.h"
#include "shard.h"
#include "tenant_limits.h"

namespace kvs::head {

struct Tenant {
  Tenant(std::string tenant_name, uint32_t tenant_number, const Metrics& metrics);

  /// Makes max_t at least `t`. [any]
  void RaiseMaxT(int64_t t) {
    int64_t seen = max_t.load(std::memory_order_relaxed);
    while (seen < t && !max_t.compare_exchange_weak(seen, t, std::memory_order_relaxed)) {
    }
  }

  const std::string name;
  const uint32_t number;  ///< In the log.

  /// Held shared from looking up ids to having used them, and alone by who takes ids away.
  std::shared_mutex gate;
  KeyCache keys;
  Shard shards[SeriesPlace::kShards];
  std::atomic<int64_t> max_t{std::numeric_limits<int64_t>::min()};  ///< The newest sample's time.
  /// By the clock, of the last sample taken; 0: none was, or the first one is being taken.
  std::atomic<int64_t> last_write_ms{0};
  std::atomic<bool> has_late{false};  ///< There may be late samples that are in no block yet.
  std::atomic<uint64_t> n_series{0};
  std::atomic<int64_t> readers{
      0};  ///< Open selections, whose ids must not be given to other series.
  /// Samples before it are of blocks that are cut, or about to be: none is taken in order.
  std::atomic<int64_t> cut_t{std::numeric_limits<int64_t>::min()};
  /// Samples before it have left memory. Of the thread that maintains.
  int64_t dropped_t = std::numeric_limits<int64_t>::min();
  Views views;

  TenantLimits limits;
  ExemplarStore exemplars;
  MetadataStore metadata;

  const sdk::Cell ingested;
  const sdk::Cell failures;
  const sdk::Cell late;
  const sdk::Cell created;
  const sdk::Cell removed;
  const sdk::Cell exemplars_appended;
};

/// [any]
class TenantMap {
 public:
  explicit TenantMap(const Metrics& metrics) : metrics_(metrics) {}

  /// The tenant, made if need be. Lives as long as the map.
  Tenant& Get(std::string_view name);
  /// The same, or null.
  Tenant* Find(std::string_view name) const;
  std::vector<Tenant*> All() const;
  size_t size() const;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  const Metrics& metrics_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, std::unique_ptr<Tenant>, Hash, std::equal_to<>> tenants_;
};

}  // namespace kvs::head
