// SPDX-License-Identifier: Apache-2.0
// Generations: a text for each tenant that changes when it deletes series (source.deletions). What
// was cached under another one is not found any more.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "kvs/base/mutex.h"
#include "kvs/base/status.h"
#include "kvs/sdk/host.h"
#include "kvs/sdk/port/object_store.h"

namespace kvs::engine::frontend {

/// Looks into the bucket at most once an interval for each tenant that asks. [worker]
class Generations {
 public:
  Generations(sdk::Clock clock, int64_t interval_ms) : clock_(clock), interval_ms_(interval_ms) {}

  /// Of "a" or "a|b". Without a store it is always the same. An error: what is cached cannot be
  /// trusted now.
  StatusOr<std::string> Of(const sdk::StoreRef& store, std::string_view tenants);

 private:
  struct Known {
    std::string text;
    int64_t read_ms = 0;
  };
  StatusOr<std::string> OfOne(const sdk::StoreRef& store, const std::string& tenant);

  const sdk::Clock clock_;
  const int64_t interval_ms_;
  Mutex mutex_;
  std::map<std::string, Known, std::less<>> known_ KVS_GUARDED_BY(mutex_);
};

}  // namespace kvs::engine::frontend
