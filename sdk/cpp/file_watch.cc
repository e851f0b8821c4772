// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/file_watch.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

#include <sys/stat.h>

namespace kvs::sdk {

FileWatch::FileWatch(Host host, std::vector<std::string> paths, std::function<void()> changed)
    : timer_(host.timer()), paths_(std::move(paths)), changed_(std::move(changed)) {}

void FileWatch::Start(int64_t period_ms) {
  seen_ = LookAtAll();
  if (period_ms <= 0) return;
  tick_ = [this] {
    std::vector<Look> now = LookAtAll();
    if (now == seen_) return;
    seen_ = std::move(now);
    changed_();
  };
  ticket_ = timer_.After(period_ms, period_ms, &tick_);
}

void FileWatch::Stop() {
  if (ticket_ != 0) timer_.Cancel(std::exchange(ticket_, 0));
}

std::vector<FileWatch::Look> FileWatch::LookAtAll() const {
  std::vector<Look> out;
  for (const std::string& path : paths_) {
    Look& look = out.emplace_back();
    struct stat found {};
    if (path.empty() || stat(path.c_str(), &found) != 0) continue;
    look.modified_ns = int64_t{found.st_mtim.tv_sec} * 1'000'000'000 + found.st_mtim.tv_nsec;
    look.size = found.st_size;
    look.inode = found.st_ino;
  }
  return out;
}

StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(fopen(path.c_str(), "rbe"), &fclose);
  if (file == nullptr) return Unavailable("reading ", path, ": ", std::strerror(errno));
  std::string text;
  char bytes[16384];
  size_t n = 0;
  while ((n = fread(bytes, 1, sizeof(bytes), file.get())) > 0) {
    text.append(bytes, n);
    if (text.size() > max_bytes)
      return Unavailable("reading ", path, ": it is longer than ", max_bytes, " bytes");
  }
  if (ferror(file.get()) != 0) return Unavailable("reading ", path, ": ", std::strerror(errno));
  return text;
}

}  // namespace kvs::sdk
