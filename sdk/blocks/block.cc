// SPDX-License-Identifier: Apache-2.0
#include "kvs/blocks/block.h"

#include <unistd.h>

#include <algorithm>

#include "kvs/base/str_cat.h"
#include "kvs/blocks/mapped_file.h"

namespace kvs::blocks {
namespace {

bool Exists(const std::string& path) {
  return access(path.c_str(), F_OK) == 0;
}

}  // namespace

Status ReadSeries(const BlockReads& reads, uint32_t number, const tsdb::TimeRange& range,
                  tsdb::SeriesEntry* entry, tsdb::Bytes* scratch) {
  const tsdb::ByteRange part = reads.header().layout().series;
  const uint64_t offset = tsdb::kSeriesAlignment * number;
  if (offset < part.begin || offset >= part.end) {
    return DataLoss("series at offset ", offset, ": is named, and series stand from ", part.begin,
                    " to ", part.end);
  }
  const size_t head =
      static_cast<size_t>(std::min<uint64_t>(tsdb::kSeriesHeadBytes, part.end - offset));
  KVS_ASSIGN_OR_RETURN(std::span<const uint8_t> bytes, reads.index().Read(offset, head, scratch));
  KVS_ASSIGN_OR_RETURN(const uint64_t size, tsdb::SeriesSize(bytes, offset));
  if (size <= part.end - offset) {
    KVS_ASSIGN_OR_RETURN(bytes, reads.index().Read(offset, static_cast<size_t>(size), scratch));
  }
  return tsdb::DecodeSeries(bytes, offset, range, entry);
}

StatusOr<std::shared_ptr<const Block>> Block::Open(BlockFiles files) {
  const std::shared_ptr<Block> out(new Block(std::move(files)));
  StatusOr<tsdb::IndexHeader> header = tsdb::IndexHeader::Read(out->index());
  if (!header.ok()) return Annotate(header.status(), out->name(), "/index");
  out->header_ = std::make_unique<const tsdb::IndexHeader>(*std::move(header));
  std::vector<const tsdb::ByteSource*> segments;
  for (const auto& segment : out->files_.segments) segments.push_back(segment.get());
  out->segments_ = tsdb::SegmentSet(std::move(segments));
  return std::shared_ptr<const Block>(out);
}

uint64_t Block::size_bytes() const {
  uint64_t out = files_.index->size();
  for (const auto& segment : files_.segments) out += segment->size();
  return out;
}

StatusOr<tsdb::BlockMeta> ReadMeta(const std::string& path) {
  KVS_ASSIGN_OR_RETURN(const auto file, MappedFile::Open(path + "/meta.json"));
  const std::string_view text(reinterpret_cast<const char*>(file->bytes().data()),
                              file->bytes().size());
  StatusOr<tsdb::BlockMeta> meta = tsdb::ParseMeta(text);
  if (!meta.ok()) return Annotate(meta.status(), path);
  return meta;
}

StatusOr<std::shared_ptr<const Block>> OpenBlockFolder(const std::string& path) {
  BlockFiles files;
  files.name = path;
  KVS_ASSIGN_OR_RETURN(files.meta, ReadMeta(path));
  KVS_ASSIGN_OR_RETURN(files.index, MappedFile::Open(path + "/index"));
  for (uint32_t i = 0;; ++i) {
    const std::string segment = StrCat(path, "/chunks/", tsdb::SegmentName(i));
    if (!Exists(segment)) break;
    KVS_ASSIGN_OR_RETURN(std::unique_ptr<tsdb::ByteSource> source, MappedFile::Open(segment));
    files.segments.push_back(std::move(source));
  }
  if (Exists(path + "/tombstones")) {
    KVS_ASSIGN_OR_RETURN(const auto file, MappedFile::Open(path + "/tombstones"));
    StatusOr<tsdb::Tombstones> tombstones = tsdb::Tombstones::Decode(file->bytes());
    if (!tombstones.ok()) return Annotate(tombstones.status(), path, "/tombstones");
    files.tombstones = *std::move(tombstones);
  }
  return Block::Open(std::move(files));
}

}  // namespace kvs::blocks
