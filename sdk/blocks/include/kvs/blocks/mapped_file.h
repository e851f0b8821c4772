// SPDX-License-Identifier: Apache-2.0
// MappedFile: a local file as a source of bytes that are borrowed, not copied.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "kvs/base/status.h"
#include "kvs/tsdb/bytes.h"

namespace kvs::blocks {

/// Immutable; callable from several threads. The file may be deleted meanwhile, and must not be
/// made shorter. [any]
class MappedFile final : public tsdb::ByteSource {
 public:
  /// NotFound, or Unavailable, with the path.
  static StatusOr<std::unique_ptr<MappedFile>> Open(const std::string& path);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile() override;

  /// Borrowed from this.
  std::span<const uint8_t> bytes() const { return bytes_; }

  uint64_t size() const override { return bytes_.size(); }
  StatusOr<std::span<const uint8_t>> Read(uint64_t offset, size_t size,
                                          tsdb::Bytes* scratch) const override;

 private:
  explicit MappedFile(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  const std::span<const uint8_t> bytes_;
};

}  // namespace kvs::blocks
