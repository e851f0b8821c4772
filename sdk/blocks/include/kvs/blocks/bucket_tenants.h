// SPDX-License-Identifier: Apache-2.0
// Which tenants a bucket of blocks has: those that have a folder at its root.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/sdk/store_client.h"

namespace kvs::blocks {

/// Ascending; those whose names begin with `prefix`. One listing. [worker]
StatusOr<std::vector<std::string>> ListTenants(const sdk::StoreClient& store,
                                               std::string_view prefix = {});

}  // namespace kvs::blocks
