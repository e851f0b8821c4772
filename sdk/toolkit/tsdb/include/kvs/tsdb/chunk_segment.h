// SPDX-License-Identifier: Apache-2.0
// Chunk segments: the files chunks/000001, 000002 and so on of a block. A segment is a header of 8
// bytes and then chunks, each with its length, its encoding and a checksum. The index names a chunk
// by a reference: the segment, counted from 0, in the upper half, and the offset in the lower one.
//
// Chunks are bytes here: encodings that nobody can decode are carried all the same. [any]
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "kvs/base/status.h"
#include "kvs/chunk/encoding.h"
#include "kvs/tsdb/bytes.h"

namespace kvs::tsdb {

inline constexpr size_t kSegmentHeaderBytes = 8;
inline constexpr uint64_t kSegmentBytesMax = uint64_t{512} << 20;
/// As many bytes from the front of a chunk tell how long it is.
inline constexpr size_t kChunkHeadBytes = 10;

constexpr uint64_t MakeChunkRef(uint32_t segment, uint32_t offset) {
  return uint64_t{segment} << 32 | offset;
}
constexpr uint32_t ChunkSegment(uint64_t ref) {
  return static_cast<uint32_t>(ref >> 32);
}
constexpr uint32_t ChunkOffset(uint64_t ref) {
  return static_cast<uint32_t>(ref);
}

/// "000001" for segment 0, and so on.
std::string SegmentName(uint32_t segment);

/// A chunk as it stands in its segment, borrowed.
struct ChunkView {
  chunk::Encoding encoding = chunk::Encoding::kNone;
  std::span<const uint8_t> data;
  uint64_t size_in_segment = 0;  ///< With length, encoding and checksum.
};

/// DataLoss unless `bytes`, the front of a segment, are the header of one.
Status CheckSegmentHeader(std::span<const uint8_t> bytes);

/// Bytes that the chunk at `offset` takes with its length and checksum. `bytes` are the first
/// kChunkHeadBytes of it, or what the segment has left.
StatusOr<uint64_t> ChunkSizeInSegment(std::span<const uint8_t> bytes, uint64_t offset);

/// The chunk at the front of `bytes`, which stand at `offset` of their segment. DataLoss when they
/// are too few or the checksum is another.
StatusOr<ChunkView> DecodeChunk(std::span<const uint8_t> bytes, uint64_t offset);

/// Where the segments of a block stand, the first one first; borrowed.
class SegmentSet {
 public:
  SegmentSet() = default;
  explicit SegmentSet(std::vector<const ByteSource*> segments) : segments_(std::move(segments)) {}

  size_t size() const { return segments_.size(); }
  const ByteSource& segment(size_t i) const { return *segments_[i]; }
  /// The chunk of this reference; it stands in `scratch` or lives as long as the source. DataLoss
  /// names the segment and the offset.
  StatusOr<ChunkView> Read(uint64_t ref, Bytes* scratch) const;

 private:
  std::vector<const ByteSource*> segments_;
};

/// Goes through a segment from front to back and checks every byte of it.
class SegmentWalker {
 public:
  /// `source` outlives the walker.
  explicit SegmentWalker(const ByteSource& source) : source_(source) {}

  /// The next chunk, borrowed until the next call; false at the end or on damage.
  bool Next(ChunkView* chunk);
  /// Of the chunk that Next() gave.
  uint64_t offset() const { return offset_; }
  const Status& status() const { return status_; }

 private:
  StatusOr<ChunkView> ReadNext();

  const ByteSource& source_;
  uint64_t offset_ = 0;
  uint64_t next_ = 0;
  Bytes scratch_;
  Status status_;
};

/// Gives a sink for each segment. A sink is used until the next one is asked for.
class SegmentOpener {
 public:
  virtual ~SegmentOpener() = default;
  /// The sink of segment `segment`, counted from 0; it belongs to the opener.
  virtual StatusOr<ByteSink*> Open(uint32_t segment) = 0;
};

/// Writes chunks one behind the other, and begins a segment when the one before is full. Nothing is
/// opened before the first chunk.
class ChunkWriter {
 public:
  /// `opener` outlives the writer. `segment_bytes`: the limit of a segment, below 4 GiB; a larger
  /// chunk gets a segment of its own.
  explicit ChunkWriter(SegmentOpener& opener, uint64_t segment_bytes = kSegmentBytesMax);
  ~ChunkWriter();

  /// Appends a chunk as it is and returns its reference.
  StatusOr<uint64_t> Add(chunk::Encoding encoding, std::span<const uint8_t> data);
  /// Hands on what is left; nothing is added afterwards.
  Status Finish();

  uint32_t n_segments() const { return n_segments_; }

 private:
  class State;

  SegmentOpener& opener_;
  const uint64_t segment_bytes_;
  uint32_t n_segments_ = 0;
  std::unique_ptr<State> state_;  // The segment in work.
};

}  // namespace kvs::tsdb
