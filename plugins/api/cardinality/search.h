// SPDX-License-Identifier: Apache-2.0
// How well a name fits what somebody searches for: as a whole, as its beginning, inside, or letter
// by letter in order. Pure. [any]
#pragma once

#include <string_view>

namespace kvs::api::cardinality {

/// Above 0 when it fits, 1 when it is the same; case does not count.
double ScoreOf(std::string_view name, std::string_view search);

}  // namespace kvs::api::cardinality
