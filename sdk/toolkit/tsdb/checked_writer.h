// SPDX-License-Identifier: Apache-2.0
// CheckedWriter: collects what a writer makes into large appends to its sink, counts the offset and
// keeps the checksum of the section in work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kvs/base/crc32c.h"

#include "codec.h"

namespace kvs::tsdb::internal {

class CheckedWriter {
 public:
  /// `sink` outlives the writer.
  explicit CheckedWriter(ByteSink& sink) : sink_(sink) { buffer_.reserve(kBufferBytes); }

  /// Where in the file the next byte goes.
  uint64_t offset() const { return flushed_ + buffer_.size(); }

  void Put(std::span<const uint8_t> bytes) {
    if (buffer_.size() + bytes.size() > kBufferBytes) Flush();
    if (bytes.size() >= kBufferBytes) {
      Extend(bytes);
      Send(bytes);
      flushed_ += bytes.size();
      crc_from_ = 0;
      return;
    }
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  }
  void PutBe32(uint32_t v) {
    const uint8_t bytes[] = {static_cast<uint8_t>(v >> 24), static_cast<uint8_t>(v >> 16),
                             static_cast<uint8_t>(v >> 8), static_cast<uint8_t>(v)};
    Put(bytes);
  }
  /// Zeros up to a multiple of `alignment`.
  void Pad(size_t alignment) {
    static constexpr uint8_t kZeros[16] = {};
    const size_t over = offset() % alignment;
    if (over != 0) Put({kZeros, alignment - over});
  }

  /// What follows counts for the next checksum.
  void BeginCrc() {
    crc_ = 0;
    crc_from_ = buffer_.size();
  }
  /// Appends the checksum of everything since BeginCrc().
  void PutCrc() {
    ExtendOverBuffer();
    PutBe32(crc_);
  }

  /// Hands on what is left; the first error of the sink, then and before.
  Status Finish() {
    Flush();
    return status_;
  }
  const Status& status() const { return status_; }

 private:
  static constexpr size_t kBufferBytes = 256 << 10;

  void Extend(std::span<const uint8_t> bytes) { crc_ = ExtendCrc32c(crc_, bytes); }
  void ExtendOverBuffer() {
    Extend(std::span(buffer_).subspan(crc_from_));
    crc_from_ = buffer_.size();
  }
  void Send(std::span<const uint8_t> bytes) {
    if (status_.ok() && !bytes.empty()) status_ = sink_.Append(bytes);
  }
  void Flush() {
    ExtendOverBuffer();
    Send(buffer_);
    flushed_ += buffer_.size();
    buffer_.clear();
    crc_from_ = 0;
  }

  ByteSink& sink_;
  Bytes buffer_;
  uint64_t flushed_ = 0;
  uint32_t crc_ = 0;
  size_t crc_from_ = 0;  // First byte of the buffer that the checksum has not seen.
  Status status_;
};

}  // namespace kvs::tsdb::internal
