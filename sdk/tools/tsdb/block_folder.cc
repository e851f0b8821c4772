// SPDX-License-Identifier: Apache-2.0
#include "block_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <sys/mman.h>
#include <sys/stat.h>

#include "kvs/base/str_cat.h"

namespace kvs::tools {
namespace {

Status Failed(const std::string& path) {
  const int error = errno;
  return error == ENOENT ? NotFound(path, ": there is no such file")
                         : Unavailable(path, ": ", std::strerror(error));
}

bool Exists(const std::string& path) {
  return access(path.c_str(), F_OK) == 0;
}

}  // namespace

StatusOr<MappedFile> MappedFile::Open(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Failed(path);
  struct stat info;
  void* at = nullptr;
  const bool known = fstat(fd, &info) == 0;
  const size_t size = known ? static_cast<size_t>(info.st_size) : 0;
  if (size > 0) at = mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  if (!known || at == MAP_FAILED) return Failed(path);
  return MappedFile({static_cast<const uint8_t*>(at), size});
}

MappedFile::MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<uint8_t*>(bytes_.data()), bytes_.size());
}

Status BlockFolder::Map(const std::string& name, const tsdb::ByteSource** source) {
  KVS_ASSIGN_OR_RETURN(MappedFile file, MappedFile::Open(StrCat(path_, "/", name)));
  files_.push_back(std::move(file));
  *source = &sources_.emplace_back(files_.back().bytes());
  return OkStatus();
}

StatusOr<BlockFolder> BlockFolder::Open(const std::string& path) {
  BlockFolder out;
  out.path_ = path;
  {
    const std::string meta_path = path + "/meta.json";
    KVS_ASSIGN_OR_RETURN(const MappedFile meta, MappedFile::Open(meta_path));
    const std::string_view text(reinterpret_cast<const char*>(meta.bytes().data()),
                                meta.bytes().size());
    StatusOr<tsdb::BlockMeta> parsed = tsdb::ParseMeta(text);
    if (!parsed.ok()) return Annotate(parsed.status(), path);
    out.meta_ = *std::move(parsed);
  }
  KVS_RETURN_IF_ERROR(out.Map("index", &out.index_));
  for (uint32_t i = 0;; ++i) {
    const std::string name = StrCat("chunks/", tsdb::SegmentName(i));
    if (!Exists(StrCat(path, "/", name))) break;
    const tsdb::ByteSource* segment = nullptr;
    KVS_RETURN_IF_ERROR(out.Map(name, &segment));
    out.segments_.push_back(segment);
  }
  if (Exists(path + "/tombstones")) {
    const tsdb::ByteSource* source = nullptr;
    KVS_RETURN_IF_ERROR(out.Map("tombstones", &source));
    out.tombstones_file_ = out.files_.back().bytes();
  }
  return out;
}

tsdb::BlockParts BlockFolder::parts() const {
  return {index_, tsdb::SegmentSet(segments_), tombstones_file_};
}

uint64_t BlockFolder::size_bytes() const {
  uint64_t out = 0;
  for (const MappedFile& file : files_) out += file.bytes().size();
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
  if (dir == nullptr) return Failed(folder);
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
