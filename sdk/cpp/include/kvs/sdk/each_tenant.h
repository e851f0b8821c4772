// SPDX-License-Identifier: Apache-2.0
// The tenants of a call: one, or several as "a|b".
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "kvs/base/status.h"

namespace kvs::sdk {

/// Calls fn(tenant), which gives a Status, for each; ends at the first that is not OK. [any]
template <typename Fn>
Status ForEachTenant(std::string_view tenants, Fn fn) {
  for (size_t begin = 0; begin <= tenants.size();) {
    const size_t end = std::min(tenants.find('|', begin), tenants.size());
    KVS_RETURN_IF_ERROR(fn(tenants.substr(begin, end - begin)));
    begin = end + 1;
  }
  return OkStatus();
}

}  // namespace kvs::sdk
