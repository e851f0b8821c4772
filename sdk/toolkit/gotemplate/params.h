// SPDX-License-Identifier: Apache-2.0
// Types of parameters and the values that fit them.
#pragma once

#include <string_view>

#include "kvs/gotemplate/function.h"

namespace kvs::gotemplate::internal {

/// As Go would write the type. Static.
std::string_view ParamName(Param param);
bool Fits(Param param, const Value& value);

}  // namespace kvs::gotemplate::internal
