// SPDX-License-Identifier: Apache-2.0
// The numbers and texts that all files of a block are made of: big-endian integers, and integers
// of seven bits a byte, the lowest first (Go's uvarint; varint is the same after zig-zag).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "kvs/base/status.h"
#include "kvs/tsdb/bytes.h"

namespace kvs::tsdb::internal {

inline constexpr size_t kMaxUvarintBytes = 10;
inline constexpr size_t kCrcBytes = 4;
inline constexpr size_t kPostingsAlignment = 4;

// Parts of an index, as messages name them.
inline constexpr std::string_view kSymbolsPart = "symbols";
inline constexpr std::string_view kSeriesPart = "series";
inline constexpr std::string_view kPostingsPart = "postings";

inline uint32_t LoadBe32(const uint8_t* p) {
  uint32_t v;
  std::memcpy(&v, p, sizeof(v));
  return std::endian::native == std::endian::little ? __builtin_bswap32(v) : v;
}

inline void PutByte(Bytes& out, uint8_t v) {
  out.push_back(v);
}
inline void PutBe32(Bytes& out, uint32_t v) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<uint8_t>(v >> shift));
}
inline void PutBe64(Bytes& out, uint64_t v) {
  PutBe32(out, static_cast<uint32_t>(v >> 32));
  PutBe32(out, static_cast<uint32_t>(v));
}
inline void PutUvarint(Bytes& out, uint64_t v) {
  for (; v >= 0x80; v >>= 7) out.push_back(static_cast<uint8_t>(v | 0x80));
  out.push_back(static_cast<uint8_t>(v));
}
inline void PutVarint(Bytes& out, int64_t v) {
  PutUvarint(out, static_cast<uint64_t>(v) << 1 ^ static_cast<uint64_t>(v >> 63));
}
inline void PutText(Bytes& out, std::string_view text) {
  PutUvarint(out, text.size());
  out.insert(out.end(), text.begin(), text.end());
}
inline size_t UvarintBytes(uint64_t v) {
  return static_cast<size_t>(std::bit_width(v | 1) + 6) / 7;
}

/// DataLoss: "<part> at offset <offset>: <pieces>".
template <typename... Pieces>
Status Damaged(std::string_view part, uint64_t offset, const Pieces&... pieces) {
  return DataLoss(part, " at offset ", offset, ": ", pieces...);
}

/// Takes fields off the front of bytes from outside. What is not there reads as 0 or empty and
/// makes failed() true for good, so a decoder may ask once at its end.
class FieldReader {
 public:
  /// `offset`: where in its file the first byte stands, for messages.
  FieldReader(std::span<const uint8_t> bytes, uint64_t offset)
      : begin_(bytes.data()), at_(bytes.data()), end_(at_ + bytes.size()), offset_(offset) {}

  uint8_t Byte() {
    if (at_ == end_) return Fail("ends too early");
    return *at_++;
  }
  uint32_t Be32() {
    if (left() < 4) return Fail("ends too early");
    at_ += 4;
    return LoadBe32(at_ - 4);
  }
  uint64_t Be64() {
    const uint64_t high = Be32();
    return high << 32 | Be32();
  }
  uint64_t Uvarint() {
    if (at_ != end_ && *at_ < 0x80) [[likely]]
      return *at_++;
    return LongUvarint();
  }
  int64_t Varint() {
    const uint64_t v = Uvarint();
    return static_cast<int64_t>(v >> 1 ^ (0 - (v & 1)));
  }
  /// Length and bytes; borrowed.
  std::string_view Text() {
    const uint64_t n = Uvarint();
    if (n > left()) {
      Fail("a text that is longer than what is left");
      return {};
    }
    at_ += n;
    return {reinterpret_cast<const char*>(at_ - n), static_cast<size_t>(n)};
  }

  size_t left() const { return static_cast<size_t>(end_ - at_); }
  bool done() const { return at_ == end_; }
  /// Of the next byte, in the file.
  uint64_t offset() const { return offset_ + consumed(); }
  size_t consumed() const { return static_cast<size_t>(at_ - begin_); }
  bool failed() const { return what_ != nullptr; }
  /// The damage, of a part of this name; OK when there was none.
  Status status(std::string_view part) const {
    return failed() ? Damaged(part, offset_ + failed_at_, what_) : OkStatus();
  }

 private:
  uint64_t LongUvarint() {
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      if (at_ == end_) return Fail("ends too early");
      const uint8_t byte = *at_++;
      if (shift == 63 && byte > 1) break;
      v |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return v;
    }
    return Fail("a number of more than 64 bits");
  }
  uint8_t Fail(const char* what) {
    if (what_ == nullptr) {
      what_ = what;
      failed_at_ = consumed();
    }
    at_ = end_;
    return 0;
  }

  const uint8_t* begin_;
  const uint8_t* at_;
  const uint8_t* end_;
  uint64_t offset_;
  const char* what_ = nullptr;
  size_t failed_at_ = 0;
};

}  // namespace kvs::tsdb::internal
