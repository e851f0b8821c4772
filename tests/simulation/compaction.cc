// SPDX-License-Identifier: Apache-2.0
#include "compaction.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <queue>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "kvs/base/str_cat.h"
#include "kvs/ring/tokens.h"

#include "plugins/compactor/plan/planner.h"

namespace kvs::simulation {
namespace {

constexpr int64_t kHour = 3'600'000;
constexpr int64_t kStepMs = 900'000;  // How often compactors plan.
constexpr int64_t kRanges[] = {2 * kHour, 12 * kHour, 24 * kHour};

class CompactionRun {
 public:
  explicit CompactionRun(const CompactionOptions& options)
      : options_(options), random_(options.seed) {}

  Compaction Go() {
    const int64_t end_ms = options_.days * 24 * kHour;
    for (int64_t now_ms = 0; now_ms <= end_ms; now_ms += kStepMs) {
      const bool is_last_day = now_ms > end_ms - 24 * kHour;
      if (now_ms > 0 && now_ms % (2 * kHour) == 0) Ship(now_ms - 2 * kHour, now_ms);
      Finish(now_ms);
      Begin(now_ms, is_last_day);
    }
    for (const auto& [name, block] : blocks_) {
      ++out_.blocks_left;
      if (block.meta.maxt <= end_ms - 48 * kHour) ++out_.blocks_left_old;
    }
    out_.busy = last_day_ms_ / (24.0 * kHour * options_.compactors);
    out_.cpu_hours_a_day = last_day_ms_ / kHour;
    return out_;
  }

 private:
  struct Running {
    int64_t ends_ms;
    compactor::Job job;
    bool operator>(const Running& other) const { return ends_ms > other.ends_ms; }
  };

  tsdb::Ulid Name(int64_t now_ms) {
    std::array<uint8_t, 10> bytes{};
    const uint64_t n = ++named_;
    for (size_t i = 0; i < 8; ++i) bytes[i] = static_cast<uint8_t>(n >> (8 * i));
    return tsdb::Ulid::Make(static_cast<uint64_t>(now_ms), bytes);
  }

  /// Every ingester's block, within some minutes.
  void Ship(int64_t from_ms, int64_t to_ms) {
    const uint64_t series = options_.series * options_.copies / options_.ingesters;
    for (uint32_t i = 0; i < options_.ingesters; ++i) {
      compactor::PlanBlock block;
      block.meta.ulid = Name(to_ms);
      block.meta.mint = from_ms;
      block.meta.maxt = to_ms;
      block.meta.stats.series = series;
      block.meta.stats.samples =
          series * static_cast<uint64_t>((to_ms - from_ms) / options_.scrape_ms);
      block.meta.thanos.emplace();
      block.uploaded_at_ms = to_ms + static_cast<int64_t>(random_.Next() % 900'000);
      blocks_[block.meta.ulid.ToString()] = block;
      ++out_.blocks_shipped;
    }
  }

  int64_t CostMs(const compactor::Job& job) const {
    double us = 0;
    for (const compactor::PlanBlock& block : job.blocks) {
      us += static_cast<double>(block.meta.stats.series) * options_.series_us +
            static_cast<double>(block.meta.stats.samples) * options_.sample_ns / 1000;
    }
    return static_cast<int64_t>(us / 1000) + 1;
  }

  /// What the jobs make that have ended takes the place of what they had.
  void Finish(int64_t now_ms) {
    while (!running_.empty() && running_.top().ends_ms <= now_ms) {
      const compactor::Job job = running_.top().job;
      running_.pop();
      int64_t level = 0;
      uint64_t samples = 0;
      int64_t mint = job.blocks[0].meta.mint, maxt = job.blocks[0].meta.maxt;
      for (const compactor::PlanBlock& block : job.blocks) {
        level = std::max(level, block.meta.compaction.level);
        samples += block.meta.stats.samples;
        mint = std::min(mint, block.meta.mint);
        maxt = std::max(maxt, block.meta.maxt);
        blocks_.erase(block.meta.ulid.ToString());
        taken_.erase(block.meta.ulid.ToString());
      }
      const bool splits = job.stage == compactor::Stage::kSplit;
      const uint64_t outputs = splits ? options_.shards : 1;
      for (uint64_t shard = 1; shard <= outputs; ++shard) {
        compactor::PlanBlock block;
        block.meta.ulid = Name(now_ms);
        block.meta.mint = mint;
        block.meta.maxt = maxt;
        block.meta.compaction.level = level + 1;
        block.meta.thanos.emplace();
        const std::string name = splits ? StrCat(shard, "_of_", options_.shards)
                                        : compactor::ShardOf(job.blocks[0].meta);
        if (!name.empty()) block.meta.thanos->labels[std::string(tsdb::kShardIdLabel)] = name;
        block.uploaded_at_ms = now_ms;
        block.meta.stats.series = SeriesOf(maxt - mint, job, outputs);
        // What several copies have is there once.
        block.meta.stats.samples =
            std::min(samples / outputs, SamplesOf(maxt - mint, name.empty() ? 1 : options_.shards));
        blocks_[block.meta.ulid.ToString()] = std::move(block);
      }
    }
  }

  /// Of all the tenant's series in so much time, with those that have gone, no more than the job
  /// has.
  uint64_t SeriesOf(int64_t span_ms, const compactor::Job& job, uint64_t outputs) const {
    uint64_t has = 0;
    for (const compactor::PlanBlock& block : job.blocks) has += block.meta.stats.series;
    const double days = static_cast<double>(span_ms) / (24.0 * kHour);
    const double all = static_cast<double>(options_.series) * (1 + options_.churn * days);
    return std::min(
        has / outputs,
        static_cast<uint64_t>(all / static_cast<double>(std::max<uint64_t>(1, options_.shards))));
  }
  uint64_t SamplesOf(int64_t span_ms, uint64_t shards) const {
    return options_.series * static_cast<uint64_t>(span_ms / options_.scrape_ms) / shards;
  }

  void Begin(int64_t now_ms, bool is_last_day) {
    std::vector<compactor::PlanBlock> there;
    for (const auto& [name, block] : blocks_) {
      if (block.uploaded_at_ms <= now_ms) there.push_back(block);
    }
    compactor::PlanOptions plan;
    plan.ranges_ms.assign(std::begin(kRanges), std::end(kRanges));
    plan.shards = options_.shards;
    plan.split_groups = options_.split_groups;
    plan.now_ms = now_ms;
    plan.first_level_wait_ms = options_.first_level_wait_ms;
    double backlog_ms = 0;
    for (compactor::Job& job : compactor::PlanCompaction(std::move(there), plan)) {
      // One that runs, or that must wait for its blocks: leases tell compactors so.
      const bool waits = std::any_of(
          job.blocks.begin(), job.blocks.end(),
          [this](const auto& block) { return taken_.contains(block.meta.ulid.ToString()); });
      if (waits) continue;
      const int64_t cost_ms = CostMs(job);
      if (running_.size() >= options_.compactors) {
        backlog_ms += static_cast<double>(cost_ms);
        continue;
      }
      ++out_.jobs;
      out_.splits += job.stage == compactor::Stage::kSplit ? 1 : 0;
      out_.job_hours_most = std::max(out_.job_hours_most, static_cast<double>(cost_ms) / kHour);
      out_.job_blocks_most = std::max<uint64_t>(out_.job_blocks_most, job.blocks.size());
      uint64_t series = 0;
      for (const compactor::PlanBlock& block : job.blocks) {
        series += block.meta.stats.series;
        taken_.insert(block.meta.ulid.ToString());
        if (is_last_day && block.meta.compaction.level == 1)
          out_.oldest_hours = std::max(out_.oldest_hours, (now_ms - block.meta.maxt) / kHour);
      }
      out_.job_series_most = std::max(out_.job_series_most, series);
      if (is_last_day) last_day_ms_ += static_cast<double>(cost_ms);
      running_.push({now_ms + cost_ms, std::move(job)});
    }
    if (is_last_day)
      out_.backlog_hours_most = std::max(out_.backlog_hours_most, backlog_ms / kHour);
  }

  const CompactionOptions options_;
  ring::Random random_;
  uint64_t named_ = 0;
  std::map<std::string, compactor::PlanBlock> blocks_;  ///< In the bucket, by name.
  std::set<std::string> taken_;                         ///< Those that a job has.
  std::priority_queue<Running, std::vector<Running>, std::greater<>> running_;
  double last_day_ms_ = 0;
  Compaction out_;
};

}  // namespace

Compaction CompactionOf(const CompactionOptions& options) {
  return CompactionRun(options).Go();
}

}  // namespace kvs::simulation
