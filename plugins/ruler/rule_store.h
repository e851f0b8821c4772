// SPDX-License-Identifier: Apache-2.0
// Rule groups in the object store, one object a group, in Mimir's layout.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/mutex.h"
#include "kvs/base/status.h"
#include "kvs/rules/stored_group.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/store_client.h"

namespace kvs::ruler {

/// Namespace and name.
using GroupId = std::pair<std::string, std::string>;
/// Groups of a tenant, by namespace and name.
using TenantGroups = std::map<GroupId, rules::Group>;

/// All functions wait. [worker]
class RuleStore {
 public:
  explicit RuleStore(sdk::StoreRef store) : store_(store) {}

  /// Everything there is; reads only what has changed since the last time. A group that cannot be
  /// read is left out, and told.
  StatusOr<std::map<std::string, TenantGroups>> LoadAll(const sdk::Call& call,
                                                        std::vector<std::string>* damaged);
  /// The groups of one tenant, of one namespace where `namespace_name` is not null.
  StatusOr<TenantGroups> Load(const sdk::Call& call, std::string_view tenant,
                              const std::string* namespace_name = nullptr);
  /// NotFound.
  StatusOr<rules::Group> Get(const sdk::Call& call, std::string_view tenant,
                             std::string_view namespace_name, std::string_view name);

  /// Writes groups, and removes others of the namespace when asked to. All or nothing, as far as a
  /// store of single objects can say so: what fails is undone.
  Status Set(const sdk::Call& call, std::string_view tenant, std::string_view namespace_name,
             const std::vector<rules::Group>& groups);
  Status Delete(const sdk::Call& call, std::string_view tenant, std::string_view namespace_name,
                std::string_view name);
  Status DeleteNamespace(const sdk::Call& call, std::string_view tenant,
                         std::string_view namespace_name);
  Status DeleteTenant(const sdk::Call& call, std::string_view tenant);

 private:
  using Entry = sdk::StoreClient::Entry;
  struct Known {
    uint64_t size = 0;
    int64_t modified_ms = 0;
    rules::StoredGroup stored;
  };
  sdk::StoreClient Client(const sdk::Call& call) const;
  StatusOr<std::vector<Entry>> List(const sdk::Call& call, const std::string& prefix) const;
  Status Write(const sdk::Call& call, const std::string& key, const std::string& bytes);
  Status RemoveAll(const sdk::Call& call, const std::string& prefix);
  StatusOr<rules::StoredGroup> ReadGroup(const sdk::Call& call, const Entry& entry,
                                         const rules::KeyParts& parts);

  const sdk::StoreRef store_;
  Mutex mutex_;
  std::map<std::string, Known> known_ KVS_GUARDED_BY(mutex_);  // By key.
};

}  // namespace kvs::ruler
