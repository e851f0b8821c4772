// SPDX-License-Identifier: Apache-2.0
// MemoryTier: pages of objects in memory, the least recently used dropped first.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "metrics.h"

namespace kvs::store::cache {

/// The bytes of one page of an object. One that is shorter than a page, or empty, is the object's
/// end.
using Page = std::shared_ptr<const std::string>;

/// Not synchronised.
class MemoryTier {
 public:
  MemoryTier(uint64_t capacity, int64_t ttl_ms, const Metrics& metrics)
      : capacity_(capacity), ttl_ms_(ttl_ms), metrics_(metrics) {}

  /// Null when it is not there, or too old.
  Page Find(std::string_view key, uint64_t page, int64_t now_ms);
  void Insert(std::string_view key, uint64_t page, Page bytes, int64_t now_ms);
  void Drop(std::string_view key);
  uint64_t bytes() const { return bytes_; }
  uint64_t capacity() const { return capacity_; }

 private:
  struct Entry;
  using Order = std::list<Entry>;
  using Pages = std::map<uint64_t, Order::iterator>;
  using Objects = std::map<std::string, Pages, std::less<>>;
  struct Entry {
    Objects::iterator object;
    uint64_t page;
    Page bytes;
    int64_t read_ms;
  };
  /// What an entry costs beside its bytes, about.
  static constexpr uint64_t kOverhead = 200;
  void Erase(Order::iterator entry);

  const uint64_t capacity_;
  const int64_t ttl_ms_;
  const Metrics& metrics_;
  Order order_;  // The most recently used first.
  Objects objects_;
  uint64_t bytes_ = 0;
};

}  // namespace kvs::store::cache
