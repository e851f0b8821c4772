// SPDX-License-Identifier: Apache-2.0
// BucketIndex: all complete blocks of a tenant and their deletion marks, in one small object, so
// that readers need not list the bucket. Written by the compactor after each cleanup.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/tsdb/meta.h"
#include "kvs/tsdb/ulid.h"

namespace kvs::bucket {

/// A hash of the blocks that a block was made of in the beginning, and of its shard: equal for a
/// block and for what was downsampled of it. Never 0.
uint64_t ContentOf(const tsdb::BlockMeta& meta);

struct IndexBlock {
  tsdb::Ulid id;
  int64_t mint = 0;  ///< Milliseconds, of the first sample.
  int64_t maxt = 0;  ///< Behind the last sample.
  /// Chunk segments, where they are 000001, 000002 and so on; 0: not known.
  int64_t segments = 0;
  int64_t uploaded_at_s = 0;  ///< Unix seconds.
  std::string shard_id;       ///< "3_of_8"; empty: all series.
  std::string source;
  int64_t compaction_level = 0;
  bool out_of_order = false;
  std::map<std::string, std::string> labels;
  /// Of downsampled blocks; 0: the samples as they were. Mimir does not have it, and passes over
  /// it.
  int64_t resolution_ms = 0;
  /// ContentOf() its meta.json; 0: not known. Mimir does not have it, either.
  uint64_t content = 0;

  /// Whether samples of [mint, maxt], both inclusive, may be in it.
  bool Within(int64_t from, int64_t to) const { return mint <= to && from < maxt; }

  /// What a block's meta.json says of it.
  static IndexBlock Of(const tsdb::BlockMeta& meta, int64_t uploaded_at_s);
  /// As much of a meta.json as is known here.
  tsdb::BlockMeta ToMeta() const;

  friend bool operator==(const IndexBlock&, const IndexBlock&) = default;
};

struct IndexDeletionMark {
  tsdb::Ulid id;
  int64_t deletion_time_s = 0;  ///< When it was marked, Unix seconds.

  friend bool operator==(const IndexDeletionMark&, const IndexDeletionMark&) = default;
};

struct BucketIndex {
  std::vector<IndexBlock> blocks;
  std::vector<IndexDeletionMark> deletion_marks;
  int64_t updated_at_s = 0;

  friend bool operator==(const BucketIndex&, const BucketIndex&) = default;
};

inline constexpr size_t kBucketIndexBytesMax = size_t{512} << 20;

/// Of the bytes of bucket-index.json.gz, versions 1 and 2. DataLoss names the member; nothing of a
/// damaged index is used. [any]
StatusOr<BucketIndex> ReadBucketIndex(std::span<const uint8_t> gzip);
/// Of the JSON within. [any]
StatusOr<BucketIndex> ParseBucketIndex(std::string_view json);

/// The JSON as Mimir writes it.
std::string FormatBucketIndex(const BucketIndex& index);
/// The same, compressed. ResourceExhausted when there is no memory.
StatusOr<std::string> WriteBucketIndex(const BucketIndex& index);

}  // namespace kvs::bucket
