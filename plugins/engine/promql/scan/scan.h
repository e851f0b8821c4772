// SPDX-License-Identifier: Apache-2.0
// Reads a selection series-major: workers pull batches from the source's cursor, one at a time, and
// each processes the batch that it pulled. What is in memory at once is the batches in flight.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/abi/series_batch.h"
#include "kvs/base/status.h"

#include "scan/samples.h"
#include "value/query.h"

namespace kvs::engine::promql {

/// What to read.
struct Selection {
  const ast::VectorSelector* selector = nullptr;
  int64_t min_ms = 0;  ///< inclusive
  int64_t max_ms = 0;  ///< inclusive
  int64_t step_ms = 0;
  int64_t range_ms = 0;
  std::string_view func;       ///< Hint for the source; see kNewestHint.
  bool detect_resets = false;  ///< See ReadOptions.
  uint32_t aggregates = 0;     ///< KVS_AGGREGATE_ bits that do as well as samples.
  int64_t resolution_ms = 0;   ///< Of aggregates that are better than samples; 0: none.
  const std::vector<std::string>* labels =
      nullptr;  ///< The only labels anybody looks at; null: all.
};

/// The hint, with a step of 0, that of the floats of a series nothing older matters than the newest
/// one that is no stale marker.
inline constexpr std::string_view kNewestHint = "last_over_time";

/// Translates the labels of one batch into symbols of the query. Begin() and what follows it need
/// LabelStore::mutex().
class BatchLabels {
 public:
  void Begin(const kvs_label_columns_t& columns, LabelStore& store);
  /// The labels of series `s`: name and value symbols. Borrowed until the next call.
  std::span<const uint32_t> Read(uint32_t s);
  /// The same without the labels that are its name.
  std::span<const uint32_t> ReadWithoutName(uint32_t s);
  /// Whether any series of the batch may have __type__ or __unit__.
  bool HasTypeOrUnit() const;
  /// Those of `names` (symbols) only, in the order of the series.
  std::span<const uint32_t> ReadOnly(uint32_t s, std::span<const uint32_t> names);
  /// The value of the label with this name.
  uint32_t ReadOne(uint32_t s, uint32_t name);

 private:
  uint32_t Symbol(uint32_t local) {
    if (local < memo_.size()) [[likely]] {
      const uint32_t symbol = memo_[local];
      if (symbol != kUnknown) [[likely]]
        return symbol;
    }
    return NewSymbol(local);
  }
  uint32_t NewSymbol(uint32_t local);
  /// Those labels of series `s` whose names `wanted` wants.
  template <typename Wanted>
  std::span<const uint32_t> ReadWhere(uint32_t s, Wanted wanted);

  static constexpr uint32_t kUnknown = ~uint32_t{0};
  const kvs_label_columns_t* columns_ = nullptr;
  LabelStore* store_ = nullptr;
  std::vector<uint32_t> memo_;  // By local number, when the table is about as large as the batch.
  absl::flat_hash_map<uint32_t, uint32_t>
      sparse_memo_;  // Otherwise: the source may share one table among many batches.
  std::vector<uint32_t> refs_;
};

/// A batch in the hands of one worker.
struct Morsel {
  uint32_t sequence;  ///< Of the batch in the cursor's order: 0, 1, 2, ...
  const kvs_series_batch_t& batch;
  SampleReader& reader;
  BatchLabels& labels;
};

/// Calls fn(morsel) for each batch of `selection`, on as many threads as the query may use; ends at
/// the first error.
Status ForEachBatch(Query& query, const Selection& selection,
                    const std::function<Status(Morsel&)>& fn);

/// Runs `use` for the items of each sequence number in ascending order, whatever the order of
/// Put(): this is how results become independent of the number of threads.
template <typename T>
class InOrder {
 public:
  explicit InOrder(std::function<Status(T&&)> use) : use_(std::move(use)) {}
  Status Put(uint32_t sequence, T item) {
    const MutexLock lock(mutex_);
    if (waiting_.size() <= sequence) waiting_.resize(sequence + 1);
    waiting_[sequence] = std::make_unique<T>(std::move(item));
    while (next_ < waiting_.size() && waiting_[next_] != nullptr) {
      const std::unique_ptr<T> ready = std::move(waiting_[next_++]);
      KVS_RETURN_IF_ERROR(use_(std::move(*ready)));
    }
    return OkStatus();
  }

 private:
  const std::function<Status(T&&)> use_;
  Mutex mutex_;
  size_t next_ = 0;
  std::vector<std::unique_ptr<T>> waiting_;
};

}  // namespace kvs::engine::promql
