// SPDX-License-Identifier: Apache-2.0
// Fields of protobuf messages, one by one: what decoders that meet fields in any order are made of.
#pragma once

#include <concepts>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/wire/protobuf.h"

namespace kvs::wire {

/// Appends a field as proto3 does: not at all when it has the default of its type.
inline void AppendText(std::string& out, uint32_t field, std::string_view text) {
  if (!text.empty()) AppendBytesField(out, field, text);
}
template <std::integral T>
void AppendNumber(std::string& out, uint32_t field, T number) {
  if (number != 0) AppendVarintField(out, field, static_cast<uint64_t>(number));
}

inline std::span<const uint8_t> BytesOf(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

/// Runs field(in, tag), which reads the value or skips it, for every field of a message.
template <typename Field>
bool EachField(ProtoReader& in, Field field) {
  ProtoTag tag;
  while (!in.done()) {
    if (!in.ReadTag(&tag) || !field(in, tag)) return false;
  }
  return !in.damaged();
}

/// Runs decode(message) on the message that `in` is at, whose tag has been read.
template <typename Decode>
bool Inside(ProtoReader& in, Decode decode) {
  ProtoReader message;
  if (!in.ReadMessage(&message)) return false;
  return decode(message) || in.Damage(message);
}
/// The same, where `tag` may be of another type.
template <typename Decode>
bool Inside(ProtoReader& in, ProtoTag tag, Decode decode) {
  return tag.type == WireType::kBytes ? Inside(in, decode) : in.Damage(kWrongType);
}
/// EachField() of the message that `in` is at.
template <typename Field>
bool EachFieldInside(ProtoReader& in, Field field) {
  return Inside(in, [&field](ProtoReader& message) { return EachField(message, field); });
}

inline bool ReadText(ProtoReader& in, ProtoTag tag, std::string_view* out) {
  return tag.type == WireType::kBytes ? in.ReadString(out) : in.Damage(kWrongType);
}
inline bool ReadFixed(ProtoReader& in, ProtoTag tag, uint64_t* out) {
  return tag.type == WireType::kFixed64 ? in.ReadFixed64(out) : in.Damage(kWrongType);
}
inline bool ReadDouble(ProtoReader& in, ProtoTag tag, double* out) {
  return tag.type == WireType::kFixed64 ? in.ReadDouble(out) : in.Damage(kWrongType);
}
inline bool ReadUint32(ProtoReader& in, ProtoTag tag, uint32_t* out) {
  if (tag.type == WireType::kFixed32) return in.ReadFixed32(out);
  return tag.type == WireType::kVarint ? in.ReadUint32(out) : in.Damage(kWrongType);
}
inline bool ReadSigned32(ProtoReader& in, ProtoTag tag, int32_t* out) {
  int64_t value = 0;
  if (tag.type != WireType::kVarint) return in.Damage(kWrongType);
  if (!in.ReadZigZag(&value)) return false;
  *out = static_cast<int32_t>(value);
  return true;
}
// An sfixed64, as a double.
inline bool ReadWhole(ProtoReader& in, ProtoTag tag, double* out) {
  uint64_t bits = 0;
  if (!ReadFixed(in, tag, &bits)) return false;
  *out = static_cast<double>(static_cast<int64_t>(bits));
  return true;
}

// Numbers of eight bytes, packed or one by one.
template <typename T>
bool ReadFixedList(ProtoReader& in, ProtoTag tag, std::vector<T>* out) {
  T value{};
  static_assert(sizeof value == 8);
  if (tag.type == WireType::kFixed64) {
    uint64_t bits = 0;
    if (!in.ReadFixed64(&bits)) return false;
    std::memcpy(&value, &bits, sizeof value);
    out->push_back(value);
    return true;
  }
  std::span<const uint8_t> bytes;
  if (tag.type != WireType::kBytes) return in.Damage(kWrongType);
  if (!in.ReadBytes(&bytes)) return false;
  if (bytes.size() % sizeof value != 0) return in.Damage("packed field is cut short");
  const size_t before = out->size();
  out->resize(before + bytes.size() / sizeof value);
  if (!bytes.empty()) std::memcpy(out->data() + before, bytes.data(), bytes.size());
  return true;
}

inline bool ReadVarintList(ProtoReader& in, ProtoTag tag, std::vector<uint64_t>* out) {
  uint64_t value = 0;
  if (tag.type == WireType::kVarint) {
    if (!in.ReadVarint(&value)) return false;
    out->push_back(value);
    return true;
  }
  return Inside(in, tag, [&](ProtoReader& list) {
    while (!list.done()) {
      if (!list.ReadVarint(&value)) return false;
      out->push_back(value);
    }
    return true;
  });
}

template <typename T>
uint32_t SizeOf(const std::vector<T>& array) {
  return static_cast<uint32_t>(array.size());
}

}  // namespace kvs::wire
