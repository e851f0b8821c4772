// SPDX-License-Identifier: Apache-2.0
#include "kvs/blocks/bucket_tenants.h"

#include "kvs/bucket/layout.h"

namespace kvs::blocks {

StatusOr<std::vector<std::string>> ListTenants(const sdk::StoreClient& store,
                                               std::string_view prefix) {
  std::vector<std::string> out;
  KVS_RETURN_IF_ERROR(store.ForEach(prefix, "/", [&out](const sdk::StoreClient::Entry& entry) {
    if (!entry.is_prefix) return OkStatus();
    if (const auto tenant = bucket::TenantOfPrefix(entry.key)) out.emplace_back(*tenant);
    return OkStatus();
  }));
  return out;
}

}  // namespace kvs::blocks
