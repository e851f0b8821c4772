// SPDX-License-Identifier: Apache-2.0
// Tombstones: which time ranges of which series of a block are deleted. The file is small and is
// read whole; a block without deletions has one without entries, or none.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/tsdb/bytes.h"

namespace kvs::tsdb {

/// Both ends are deleted.
struct DeletedRange {
  int64_t mint = 0;
  int64_t maxt = 0;

  friend bool operator==(const DeletedRange&, const DeletedRange&) = default;
};

struct Tombstone {
  uint64_t series = 0;  ///< The number that stands in the index' postings.
  DeletedRange range;

  friend bool operator==(const Tombstone&, const Tombstone&) = default;
};

/// All tombstones of a block, by series and time; ranges of one series neither overlap nor touch.
class Tombstones {
 public:
  Tombstones() = default;
  /// In any order; ranges that overlap or touch become one. Ranges with mint > maxt are dropped.
  explicit Tombstones(std::vector<Tombstone> stones);

  /// DataLoss names what is damaged and where. Bears any bytes. [any]
  static StatusOr<Tombstones> Decode(std::span<const uint8_t> file);
  Bytes Encode() const;

  bool empty() const { return stones_.empty(); }
  std::span<const Tombstone> all() const { return stones_; }
  /// Of one series; borrowed.
  std::span<const Tombstone> Of(uint64_t series) const;

 private:
  std::vector<Tombstone> stones_;
};

/// Whether a sample at `t` is deleted; `stones` are those of its series.
bool IsDeleted(std::span<const Tombstone> stones, int64_t t);

}  // namespace kvs::tsdb
