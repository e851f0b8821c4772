// SPDX-License-Identifier: Apache-2.0
// Bounds of native histograms' buckets. [any]
#pragma once

#include <cstdint>

namespace kvs::chunk {

/// The upper bound of the bucket with this index in an exponential schema (-4...8): 2^(index *
/// 2^-schema), in the very bits that Prometheus has for it, which are not always the nearest to it.
/// The last regular bucket ends at the largest finite number, the one behind it at infinity.
double ExponentialBound(int64_t index, int32_t schema);

}  // namespace kvs::chunk
