// SPDX-License-Identifier: Apache-2.0
// BlockFolder: the folder of a block in the making. It has another name until everything in it is
// durable and verified, so a block that is there is whole, and what a kill left is known by its
// name.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/tsdb/chunk_segment.h"
#include "kvs/tsdb/meta.h"

#include "blocks/files.h"

namespace kvs::head {

/// What the name of an unfinished block ends with.
inline constexpr std::string_view kUnfinished = ".unfinished";

class BlockFolder final : public tsdb::SegmentOpener {
 public:
  /// Makes the folder in `parent`, which is there.
  static StatusOr<std::unique_ptr<BlockFolder>> Create(const std::string& parent, tsdb::Ulid ulid);
  /// Removes it, unless it was committed.
  ~BlockFolder() override;

  tsdb::ByteSink& index() { return *index_; }
  StatusOr<tsdb::ByteSink*> Open(uint32_t segment) override;

  /// Completes `meta` with the files, writes it, reads everything back and gives the block its
  /// name. DATA_LOSS: what was read is not what was written.
  Status Commit(tsdb::BlockMeta meta);
  /// Where the block is, or will be.
  const std::string& path() const { return path_; }

 private:
  explicit BlockFolder(std::string path)
      : path_(std::move(path)), working_path_(path_ + std::string(kUnfinished)) {}
  Status FinishSegment();

  const std::string path_;
  const std::string working_path_;
  std::unique_ptr<FileWriter> index_;
  std::unique_ptr<FileWriter> segment_;
  std::vector<tsdb::BlockFile> segments_;
  bool committed_ = false;
};

/// Removes a block, first of all its name.
Status RemoveBlock(const std::string& folder);

/// Reads every byte of the block in `folder` and holds it against its meta.json.
Status VerifyFolder(const std::string& folder);

}  // namespace kvs::head
