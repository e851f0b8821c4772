// SPDX-License-Identifier: Apache-2.0
#include "plan/downsampling.h"

#include <algorithm>

#include "kvs/bucket/index.h"

namespace kvs::compactor {

int64_t ResolutionOf(const tsdb::BlockMeta& meta) {
  return meta.thanos.has_value() ? meta.thanos->resolution_ms : 0;
}

int64_t NextResolution(int64_t resolution_ms) {
  if (resolution_ms == 0) return kFiveMinutesMs;
  return resolution_ms == kFiveMinutesMs ? kOneHourMs : 0;
}

Downsampled::Downsampled(const std::vector<PlanBlock>& there) {
  for (const PlanBlock& block : there)
    made_.emplace(bucket::ContentOf(block.meta), ResolutionOf(block.meta));
}

int64_t Downsampled::Missing(const PlanBlock& block, const TenantLimits& limits,
                             int64_t now_ms) const {
  const int64_t next = NextResolution(ResolutionOf(block.meta));
  if (next == 0 || !limits.downsampling) return 0;
  const int64_t retention = limits.RetentionOf(next);
  if (retention != 0 && block.meta.maxt < now_ms - retention) return 0;
  return made_.contains({bucket::ContentOf(block.meta), next}) ? 0 : next;
}

std::vector<Job> PlanDownsampling(const std::vector<PlanBlock>& candidates,
                                  const Downsampled& downsampled, const std::vector<Job>& others,
                                  const TenantLimits& limits, int64_t now_ms) {
  std::vector<Job> out;
  std::set<tsdb::Ulid> taken;
  for (const Job& job : others) {
    for (const PlanBlock& block : job.blocks) taken.insert(block.meta.ulid);
  }
  for (const PlanBlock& block : candidates) {
    const int64_t next = downsampled.Missing(block, limits, now_ms);
    if (next == 0 || taken.contains(block.meta.ulid)) continue;
    const int64_t after =
        next == kFiveMinutesMs ? limits.downsample_5m_after_ms : limits.downsample_1h_after_ms;
    if (block.meta.maxt + after > now_ms) continue;
    Job& job = out.emplace_back();
    job.stage = Stage::kDownsample;
    job.resolution_ms = next;
    job.group = GroupOf(block.meta);
    job.shard = ShardOf(block.meta);
    job.range_begin_ms = block.meta.mint;
    job.range_end_ms = block.meta.maxt;
    job.blocks = {block};
  }
  std::stable_sort(out.begin(), out.end(), [](const Job& a, const Job& b) {
    return std::tie(a.resolution_ms, a.range_begin_ms) <
           std::tie(b.resolution_ms, b.range_begin_ms);
  });
  return out;
}

}  // namespace kvs::compactor
