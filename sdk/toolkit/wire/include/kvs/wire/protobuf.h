// SPDX-License-Identifier: Apache-2.0
// The protobuf wire format by hand: a reader that never leaves its bytes and never allocates, and
// append functions for writing. For messages that are decoded by the million; everything else may
// use a generated parser.
//
//   ProtoReader in(body);
//   while (!in.done()) {
//     ProtoTag tag;
//     if (!in.ReadTag(&tag)) break;
//     if (tag.Is(1, WireType::kBytes)) { if (!in.ReadBytes(&bytes)) break; }
//     else if (!in.Skip(tag)) break;
//   }
//   if (in.damaged()) return in.Error(body);   // malformed protobuf at byte 17: varint is cut
//   short
//
// [any]
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "kvs/base/status.h"

namespace kvs::wire {

enum class WireType : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

/// What is wrong with a known field of another type than its message says.
inline constexpr const char* kWrongType = "field has the wrong wire type";

struct ProtoTag {
  uint32_t field = 0;
  WireType type = WireType::kVarint;

  bool Is(uint32_t f, WireType t) const { return field == f && type == t; }
};

/// Every function returns false on damage and stays there: done() is then true, so that loops end.
class ProtoReader {
 public:
  ProtoReader() = default;
  explicit ProtoReader(std::span<const uint8_t> bytes)
      : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool done() const { return at_ == end_; }
  bool damaged() const { return error_ != nullptr; }
  const uint8_t* at() const { return at_; }
  std::span<const uint8_t> rest() const { return {at_, end_}; }

  bool ReadVarint(uint64_t* value) {
    if (at_ != end_ && *at_ < 0x80) [[likely]] {
      *value = *at_++;
      return true;
    }
    return ReadLongVarint(value);
  }
  /// int32, int64: two's complement. sint32, sint64: ReadZigZag().
  bool ReadSigned(int64_t* value) {
    uint64_t bits = 0;
    if (!ReadVarint(&bits)) return false;
    *value = static_cast<int64_t>(bits);
    return true;
  }
  bool ReadZigZag(int64_t* value) {
    uint64_t bits = 0;
    if (!ReadVarint(&bits)) return false;
    *value = static_cast<int64_t>(bits >> 1) ^ -static_cast<int64_t>(bits & 1);
    return true;
  }
  /// Varints of 32-bit fields are cut to 32 bits, as every protobuf parser does.
  bool ReadUint32(uint32_t* value) {
    uint64_t bits = 0;
    if (!ReadVarint(&bits)) return false;
    *value = static_cast<uint32_t>(bits);
    return true;
  }
  bool ReadFixed64(uint64_t* value) { return ReadRaw(value, sizeof *value); }
  bool ReadFixed32(uint32_t* value) { return ReadRaw(value, sizeof *value); }
  bool ReadDouble(double* value) { return ReadRaw(value, sizeof *value); }

  /// A length and that many bytes, borrowed.
  bool ReadBytes(std::span<const uint8_t>* bytes) {
    uint64_t size = 0;
    if (!ReadVarint(&size)) return false;
    if (size > static_cast<uint64_t>(end_ - at_)) [[unlikely]]
      return Damage("length goes past the end");
    *bytes = {at_, static_cast<size_t>(size)};
    at_ += size;
    return true;
  }
  bool ReadString(std::string_view* text) {
    std::span<const uint8_t> bytes;
    if (!ReadBytes(&bytes)) return false;
    *text = {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    return true;
  }
  bool ReadMessage(ProtoReader* message) {
    std::span<const uint8_t> bytes;
    if (!ReadBytes(&bytes)) return false;
    *message = ProtoReader(bytes);
    return true;
  }

  bool ReadTag(ProtoTag* tag) {
    uint64_t bits = 0;
    if (!ReadVarint(&bits)) return false;
    const uint64_t type = bits & 7;
    if (bits < 8 || bits > 0xffffffff) [[unlikely]]
      return Damage("field number is out of range");
    if (type == 3 || type == 4 || type > 5) [[unlikely]]
      return Damage("wire type is not supported");
    tag->field = static_cast<uint32_t>(bits >> 3);
    tag->type = static_cast<WireType>(type);
    return true;
  }
  /// The value of a field nobody wants.
  bool Skip(ProtoTag tag);

  /// Marks the place as damaged for a reason of the caller; `what` is static. Always false.
  bool Damage(const char* what) {
    if (error_ == nullptr) error_ = what;
    error_at_ = at_;
    at_ = end_;
    return false;
  }
  /// Takes over the damage of a message inside this one. Always false.
  bool Damage(const ProtoReader& inner) {
    error_ = inner.error_;
    error_at_ = inner.error_at_;
    at_ = end_;
    return false;
  }
  /// InvalidArgument that says what and where, counted from the front of `body`, in which the
  /// reader's bytes lie.
  Status Error(std::span<const uint8_t> body) const;

 private:
  bool ReadLongVarint(uint64_t* value);
  bool ReadRaw(void* value, size_t size) {
    if (static_cast<size_t>(end_ - at_) < size) [[unlikely]]
      return Damage("fixed-size value is cut short");
    std::memcpy(value, at_, size);
    at_ += size;
    return true;
  }

  const uint8_t* at_ = nullptr;
  const uint8_t* end_ = nullptr;
  const uint8_t* error_at_ = nullptr;
  const char* error_ = nullptr;  // Static text.
};

// Writing. Sizes of nested messages are not known beforehand: BeginMessage() leaves room that
// EndMessage() fills.

void AppendVarint(std::string& out, uint64_t value);
inline uint64_t ZigZag(int64_t value) {
  return static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63);
}
void AppendTag(std::string& out, uint32_t field, WireType type);
void AppendVarintField(std::string& out, uint32_t field, uint64_t value);
void AppendDoubleField(std::string& out, uint32_t field, double value);
void AppendBytesField(std::string& out, uint32_t field, std::string_view bytes);
/// Starts a length-delimited field; pass what it returns to EndMessage().
size_t BeginMessage(std::string& out, uint32_t field);
void EndMessage(std::string& out, size_t begin);

}  // namespace kvs::wire
