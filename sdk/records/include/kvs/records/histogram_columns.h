// SPDX-License-Identifier: Apache-2.0
// HistogramColumns: makes a kvs_histogram_columns_t, one histogram after the other.
//
//   columns.Begin({.timestamp_ms = t, .schema = 3, ...});
//   columns.positive().AddSpan(0, 2); columns.positive().AddBucket(bits); ...
//   columns.End();
//   columns.EndSeries();                        // After the last one of each series.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kvs/abi/write_batch.h"
#include "kvs/sdk/str.h"

namespace kvs::records {

/// Not synchronised.
class HistogramColumns {
 public:
  /// Of one histogram, as kvs_histogram_columns_t has it.
  struct Head {
    int64_t timestamp_ms = 0;
    uint8_t is_float = 1;
    uint8_t reset_hint = 0;
    int32_t schema = 0;
    double zero_threshold = 0;
    uint64_t zero_count = 0;  ///< Bits of a double where is_float; likewise `count` and buckets.
    uint64_t count = 0;
    double sum = 0;
  };
  /// The buckets on one side of zero.
  class Side {
   public:
    void AddSpan(int32_t offset, uint32_t length) {
      span_offset_.push_back(offset);
      span_length_.push_back(length);
    }
    void AddBucket(uint64_t bits) { buckets_.push_back(bits); }

   private:
    friend class HistogramColumns;
    void End();
    /// Puts `other` behind this, and makes its offsets count from our beginning.
    void Append(Side& other);
    size_t bytes() const { return 8 * span_offset_.capacity() + 8 * buckets_.capacity(); }

    std::vector<uint32_t> span_begin_{0}, span_length_, bucket_begin_{0};
    std::vector<int32_t> span_offset_;
    std::vector<uint64_t> buckets_;
  };

  void Begin(const Head& head);
  Side& positive() { return positive_; }
  Side& negative() { return negative_; }
  void AddCustomBound(double bound) { custom_.push_back(bound); }
  void End();
  void EndSeries() { begin_.push_back(static_cast<uint32_t>(heads_.t.size())); }
  /// Begin() to End() of a histogram that stands in other columns.
  void Copy(const kvs_histogram_columns_t& from, uint32_t i);

  bool empty() const { return heads_.t.empty(); }
  /// What it takes in memory, about.
  size_t bytes() const;
  /// Lives as long as this. Nothing may be added afterwards.
  const kvs_histogram_columns_t* Finish();

 private:
  struct Heads {
    std::vector<int64_t> t;
    std::vector<uint8_t> is_float, hint;
    std::vector<int32_t> schema;
    std::vector<double> zero_threshold, sum;
    std::vector<uint64_t> zero_count, count;
  };
  kvs_histogram_columns_t record_ = sdk::Record<kvs_histogram_columns_t>();
  std::vector<uint32_t> begin_{0};
  Heads heads_;
  std::vector<double> custom_;
  std::vector<uint32_t> custom_begin_{0};
  Side positive_;
  Side negative_;
};

}  // namespace kvs::records
