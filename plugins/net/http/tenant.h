// SPDX-License-Identifier: Apache-2.0
// Who a request is for: the rules of the X-Scope-OrgID header, as Mimir has them. Pure. [any]
#pragma once

#include <string>
#include <string_view>

#include "kvs/base/status.h"

namespace kvs::net::http {

struct TenantRules {
  bool multitenancy = true;
  std::string no_auth_tenant = "anonymous";
  bool federation = true;             ///< Whether any route may be asked for several tenants.
  int64_t max_federated_tenants = 0;  ///< 0: any number.
};

/// The tenant of a request with this header (empty: none). Several ids come back sorted and without
/// duplicates, as "a|b"; more than one needs `route_federates`. Unauthenticated ("no org id")
/// without a header; InvalidArgument for a bad id; FailedPrecondition for too many.
StatusOr<std::string> ResolveTenant(std::string_view header, const TenantRules& rules,
                                    bool route_federates);

}  // namespace kvs::net::http
