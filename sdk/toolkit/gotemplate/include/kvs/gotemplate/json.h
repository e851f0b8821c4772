// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "kvs/gotemplate/value.h"

namespace kvs::gotemplate {

/// As encoding/json writes it. `html_safe`: < > & as escapes, which it does unless told otherwise.
/// [any]
std::string ToJson(const Value& value, bool html_safe);

}  // namespace kvs::gotemplate
