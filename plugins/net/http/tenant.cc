// SPDX-License-Identifier: Apache-2.0
#include "tenant.h"

#include <algorithm>
#include <vector>

#include "kvs/base/str_cat.h"
#include "kvs/http/tenant_id.h"
#include "kvs/sdk/each_tenant.h"

namespace kvs::net::http {

StatusOr<std::string> ResolveTenant(std::string_view header, const TenantRules& rules,
                                    bool route_federates) {
  if (!rules.multitenancy) return rules.no_auth_tenant;
  if (header.empty()) return Unauthenticated("no org id");
  std::vector<std::string_view> ids;
  KVS_RETURN_IF_ERROR(sdk::ForEachTenant(header, [&ids](std::string_view tenant) {
    ids.push_back(tenant);
    return kvs::http::CheckTenantId(tenant);
  }));
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  if (ids.size() > 1 && (!route_federates || !rules.federation)) {
    return FailedPrecondition("multiple org IDs present");
  }
  if (rules.max_federated_tenants > 0 &&
      ids.size() > static_cast<size_t>(rules.max_federated_tenants)) {
    return FailedPrecondition("too many tenant IDs present, max: ", rules.max_federated_tenants,
                              ", actual: ", ids.size());
  }
  std::string joined;
  for (const std::string_view id : ids) StrAppend(joined, joined.empty() ? "" : "|", id);
  return joined;
}

}  // namespace kvs::net::http
