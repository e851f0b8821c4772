// SPDX-License-Identifier: Apache-2.0
// Values by key in this process' memory, bounded in bytes.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "kvs/base/mutex.h"
#include "kvs/sdk/component.h"
#include "kvs/sdk/port/cache.h"

#include "config.h"
#include "metrics.h"

namespace kvs::cache::memory {

/// Nothing blocks. A value that was handed out lives until its reader lets go of it, whatever
/// becomes of its item. [any]
class Backend final : public sdk::Component, public sdk::Cache {
 public:
  Backend(sdk::Host host, Config config);

  sdk::Outcome Get(const sdk::Call&, const kvs_cache_keys_t& in, kvs_cache_values_t& out,
                   sdk::Completer&) override;
  sdk::Outcome Put(const sdk::Call&, const kvs_cache_items_t& in, sdk::Completer&) override;
  sdk::Outcome Remove(const sdk::Call&, const kvs_cache_keys_t& in, sdk::Completer&) override;

 private:
  using Value = std::shared_ptr<const std::string>;
  struct Item {
    std::string key;
    Value value;
    int64_t ends_ms;  ///< 0: has no end.
    int64_t cost() const {
      return static_cast<int64_t>(key.size() + value->size()) + kOverheadBytes;
    }
  };
  using Order = std::list<Item>;
  /// What an item costs beside its bytes, about: a node of the list, one of the table, two blocks.
  static constexpr int64_t kOverheadBytes = 200;

  Value Find(std::string_view key, int64_t now_ms) KVS_REQUIRES(mutex_);
  void Insert(Item item) KVS_REQUIRES(mutex_);
  void Erase(Order::iterator item) KVS_REQUIRES(mutex_);

  const Config config_;
  const sdk::Clock clock_;
  const Metrics metrics_;
  Mutex mutex_;
  Order order_ KVS_GUARDED_BY(mutex_);  ///< The most recently used first.
  /// Keys are those of the items.
  std::unordered_map<std::string_view, Order::iterator> items_ KVS_GUARDED_BY(mutex_);
  int64_t bytes_ KVS_GUARDED_BY(mutex_) = 0;
};

}  // namespace kvs::cache::memory
