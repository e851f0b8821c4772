// SPDX-License-Identifier: Apache-2.0
// What may name a tenant, as Mimir has it. Pure. [any]
#pragma once

#include <string_view>

#include "kvs/base/status.h"

namespace kvs::http {

/// OK when `tenant` is one valid tenant id: 1 to 150 of 0-9 a-z A-Z ! - _ . * ' ( ), but not ".",
/// ".." or the id that is reserved for the cluster itself. InvalidArgument else.
Status CheckTenantId(std::string_view tenant);

}  // namespace kvs::http
