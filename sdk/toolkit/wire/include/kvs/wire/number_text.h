// SPDX-License-Identifier: Apache-2.0
// Numbers as texts, as the programs that made the formats write them. [any]
#pragma once

#include <string>

namespace kvs::wire {

/// The shortest digits that read back the same, without an exponent: 1e21 is
/// "1000000000000000000000". "NaN", "+Inf", "-Inf". What stands in `le` and `quantile`.
void AppendDecimal(std::string& out, double value);

}  // namespace kvs::wire
