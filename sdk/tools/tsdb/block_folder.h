// SPDX-License-Identifier: Apache-2.0
// BlockFolder: the files of one block, mapped; and which blocks a folder has.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/tsdb/index_header.h"
#include "kvs/tsdb/tombstones.h"
#include "kvs/tsdb/verify.h"

namespace kvs::tools {

/// A file in memory for as long as this lives.
class MappedFile {
 public:
  static StatusOr<MappedFile> Open(const std::string& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile();

  std::span<const uint8_t> bytes() const { return bytes_; }

 private:
  explicit MappedFile(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  std::span<const uint8_t> bytes_;
};

class BlockFolder {
 public:
  /// Maps what is there and reads meta.json. The error names the file.
  static StatusOr<BlockFolder> Open(const std::string& path);

  const std::string& path() const { return path_; }
  const tsdb::BlockMeta& meta() const { return meta_; }
  tsdb::BlockParts parts() const;
  uint64_t size_bytes() const;

  /// Index and tombstones, read; borrowed from this. The error names the file.
  Status Load();
  const tsdb::IndexHeader& header() const { return *header_; }
  const tsdb::Tombstones& tombstones() const { return tombstones_; }

 private:
  BlockFolder() = default;
  Status Map(const std::string& name, const tsdb::ByteSource** source);

  std::string path_;
  tsdb::BlockMeta meta_;
  std::deque<MappedFile> files_;
  std::deque<tsdb::MemorySource> sources_;
  const tsdb::ByteSource* index_ = nullptr;
  std::vector<const tsdb::ByteSource*> segments_;
  std::span<const uint8_t> tombstones_file_;
  std::optional<tsdb::IndexHeader> header_;
  tsdb::Tombstones tombstones_;
};

/// Paths of the blocks in `folder`, by name, or `folder` itself when it is a block. NotFound when
/// there is none.
StatusOr<std::vector<std::string>> FindBlocks(const std::string& folder);

}  // namespace kvs::tools
