// SPDX-License-Identifier: Apache-2.0
// What blocks on disk need of a file system: writing without a burst at the end, names that are
// durable, reading whole.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/tsdb/bytes.h"

namespace kvs::head {

/// A file that is being written, front to back. Errors: RESOURCE_EXHAUSTED when the disk is full,
/// else INTERNAL.
class FileWriter final : public tsdb::ByteSink {
 public:
  static StatusOr<std::unique_ptr<FileWriter>> Create(std::string path);
  ~FileWriter() override;
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  Status Append(std::span<const uint8_t> bytes) override;
  /// Makes it durable and closes it.
  Status Finish();
  uint64_t size_bytes() const { return size_; }

 private:
  FileWriter(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  const std::string path_;
  int fd_;
  uint64_t size_ = 0;
  uint64_t begun_ = 0;  // Up to here the disk has been asked to write.
};

/// Replaces the file at `path`, durably and at once.
Status ReplaceFile(const std::string& path, std::span<const uint8_t> bytes);
/// NOT_FOUND when there is none.
StatusOr<std::string> ReadFile(const std::string& path);
Status RenameFile(const std::string& from, const std::string& to);
/// Removes a file or a folder with everything in it; what is not there is no error.
Status RemoveTree(const std::string& path);
/// Names of the entries, sorted; none when there is no such folder.
std::vector<std::string> ListFolder(const std::string& path);
/// Whether `name` can be the name of a file or folder, and a part of an object's key.
bool IsFileName(std::string_view name);
/// Bytes of all files below.
uint64_t TreeBytes(const std::string& path);

}  // namespace kvs::head
