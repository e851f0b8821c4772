// SPDX-License-Identifier: Apache-2.0
#include "kvs/blocks/mapped_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <sys/mman.h>
#include <sys/stat.h>

namespace kvs::blocks {
namespace {

Status Failed(const std::string& path, int error) {
  return error == ENOENT ? NotFound(path, ": there is no such file")
                         : Unavailable(path, ": ", std::strerror(error));
}

}  // namespace

StatusOr<std::unique_ptr<MappedFile>> MappedFile::Open(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Failed(path, errno);
  struct stat info;
  void* at = nullptr;
  int error = fstat(fd, &info) == 0 ? 0 : errno;
  const size_t size = error == 0 ? static_cast<size_t>(info.st_size) : 0;
  if (size > 0) {  // An empty file cannot be mapped.
    at = mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) error = errno;
  }
  close(fd);
  if (error != 0) return Failed(path, error);
  return std::unique_ptr<MappedFile>(new MappedFile({static_cast<const uint8_t*>(at), size}));
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<uint8_t*>(bytes_.data()), bytes_.size());
}

StatusOr<std::span<const uint8_t>> MappedFile::Read(uint64_t offset, size_t size,
                                                    tsdb::Bytes* /*scratch*/) const {
  KVS_CHECK(offset <= bytes_.size() && size <= bytes_.size() - offset);
  return bytes_.subspan(offset, size);
}

}  // namespace kvs::blocks
