// SPDX-License-Identifier: Apache-2.0
// Configurations of tenants in the object store, one object a tenant: alerts/TENANT, as Mimir has
// them. All functions wait. [worker]
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/mutex.h"
#include "kvs/base/status.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/store_client.h"

#include "tenant_config.h"

namespace kvs::alertmanager {

class ConfigStore {
 public:
  explicit ConfigStore(sdk::StoreRef store) : store_(store) {}

  /// Every tenant's; reads only what has changed since the last time. One that cannot be read is
  /// left out, and told.
  StatusOr<std::map<std::string, StoredConfig>> LoadAll(const sdk::Call& call,
                                                        std::vector<std::string>* damaged);
  /// NotFound.
  StatusOr<StoredConfig> Get(const sdk::Call& call, std::string_view tenant) const;
  Status Set(const sdk::Call& call, std::string_view tenant, const StoredConfig& config);
  Status Delete(const sdk::Call& call, std::string_view tenant);

  /// The snapshot of a tenant's state, alertmanager/TENANT/fullstate. NotFound.
  StatusOr<std::string> GetState(const sdk::Call& call, std::string_view tenant) const;
  Status SetState(const sdk::Call& call, std::string_view tenant, std::string_view bytes) const;
  Status DeleteState(const sdk::Call& call, std::string_view tenant) const;

 private:
  struct Known {
    uint64_t size = 0;
    int64_t modified_ms = 0;
    StoredConfig config;
  };
  sdk::StoreClient Client(const sdk::Call& call) const;

  const sdk::StoreRef store_;
  Mutex mutex_;
  std::map<std::string, Known> known_ KVS_GUARDED_BY(mutex_);  // By key.
};

}  // namespace kvs::alertmanager
