// SPDX-License-Identifier: Apache-2.0
#include "blocks/block_folder.h"

#include <utility>

#include "kvs/blocks/block.h"
#include "kvs/tsdb/verify.h"

#include "wal/segment_file.h"

namespace kvs::head {
namespace {

constexpr std::string_view kChunks = "chunks";

std::span<const uint8_t> BytesOf(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

Status WriteWhole(const std::string& path, std::span<const uint8_t> bytes) {
  KVS_ASSIGN_OR_RETURN(const auto file, FileWriter::Create(path));
  KVS_RETURN_IF_ERROR(file->Append(bytes));
  return file->Finish();
}

}  // namespace

StatusOr<std::unique_ptr<BlockFolder>> BlockFolder::Create(const std::string& parent,
                                                           tsdb::Ulid ulid) {
  std::unique_ptr<BlockFolder> folder(new BlockFolder(StrCat(parent, "/", ulid.ToString())));
  KVS_RETURN_IF_ERROR(wal::MakeFolder(StrCat(folder->working_path_, "/", kChunks)));
  KVS_ASSIGN_OR_RETURN(folder->index_, FileWriter::Create(folder->working_path_ + "/index"));
  return folder;
}

BlockFolder::~BlockFolder() {
  if (!committed_)
    IgnoreError(RemoveTree(working_path_), "what stays is removed by the next start");
}

StatusOr<tsdb::ByteSink*> BlockFolder::Open(uint32_t segment) {
  KVS_RETURN_IF_ERROR(FinishSegment());
  std::string path = StrCat(kChunks, "/", tsdb::SegmentName(segment));
  KVS_ASSIGN_OR_RETURN(segment_, FileWriter::Create(StrCat(working_path_, "/", path)));
  segments_.push_back({std::move(path), 0});
  return segment_.get();
}

Status BlockFolder::FinishSegment() {
  if (segment_ == nullptr) return OkStatus();
  segments_.back().size_bytes = static_cast<int64_t>(segment_->size_bytes());
  return std::exchange(segment_, nullptr)->Finish();
}

Status BlockFolder::Commit(tsdb::BlockMeta meta) {
  KVS_RETURN_IF_ERROR(FinishSegment());
  KVS_RETURN_IF_ERROR(index_->Finish());
  tsdb::ThanosSection& thanos = meta.thanos.emplace();
  thanos.source = "receive";  // What Mimir's ingesters call it.
  thanos.files = segments_;
  for (const tsdb::BlockFile& file : segments_)
    thanos.segment_files.push_back(file.path.substr(kChunks.size() + 1));
  thanos.files.push_back({"index", static_cast<int64_t>(index_->size_bytes())});
  thanos.files.push_back({"meta.json", 0});
  const std::string text = tsdb::FormatMeta(meta);
  KVS_RETURN_IF_ERROR(WriteWhole(working_path_ + "/meta.json", BytesOf(text)));
  KVS_RETURN_IF_ERROR(wal::SyncFolder(StrCat(working_path_, "/", kChunks)));
  KVS_RETURN_IF_ERROR(wal::SyncFolder(working_path_));
  KVS_RETURN_IF_ERROR(VerifyFolder(working_path_));
  KVS_RETURN_IF_ERROR(RenameFile(working_path_, path_));
  committed_ = true;
  return OkStatus();
}

Status RemoveBlock(const std::string& folder) {
  const std::string working = folder + std::string(kUnfinished);
  KVS_RETURN_IF_ERROR(RenameFile(folder, working));
  return RemoveTree(working);
}

Status VerifyFolder(const std::string& folder) {
  KVS_ASSIGN_OR_RETURN(const auto block, blocks::OpenBlockFolder(folder));
  tsdb::BlockParts parts;
  parts.index = &block->index();
  parts.segments = block->segments();
  return Annotate(tsdb::VerifyBlock(parts, &block->meta()).status(), folder);
}

}  // namespace kvs::head
