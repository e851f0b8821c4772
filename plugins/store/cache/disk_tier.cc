// SPDX-License-Identifier: Apache-2.0
#include "disk_tier.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <memory>

#include <sys/stat.h>

#include "kvs/base/crc32c.h"

namespace kvs::store::cache {
namespace {

constexpr uint32_t kMagic = 0x31435356;  // "VSC1"

// Begins a file; the key and the bytes follow. The order of bytes is this machine's: the folder is,
// too.
struct Header {
  uint32_t magic;
  uint32_t crc;  // Of all that follows.
  uint64_t page;
  uint64_t page_size;
  int64_t read_ms;
  uint32_t key_size;
  uint32_t bytes_size;
};

// FNV-1a. Two keys of one hash take each other's place, and are told apart by the file.
uint64_t HashOf(std::string_view key) {
  uint64_t hash = 0xcbf29ce484222325ull;
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return hash;
}

uint32_t Checksum(std::string_view file) {
  const std::string_view covered = file.substr(offsetof(Header, page));
  return Crc32c({reinterpret_cast<const uint8_t*>(covered.data()), covered.size()});
}

bool ReadFile(const std::string& path, std::string* out) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"),
                                                             &std::fclose);
  if (file == nullptr) return false;
  struct stat info;
  if (fstat(fileno(file.get()), &info) != 0 || info.st_size < 0) return false;
  out->resize(static_cast<size_t>(info.st_size));
  return std::fread(out->data(), 1, out->size(), file.get()) == out->size();
}

bool WriteFile(const std::string& path, std::string_view bytes) {
  std::FILE* const file = std::fopen(path.c_str(), "we");
  if (file == nullptr) return false;
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  return std::fclose(file) == 0 && written;
}

Status MakeFolders(const std::string& path) {
  for (size_t end = path.find('/', 1); true; end = path.find('/', end + 1)) {
    const std::string folder = path.substr(0, end);
    if (mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST)
      return Unavailable("making folder ", folder, ": ", std::strerror(errno));
    if (end == std::string::npos) return OkStatus();
  }
}

}  // namespace

DiskTier::DiskTier(std::string dir, uint64_t capacity, uint64_t page_size, int64_t ttl_ms,
                   const Metrics& metrics)
    : dir_(std::move(dir)),
      capacity_(capacity),
      page_size_(page_size),
      ttl_ms_(ttl_ms),
      metrics_(metrics) {}

std::string DiskTier::PathOf(const Name& name) const {
  char file[64];
  std::snprintf(file, sizeof(file), "%016" PRIx64 "-%" PRIx64 ".page", name.first, name.second);
  return StrCat(dir_, "/", file);
}

Status DiskTier::Open() {
  KVS_RETURN_IF_ERROR(MakeFolders(dir_));
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(dir_.c_str()), &closedir);
  if (folder == nullptr) return Unavailable("opening folder ", dir_, ": ", std::strerror(errno));
  struct Found {
    int64_t modified_ns;
    Name name;
    uint64_t bytes;
  };
  std::vector<Found> found;
  while (const dirent* const entry = readdir(folder.get())) {
    const std::string path = StrCat(dir_, "/", entry->d_name);
    Name name;
    int end = 0;
    struct stat info;
    if (std::sscanf(entry->d_name, "%16" SCNx64 "-%" SCNx64 ".page%n", &name.first, &name.second,
                    &end) == 2 &&
        entry->d_name[end] == '\0' && PathOf(name) == path && stat(path.c_str(), &info) == 0) {
      found.push_back({info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec, name,
                       static_cast<uint64_t>(info.st_size)});
    } else if (std::string_view(entry->d_name).ends_with(".part")) {
      unlink(path.c_str());  // What a crash left.
    }
  }
  std::sort(found.begin(), found.end(),
            [](const Found& a, const Found& b) { return a.modified_ns < b.modified_ns; });
  const MutexLock lock(mutex_);
  for (const Found& file : found) Add(file.name, file.bytes);
  return OkStatus();
}

Page DiskTier::Read(std::string_view key, uint64_t page, int64_t now_ms) {
  const Name name{HashOf(key), page};
  {
    const MutexLock lock(mutex_);
    const auto entry = entries_.find(name);
    if (entry == entries_.end()) return nullptr;
    order_.splice(order_.begin(), order_, entry->second.order);
  }
  std::string file;
  Header header{};
  const bool read = ReadFile(PathOf(name), &file);
  if (file.size() >= sizeof(header)) std::memcpy(&header, file.data(), sizeof(header));
  const bool sound = read && file.size() >= sizeof(header) && header.magic == kMagic &&
                     file.size() == sizeof(header) + header.key_size + header.bytes_size &&
                     header.crc == Checksum(file);
  const bool fits = sound && header.page == page && header.page_size == page_size_ &&
                    header.bytes_size <= page_size_ &&
                    std::string_view(file).substr(sizeof(header), header.key_size) == key;
  const bool young = fits && (ttl_ms_ <= 0 || now_ms - header.read_ms <= ttl_ms_);
  if (young) {
    file.erase(0, sizeof(header) + header.key_size);
    return std::make_shared<const std::string>(std::move(file));
  }
  if (!sound) metrics_.disk_errors.Add();
  const MutexLock lock(mutex_);
  if (const auto entry = entries_.find(name); entry != entries_.end()) Erase(entry);
  return nullptr;
}

DiskTier::Reservation::Reservation(DiskTier* tier, std::string_view key)
    : tier_(tier), key_(key), hash_(HashOf(key)) {
  const MutexLock lock(tier_->mutex_);
  tier_->reserved_.emplace(hash_, this);
}

DiskTier::Reservation::~Reservation() {
  const MutexLock lock(tier_->mutex_);
  const auto [first, last] = tier_->reserved_.equal_range(hash_);
  tier_->reserved_.erase(
      std::find_if(first, last, [this](const auto& entry) { return entry.second == this; }));
}

void DiskTier::Write(const Reservation& reserved, uint64_t page, std::string_view bytes,
                     int64_t now_ms) {
  const std::string_view key = reserved.key_;
  const Name name{reserved.hash_, page};
  Header header{kMagic,
                0,
                page,
                page_size_,
                now_ms,
                static_cast<uint32_t>(key.size()),
                static_cast<uint32_t>(bytes.size())};
  std::string file(sizeof(header), '\0');
  file.append(key);
  file.append(bytes);
  if (file.size() > capacity_) return;
  std::memcpy(file.data(), &header, sizeof(header));
  header.crc = Checksum(file);
  std::memcpy(file.data(), &header, sizeof(header));
  std::string part;
  {
    const MutexLock lock(mutex_);
    part = StrCat(dir_, "/", ++writes_, ".part");
  }
  const bool written = WriteFile(part, file);
  // The file takes its place under the lock, so that a drop comes either before or after it.
  const MutexLock lock(mutex_);
  if (written && !reserved.dropped_ && std::rename(part.c_str(), PathOf(name).c_str()) == 0) {
    Add(name, file.size());
    return;
  }
  unlink(part.c_str());
  if (!reserved.dropped_) metrics_.disk_errors.Add();
}

std::vector<std::string> DiskTier::Drop(std::string_view key) {
  const uint64_t hash = HashOf(key);
  std::vector<std::string> files;
  const MutexLock lock(mutex_);
  const auto [first, last] = reserved_.equal_range(hash);
  for (auto at = first; at != last; ++at) at->second->dropped_ = true;
  for (auto at = entries_.lower_bound({hash, 0});
       at != entries_.end() && at->first.first == hash;) {
    files.push_back(PathOf(at->first));
    bytes_ -= at->second.bytes;
    order_.erase(at->second.order);
    at = entries_.erase(at);
  }
  metrics_.disk_bytes.Set(static_cast<double>(bytes_));
  return files;
}

void DiskTier::Add(const Name& name, uint64_t bytes) {
  if (const auto old = entries_.find(name); old != entries_.end()) {
    bytes_ -= old->second.bytes;
    order_.erase(old->second.order);
    entries_.erase(old);
  }
  order_.push_front(name);
  entries_[name] = {bytes, order_.begin()};
  bytes_ += bytes;
  while (bytes_ > capacity_) {
    Erase(entries_.find(order_.back()));
    metrics_.disk_evictions.Add();
  }
  metrics_.disk_bytes.Set(static_cast<double>(bytes_));
}

void DiskTier::Erase(std::map<Name, Entry>::iterator entry) {
  // Quick beside the write or read that it belongs to.
  unlink(PathOf(entry->first).c_str());
  bytes_ -= entry->second.bytes;
  order_.erase(entry->second.order);
  entries_.erase(entry);
  metrics_.disk_bytes.Set(static_cast<double>(bytes_));
}

}  // namespace kvs::store::cache
