// SPDX-License-Identifier: Apache-2.0
// Block: a block whose files are all at hand, opened once and shared by queries.
//
//   KVS_ASSIGN_OR_RETURN(std::shared_ptr<const Block> block, OpenBlockFolder("/data/01ABC..."));
//   KVS_ASSIGN_OR_RETURN(auto cursor, SelectSeries(std::make_unique<LocalReads>(block), call,
//   select));
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/blocks/block_reads.h"
#include "kvs/tsdb/meta.h"
#include "kvs/tsdb/verify.h"

namespace kvs::blocks {

/// What a block is made of; given away to Block::Open().
struct BlockFiles {
  std::string name;  ///< Begins messages: usually the path of the folder.
  tsdb::BlockMeta meta;
  std::unique_ptr<tsdb::ByteSource> index;
  std::vector<std::unique_ptr<tsdb::ByteSource>> segments;  ///< chunks/000001 first.
  tsdb::Tombstones tombstones;
};

/// Immutable; callable from several threads. [any]
class Block {
 public:
  /// Reads the index header. DataLoss names the file and the offset.
  static StatusOr<std::shared_ptr<const Block>> Open(BlockFiles files);

  const std::string& name() const { return files_.name; }
  const tsdb::BlockMeta& meta() const { return files_.meta; }
  const tsdb::IndexHeader& header() const { return *header_; }
  const tsdb::Tombstones& tombstones() const { return files_.tombstones; }
  const tsdb::ByteSource& index() const { return *files_.index; }
  const tsdb::SegmentSet& segments() const { return segments_; }
  /// Of index and segments together.
  uint64_t size_bytes() const;
  /// Whether it has samples, by its meta, in a range of which both ends count.
  bool Overlaps(int64_t min_ms, int64_t max_ms) const {
    return files_.meta.mint <= max_ms && files_.meta.maxt > min_ms;
  }

 private:
  explicit Block(BlockFiles files) : files_(std::move(files)) {}

  const BlockFiles files_;
  tsdb::SegmentSet segments_;
  std::unique_ptr<const tsdb::IndexHeader> header_;
};

/// Maps the files of a local folder and opens them; segments 000001 and so on, as many as there
/// are, tombstones if there are any. The error names the file. [worker]
StatusOr<std::shared_ptr<const Block>> OpenBlockFolder(const std::string& path);

/// meta.json of the block in this folder. [worker]
StatusOr<tsdb::BlockMeta> ReadMeta(const std::string& path);

/// Reads a block that is at hand: nothing is fetched, and the block is the pin.
class LocalReads final : public BlockReads {
 public:
  explicit LocalReads(std::shared_ptr<const Block> block) : block_(std::move(block)) {}

  const std::string& name() const override { return block_->name(); }
  const tsdb::IndexHeader& header() const override { return block_->header(); }
  const tsdb::Tombstones& tombstones() const override { return block_->tombstones(); }
  const tsdb::ByteSource& index() const override { return block_->index(); }
  StatusOr<tsdb::ChunkView> ReadChunk(uint64_t ref, tsdb::Bytes* scratch) const override {
    return block_->segments().Read(ref, scratch);
  }
  std::shared_ptr<const void> Pin() const override { return block_; }

 private:
  const std::shared_ptr<const Block> block_;
};

}  // namespace kvs::blocks
