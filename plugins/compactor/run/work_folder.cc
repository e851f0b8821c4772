// SPDX-License-Identifier: Apache-2.0
#include "run/work_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "kvs/blocks/mapped_file.h"

namespace kvs::compactor {
namespace {

namespace fs = std::filesystem;

constexpr size_t kBufferBytes = size_t{1} << 20;
constexpr uint64_t kPieceBytes = uint64_t{16} << 20;

Status Failed(const std::string& path, int error) {
  // Also when the disk is full: it may not be tomorrow.
  return Unavailable(path, ": ", std::strerror(error));
}

std::string TemporaryName(const std::string& path) {
  return path + ".tmp";
}

}  // namespace

Status MakeFolders(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  return error ? Failed(path, error.value()) : OkStatus();
}

Status RemoveAll(const std::string& path) {
  std::error_code error;
  fs::remove_all(path, error);
  return error ? Failed(path, error.value()) : OkStatus();
}

std::vector<std::string> NamesIn(const std::string& path) {
  std::error_code error;
  std::vector<std::string> out;
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
    out.push_back(it->path().filename().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

bool FileExists(const std::string& path) {
  return access(path.c_str(), F_OK) == 0;
}

StatusOr<uint64_t> FileSize(const std::string& path) {
  std::error_code error;
  const uint64_t size = fs::file_size(path, error);
  if (error == std::errc::no_such_file_or_directory)
    return NotFound(path, ": there is no such file");
  if (error) return Failed(path, error.value());
  return size;
}

StatusOr<std::unique_ptr<FileSink>> FileSink::Create(const std::string& path) {
  KVS_RETURN_IF_ERROR(MakeFolders(fs::path(path).parent_path().string()));
  const int fd = open(TemporaryName(path).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return Failed(path, errno);
  return std::unique_ptr<FileSink>(new FileSink(path, fd));
}

FileSink::~FileSink() {
  if (fd_ < 0) return;
  close(fd_);
  unlink(TemporaryName(path_).c_str());
}

Status FileSink::Append(std::span<const uint8_t> bytes) {
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  return buffer_.size() < kBufferBytes ? OkStatus() : Flush();
}

Status FileSink::Flush() {
  for (size_t at = 0; at < buffer_.size();) {
    const ssize_t n = write(fd_, buffer_.data() + at, buffer_.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Failed(path_, errno);
    at += static_cast<size_t>(n);
  }
  buffer_.clear();
  return OkStatus();
}

Status FileSink::Finish() {
  KVS_RETURN_IF_ERROR(Flush());
  if (rename(TemporaryName(path_).c_str(), path_.c_str()) != 0) return Failed(path_, errno);
  close(fd_);
  fd_ = -1;
  return OkStatus();
}

StatusOr<std::string> ReadFile(const std::string& path) {
  KVS_ASSIGN_OR_RETURN(const std::unique_ptr<blocks::MappedFile> file,
                       blocks::MappedFile::Open(path));
  return std::string(reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size());
}

Status WriteFile(const std::string& path, std::string_view bytes) {
  KVS_ASSIGN_OR_RETURN(const std::unique_ptr<FileSink> file, FileSink::Create(path));
  KVS_RETURN_IF_ERROR(file->Append({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}));
  return file->Finish();
}

Status Download(const sdk::StoreClient& store, const std::string& prefix,
                const std::string& folder) {
  std::vector<sdk::StoreClient::Entry> files;
  KVS_RETURN_IF_ERROR(store.ForEach(prefix, {}, [&files](const sdk::StoreClient::Entry& entry) {
    files.push_back(entry);
    return OkStatus();
  }));
  if (files.empty()) return NotFound(prefix, ": there is nothing");
  for (const sdk::StoreClient::Entry& file : files) {
    const std::string path = StrCat(folder, "/", file.key.substr(prefix.size()));
    const StatusOr<uint64_t> have = FileSize(path);
    if (have.ok() && *have == file.size) continue;
    KVS_ASSIGN_OR_RETURN(const std::unique_ptr<FileSink> sink, FileSink::Create(path));
    for (uint64_t at = 0; at < file.size; at += kPieceBytes) {
      const uint64_t size = std::min(kPieceBytes, file.size - at);
      KVS_RETURN_IF_ERROR(store.Read(file.key, at, size, [&](std::span<const uint8_t> bytes) {
        if (bytes.size() != size)
          return Unavailable(file.key, ": ", bytes.size(), " bytes at ", at, " where ", size,
                             " were asked for");
        return sink->Append(bytes);
      }));
    }
    KVS_RETURN_IF_ERROR(sink->Finish());
  }
  return OkStatus();
}

Status Upload(const sdk::StoreClient& store, const std::string& path, const std::string& key) {
  KVS_ASSIGN_OR_RETURN(const std::unique_ptr<blocks::MappedFile> file,
                       blocks::MappedFile::Open(path));
  return store.Put(key, {reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size()})
      .status();
}

StatusOr<tsdb::ByteSink*> FolderOutput::OpenIndex(uint64_t shard) {
  KVS_ASSIGN_OR_RETURN(std::unique_ptr<FileSink> sink,
                       FileSink::Create(StrCat(folder_, "/", shard, "/index")));
  indexes_.push_back(std::move(sink));
  return indexes_.back().get();
}

StatusOr<tsdb::SegmentOpener*> FolderOutput::OpenChunks(uint64_t shard) {
  return &segments_.emplace_back(StrCat(folder_, "/", shard, "/chunks"));
}

Status FolderOutput::Finish() {
  for (const auto& index : indexes_) KVS_RETURN_IF_ERROR(index->Finish());
  for (Segments& segments : segments_) KVS_RETURN_IF_ERROR(segments.Finish());
  return OkStatus();
}

StatusOr<tsdb::ByteSink*> FolderOutput::Segments::Open(uint32_t segment) {
  KVS_RETURN_IF_ERROR(Finish());
  KVS_ASSIGN_OR_RETURN(open_, FileSink::Create(StrCat(folder_, "/", tsdb::SegmentName(segment))));
  return open_.get();
}

Status FolderOutput::Segments::Finish() {
  if (open_ == nullptr) return OkStatus();
  const Status status = open_->Finish();
  open_.reset();
  return status;
}

}  // namespace kvs::compactor
