// SPDX-License-Identifier: Apache-2.0
// Which blocks a query reads, where there are aggregates beside samples.
#pragma once

#include <cstdint>
#include <vector>

#include "kvs/bucket/index.h"

namespace kvs::source::blocks {

/// Of blocks with the same content one is left: that of the longest resolution that is not above
/// `resolution_ms`, or else the shortest. Without `aggregates` only samples are left. The order
/// stays. Pure.
std::vector<bucket::IndexBlock> PickResolutions(std::vector<bucket::IndexBlock> blocks,
                                                bool aggregates, int64_t resolution_ms);

}  // namespace kvs::source::blocks
