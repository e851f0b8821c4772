// SPDX-License-Identifier: Apache-2.0
// SourcePeers: connections to members of a ring that have series, by address. Who was not asked for
// long is dropped.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "kvs/base/mutex.h"
#include "kvs/sdk/port/dialer.h"
#include "kvs/sdk/port/series_source.h"

namespace kvs::sharing {

struct SourcePeer {
  sdk::Connection connection;
  sdk::SourceRef source;
};

/// [any]
class SourcePeers {
 public:
  void Use(sdk::DialerRef dialer) { dialer_ = dialer; }
  StatusOr<std::shared_ptr<const SourcePeer>> Find(std::string_view address);
  void Clear();

 private:
  struct Kept {
    std::shared_ptr<const SourcePeer> peer;
    int64_t used_ns = 0;
  };
  sdk::DialerRef dialer_;
  Mutex mutex_;
  std::map<std::string, Kept, std::less<>> peers_ KVS_GUARDED_BY(mutex_);
};

}  // namespace kvs::sharing
