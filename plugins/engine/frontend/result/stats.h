// SPDX-License-Identifier: Apache-2.0
// Statistics of the parts of a query, as those of the whole.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace kvs::engine::frontend {

/// Of parts in time order: times and samples are added up, the peak is the highest, and what is
/// told by step is strung together. Empty where a part has none, or one that cannot be read.
std::string MergeStats(std::span<const std::string_view> parts);

}  // namespace kvs::engine::frontend
