// SPDX-License-Identifier: Apache-2.0
#include "block_folder.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "kvs/base/str_cat.h"
#include "kvs/blocks/block.h"

namespace kvs::tools {
namespace {

bool Exists(const std::string& path) {
  return access(path.c_str(), F_OK) == 0;
}

}  // namespace

StatusOr<const blocks::MappedFile*> BlockFolder::Map(const std::string& name) {
  KVS_ASSIGN_OR_RETURN(auto file, blocks::MappedFile::Open(StrCat(path_, "/", name)));
  files_.push_back(std::move(file));
  return files_.back().get();
}

StatusOr<BlockFolder> BlockFolder::Open(const std::string& path) {
  BlockFolder out;
  out.path_ = path;
  KVS_ASSIGN_OR_RETURN(out.meta_, blocks::ReadMeta(path));
  KVS_ASSIGN_OR_RETURN(out.index_, out.Map("index"));
  for (uint32_t i = 0;; ++i) {
    const std::string name = StrCat("chunks/", tsdb::SegmentName(i));
    if (!Exists(StrCat(path, "/", name))) break;
    KVS_ASSIGN_OR_RETURN(const blocks::MappedFile* const segment, out.Map(name));
    out.segments_.push_back(segment);
  }
  if (Exists(path + "/tombstones")) {
    KVS_ASSIGN_OR_RETURN(const blocks::MappedFile* const tombstones, out.Map("tombstones"));
    out.tombstones_file_ = tombstones->bytes();
  }
  return out;
}

tsdb::BlockParts BlockFolder::parts() const {
  return {index_, tsdb::SegmentSet(segments_), tombstones_file_};
}

uint64_t BlockFolder::size_bytes() const {
  uint64_t out = 0;
  for (const auto& file : files_) out += file->size();
  return out;
}

Status BlockFolder::Load() {
  StatusOr<tsdb::IndexHeader> header = tsdb::IndexHeader::Read(*index_);
  if (!header.ok()) return Annotate(header.status(), path_, "/index");
  header_ = *std::move(header);
  if (tombstones_file_.empty()) return OkStatus();
  StatusOr<tsdb::Tombstones> tombstones = tsdb::Tombstones::Decode(tombstones_file_);
  if (!tombstones.ok()) return Annotate(tombstones.status(), path_, "/tombstones");
  tombstones_ = *std::move(tombstones);
  return OkStatus();
}

StatusOr<std::vector<std::string>> FindBlocks(const std::string& folder) {
  if (Exists(folder + "/meta.json")) return std::vector{folder};
  DIR* const dir = opendir(folder.c_str());
  if (dir == nullptr) {
    const int error = errno;
    return error == ENOENT ? NotFound(folder, ": there is no such folder")
                           : Unavailable(folder, ": ", std::strerror(error));
  }
  std::vector<std::string> out;
  while (const dirent* entry = readdir(dir)) {
    if (tsdb::Ulid::Parse(entry->d_name).ok()) out.push_back(StrCat(folder, "/", entry->d_name));
  }
  closedir(dir);
  if (out.empty()) return NotFound(folder, ": there is no block in it");
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace kvs::tools
