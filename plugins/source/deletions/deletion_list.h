// SPDX-License-Identifier: Apache-2.0
// DeletionLists: the requests to delete series of each tenant, as they are in the bucket, read
// again when they are old.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/mutex.h"
#include "kvs/base/status.h"
#include "kvs/bucket/deletion.h"
#include "kvs/bucket/series_rule.h"
#include "kvs/sdk/host.h"
#include "kvs/sdk/store_client.h"

namespace kvs::source::deletions {

using Rules = std::vector<bucket::SeriesRule>;

/// InvalidArgument when a selector is none.
StatusOr<Rules> CompileRules(const bucket::Deletion& deletion);

/// What a tenant has asked for; immutable.
struct DeletionList {
  std::vector<bucket::Deletion> requests;  ///< The oldest first.
  Rules rules;
};

/// Synchronised. [worker]
class DeletionLists {
 public:
  DeletionLists(sdk::Clock clock, sdk::Log log, int64_t refresh_ms)
      : clock_(clock), log_(log), refresh_ms_(refresh_ms) {}

  /// The store cannot be asked: the list as it was last known; the error when it never was.
  StatusOr<std::shared_ptr<const DeletionList>> Of(const sdk::StoreClient& store,
                                                   std::string_view tenant);
  /// The next Of() reads the list anew.
  void Forget(std::string_view tenant);

 private:
  struct Known {
    std::shared_ptr<const DeletionList> list;
    int64_t read_at_ns = 0;
  };
  StatusOr<std::shared_ptr<const DeletionList>> Read(const sdk::StoreClient& store,
                                                     std::string_view tenant) const;

  const sdk::Clock clock_;
  const sdk::Log log_;
  const int64_t refresh_ms_;
  Mutex mutex_;
  std::map<std::string, Known, std::less<>> known_ KVS_GUARDED_BY(mutex_);
};

}  // namespace kvs::source::deletions
