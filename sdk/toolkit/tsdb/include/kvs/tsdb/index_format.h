// SPDX-License-Identifier: Apache-2.0
// The parts of a block's index as pure functions over bytes: whoever fetched them, at once or in
// pieces, decodes them with these. An index is, from front to back: a header, the symbols (every
// text once, sorted), the series (labels as symbol numbers, and where their chunks are), label
// indices (obsolete), postings (for each label the series that have it), a table of where each
// postings list is, and a table of contents.
//
// Nothing here reads outside the bytes it is given, whatever they are; damage is DataLoss that
// names the part and the offset in the file. [any]
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"

namespace kvs::tsdb {

inline constexpr uint32_t kIndexMagic = 0xbaaad700;
inline constexpr uint8_t kIndexVersion = 2;
inline constexpr size_t kIndexHeaderBytes = 5;
inline constexpr size_t kTocBytes = 52;
/// Series begin at multiples of this, and their number is the offset in these units.
inline constexpr uint64_t kSeriesAlignment = 16;

/// Bytes [begin, end) of the index.
struct ByteRange {
  uint64_t begin = 0;
  uint64_t end = 0;

  uint64_t size() const { return end - begin; }
  bool empty() const { return begin == end; }
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

/// Where the parts begin; 0: there is no such part.
struct Toc {
  uint64_t symbols = 0;
  uint64_t series = 0;
  uint64_t label_indices = 0;
  uint64_t label_indices_table = 0;
  uint64_t postings = 0;
  uint64_t postings_table = 0;

  friend bool operator==(const Toc&, const Toc&) = default;
};

/// The parts with their ends, which may include padding.
struct IndexLayout {
  uint8_t version = kIndexVersion;
  ByteRange symbols;
  ByteRange series;
  ByteRange label_indices;
  ByteRange postings;
  ByteRange label_indices_table;
  ByteRange postings_table;
};

/// The version in the first kIndexHeaderBytes. DataLoss for what is no index or has an unknown
/// version, Unimplemented for version 1, which Prometheus wrote before 2.2.
StatusOr<uint8_t> DecodeIndexHeader(std::span<const uint8_t> bytes);

/// From the last kTocBytes of an index of `index_bytes` bytes.
StatusOr<Toc> DecodeToc(std::span<const uint8_t> bytes, uint64_t index_bytes);

/// DataLoss when the parts are not in order, or outside the index.
StatusOr<IndexLayout> MakeLayout(const Toc& toc, uint64_t index_bytes);

/// A chunk of a series: the times of its first and its last sample, and where it is.
struct ChunkMeta {
  int64_t mint = 0;
  int64_t maxt = 0;
  uint64_t ref = 0;  ///< See chunk_segment.h.

  friend bool operator==(const ChunkMeta&, const ChunkMeta&) = default;
};

/// Both ends belong to it.
struct TimeRange {
  int64_t mint = std::numeric_limits<int64_t>::min();
  int64_t maxt = std::numeric_limits<int64_t>::max();

  bool Overlaps(const ChunkMeta& chunk) const { return chunk.mint <= maxt && chunk.maxt >= mint; }
};

/// A label as numbers of symbols.
struct SymbolPair {
  uint32_t name = 0;
  uint32_t value = 0;

  friend bool operator==(const SymbolPair&, const SymbolPair&) = default;
  friend auto operator<=>(const SymbolPair&, const SymbolPair&) = default;
};

struct SeriesEntry {
  std::vector<SymbolPair> labels;
  std::vector<ChunkMeta> chunks;
};

/// As many bytes from the front of a series tell how long it is.
inline constexpr size_t kSeriesHeadBytes = 10;

/// Bytes that the series at `offset` takes with its length and checksum. `bytes` are the first
/// kSeriesHeadBytes of it, or what the part has left.
StatusOr<uint64_t> SeriesSize(std::span<const uint8_t> bytes, uint64_t offset);

/// The series at the front of `bytes`, with those of its chunks that overlap `range`. `entry` is
/// overwritten and keeps its memory.
Status DecodeSeries(std::span<const uint8_t> bytes, uint64_t offset, const TimeRange& range,
                    SeriesEntry* entry);

/// A postings list: length, count, ascending series numbers, checksum. `bytes` begin with the list
/// and may be longer. `series` is overwritten and keeps its memory.
Status DecodePostings(std::span<const uint8_t> bytes, uint64_t offset,
                      std::vector<uint32_t>* series);

}  // namespace kvs::tsdb
