// SPDX-License-Identifier: Apache-2.0
// FileWatch: files that operators replace while the process runs: keys, certificates, tokens. Looks
// at their times, sizes and inodes now and then, which also notices links that are switched, and
// has them loaded when something changed.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/sdk/host.h"

namespace kvs::sdk {

class FileWatch {
 public:
  /// `changed` runs on [worker]. Empty paths are passed over.
  FileWatch(Host host, std::vector<std::string> paths, std::function<void()> changed);
  ~FileWatch() { Stop(); }
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  /// Notes how the files are now: load them after this, not before. Looks every `period_ms`; 0:
  /// never. [main]
  void Start(int64_t period_ms);
  /// After this `changed` does not run any more. [main]
  void Stop();

 private:
  struct Look {
    int64_t modified_ns = 0;
    int64_t size = -1;  ///< -1: not there
    uint64_t inode = 0;
    friend bool operator==(const Look&, const Look&) = default;
  };
  std::vector<Look> LookAtAll() const;

  const Timer timer_;
  const std::vector<std::string> paths_;
  const std::function<void()> changed_;
  std::function<void()> tick_;
  std::vector<Look> seen_;
  uint64_t ticket_ = 0;
};

/// A whole file. Unavailable, naming it, when it cannot be read or is longer than `max_bytes`.
/// [worker]
StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes = size_t{64} << 20);

}  // namespace kvs::sdk
