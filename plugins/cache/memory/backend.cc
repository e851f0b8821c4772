// SPDX-License-Identifier: Apache-2.0
#include "backend.h"

#include <iterator>
#include <utility>
#include <vector>

#include "kvs/sdk/owned.h"

namespace kvs::cache::memory {

Backend::Backend(sdk::Host host, Config config)
    : config_(config), clock_(host.clock()), metrics_(host.metrics()) {}

sdk::Outcome Backend::Get(const sdk::Call&, const kvs_cache_keys_t& in, kvs_cache_values_t& out,
                          sdk::Completer&) {
  struct Holder {
    std::vector<Value> kept;
    std::vector<kvs_bytes_t> values;
  };
  auto holder = std::make_unique<Holder>();
  holder->kept.reserve(in.n_keys);
  holder->values.reserve(in.n_keys);
  const int64_t now_ms = clock_.NowMs();
  uint64_t hits = 0;
  {
    const MutexLock lock(mutex_);
    for (uint64_t i = 0; i < in.n_keys; ++i)
      holder->kept.push_back(Find(sdk::View(in.keys[i]), now_ms));
  }
  for (const Value& value : holder->kept) {
    holder->values.push_back(value == nullptr ? kvs_bytes_t{} : sdk::Bytes(*value));
    hits += value == nullptr ? 0 : 1;
  }
  metrics_.requests.Add(static_cast<double>(in.n_keys));
  metrics_.hits.Add(static_cast<double>(hits));
  out.values = holder->values.data();
  out.n_values = holder->values.size();
  sdk::HandOut(out, std::move(holder));
  return OkStatus();
}

sdk::Outcome Backend::Put(const sdk::Call&, const kvs_cache_items_t& in, sdk::Completer&) {
  const int64_t now_ms = clock_.NowMs();
  for (uint64_t i = 0; i < in.n_items; ++i) {
    const kvs_cache_item_t& item = in.items[i];
    const bool fits = static_cast<int64_t>(item.value.size) <= config_.max_item_size.bytes;
    // Copied before the lock is taken.
    Item made{sdk::Text(item.key),
              fits ? std::make_shared<const std::string>(sdk::TextOf(item.value)) : nullptr,
              item.ttl_ms > 0 ? now_ms + item.ttl_ms : 0};
    const MutexLock lock(mutex_);
    // Also where the new value is not kept: the old one is out of date.
    if (const auto found = items_.find(made.key); found != items_.end()) Erase(found->second);
    if (fits) Insert(std::move(made));
  }
  return OkStatus();
}

sdk::Outcome Backend::Remove(const sdk::Call&, const kvs_cache_keys_t& in, sdk::Completer&) {
  const MutexLock lock(mutex_);
  for (uint64_t i = 0; i < in.n_keys; ++i) {
    const auto found = items_.find(sdk::View(in.keys[i]));
    if (found != items_.end()) Erase(found->second);
  }
  return OkStatus();
}

Backend::Value Backend::Find(std::string_view key, int64_t now_ms) {
  const auto found = items_.find(key);
  if (found == items_.end()) return nullptr;
  const Order::iterator item = found->second;
  if (item->ends_ms != 0 && item->ends_ms <= now_ms) {
    Erase(item);
    return nullptr;
  }
  order_.splice(order_.begin(), order_, item);
  return item->value;
}

void Backend::Insert(Item item) {
  const int64_t cost = item.cost();
  if (cost > config_.capacity.bytes) return;
  while (bytes_ + cost > config_.capacity.bytes) {
    Erase(std::prev(order_.end()));
    metrics_.evictions.Add();
  }
  order_.push_front(std::move(item));
  items_.emplace(order_.front().key, order_.begin());
  bytes_ += cost;
  metrics_.items.Set(static_cast<double>(items_.size()));
  metrics_.bytes.Set(static_cast<double>(bytes_));
}

void Backend::Erase(Order::iterator item) {
  bytes_ -= item->cost();
  items_.erase(item->key);
  order_.erase(item);
  metrics_.items.Set(static_cast<double>(items_.size()));
  metrics_.bytes.Set(static_cast<double>(bytes_));
}

}  // namespace kvs::cache::memory
