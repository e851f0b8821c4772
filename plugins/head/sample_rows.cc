// SPDX-License-Identifier: Apache-2.0
#include "sample_rows.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace kvs::head {
namespace {

// More would not let rows be dealt out within the caches; fewer would be too wide for them when it
// comes to appending: of a million series in 16 shards a bucket has 122, with 8 KiB of state and
// as much of chunks' ends.
constexpr uint32_t kMostBuckets = 512;
// Few rows are not worth the looks at many buckets.
constexpr size_t kRowsPerBucket = 64;

}  // namespace

void SampleRows::Take(std::span<const wal::Record> records, const LoggedIds& ids,
                      const std::function<void(const wal::Record&)>& on_bad) {
  records_.clear();
  ids_.clear();
  n_lost_ = 0;
  for (const wal::Record& record : records) {
    if (!TakeIds(record, ids)) on_bad(record);
  }
  CountBuckets();
  Deal();
}

// Whether all of a record can be read is known before any of it is given.
bool SampleRows::TakeIds(const wal::Record& record, const LoggedIds& ids) {
  wal::PayloadReader in(record.payload);
  Columns columns;
  columns.header = in.Fixed<wal::SamplesHeader>();
  const uint32_t n = columns.header.n;
  wal::PayloadReader id_column(in.Bytes(columns.header.id_bytes));
  columns.times = in.Bytes(columns.header.time_bytes);
  columns.values = in.Bytes(uint64_t{n} * sizeof(double));
  if (record.kind == wal::Kind::kStartedSamples)
    columns.starts = in.Bytes(columns.header.start_bytes);
  // Each value is eight bytes that are there, so n is not beyond reason.
  if (!in.ok()) return false;

  const size_t before = ids_.size();
  ids_.resize(before + n);
  uint64_t logged = 0;
  for (uint32_t& id : std::span(ids_).subspan(before)) {
    logged += static_cast<uint64_t>(wal::UnZigZag(id_column.Varint()));
    id = static_cast<uint32_t>(std::min<uint64_t>(logged, LoggedIds::kNone));
  }
  wal::PayloadReader times(columns.times);
  wal::PayloadReader starts(columns.starts);
  for (uint32_t i = 0; i < n; ++i) times.Varint();
  for (uint32_t i = 0; !columns.starts.empty() && i < n; ++i) starts.Varint();
  if (!id_column.ok() || !times.ok() || !starts.ok()) {
    ids_.resize(before);
    return false;
  }
  // By themselves, so that the looks into a table beyond the caches overlap.
  for (uint32_t& id : std::span(ids_).subspan(before)) id = ids.Find(id);
  records_.push_back(columns);
  return true;
}

void SampleRows::CountBuckets() {
  uint32_t least = LoggedIds::kNone;
  uint32_t most = 0;
  for (const uint32_t id : ids_) {
    if (id == LoggedIds::kNone) {
      ++n_lost_;
      continue;
    }
    least = std::min(least, id);
    most = std::max(most, id);
  }
  const size_t n_rows = ids_.size() - n_lost_;
  rows_.resize(n_rows);
  next_.clear();
  if (n_rows == 0) return;
  least_id_ = least;
  const auto wanted =
      static_cast<uint32_t>(std::clamp<size_t>(n_rows / kRowsPerBucket, 1, kMostBuckets));
  shift_ = static_cast<uint32_t>(std::bit_width((most - least) / wanted));
  next_.assign(BucketOf(most) + 1, 0);
  for (const uint32_t id : ids_) {
    if (id != LoggedIds::kNone) ++next_[BucketOf(id)];
  }
  uint32_t begin = 0;
  for (uint32_t& next : next_) begin += std::exchange(next, begin);
}

void SampleRows::Deal() {
  const bool any_starts = std::any_of(records_.begin(), records_.end(),
                                      [](const Columns& c) { return !c.starts.empty(); });
  starts_.assign(any_starts ? rows_.size() : 0, 0);
  const uint32_t* id = ids_.data();
  for (const Columns& columns : records_) {
    wal::PayloadReader times(columns.times);
    wal::PayloadReader starts(columns.starts);
    uint64_t t = 0;
    uint64_t start = 0;
    for (uint32_t i = 0; i < columns.header.n; ++i, ++id) {
      t += static_cast<uint64_t>(wal::UnZigZag(times.Varint()));
      if (!columns.starts.empty()) start += static_cast<uint64_t>(wal::UnZigZag(starts.Varint()));
      if (*id == LoggedIds::kNone) continue;
      const uint32_t at = next_[BucketOf(*id)]++;
      Row& row = rows_[at];
      row.id = *id;
      row.t = static_cast<int64_t>(t);
      std::memcpy(&row.v, columns.values.data() + i * sizeof(double), sizeof(row.v));
      if (!columns.starts.empty()) starts_[at] = static_cast<int64_t>(start);
    }
  }
}

}  // namespace kvs::head
