// SPDX-License-Identifier: Apache-2.0
// DiskTier: pages of objects as files in one folder, the least recently used dropped first. They
// outlive the process; each says which page it is and carries a checksum, so a torn or foreign file
// is a miss and not an answer.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kvs/base/mutex.h"
#include "kvs/base/status.h"

#include "memory_tier.h"
#include "metrics.h"

namespace kvs::store::cache {

class DiskTier {
 public:
  DiskTier(std::string dir, uint64_t capacity, uint64_t page_size, int64_t ttl_ms,
           const Metrics& metrics);

  /// Makes the folder, and takes stock of what an earlier run left. [worker]
  Status Open();
  /// Null when it is not there. [worker]
  Page Read(std::string_view key, uint64_t page, int64_t now_ms);
  /// What a caller holds who has read a key's pages and is going to write them. A drop of the key
  /// meanwhile voids it: what was read before must not come back behind a drop.
  class Reservation {
   public:
    Reservation(DiskTier* tier, std::string_view key);
    Reservation(const Reservation&) = delete;
    ~Reservation();

   private:
    friend class DiskTier;
    DiskTier* const tier_;
    const std::string key_;
    const uint64_t hash_;
    bool dropped_ = false;  // Guarded by the tier's lock.
  };
  /// Best effort: what cannot be written is counted. Nothing when the reservation is void. [worker]
  void Write(const Reservation& reserved, uint64_t page, std::string_view bytes, int64_t now_ms);
  /// From now on the key's pages are not there, and reservations of it are void. Touches no file:
  /// gives those that somebody has to remove. [any]
  std::vector<std::string> Drop(std::string_view key);
  uint64_t capacity() const { return capacity_; }

 private:
  using Name = std::pair<uint64_t, uint64_t>;  // Hash of the key, and page.
  struct Entry {
    uint64_t bytes;
    std::list<Name>::iterator order;
  };
  std::string PathOf(const Name& name) const;
  void Add(const Name& name, uint64_t bytes) KVS_REQUIRES(mutex_);
  void Erase(std::map<Name, Entry>::iterator entry) KVS_REQUIRES(mutex_);

  const std::string dir_;
  const uint64_t capacity_, page_size_;
  const int64_t ttl_ms_;
  const Metrics& metrics_;

  Mutex mutex_;
  std::map<Name, Entry> entries_ KVS_GUARDED_BY(mutex_);
  std::multimap<uint64_t, Reservation*> reserved_ KVS_GUARDED_BY(mutex_);  // By hash of the key.
  std::list<Name> order_ KVS_GUARDED_BY(mutex_);  // The most recently used first.
  uint64_t bytes_ KVS_GUARDED_BY(mutex_) = 0;
  uint64_t writes_ KVS_GUARDED_BY(mutex_) = 0;  // Makes each unfinished file's name its own.
};

}  // namespace kvs::store::cache
