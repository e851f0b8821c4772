// SPDX-License-Identifier: Apache-2.0
// SampleRows: the samples of many records of the log, brought into the order of memory. A log has
// the samples of a scrape side by side, and in its order each append waits for a series that was
// touched a scrape ago, and for the end of its chunk. Here neighbours come together, and what is
// fetched for one sample is used for those behind it. The samples of a series stay in the order of
// the log, also where records are damaged: what can be read of the others is given all the same.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "logged_ids.h"
#include "wal/scan.h"

namespace kvs::head {

/// Reused from call to call, so that its memory is. [one thread]
class SampleRows {
 public:
  struct Row {
    uint32_t id;  ///< Of this process.
    int64_t t;
    double v;
  };

  /// Takes the samples of `records`, which are of the kinds kSamples and kStartedSamples, in place
  /// of those before. A record that makes no sense is given to `on_bad` as a whole.
  void Take(std::span<const wal::Record> records, const LoggedIds& ids,
            const std::function<void(const wal::Record&)>& on_bad);

  /// Of the series whose ids are known. Borrowed until the next Take().
  std::span<const Row> rows() const { return rows_; }
  /// Start timestamps of the rows, 0 where there is none; empty if no row has one.
  std::span<const int64_t> starts() const { return starts_; }
  /// Samples of series that are not known.
  uint64_t n_lost() const { return n_lost_; }

 private:
  struct Columns {
    wal::SamplesHeader header;
    std::span<const uint8_t> times;
    std::span<const uint8_t> values;
    std::span<const uint8_t> starts;
  };
  bool TakeIds(const wal::Record& record, const LoggedIds& ids);
  void CountBuckets();
  void Deal();
  uint32_t BucketOf(uint32_t id) const { return (id - least_id_) >> shift_; }

  std::vector<Columns> records_;
  std::vector<uint32_t> ids_;   // Of all records, in their order.
  std::vector<uint32_t> next_;  // By bucket: where its next row goes.
  std::vector<Row> rows_;
  std::vector<int64_t> starts_;
  uint64_t n_lost_ = 0;
  uint32_t least_id_ = 0;
  uint32_t shift_ = 0;
};

}  // namespace kvs::head
