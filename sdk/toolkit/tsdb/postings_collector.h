// SPDX-License-Identifier: Apache-2.0
// PostingsCollector: turns series with their labels into labels with their series. What a series
// brings is kept as numbers in the order of the series; the lists are made at the end by counting
// sort, as many at a time as fit a bounded buffer.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/tsdb/index_format.h"

namespace kvs::tsdb::internal {

/// A sequence that grows in blocks, so that growing neither copies nor doubles the memory.
class NumberLog {
 public:
  void Add(uint32_t n) {
    if (size_ % kBlock == 0) blocks_.push_back(std::make_unique<uint32_t[]>(kBlock));
    blocks_.back()[size_++ % kBlock] = n;
  }
  size_t size() const { return size_; }
  uint32_t operator[](size_t i) const { return blocks_[i / kBlock][i % kBlock]; }

 private:
  static constexpr size_t kBlock = 1 << 16;
  std::vector<std::unique_ptr<uint32_t[]>> blocks_;
  size_t size_ = 0;
};

class PostingsCollector {
 public:
  /// `buffer_series`: how many entries of lists are made at a time; one list that is longer takes
  /// what it needs.
  explicit PostingsCollector(size_t buffer_series = size_t{16} << 20)
      : buffer_series_(buffer_series) {}

  /// Series come with ascending numbers.
  void AddSeries(uint32_t number, std::span<const SymbolPair> labels);

  size_t n_series() const { return series_.size(); }
  uint32_t series(size_t i) const { return series_[i]; }
  /// The distinct labels, ascending; after the last series.
  std::span<const SymbolPair> SortedLabels();

  /// Calls visit(label, series numbers) for each of SortedLabels(), in order; ends at the first
  /// error.
  template <typename Visit>
  Status ForEachList(Visit visit) {
    SortedLabels();
    std::vector<uint32_t> buffer;
    for (size_t begin = 0, end; begin < order_.size(); begin = end) {
      end = FillBuffer(begin, &buffer);
      for (size_t i = begin, at = 0; i < end; ++i) {
        const uint32_t id = order_[i];
        KVS_RETURN_IF_ERROR(visit(labels_[id], std::span(buffer).subspan(at, counts_[id])));
        at += counts_[id];
      }
    }
    return OkStatus();
  }

 private:
  uint32_t IdOf(SymbolPair label);
  void Grow();
  size_t FillBuffer(size_t begin, std::vector<uint32_t>* buffer);

  const size_t buffer_series_;
  NumberLog series_;
  NumberLog label_ids_;             // Per series: how many, and their ids.
  std::vector<SymbolPair> labels_;  // By id.
  std::vector<uint32_t> counts_;    // By id: series that have it.
  std::vector<uint32_t> table_;     // Id + 1 by hash, open addressing; 0: free. A power of two.
  std::vector<uint32_t> order_;     // Ids by label.
  std::vector<SymbolPair> sorted_;
  // The series before: its neighbour mostly has the same labels.
  std::vector<SymbolPair> last_labels_;
  std::vector<uint32_t> last_ids_;
};

}  // namespace kvs::tsdb::internal
