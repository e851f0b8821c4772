// SPDX-License-Identifier: Apache-2.0
// SeriesCursor: reads series of an index one after the other, with their labels and with the chunks
// of a time range.
//
//   KVS_ASSIGN_OR_RETURN(SelectionPlan plan, PlanSelection(header, matchers));
//   KVS_ASSIGN_OR_RETURN(SeriesSet series, RunSelection(plan, index));
//   SymbolResolver symbols(header);
//   SeriesCursor cursor(header.layout(), index, series, range);
//   while (cursor.Next()) {
//     for (const SymbolPair& label : cursor.entry().labels) ... symbols.Resolve(label.name) ...
//   }
//   KVS_RETURN_IF_ERROR(cursor.status());
//
// Not synchronised.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/model/labels.h"
#include "kvs/tsdb/bytes.h"
#include "kvs/tsdb/index_format.h"
#include "kvs/tsdb/index_header.h"

namespace kvs::tsdb {

class SeriesCursor {
 public:
  /// `index` has the series where the index has them; it and the numbers of `series`, ascending,
  /// outlive the cursor.
  SeriesCursor(const IndexLayout& layout, const ByteSource& index, std::span<const uint32_t> series,
               TimeRange range = {})
      : layout_(layout), index_(index), series_(series), range_(range) {}

  /// The next series, also when none of its chunks is in the range; false at the end or on damage.
  bool Next();
  /// Of the current series; borrowed until the next call.
  const SeriesEntry& entry() const { return entry_; }
  uint32_t number() const { return series_[at_ - 1]; }
  /// Bytes the series takes in the index.
  uint64_t size_bytes() const { return size_bytes_; }
  const Status& status() const { return status_; }

 private:
  Status Load(uint64_t offset, size_t at_least);
  Status ReadEntry(uint64_t offset);

  const IndexLayout layout_;
  const ByteSource& index_;
  const std::span<const uint32_t> series_;
  const TimeRange range_;
  size_t at_ = 0;
  SeriesEntry entry_;
  uint64_t size_bytes_ = 0;
  Bytes scratch_;
  std::span<const uint8_t> window_;  // A piece of the series,
  uint64_t window_offset_ = 0;       // from here on.
  Status status_;
};

/// The labels of a series. DataLoss when a symbol does not exist, a name does not come after the
/// one before, or a value is empty.
StatusOr<model::Labels> ResolveLabels(const SeriesEntry& entry, SymbolResolver& symbols);

}  // namespace kvs::tsdb
