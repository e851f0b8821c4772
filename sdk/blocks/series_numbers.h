// SPDX-License-Identifier: Apache-2.0
// The first step of every question to a block: which series match.
#pragma once

#include "kvs/blocks/select.h"
#include "kvs/tsdb/postings.h"

namespace kvs::blocks {

/// Of one list of matchers. Errors begin with the block's name, except those of the matchers.
StatusOr<tsdb::SeriesSet> FindSeries(BlockReads& reads, const sdk::Call& call,
                                     const kvs_matchers_t& matchers);

}  // namespace kvs::blocks
