// SPDX-License-Identifier: Apache-2.0
// ActiveSeries: which series of a tenant had a sample lately, by key, and what
// was found out about each when it was new: which trackers it fits, and to whom
// it is attributed. 24 bytes a series. A write touches one entry a series;
// sweeping counts and forgets. Not synchronised: its owner has the lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kvs/model/elements.h"

namespace kvs::sink::usage {

class ActiveSeries {
 public:
  struct Facts {
    uint32_t trackers = 0;    ///< A bit each.
    uint32_t attributed = 0;  ///< A number that its owner gives.
    uint32_t histogram = 0;   ///< Buckets of its last histogram, and one; 0: it has none.
  };

  /// The facts of a series that is known, until the next call; notes that it is
  /// active. Null for a new one.
  Facts* Touch(model::Key128 key, int64_t now_ms);
  void Insert(model::Key128 key, int64_t now_ms, const Facts& facts);
  /// Calls visit(const Facts&) for each that had a sample since, and forgets
  /// the others.
  template <typename Visit>
  void Sweep(int64_t since_ms, Visit visit) {
    std::vector<Entry> kept;
    for (const Entry& entry : entries_) {
      if (entry.tag == 0 || entry.second < Second(since_ms)) continue;
      kept.push_back(entry);
      visit(entry.facts);
    }
    Rebuild(kept, kept.size() * 2);
  }
  void Clear();
  size_t size() const { return size_; }

 private:
  struct Entry {
    uint64_t tag = 0;  // 0: free.
    uint32_t second = 0;
    Facts facts;
  };
  // Seconds since 2020, in 32 bits.
  static uint32_t Second(int64_t ms) {
    constexpr int64_t kEpochMs = 1'577'836'800'000;
    return ms <= kEpochMs ? 0 : static_cast<uint32_t>((ms - kEpochMs) / 1000);
  }
  static uint64_t TagOf(model::Key128 key);
  void Rebuild(const std::vector<Entry>& kept, size_t room);
  void Place(const Entry& entry);

  std::vector<Entry> entries_;  // Open addressing; a power of two, at most three quarters full.
  size_t size_ = 0;
};

}  // namespace kvs::sink::usage
