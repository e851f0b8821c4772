// SPDX-License-Identifier: Apache-2.0
#include "cache/generations.h"

#include <xxhash.h>

#include "kvs/base/str_cat.h"
#include "kvs/bucket/layout.h"
#include "kvs/sdk/each_tenant.h"
#include "kvs/sdk/store_client.h"

namespace kvs::engine::frontend {
namespace {

constexpr int64_t kListTimeoutMs = 10'000;

}  // namespace

StatusOr<std::string> Generations::Of(const sdk::StoreRef& store, std::string_view tenants) {
  std::string out;
  if (!store) return out;
  KVS_RETURN_IF_ERROR(sdk::ForEachTenant(tenants, [&](std::string_view tenant) -> Status {
    KVS_ASSIGN_OR_RETURN(const std::string one, OfOne(store, std::string(tenant)));
    StrAppend(out, one, "/");
    return OkStatus();
  }));
  return out;
}

StatusOr<std::string> Generations::OfOne(const sdk::StoreRef& store, const std::string& tenant) {
  const int64_t now_ms = clock_.NowMs();
  {
    const MutexLock lock(mutex_);
    const auto found = known_.find(tenant);
    if (found != known_.end() && now_ms - found->second.read_ms < interval_ms_)
      return found->second.text;
  }
  // Requests are never changed, so their names are enough.
  const sdk::StoreClient client(store, {.tenant = tenant, .timeout_ms = kListTimeoutMs});
  uint64_t digest = 0;
  KVS_RETURN_IF_ERROR(client.ForEach(
      StrCat(tenant, "/", bucket::kDeletionsFolder), "", [&](const sdk::StoreClient::Entry& entry) {
        digest = XXH3_64bits_withSeed(entry.key.data(), entry.key.size(), digest + 1);
        return OkStatus();
      }));
  const MutexLock lock(mutex_);
  Known& known = known_[tenant];
  known = {StrCat(digest), now_ms};
  return known.text;
}

}  // namespace kvs::engine::frontend
