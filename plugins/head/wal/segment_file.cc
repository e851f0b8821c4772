// SPDX-License-Identifier: Apache-2.0
#include "wal/segment_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include <sys/mman.h>
#include <sys/stat.h>

#include "prefault.h"

namespace kvs::head::wal {
namespace {

Status FromErrno(std::string_view doing, const std::string& path) {
  const int error = errno;
  std::string message = StrCat(doing, " ", path, ": ", std::strerror(error));
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
    return Status(StatusCode::kResourceExhausted, std::move(message));
  }
  if (error == ENOENT) return Status(StatusCode::kNotFound, std::move(message));
  return Status(StatusCode::kInternal, std::move(message));
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

class PosixSegmentFile final : public SegmentFile {
 public:
  PosixSegmentFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  ~PosixSegmentFile() override { ::close(fd_); }

  Status Reserve(uint64_t size) override {
    if (::fallocate(fd_, 0, 0, static_cast<off_t>(size)) == 0) return OkStatus();
    // A file system without it costs a little speed, no safety.
    return errno == EOPNOTSUPP || errno == ENOSYS ? OkStatus() : FromErrno("reserving", path_);
  }
  Status Write(uint64_t offset, std::span<const uint8_t> bytes) override {
    while (!bytes.empty()) {
      const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return FromErrno("writing", path_);
      bytes = bytes.subspan(static_cast<size_t>(n));
      offset += static_cast<uint64_t>(n);
    }
    return OkStatus();
  }
  Status Sync() override {
    return ::fdatasync(fd_) == 0 ? OkStatus() : FromErrno("syncing", path_);
  }
  Status Truncate(uint64_t size) override {
    return ::ftruncate(fd_, static_cast<off_t>(size)) == 0 ? OkStatus()
                                                           : FromErrno("truncating", path_);
  }

 private:
  const std::string path_;
  const int fd_;
};

}  // namespace

StatusOr<std::unique_ptr<SegmentFile>> MakeSegmentFile(const std::string& path) {
  const int fd = ::open(path.c_str(), O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0644);
  if (fd < 0) return FromErrno("creating", path);
  auto file = std::make_unique<PosixSegmentFile>(path, fd);
  KVS_RETURN_IF_ERROR(SyncFolder(FolderOf(path)));
  return std::unique_ptr<SegmentFile>(std::move(file));
}

StatusOr<MappedFile> MappedFile::Open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return FromErrno("opening", path);
  MappedFile file;
  struct stat info {};
  Status status;
  if (::fstat(fd, &info) != 0) {
    status = FromErrno("looking at", path);
  } else if (info.st_size > 0) {
    void* const at =
        ::mmap(nullptr, static_cast<size_t>(info.st_size), PROT_READ, MAP_PRIVATE, fd, 0);
    if (at == MAP_FAILED) {
      status = FromErrno("mapping", path);
    } else {
      file.data_ = static_cast<const uint8_t*>(at);
      file.size_ = static_cast<size_t>(info.st_size);
      ::madvise(at, file.size_, MADV_SEQUENTIAL);
      ::madvise(at, file.size_, MADV_WILLNEED);
    }
  }
  ::close(fd);
  if (!status.ok()) return status;
  return file;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

void MappedFile::Need(size_t offset, size_t size) const {
  if (offset < size_) PrefaultForReading(data_ + offset, std::min(size, size_ - offset));
}

void MappedFile::DoneWith(size_t size) const {
  constexpr size_t kPage = 4096;
  const size_t whole = std::min(size, size_) / kPage * kPage;
  if (whole != 0) ::madvise(const_cast<uint8_t*>(data_), whole, MADV_DONTNEED);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<uint8_t*>(data_), size_);
}

Status MakeFolder(const std::string& path) {
  for (size_t at = path.find('/', 1);; at = path.find('/', at + 1)) {
    const std::string part = path.substr(0, at);
    if (::mkdir(part.c_str(), 0755) != 0 && errno != EEXIST)
      return FromErrno("making the folder", part);
    if (at == std::string::npos) break;
  }
  return SyncFolder(FolderOf(path));
}

Status SyncFolder(const std::string& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return FromErrno("opening", folder);
  const Status status = ::fsync(fd) == 0 ? OkStatus() : FromErrno("syncing", folder);
  ::close(fd);
  return status;
}

std::string SegmentPath(const std::string& folder, SegmentName name) {
  const auto digits = [](uint32_t number) {
    const std::string text = StrCat(number);
    return std::string(text.size() < 8 ? 8 - text.size() : 0, '0') + text;
  };
  return StrCat(folder, "/", digits(name.number), "-", digits(name.generation), ".wal");
}

StatusOr<std::vector<SegmentName>> ListSegments(const std::string& folder) {
  DIR* const dir = ::opendir(folder.c_str());
  if (dir == nullptr) return FromErrno("opening", folder);
  std::vector<SegmentName> names;
  while (const dirent* const entry = ::readdir(dir)) {
    SegmentName name{};
    const std::string_view text = entry->d_name;
    const char* const end = text.data() + text.size();
    const auto number = std::from_chars(text.data(), end, name.number);
    if (number.ec != std::errc() || number.ptr == end || *number.ptr != '-') continue;
    const auto generation = std::from_chars(number.ptr + 1, end, name.generation);
    if (generation.ec != std::errc() || std::string_view(generation.ptr, end) != ".wal") continue;
    names.push_back(name);
  }
  ::closedir(dir);
  std::sort(names.begin(), names.end());
  return names;
}

Status CutFile(const std::string& path, uint64_t size) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return FromErrno("opening", path);
  const Status status = ::ftruncate(fd, static_cast<off_t>(size)) == 0 && ::fsync(fd) == 0
                            ? OkStatus()
                            : FromErrno("cutting", path);
  ::close(fd);
  return status;
}

Status RemoveFile(const std::string& path) {
  return ::unlink(path.c_str()) == 0 || errno == ENOENT ? OkStatus() : FromErrno("removing", path);
}

}  // namespace kvs::head::wal
