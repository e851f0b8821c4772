// SPDX-License-Identifier: Apache-2.0
// What `load_with_nhcb` does beside loading: classic histograms made into native ones with custom
// buckets.
#pragma once

#include <map>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/model/labels.h"
#include "kvs/testkit/promqltest/memory_source.h"

namespace kvs::testkit::promqltest {

/// For every classic histogram among `block`, by its labels without `le` and its name without
/// suffix. InvalidArgument when counts fall from one bound to the next, are negative, or do not add
/// up to the `_count` series.
StatusOr<std::map<model::Labels, std::vector<HistogramSample>>> CustomBucketHistograms(
    const std::map<model::Labels, StoredSeries>& block);

}  // namespace kvs::testkit::promqltest
