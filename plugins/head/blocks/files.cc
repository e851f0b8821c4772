// SPDX-License-Identifier: Apache-2.0
#include "blocks/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <sys/stat.h>

#include "wal/segment_file.h"

namespace kvs::head {
namespace {

// The disk is kept busy while a large file grows: a sync of all of it at the end would make the
// write-ahead log wait.
constexpr uint64_t kWriteBehind = 8 << 20;

std::string FolderOf(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

Status FromErrno(std::string_view doing, const std::string& path) {
  const int error = errno;
  std::string message = StrCat(doing, " ", path, ": ", std::strerror(error));
  if (error == ENOSPC || error == EDQUOT || error == EFBIG)
    return Status(StatusCode::kResourceExhausted, std::move(message));
  if (error == ENOENT) return Status(StatusCode::kNotFound, std::move(message));
  return Status(StatusCode::kInternal, std::move(message));
}

}  // namespace

StatusOr<std::unique_ptr<FileWriter>> FileWriter::Create(std::string path) {
  const int fd = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
  if (fd < 0) return FromErrno("creating", path);
  return std::unique_ptr<FileWriter>(new FileWriter(std::move(path), fd));
}

FileWriter::~FileWriter() {
  if (fd_ >= 0) ::close(fd_);
}

Status FileWriter::Append(std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FromErrno("writing", path_);
    bytes = bytes.subspan(static_cast<size_t>(n));
    size_ += static_cast<uint64_t>(n);
  }
  if (size_ - begun_ >= kWriteBehind) {
    // A hint: the sync at the end is what counts.
    (void)::sync_file_range(fd_, static_cast<off_t>(begun_), static_cast<off_t>(size_ - begun_),
                            SYNC_FILE_RANGE_WRITE);
    begun_ = size_;
  }
  return OkStatus();
}

Status FileWriter::Finish() {
  Status status;
  if (::fdatasync(fd_) != 0) status = FromErrno("syncing", path_);
  if (::close(fd_) != 0 && status.ok()) status = FromErrno("closing", path_);
  fd_ = -1;
  return status;
}

Status ReplaceFile(const std::string& path, std::span<const uint8_t> bytes) {
  const std::string fresh = path + ".tmp";
  KVS_ASSIGN_OR_RETURN(const auto file, FileWriter::Create(fresh));
  KVS_RETURN_IF_ERROR(file->Append(bytes));
  KVS_RETURN_IF_ERROR(file->Finish());
  return RenameFile(fresh, path);
}

StatusOr<std::string> ReadFile(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return FromErrno("opening", path);
  std::string text;
  Status status;
  for (;;) {
    constexpr size_t kAtOnce = 64 << 10;
    const size_t size = text.size();
    text.resize(size + kAtOnce);
    const ssize_t n = ::read(fd, text.data() + size, kAtOnce);
    text.resize(size + static_cast<size_t>(std::max<ssize_t>(n, 0)));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) status = FromErrno("reading", path);
    if (n <= 0) break;
  }
  ::close(fd);
  if (!status.ok()) return status;
  return text;
}

Status RenameFile(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return FromErrno("renaming to", to);
  return wal::SyncFolder(FolderOf(to));
}

Status RemoveTree(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) return Internal("removing ", path, ": ", error.message());
  return OkStatus();
}

std::vector<std::string> ListFolder(const std::string& path) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator it(path, error), end; !error && it != end;
       it.increment(error)) {
    names.push_back(it->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool IsFileName(std::string_view name) {
  constexpr size_t kMaxBytes = 255;
  if (name.empty() || name.size() > kMaxBytes || name == "." || name == "..") return false;
  return std::none_of(name.begin(), name.end(), [](char c) {
    return c == '/' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
}

uint64_t TreeBytes(const std::string& path) {
  uint64_t bytes = 0;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator it(path, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code ignored;
    if (it->is_regular_file(ignored)) bytes += it->file_size(ignored);
  }
  return bytes;
}

}  // namespace kvs::head
