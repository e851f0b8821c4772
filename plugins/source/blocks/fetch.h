// SPDX-License-Identifier: Apache-2.0
// Fetching ranges of an object: those that are close together are read as one, several at once, and
// what came is held in memory on the account of the query.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/port/object_store.h"
#include "kvs/tsdb/index_format.h"

#include "budget.h"

namespace kvs::source::blocks {

/// Sorted, without overlaps, and joined where no more than `gap` bytes lie between.
std::vector<tsdb::ByteRange> Coalesce(std::vector<tsdb::ByteRange> ranges, uint64_t gap);

/// Pieces of one object, in memory. Immutable once fetched; gives its bytes back to the budget.
class Pieces {
 public:
  explicit Pieces(std::shared_ptr<Budget> budget) : budget_(std::move(budget)) {}
  ~Pieces();
  Pieces(const Pieces&) = delete;
  Pieces& operator=(const Pieces&) = delete;

  /// The bytes from `offset` on, as many as stand together; empty when it was not fetched.
  std::span<const uint8_t> From(uint64_t offset) const;
  uint64_t bytes() const { return bytes_; }

 private:
  friend class Fetcher;
  struct Piece {
    uint64_t offset;
    sdk::Owned<kvs_object_data_t> data;
  };
  const std::shared_ptr<Budget> budget_;
  std::vector<Piece> pieces_;  // By offset.
  uint64_t bytes_ = 0;
  int64_t taken_ = 0;  // From the budget.
};

/// Reads of one query on one block; counts them. One thread at a time.
class Fetcher {
 public:
  /// `store` outlives it.
  Fetcher(const sdk::StoreRef& store, uint64_t gap, int64_t concurrency)
      : store_(store), gap_(gap), concurrency_(concurrency) {}

  /// Fetches `ranges` of `key` into `pieces`; what lies behind the end of the object is left out.
  /// Ranges that are no further apart than `min_gap` are read as one in any case. NotFound, and
  /// other errors of the store, with the key. [worker]
  Status Fetch(const sdk::Call& call, const std::string& key, std::vector<tsdb::ByteRange> ranges,
               Pieces* pieces, uint64_t min_gap = 0);
  uint64_t gets() const { return gets_; }

 private:
  const sdk::StoreRef& store_;
  const uint64_t gap_;
  const int64_t concurrency_;
  uint64_t gets_ = 0;
};

}  // namespace kvs::source::blocks
