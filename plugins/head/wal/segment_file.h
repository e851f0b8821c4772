// SPDX-License-Identifier: Apache-2.0
// The files of a log, behind an interface so that tests can fill the disk and break it.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kvs/base/status.h"

namespace kvs::head::wal {

/// A segment that is being written. Errors: RESOURCE_EXHAUSTED when the disk is full, else
/// INTERNAL. [one thread]
class SegmentFile {
 public:
  virtual ~SegmentFile() = default;
  /// Reserves disk space up to `size` bytes; what is not written reads as zeros.
  virtual Status Reserve(uint64_t size) = 0;
  virtual Status Write(uint64_t offset, std::span<const uint8_t> bytes) = 0;
  virtual Status Sync() = 0;
  /// Gives back what was reserved behind `size`.
  virtual Status Truncate(uint64_t size) = 0;
};

/// Makes the file of that path, empty, and makes its name durable.
using SegmentFileMaker =
    std::function<StatusOr<std::unique_ptr<SegmentFile>>(const std::string& path)>;

StatusOr<std::unique_ptr<SegmentFile>> MakeSegmentFile(const std::string& path);

/// A file in memory, mapped for reading.
class MappedFile {
 public:
  static StatusOr<MappedFile> Open(const std::string& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile();
  std::span<const uint8_t> bytes() const { return {data_, size_}; }
  /// Tells that `size` bytes from `offset` on are looked at next. Waits until they are in memory.
  void Need(size_t offset, size_t size) const;
  /// Tells that the first `size` bytes will not be looked at again: their memory is given back.
  void DoneWith(size_t size) const;

 private:
  MappedFile() = default;
  const uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

/// Makes a folder and those above it.
Status MakeFolder(const std::string& path);
/// Makes renames, creations and removals in `folder` durable.
Status SyncFolder(const std::string& folder);
/// What the name of a segment says, so that a damaged one still tells what it belongs to.
struct SegmentName {
  uint32_t number;
  uint32_t generation;
  friend auto operator<=>(const SegmentName&, const SegmentName&) = default;
};
/// The segments in `folder`, ascending; other files are left out.
StatusOr<std::vector<SegmentName>> ListSegments(const std::string& folder);
std::string SegmentPath(const std::string& folder, SegmentName name);
/// Cuts `path` to `size` bytes, durably.
Status CutFile(const std::string& path, uint64_t size);
Status RemoveFile(const std::string& path);

}  // namespace kvs::head::wal
