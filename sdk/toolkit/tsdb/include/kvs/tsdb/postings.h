// SPDX-License-Identifier: Apache-2.0
// Sets of series as ascending arrays of numbers, and what selecting does with them. [any]
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace kvs::tsdb {

/// Ascending, each number once.
using SeriesSet = std::vector<uint32_t>;

/// What both have.
SeriesSet Intersect(std::span<const uint32_t> a, std::span<const uint32_t> b);

/// What `a` has and `b` has not.
SeriesSet Subtract(std::span<const uint32_t> a, std::span<const uint32_t> b);

/// What any of them has.
SeriesSet Union(std::span<const SeriesSet> sets);

}  // namespace kvs::tsdb
