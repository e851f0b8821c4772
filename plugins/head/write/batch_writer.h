// SPDX-License-Identifier: Apache-2.0
// BatchWriter: what the head does with a write. Series are found by their keys, rows are sorted by
// shard, and of each shard, under its lock, samples are appended (append.cc) and staged in the log
// (stage.cc).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "kvs/abi/write_batch.h"
#include "kvs/base/status.h"
#include "kvs/sdk/call.h"

#include "head.h"
#include "shard.h"
#include "tenant.h"
#include "wal/format.h"
#include "write/write_scratch.h"

namespace kvs::head {

/// Writes the rows of one view, shard by shard. Lives for one call.
class BatchWriter {
 public:
  BatchWriter(Head& head, Tenant& tenant, const sdk::Call& call, const kvs_write_view_t& in,
              WriteScratch& scratch)
      : head_(head),
        tenant_(tenant),
        call_(call),
        batch_(*in.batch),
        rows_(in.rows),
        n_(in.rows == nullptr ? in.batch->n_series : in.n_rows),
        starts_(head.takes_starts_ ? in.batch->start_timestamp_ms : nullptr),
        scratch_(scratch) {}

  /// An error when nothing of the batch was taken; refused samples are in refusal().
  Status Write(kvs_write_result_t& out);
  /// OK, or the first sample that was refused.
  Status refusal() const;

 private:
  uint32_t RowAt(uint32_t position) const { return rows_ == nullptr ? position : rows_[position]; }
  Status FindIds();
  void DropRefusedSeries();
  void SortByShard();
  Status WriteShard(std::span<const uint32_t> positions, Shard& shard, uint32_t shard_number);
  size_t RunLength(std::span<const uint32_t> positions);
  template <bool kWithStarts>
  void AppendSamples(std::span<const uint32_t> positions, Shard& shard);
  void AppendHistograms(std::span<const uint32_t> positions, Shard& shard);
  bool WantsZero(const Series& series, int64_t t, int64_t start) const;
  void NoteHistogram(uint32_t id, int64_t t, Verdict verdict);
  Status StageShard(std::span<const uint32_t> positions, uint32_t shard_number);
  size_t PutLabels(std::span<const uint32_t> positions, uint16_t stamp);
  Status WriteExemplars();
  Status WriteMetadata();
  void Count(Verdict verdict, uint32_t row, int64_t t, uint64_t& accepted);
  void NoteAppended(bool was_sampled, Verdict verdict, int64_t t);
  void PutLate(uint32_t shard_number);
  void PutHistograms(wal::Kind kind, const std::vector<uint8_t>& histograms, uint32_t shard_number);
  void NoteInvalid(const Status& why, uint32_t row, int64_t t);
  void CountMetrics();

  Head& head_;
  Tenant& tenant_;
  const sdk::Call& call_;
  const kvs_write_batch_t& batch_;
  const uint32_t* const rows_;
  const uint32_t n_;
  const int64_t* const starts_;  // Of the samples; null: none has one, or none is to be kept.
  AppendRules rules_{};
  bool injects_zeros_ = false;
  WriteScratch& scratch_;

  std::array<uint32_t, SeriesPlace::kShards + 1> shard_begin_{};
  // Of the shard being written.
  uint32_t n_samples_ = 0;
  uint8_t* id_end_ = nullptr;
  uint8_t* time_end_ = nullptr;
  uint8_t* start_end_ = nullptr;  // Null: no sample has a start.

  std::array<uint64_t, kVerdicts> verdicts_{};
  uint64_t samples_ = 0;
  uint64_t histograms_ = 0;
  uint64_t exemplars_ = 0;
  uint64_t zeros_ = 0;  // That nobody sent.
  uint64_t created_ = 0;
  int64_t max_t_ = std::numeric_limits<int64_t>::min();  // Of those in order.
  bool has_late_ = false;
  uint32_t generation_ = 0;

  // The refusal of the lowest row, so that the answer does not depend on the order of shards.
  Verdict refused_ = Verdict::kAppended;
  uint32_t refused_row_ = 0;
  int64_t refused_t_ = 0;
  Status invalid_;  // Of a histogram.
  // Series that the tenant may not make, in all or of a metric.
  struct Beyond {
    uint64_t samples = 0;
    bool any = false;
    uint32_t first_row = 0;
  };
  Beyond beyond_limit_;
  bool bound_by_instance_ = false;  // That limit is not the tenant's.
  Beyond beyond_metric_limit_;
};

}  // namespace kvs::head
