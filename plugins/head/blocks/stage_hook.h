// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string_view>

namespace kvs::head {

/// Called where a kill would be interesting, for tests.
using StageHook = std::function<void(std::string_view stage)>;

}  // namespace kvs::head
