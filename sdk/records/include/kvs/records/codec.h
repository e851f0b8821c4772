// SPDX-License-Identifier: Apache-2.0
// The layout of inputs and outputs: numbers and arrays in order, each padded to 8 bytes, little-endian. An array is its length
// and its elements, so a decoder hands out pointers into the message instead of copying. Both sides are ours and of one
// version family: a field is only ever added at the end, and a decoder that finds nothing there reads zero.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "kvs/abi/abi.h"
#include "kvs/base/status.h"
#include "kvs/sdk/str.h"

namespace kvs::records {

static_assert(std::endian::native == std::endian::little, "the layout is little-endian");

class Encoder {
 public:
  Encoder() = default;
  /// Of a message that will have about so many bytes.
  explicit Encoder(size_t size) { out_.reserve(size); }

  void Number(uint64_t value) { Raw(&value, sizeof value); }
  void Number(int64_t value) { Number(static_cast<uint64_t>(value)); }
  void Number(uint32_t value) { Number(uint64_t{value}); }
  void Number(int32_t value) { Number(static_cast<int64_t>(value)); }
  void Text(std::string_view text) { Array(text.data(), text.size()); }
  void Text(kvs_str_t text) { Text(sdk::View(text)); }
  void Text(kvs_bytes_t bytes) { Text(sdk::TextOf(bytes)); }

  template <typename T>
    requires std::is_trivially_copyable_v<T>
  void Array(const T* items, uint64_t n) {
    Number(n);
    if (n > 0) Raw(items, n * sizeof(T));
  }
  template <typename T>
  void Array(const std::vector<T>& items) { Array(items.data(), items.size()); }

  /// Many texts: their sizes, then their bytes. `text_of(i)` gives the i-th as a string_view.
  template <typename TextOf>
  void Texts(uint64_t n, TextOf text_of) {
    std::vector<uint32_t> sizes(n);
    uint64_t total = 0;
    for (uint64_t i = 0; i < n; ++i) total += sizes[i] = static_cast<uint32_t>(text_of(i).size());
    Array(sizes);
    Number(total);
    out_.reserve(out_.size() + total + 8);
    for (uint64_t i = 0; i < n; ++i) out_.append(text_of(i));
    Pad();
  }
  void Texts(const kvs_str_t* texts, uint64_t n) {
    Texts(n, [texts](uint64_t i) { return sdk::View(texts[i]); });
  }

  std::string Take() { return std::move(out_); }

 private:
  void Raw(const void* bytes, size_t size) {
    out_.append(static_cast<const char*>(bytes), size);
    Pad();
  }
  void Pad() { out_.append((8 - out_.size() % 8) % 8, '\0'); }
  std::string out_;
};

/// Reads what an Encoder wrote. After damage everything reads as zero and empty, and ok() is false. Pointers it gives live
/// as long as the message.
class Decoder {
 public:
  explicit Decoder(std::string_view message) : at_(message.data()), end_(message.data() + message.size()) {}

  bool ok() const { return !damaged_; }
  Status status() const { return damaged_ ? DataLoss("a message of another kvasir is damaged or of another layout") : OkStatus(); }

  uint64_t Number() {
    uint64_t value = 0;
    if (at_ == end_) return 0;  // A field that the sender does not know yet.
    const char* const from = Take(sizeof value);
    if (from != nullptr) std::memcpy(&value, from, sizeof value);
    return value;
  }
  int64_t Signed() { return static_cast<int64_t>(Number()); }
  uint32_t Small() { return static_cast<uint32_t>(Number()); }
  std::string_view Text() {
    const std::span<const char> bytes = Array<char>();
    return {bytes.data(), bytes.size()};
  }

  template <typename T>
  std::span<const T> Array() {
    const uint64_t n = Number();
    if (n == 0) return {};
    if (n > static_cast<uint64_t>(end_ - at_) / sizeof(T)) {
      damaged_ = true;
      return {};
    }
    const char* const from = Take(n * sizeof(T));
    if (from == nullptr) return {};
    if (reinterpret_cast<uintptr_t>(from) % alignof(T) != 0) {  // Only when the message itself stands crookedly.
      copies_.push_back(std::make_unique<uint64_t[]>(n * sizeof(T) / 8 + 1));
      std::memcpy(copies_.back().get(), from, n * sizeof(T));
      return {reinterpret_cast<const T*>(copies_.back().get()), n};
    }
    return {reinterpret_cast<const T*>(from), n};
  }
  /// An array that must have so many elements, or none.
  template <typename T>
  const T* ArrayOf(uint64_t n) {
    const std::span<const T> items = Array<T>();
    if (!items.empty() && items.size() != n) damaged_ = true;
    return items.empty() || damaged_ ? nullptr : items.data();
  }
  /// Offsets of n things: n + 1 numbers that never fall, the last at most `limit`. Null for none of them.
  const uint32_t* Offsets(uint64_t n, uint64_t limit) {
    const std::span<const uint32_t> items = Array<uint32_t>();
    if (items.empty()) return nullptr;
    bool good = items.size() == n + 1 && items[n] <= limit;
    for (size_t i = 1; good && i < items.size(); ++i) good = items[i - 1] <= items[i];
    if (!good) damaged_ = true;
    return good ? items.data() : nullptr;
  }
  std::vector<kvs_str_t> Texts() {
    const std::span<const uint32_t> sizes = Array<uint32_t>();
    const uint64_t total = Number();
    uint64_t sum = 0;
    for (const uint32_t size : sizes) sum += size;
    const char* from = sum == total ? Take(total) : nullptr;
    if (from == nullptr && total > 0) damaged_ = true;
    std::vector<kvs_str_t> out;
    if (damaged_ || sum != total) {
      damaged_ = true;
      return out;
    }
    out.reserve(sizes.size());
    for (const uint32_t size : sizes) {
      out.push_back({from, size});
      from += size;
    }
    return out;
  }
  void Damaged() { damaged_ = true; }
  /// Copies that arrays may point at, to be kept as long as the message.
  std::vector<std::unique_ptr<uint64_t[]>> TakeCopies() { return std::move(copies_); }

 private:
  // `size` bytes and their padding; null on damage.
  const char* Take(uint64_t size) {
    const uint64_t padded = (size + 7) / 8 * 8;
    if (damaged_ || padded < size || padded > static_cast<uint64_t>(end_ - at_)) {
      damaged_ = true;
      return nullptr;
    }
    const char* const from = at_;
    at_ += padded;
    return from;
  }
  const char* at_;
  const char* end_;
  bool damaged_ = false;
  std::vector<std::unique_ptr<uint64_t[]>> copies_;
};

/// A message and what was decoded from it, kept together for a record that is handed out.
struct Message {
  std::string bytes;
  std::vector<std::unique_ptr<uint64_t[]>> copies;
};

}  // namespace kvs::records
