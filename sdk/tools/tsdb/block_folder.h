// SPDX-License-Identifier: Apache-2.0
// BlockFolder: the files of one block, mapped; and which blocks a folder has.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/blocks/mapped_file.h"
#include "kvs/tsdb/index_header.h"
#include "kvs/tsdb/tombstones.h"
#include "kvs/tsdb/verify.h"

namespace kvs::tools {

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
  StatusOr<const blocks::MappedFile*> Map(const std::string& name);

  std::string path_;
  tsdb::BlockMeta meta_;
  std::vector<std::unique_ptr<blocks::MappedFile>> files_;
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
