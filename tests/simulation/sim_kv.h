// SPDX-License-Identifier: Apache-2.0
// SimKv: a kv store as members of a ring and their watchers see it, whose changes are those of the
// simulation. A watch ends when something has changed, as that of etcd does.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "kvs/sdk/port/kv.h"

namespace kvs::simulation {

/// [any]
class SimKv final : public sdk::Kv {
 public:
  sdk::KvRef ref() { return sdk::KvRef(sdk::IfaceOf<sdk::Kv>(this)); }

  void Put(const std::string& key, std::string value);
  /// Whether the key is there.
  bool Has(const std::string& key) const;
  /// Returns when the one who watches has seen and judged everything until now.
  void AwaitWatcher();
  /// Ends every watch, for the end of the watcher.
  void End();

  sdk::Outcome Get(const sdk::Call& call, const kvs_kv_range_t& in, kvs_kv_entries_t& out,
                   sdk::Completer&) override;
  sdk::Outcome Apply(const sdk::Call& call, const kvs_kv_batch_t& in, uint64_t& out,
                     sdk::Completer&) override;
  sdk::Outcome Watch(const sdk::Call& call, const kvs_kv_watch_t& in, kvs_kv_entries_t& out,
                     sdk::Completer&) override;

 private:
  struct Item {
    std::string value;
    uint64_t revision = 0;
    bool deleted = false;
  };
  /// Those with the prefix that have changed behind `after`.
  void HandOutSince(const std::string& prefix, uint64_t after, bool deleted, kvs_kv_entries_t& out);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_, as all below.
  std::map<std::string, Item> items_;
  uint64_t revision_ = 0;
  uint64_t seen_ = 0;  ///< What the watcher begins behind.
  bool ended_ = false;
};

}  // namespace kvs::simulation
