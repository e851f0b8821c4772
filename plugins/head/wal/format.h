// SPDX-License-Identifier: Apache-2.0
// The head's write-ahead log, as it stands on disk; all numbers little-endian.
//
// A log is a folder of segment files, named by number and generation. A segment is a run of
// records, then zeros. A record is a header, a payload, and zeros up to a multiple of eight bytes,
// so that a reader who met damage finds the next record by looking for the magic number at every
// eighth byte.
//
// Series are named by their id, which only holds within a *generation*: each start of the process
// begins one, and so does a running one every so often. The labels of a series stand once in each
// generation in which it has samples, before them. So a generation can be read, damaged or deleted
// without any other. Tenants have numbers, which hold as long, and every record with labels says
// which tenant it means, so no record is of more than its own importance. A text is a varint size
// and bytes. Labels are protobuf label records, as in a write batch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace kvs::head::wal {

inline constexpr uint32_t kMagic = 0x4c57764b;  // "KvWL"
inline constexpr size_t kAlign = 8;
/// Logs of version 1 have late samples among the others.
inline constexpr uint32_t kVersion = 2;
inline constexpr uint32_t kOldestVersion = 1;

enum class Kind : uint8_t {
  kSegment = 1,  ///< First of each segment: u32 version, u32 its number, u32 generation.
  kSeries = 3,   ///< u32 tenant, varint size and name of it; until the end: varint id, varint size,
                 ///< labels as records.
  kSamples = 4,  ///< SamplesHeader, then its columns.
  kHistograms = 5,  ///< u32 tenant, u32 shard; until the end: varint id, varint zigzag t, varint
                    ///< size, EncodeHistogram(), which may end with a start.
  kExemplars = 6,   ///< u32 tenant; until the end: varint id, varint zigzag t, f64 value, varint
                    ///< size, labels as records.
  /// As the two above, of samples taken out of order. Apart, so that a sample in order that is read
  /// back again, or is in a block already, is known for what it is.
  kLateSamples =
      8,  ///< u32 tenant, u32 shard; until the end: varint id, varint zigzag t, f64 value
  kLateHistograms = 9,
  /// As the two kinds of floats, with starts. A record has starts only if one of its samples has.
  kStartedSamples = 15,      ///< SamplesHeader, then its columns, the starts last.
  kLateStartedSamples = 16,  ///< As kLateSamples; behind each value: varint zigzag start.
  // Not in a log: of the files beside it.
  kCutMark = 10,        ///< See blocks/cut_mark.cc.
  kCheckpoint = 11,     ///< First of a checkpoint: u32 version, u32 generation.
  kTenantState = 12,    ///< u32 tenant, name as text, i64 time of the newest sample.
  kSeriesState = 13,    ///< u32 tenant, u32 shard; until the end series, see checkpoint/format.h.
  kCheckpointEnd = 14,  ///< Last of a checkpoint: u64 number of series.
  kMetadata = 7,  ///< u32 tenant, varint size and name; until the end: varint type, then metric,
                  ///< help, unit as texts.
};

struct RecordHeader {
  uint32_t magic;
  uint32_t crc;   ///< CRC-32C of all that follows, payload included and padding not.
  uint32_t size;  ///< Of the payload.
  uint8_t kind;
  uint8_t reserved[3];
};
static_assert(sizeof(RecordHeader) == 16);

/// In front of three columns: ids (each a zigzag varint, less the one before), times (the same),
/// and values, 8 bytes each; in a record with starts of a fourth one, as the times.
struct SamplesHeader {
  uint32_t tenant;
  uint32_t shard;  ///< All samples of a series in a generation have the same.
  uint32_t n;
  uint32_t id_bytes;
  uint32_t time_bytes;
  uint32_t start_bytes;
};
static_assert(sizeof(SamplesHeader) == 24);

inline size_t PaddedSize(size_t payload) {
  return (sizeof(RecordHeader) + payload + kAlign - 1) / kAlign * kAlign;
}

inline uint64_t ZigZag(int64_t value) {
  return static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63);
}
inline int64_t UnZigZag(uint64_t value) {
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}

inline constexpr size_t kMaxVarint = 10;

inline uint8_t* PutVarint(uint8_t* at, uint64_t value) {
  for (; value >= 0x80; value >>= 7) *at++ = static_cast<uint8_t>(value) | 0x80;
  *at++ = static_cast<uint8_t>(value);
  return at;
}

/// Reads a payload. Reading past the end gives zeros and makes ok() false; ask once, behind the
/// last.
class PayloadReader {
 public:
  explicit PayloadReader(std::span<const uint8_t> payload)
      : at_(payload.data()), end_(at_ + payload.size()) {}

  bool ok() const { return ok_; }
  size_t left() const { return static_cast<size_t>(end_ - at_); }

  template <typename T>
  T Fixed() {
    T value{};
    const std::span<const uint8_t> bytes = Bytes(sizeof(T));
    if (ok_) std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
  }

  uint64_t Varint() {
    if (at_ != end_ && *at_ < 0x80) return *at_++;
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && at_ != end_; shift += 7) {
      const uint8_t byte = *at_++;
      value |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
    Fail();
    return 0;
  }

  std::span<const uint8_t> Bytes(uint64_t n) {
    if (n > left()) {
      Fail();
      return {};
    }
    at_ += n;
    return {at_ - n, static_cast<size_t>(n)};
  }
  std::string_view Text() {
    const std::span<const uint8_t> bytes = Bytes(Varint());
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

 private:
  void Fail() {
    ok_ = false;
    at_ = end_;
  }

  const uint8_t* at_;
  const uint8_t* end_;
  bool ok_ = true;
};

}  // namespace kvs::head::wal
