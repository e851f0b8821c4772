// SPDX-License-Identifier: Apache-2.0
#include "memory_tier.h"

#include <utility>

namespace kvs::store::cache {

Page MemoryTier::Find(std::string_view key, uint64_t page, int64_t now_ms) {
  const auto object = objects_.find(key);
  if (object == objects_.end()) return nullptr;
  const auto found = object->second.find(page);
  if (found == object->second.end()) return nullptr;
  const Order::iterator entry = found->second;
  if (ttl_ms_ > 0 && now_ms - entry->read_ms > ttl_ms_) {
    Erase(entry);
    return nullptr;
  }
  order_.splice(order_.begin(), order_, entry);
  return entry->bytes;
}

void MemoryTier::Insert(std::string_view key, uint64_t page, Page bytes, int64_t now_ms) {
  const uint64_t cost = bytes->size() + kOverhead;
  if (cost > capacity_) return;
  auto object = objects_.find(key);
  if (object != objects_.end()) {
    if (const auto found = object->second.find(page); found != object->second.end()) {
      Erase(found->second);
      object = objects_.find(key);
    }
  }
  while (bytes_ + cost > capacity_) {
    Erase(std::prev(order_.end()));
    metrics_.memory_evictions.Add();
  }
  // Again: the object's last page may just have been dropped.
  object = objects_.try_emplace(std::string(key)).first;
  order_.push_front({object, page, std::move(bytes), now_ms});
  object->second[page] = order_.begin();
  bytes_ += cost;
  metrics_.memory_bytes.Set(static_cast<double>(bytes_));
}

void MemoryTier::Drop(std::string_view key) {
  while (true) {
    const auto object = objects_.find(key);
    if (object == objects_.end()) return;
    Erase(object->second.begin()->second);
  }
}

void MemoryTier::Erase(Order::iterator entry) {
  bytes_ -= entry->bytes->size() + kOverhead;
  metrics_.memory_bytes.Set(static_cast<double>(bytes_));
  const Objects::iterator object = entry->object;
  object->second.erase(entry->page);
  if (object->second.empty()) objects_.erase(object);
  order_.erase(entry);
}

}  // namespace kvs::store::cache
