// SPDX-License-Identifier: Apache-2.0
// BlockMeta: what meta.json says of a block: its name, its time range, how much is in it, and from
// which blocks it was made. The section "thanos", which object stores want, says more: labels of
// the whole block, such as its shard, and its files.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/tsdb/ulid.h"

namespace kvs::tsdb {

inline constexpr std::string_view kHintFromOutOfOrder = "from-out-of-order";
inline constexpr std::string_view kHintFromStaleSeries = "from-stale-series";
/// The label of a block that holds one shard of its series: "3_of_8".
inline constexpr std::string_view kShardIdLabel = "__compactor_shard_id__";

struct BlockStats {
  uint64_t samples = 0;
  uint64_t float_samples = 0;
  uint64_t histogram_samples = 0;
  uint64_t series = 0;
  uint64_t chunks = 0;
  uint64_t tombstones = 0;

  friend bool operator==(const BlockStats&, const BlockStats&) = default;
};

struct BlockParent {
  Ulid ulid;
  int64_t mint = 0;
  int64_t maxt = 0;

  friend bool operator==(const BlockParent&, const BlockParent&) = default;
};

struct BlockCompaction {
  int64_t level = 1;
  std::vector<Ulid> sources;  ///< The blocks of level 1 that are in it.
  bool deletable = false;     ///< Nothing is left of it after its tombstones.
  std::vector<BlockParent> parents;
  bool failed = false;
  std::vector<std::string> hints;

  bool HasHint(std::string_view hint) const;
  friend bool operator==(const BlockCompaction&, const BlockCompaction&) = default;
};

struct BlockFile {
  std::string path;  ///< Within the block: "chunks/000001".
  int64_t size_bytes = 0;

  friend bool operator==(const BlockFile&, const BlockFile&) = default;
};

struct ThanosSection {
  int64_t version = 1;
  std::map<std::string, std::string> labels;
  int64_t resolution_ms = 0;  ///< Of downsampled blocks.
  std::string source;         ///< Which program made it.
  std::vector<std::string> segment_files;
  std::vector<BlockFile> files;  ///< Sorted by path.

  friend bool operator==(const ThanosSection&, const ThanosSection&) = default;
};

struct BlockMeta {
  Ulid ulid;
  int64_t mint = 0;  ///< Of the first sample, in milliseconds.
  int64_t maxt = 0;  ///< Behind the last sample.
  BlockStats stats;
  BlockCompaction compaction;
  std::optional<ThanosSection> thanos;

  friend bool operator==(const BlockMeta&, const BlockMeta&) = default;
};

/// DataLoss names the member that is missing or has a wrong type. Members that are unknown are
/// passed over; a version other than 1 is not read. [any]
StatusOr<BlockMeta> ParseMeta(std::string_view json);

/// As Prometheus lays it out.
std::string FormatMeta(const BlockMeta& meta);

}  // namespace kvs::tsdb
