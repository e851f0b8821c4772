// SPDX-License-Identifier: Apache-2.0
#include "kvs/http/tenant_id.h"

#include <cstddef>

#include "kvs/base/quote.h"

namespace kvs::http {
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

}  // namespace kvs::http
