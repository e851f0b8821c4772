// SPDX-License-Identifier: Apache-2.0
// Keys and values on disk.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "kvs/base/mutex.h"
#include "kvs/lmdb/lmdb.h"
#include "kvs/sdk/component.h"
#include "kvs/sdk/kv_changes.h"
#include "kvs/sdk/kv_metrics.h"

#include "config.h"

namespace kvs::kv::lmdb {

/// Reads and writes block on the disk; a watch waits without a thread. [worker]
class Store final : public sdk::Component, public sdk::Kv {
 public:
  Store(sdk::Host host, Config config);
  ~Store() override;

  sdk::Outcome Start(const sdk::Call&, sdk::Completer&) override;
  sdk::Outcome Stop(const sdk::Call&, sdk::Completer&) override;

  sdk::Outcome Get(const sdk::Call&, const kvs_kv_range_t& in, kvs_kv_entries_t& out,
                   sdk::Completer&) override;
  sdk::Outcome Apply(const sdk::Call&, const kvs_kv_batch_t& in, uint64_t& out,
                     sdk::Completer&) override;
  sdk::Outcome Watch(const sdk::Call& call, const kvs_kv_watch_t& in, kvs_kv_entries_t& out,
                     sdk::Completer& completer) override;

 private:
  Status Read(const kvs_kv_range_t& in, kvs_kv_entries_t& out);
  Status Write(const kvs_kv_batch_t& in, uint64_t& out);
  /// What a transaction does, so that memory follows only when it is committed.
  struct Written {
    std::vector<sdk::KvChangePtr> changes;
    std::vector<std::pair<int64_t, std::string>> new_ends, old_ends;
  };
  /// Reads the revision and the ends of entries.
  Status Load() KVS_REQUIRES(mutex_);
  /// Removes what has reached its end.
  Status Expire(sdk::KvChanges::Wakeups* wakeups) KVS_REQUIRES(mutex_);
  Status PutAll(kvs::lmdb::Txn& txn, const kvs_kv_batch_t& in, uint64_t revision, Written* written)
      KVS_REQUIRES(mutex_);
  Status Delete(kvs::lmdb::Txn& txn, std::string_view key, uint64_t revision, Written* written)
      KVS_REQUIRES(mutex_);
  Status Commit(kvs::lmdb::Txn txn, uint64_t revision, Written written,
                sdk::KvChanges::Wakeups* wakeups) KVS_REQUIRES(mutex_);
  void Tick();

  const sdk::Host host_;
  const sdk::Clock clock_;
  const Config config_;
  const sdk::KvMetrics metrics_;
  sdk::KvChanges changes_;
  std::function<void()> tick_;
  uint64_t ticker_ = 0;
  // Set by Start().
  kvs::lmdb::Env env_;
  kvs::lmdb::Db entries_ = 0, meta_ = 0;

  Mutex mutex_;  // Of writers. Readers need none.
  uint64_t revision_ KVS_GUARDED_BY(mutex_) = 0;
  std::set<std::pair<int64_t, std::string>> ends_
      KVS_GUARDED_BY(mutex_);  // Of entries that have an end.
};

}  // namespace kvs::kv::lmdb
