// SPDX-License-Identifier: Apache-2.0
// Patterns of keys, in which * stands for any run of characters, slashes included. [any]
#pragma once

#include <string_view>

namespace kvs::store::cache {

/// Takes time in the product of both lengths at most.
bool Matches(std::string_view pattern, std::string_view key);

}  // namespace kvs::store::cache
