// SPDX-License-Identifier: Apache-2.0
// PlanDownsampling: which blocks get a block of aggregates beside them. Pure.
//
// Samples of a block that is old enough become aggregates over 5 minutes, and these, later,
// aggregates over an hour. A block of aggregates belongs to one block of what it was made of: both
// have the same sources. So it is known which of them have the same samples, and when a block was
// merged with another, what was made of it is made anew.
#pragma once

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "plan/planner.h"
#include "tenant_limits.h"

namespace kvs::compactor {

inline constexpr int64_t kFiveMinutesMs = 5 * 60'000;
inline constexpr int64_t kOneHourMs = 60 * 60'000;

/// 0 of samples.
int64_t ResolutionOf(const tsdb::BlockMeta& meta);
/// What is made of blocks of this resolution; 0: nothing.
int64_t NextResolution(int64_t resolution_ms);

/// What was made of which samples. Immutable. [any]
class Downsampled {
 public:
  /// `there`: all blocks that are not marked for deletion.
  explicit Downsampled(const std::vector<PlanBlock>& there);

  /// The resolution that is to be made of a block, and is not there; 0: none. What would be past
  /// its own retention at once is not made. A block of which something is missing must not go,
  /// even past its retention.
  int64_t Missing(const PlanBlock& block, const TenantLimits& limits, int64_t now_ms) const;

 private:
  std::set<std::pair<uint64_t, int64_t>> made_;  // Content and resolution.
};

/// Jobs for blocks of `candidates` that are in none of `others`.
std::vector<Job> PlanDownsampling(const std::vector<PlanBlock>& candidates,
                                  const Downsampled& downsampled, const std::vector<Job>& others,
                                  const TenantLimits& limits, int64_t now_ms);

}  // namespace kvs::compactor
