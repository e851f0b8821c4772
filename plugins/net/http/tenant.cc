// SPDX-License-Identifier: Apache-2.0
#include "tenant.h"

#include <algorithm>
#include <vector>

#include "kvs/base/quote.h"
#include "kvs/sdk/each_tenant.h"

namespace kvs::net::http {
namespace {

constexpr size_t kMaxTenantLength = 150;
constexpr std::string_view kReserved = "__mimir_cluster";

bool IsTenantCharacter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("!-_.*'()").find(c) != std::string_view::npos;
}

}  // namespace

Status CheckTenantId(std::string_view tenant) {
  if (tenant.empty()) return InvalidArgument("tenant ID is empty");
  if (tenant.size() > kMaxTenantLength) {
    return InvalidArgument("tenant ID is too long: max ", kMaxTenantLength, " characters");
  }
  for (const char c : tenant) {
    if (IsTenantCharacter(c)) continue;
    return InvalidArgument("tenant ID '", tenant, "' contains unsupported character ",
                           Quote(std::string_view(&c, 1)));
  }
  if (tenant == "." || tenant == "..") return InvalidArgument("tenant ID is '.' or '..'");
  if (tenant == kReserved) return InvalidArgument("tenant ID '", tenant, "' is reserved");
  return OkStatus();
}

StatusOr<std::string> ResolveTenant(std::string_view header, const TenantRules& rules,
                                    bool route_federates) {
  if (!rules.multitenancy) return rules.no_auth_tenant;
  if (header.empty()) return Unauthenticated("no org id");
  std::vector<std::string_view> ids;
  KVS_RETURN_IF_ERROR(sdk::ForEachTenant(header, [&ids](std::string_view id) {
    ids.push_back(id);
    return CheckTenantId(id);
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
