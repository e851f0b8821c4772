// SPDX-License-Identifier: Apache-2.0
// BlockReads: how a query reads one block. What a query needs becomes known in steps: lists of
// postings, then series, then chunks. Before each step it says what it will read, so that a block
// that is far away can be fetched in few large pieces; a block at hand does nothing then.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "kvs/base/status.h"
#include "kvs/sdk/call.h"
#include "kvs/tsdb/chunk_segment.h"
#include "kvs/tsdb/index_header.h"
#include "kvs/tsdb/tombstones.h"

namespace kvs::blocks {

/// One query's view of one block; one thread at a time. The functions that fetch may wait.
class BlockReads {
 public:
  virtual ~BlockReads() = default;

  /// Begins messages about it: a path, or tenant and ULID.
  virtual const std::string& name() const = 0;
  virtual const tsdb::IndexHeader& header() const = 0;
  virtual const tsdb::Tombstones& tombstones() const = 0;
  /// Of the windows of its aggregates, if it has any.
  virtual int64_t resolution_ms() const { return 0; }
  /// Has what was announced, at least.
  virtual const tsdb::ByteSource& index() const = 0;
  /// A chunk that was announced; it stands in `scratch`, or in memory that Pin() keeps. DataLoss
  /// names the segment and the offset.
  virtual StatusOr<tsdb::ChunkView> ReadChunk(uint64_t ref, tsdb::Bytes* scratch) const = 0;

  /// These parts of the index are read next. [worker]
  virtual Status FetchIndex(const sdk::Call& /*call*/,
                            std::span<const tsdb::ByteRange> /*ranges*/) {
    return OkStatus();
  }
  /// These series are read next; their numbers ascend. [worker]
  virtual Status FetchSeries(const sdk::Call& /*call*/, std::span<const uint32_t> /*numbers*/) {
    return OkStatus();
  }
  /// The first of these chunks are read next: the result says how many, `at_least` or more. Chunks
  /// that were fetched before may be gone, except for who holds a pin. [worker]
  virtual StatusOr<size_t> FetchChunks(const sdk::Call& /*call*/,
                                       std::span<const tsdb::ChunkMeta> chunks,
                                       size_t /*at_least*/) {
    return chunks.size();
  }
  /// Keeps alive the bytes of chunks that ReadChunk() gives without using the scratch.
  virtual std::shared_ptr<const void> Pin() const = 0;
};

/// Reads one series, with the chunks that overlap `range`, by exact reads. `entry` is overwritten
/// and keeps its memory. DataLoss names the offset.
Status ReadSeries(const BlockReads& reads, uint32_t number, const tsdb::TimeRange& range,
                  tsdb::SeriesEntry* entry, tsdb::Bytes* scratch);

}  // namespace kvs::blocks
