// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "kvs/gotemplate/value.h"

namespace kvs::gotemplate::internal {

/// Those methods of Go's time.Time and time.Duration that templates are written with. Static. [any]
const std::vector<Method>& TimeMethods();
const std::vector<Method>& DurationMethods();

}  // namespace kvs::gotemplate::internal
