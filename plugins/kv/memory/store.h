// SPDX-License-Identifier: Apache-2.0
// Keys and values in memory.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "kvs/base/mutex.h"
#include "kvs/sdk/component.h"
#include "kvs/sdk/kv_changes.h"
#include "kvs/sdk/kv_metrics.h"

#include "config.h"

namespace kvs::kv::memory {

/// Nothing blocks; a watch waits without a thread. [any]
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
  struct Item {
    sdk::KvChangePtr entry;
    int64_t expires_ms = 0;  // 0: never.
  };
  /// Removes what has reached its end.
  void Expire(sdk::KvChanges::Wakeups* wakeups) KVS_REQUIRES(mutex_);
  void Forget(const Item& item) KVS_REQUIRES(mutex_);
  void Tick();

  const sdk::Host host_;
  const sdk::Clock clock_;
  const sdk::KvMetrics metrics_;
  sdk::KvChanges changes_;
  std::function<void()> tick_;
  uint64_t ticker_ = 0;
  Mutex mutex_;
  uint64_t revision_ KVS_GUARDED_BY(mutex_) = 0;
  std::map<std::string, Item, std::less<>> items_ KVS_GUARDED_BY(mutex_);
  std::set<std::pair<int64_t, std::string>> ends_
      KVS_GUARDED_BY(mutex_);  // Of items that have an end.
};

}  // namespace kvs::kv::memory
