// SPDX-License-Identifier: Apache-2.0
// WindowReader: goes through a part of a source from front to back in large reads, and keeps the
// checksum of what it has passed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "kvs/base/crc32c.h"
#include "kvs/tsdb/index_format.h"

#include "codec.h"

namespace kvs::tsdb::internal {

class WindowReader {
 public:
  static constexpr size_t kLargeWindow = 1 << 20;
  static constexpr size_t kSmallWindow = 4 << 10;

  /// `source` outlives the reader. `window_bytes` are read at a time.
  WindowReader(const ByteSource& source, ByteRange range, size_t window_bytes = kLargeWindow)
      : source_(&source), end_(range.end), next_(range.begin), window_bytes_(window_bytes) {}
  WindowReader(const WindowReader&) = delete;
  WindowReader& operator=(const WindowReader&) = delete;

  /// Of the next byte, in the source.
  uint64_t offset() const { return next_ - (window_.size() - at_); }
  uint64_t left() const { return end_ - offset(); }

  /// What comes next, not passed yet: `n` bytes or more, fewer only at the end of the range.
  StatusOr<std::span<const uint8_t>> Peek(size_t n) {
    if (window_.size() - at_ < n && next_ < end_) KVS_RETURN_IF_ERROR(Load(n));
    return window_.subspan(at_);
  }
  /// Passes `n` bytes that Peek() has shown.
  void Skip(size_t n) { at_ += n; }

  void BeginCrc() {
    crc_ = 0;
    crc_from_ = at_;
  }
  /// Of everything passed since BeginCrc().
  uint32_t crc() {
    crc_ = ExtendCrc32c(crc_, window_.subspan(crc_from_, at_ - crc_from_));
    crc_from_ = at_;
    return crc_;
  }

  /// One field or a few that belong together: parse(FieldReader&) reads them, and is called again
  /// with more bytes when those at hand were too few. Passes what was read.
  template <typename Parse>
  Status Take(std::string_view part, Parse parse) {
    for (size_t want = 64;; want *= 2) {
      KVS_ASSIGN_OR_RETURN(const std::span<const uint8_t> bytes, Peek(want));
      FieldReader in(bytes, offset());
      parse(in);
      if (!in.failed()) {
        Skip(in.consumed());
        return OkStatus();
      }
      if (next_ == end_) return in.status(part);
      want = std::max(want, bytes.size());
    }
  }
  /// Reads the checksum that stands next and compares. `begin`: where the part begins, for the
  /// message.
  Status TakeCrc(std::string_view part, uint64_t begin) {
    const uint32_t expected = crc();
    uint32_t stored = 0;
    KVS_RETURN_IF_ERROR(Take(part, [&stored](FieldReader& in) { stored = in.Be32(); }));
    return stored == expected ? OkStatus() : Damaged(part, begin, "wrong checksum");
  }

 private:
  Status Load(size_t n) {
    crc();
    const uint64_t from = offset();
    const size_t size =
        static_cast<size_t>(std::min<uint64_t>(end_ - from, std::max<size_t>(n, window_bytes_)));
    KVS_ASSIGN_OR_RETURN(window_, source_->Read(from, size, &scratch_));
    next_ = from + size;
    at_ = crc_from_ = 0;
    return OkStatus();
  }

  const ByteSource* source_;
  uint64_t end_;
  uint64_t next_;  // Offset behind the window.
  size_t window_bytes_;
  Bytes scratch_;
  std::span<const uint8_t> window_;
  size_t at_ = 0;  // In the window.
  uint32_t crc_ = 0;
  size_t crc_from_ = 0;  // First byte of the window that the checksum has not seen.
};

}  // namespace kvs::tsdb::internal
