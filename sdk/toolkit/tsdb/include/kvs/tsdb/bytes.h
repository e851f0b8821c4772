// SPDX-License-Identifier: Apache-2.0
// ByteSink and ByteSource: where the files of a block go to and come from. The formats know nothing
// of files or object stores: whoever writes gives a sink that only appends, so that it can be a
// file or a multipart upload, and whoever reads gives a source of ranged reads, so that it can be
// a mapping, a local copy of parts, or a cache before an object store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kvs/base/status.h"

namespace kvs::tsdb {

using Bytes = std::vector<uint8_t>;

class ByteSink {
 public:
  virtual ~ByteSink() = default;
  /// Takes all of `bytes`, or fails; after a failure nothing more is appended.
  virtual Status Append(std::span<const uint8_t> bytes) = 0;
};

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual uint64_t size() const = 0;
  /// The `size` bytes from `offset` on, all of them below size(). They stand in `scratch`, which is
  /// overwritten, or in memory that lives as long as the source. Callable from several threads.
  virtual StatusOr<std::span<const uint8_t>> Read(uint64_t offset, size_t size,
                                                  Bytes* scratch) const = 0;
};

/// A source over memory of somebody else: a mapped file, an object that was fetched whole.
class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  uint64_t size() const override { return bytes_.size(); }
  StatusOr<std::span<const uint8_t>> Read(uint64_t offset, size_t size,
                                          Bytes* scratch) const override;

 private:
  std::span<const uint8_t> bytes_;
};

/// A sink that keeps everything in memory.
class MemorySink final : public ByteSink {
 public:
  Status Append(std::span<const uint8_t> bytes) override;
  const Bytes& bytes() const { return bytes_; }
  Bytes Take() { return std::move(bytes_); }

 private:
  Bytes bytes_;
};

}  // namespace kvs::tsdb
