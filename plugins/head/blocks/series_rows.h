// SPDX-License-Identifier: Apache-2.0
// SeriesRows: the series of a block in the making, in the order of their labels, and every text of
// them once, sorted. Rows with the same label names share these: a row is its id, which names it
// has, and four bytes a value.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/model/write_batch.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/port/indexer.h"
#include "kvs/tsdb/index_format.h"

namespace kvs::head {

class SeriesRows {
 public:
  /// Asks `index` for the labels of `ids`. Memory: about 12 bytes a series, 4 a label, and the
  /// texts. [worker]
  static StatusOr<SeriesRows> Collect(const sdk::Call& call, const sdk::IndexerRef& index,
                                      std::span<const uint32_t> ids);

  size_t size() const { return order_.size(); }
  const std::vector<std::string_view>& symbols() const { return symbols_; }
  uint32_t id(size_t i) const { return ids_[order_[i]]; }
  /// Labels as numbers of symbols; they replace what is in `out`.
  void Labels(size_t i, std::vector<tsdb::SymbolPair>& out) const;

 private:
  void Add(const kvs_label_columns_t& columns, uint32_t row);
  uint32_t SymbolOf(std::string_view text);
  void Sort();
  bool Less(uint32_t a, uint32_t b) const;

  model::ByteArena texts_;
  std::vector<std::string_view> symbols_;
  std::unordered_map<std::string_view, uint32_t> number_of_;   // Until Sort().
  std::vector<std::vector<uint32_t>> names_;                   // Each list of names once.
  std::map<std::vector<uint32_t>, uint32_t> names_number_of_;  // Until Sort().
  std::vector<uint32_t> ids_;
  std::vector<uint32_t> names_of_;     // Of each row.
  std::vector<uint32_t> first_value_;  // Of each row, in values_.
  std::vector<uint32_t> values_;
  std::vector<uint32_t> order_;
};

}  // namespace kvs::head
