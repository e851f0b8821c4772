// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "kvs/base/str_cat.h"

#include "block_folder.h"
#include "commands.h"
#include "text_blocks.h"

namespace kvs::tools {
namespace {

std::string_view TextOf(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// What object stores want to know beside: which files a block has.
void AddFileList(const std::vector<tsdb::BlockFile>& files, tsdb::BlockMeta* meta) {
  tsdb::ThanosSection section = meta->thanos.value_or(tsdb::ThanosSection());
  section.files = files;
  section.files.push_back({"meta.json", 0});
  section.segment_files.clear();
  for (const tsdb::BlockFile& file : files) {
    const std::string_view path = file.path;
    if (path.starts_with("chunks/")) section.segment_files.emplace_back(path.substr(7));
  }
  if (section.source.empty()) section.source = "kvasir-import";
  meta->thanos = std::move(section);
}

class Upload {
 public:
  Upload(const sdk::StoreClient& client, std::string block)
      : client_(client), block_(std::move(block)) {}

  Status Put(const std::string& name, std::span<const uint8_t> bytes) {
    const StatusOr<sdk::StoreClient::Info> info = client_.Put(block_ + name, TextOf(bytes));
    if (!info.ok()) return Annotate(info.status(), block_, name);
    files_.push_back({name, static_cast<int64_t>(bytes.size())});
    size_bytes_ += bytes.size();
    return OkStatus();
  }
  const std::vector<tsdb::BlockFile>& files() const { return files_; }
  uint64_t size_bytes() const { return size_bytes_; }

 private:
  const sdk::StoreClient& client_;
  const std::string block_;
  std::vector<tsdb::BlockFile> files_;
  uint64_t size_bytes_ = 0;
};

Status ImportBlock(const tsdb::BlockParts& parts, tsdb::BlockMeta meta,
                   const sdk::StoreClient& client, const std::string& prefix) {
  const std::string ulid = meta.ulid.ToString();
  const std::string block = StrCat(prefix, ulid, "/");
  KVS_ASSIGN_OR_RETURN(const bool is_there, client.Exists(block + "meta.json"));
  if (is_there) {
    std::printf("%s: is there already\n", ulid.c_str());
    return OkStatus();
  }
  KVS_ASSIGN_OR_RETURN(const tsdb::BlockContents contents, tsdb::VerifyBlock(parts, &meta));
  if (!parts.tombstones.empty()) {
    KVS_ASSIGN_OR_RETURN(const tsdb::Tombstones tombstones,
                         tsdb::Tombstones::Decode(parts.tombstones));
    // Buckets have no tombstones, so what was deleted would be there again.
    if (!tombstones.empty())
      return FailedPrecondition("has ", tombstones.all().size(),
                                " deletions; have its Prometheus carry them out first "
                                "(POST /api/v1/admin/tsdb/clean_tombstones)");
  }
  Upload upload(client, block);
  tsdb::Bytes scratch;
  for (size_t i = 0; i < parts.segments.size(); ++i) {
    const tsdb::ByteSource& segment = parts.segments.segment(i);
    KVS_ASSIGN_OR_RETURN(const auto bytes, segment.Read(0, segment.size(), &scratch));
    KVS_RETURN_IF_ERROR(
        upload.Put(StrCat("chunks/", tsdb::SegmentName(static_cast<uint32_t>(i))), bytes));
  }
  KVS_ASSIGN_OR_RETURN(const auto index, parts.index->Read(0, parts.index->size(), &scratch));
  KVS_RETURN_IF_ERROR(upload.Put("index", index));
  AddFileList(upload.files(), &meta);
  const StatusOr<sdk::StoreClient::Info> info =
      client.Put(block + "meta.json", tsdb::FormatMeta(meta));
  if (!info.ok()) return Annotate(info.status(), block, "meta.json");
  std::printf("%s: %s series, %s samples, %s bytes\n", ulid.c_str(),
              StrCat(contents.stats.series).c_str(), StrCat(contents.stats.samples).c_str(),
              StrCat(upload.size_bytes()).c_str());
  std::fflush(stdout);
  return OkStatus();
}

Status ImportFolder(const std::string& path, const sdk::StoreClient& client,
                    const std::string& prefix) {
  KVS_ASSIGN_OR_RETURN(const BlockFolder folder, BlockFolder::Open(path));
  return Annotate(ImportBlock(folder.parts(), folder.meta(), client, prefix), path);
}

}  // namespace

StatusOr<bool> ImportText(const std::string& path, const sdk::StoreClient& client,
                          const std::string& prefix) {
  KVS_ASSIGN_OR_RETURN(const auto file, blocks::MappedFile::Open(path));
  StatusOr<TextBlocks> text = TextBlocks::Open(TextOf(file->bytes()));
  if (!text.ok()) return Annotate(text.status(), path);
  size_t n = 0;
  const Status status = text->ForEach([&](const TextBlock& block) {
    std::printf("[%zu/%zu] ", ++n, text->size());
    return ImportBlock(block.parts(), block.meta(), client, prefix);
  });
  if (!status.ok()) return Annotate(status, path);
  return true;
}

StatusOr<bool> Import(const std::vector<std::string>& blocks, const sdk::StoreClient& client,
                      const std::string& prefix) {
  bool sound = true;
  for (size_t i = 0; i < blocks.size(); ++i) {
    std::printf("[%zu/%zu] ", i + 1, blocks.size());
    const Status status = ImportFolder(blocks[i], client, prefix);
    if (status.ok()) continue;
    std::printf("left out\n");
    Complain(status);
    sound = false;
  }
  return sound;
}

}  // namespace kvs::tools
