// SPDX-License-Identifier: Apache-2.0
// What the compaction planner has a large tenant's compactors do, day by day, by a simulated clock.
#pragma once

#include <cstdint>

namespace kvs::simulation {

struct CompactionOptions {
  uint64_t series = 100'000'000;  ///< Of the tenant, active at any time.
  uint32_t ingesters = 300;       ///< That have a part of them; each ships a block every two hours.
  uint32_t copies = 3;
  int64_t scrape_ms = 15'000;
  uint64_t shards = 48;  ///< compactor_split_and_merge_shards; 0: blocks are not split.
  uint64_t split_groups = 48;
  uint32_t compactors = 100;  ///< Each runs one job at a time, on one core.
  double churn = 0.5;         ///< Part of the series that is replaced within a day.
  int64_t days = 4;
  /// Measured costs, docs/performance.md: of each series and of each sample of a block that goes
  /// in.
  double series_us = 17.6;
  double sample_ns = 5;
  int64_t first_level_wait_ms = 1'500'000;
  uint64_t seed = 1;
};

struct Compaction {
  uint64_t blocks_shipped = 0;
  uint64_t jobs = 0;
  uint64_t splits = 0;
  double job_hours_most = 0;     ///< What the longest job takes.
  uint64_t job_blocks_most = 0;  ///< What the largest job has.
  uint64_t job_series_most = 0;  ///< Of all its blocks, before copies are one.
  double busy = 0;               ///< Part of the compactors' time on the last day.
  double backlog_hours_most =
      0;  ///< Of jobs that could run and did not, on the last day, in their own hours.
  int64_t oldest_hours =
      0;  ///< At most, on the last day: how long a fresh block waited until a job had it.
  uint64_t blocks_left =
      0;  ///< Of the whole time, at the end; of those older than two days: blocks_left_old.
  uint64_t blocks_left_old = 0;
  double cpu_hours_a_day = 0;  ///< Of the last day.
};

/// [main]
Compaction CompactionOf(const CompactionOptions& options);

}  // namespace kvs::simulation
