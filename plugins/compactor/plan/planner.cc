// SPDX-License-Identifier: Apache-2.0
#include "plan/planner.h"

#include <algorithm>
#include <ctime>
#include <map>
#include <set>

#include "kvs/base/units.h"

namespace kvs::compactor {
namespace {

// FNV-1a, as Mimir hashes the name of a block.
uint32_t HashOf(const tsdb::Ulid& ulid) {
  uint32_t hash = 2166136261;
  for (const char c : ulid.ToString()) hash = (hash ^ static_cast<uint8_t>(c)) * 16777619;
  return hash;
}

// Rounds down, also below zero.
int64_t Align(int64_t t, int64_t range) {
  return t - ((t % range) + range) % range;
}

std::string TimeText(int64_t ms) {
  const time_t seconds = static_cast<time_t>(Align(ms, 1000) / 1000);
  struct tm parts;
  char text[32];
  gmtime_r(&seconds, &parts);
  return std::string(text, std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts));
}

// Blocks that lie within one aligned range of time.
struct RangeGroup {
  int64_t begin = 0, end = 0;
  std::vector<PlanBlock> blocks;
};

// `blocks` by mint. What spans a border belongs to no group of this range.
std::vector<RangeGroup> GroupByRange(const std::vector<PlanBlock>& blocks, int64_t range) {
  std::vector<RangeGroup> out;
  for (const PlanBlock& block : blocks) {
    const int64_t begin = Align(block.meta.mint, range);
    if (block.meta.maxt > begin + range) continue;
    if (out.empty() || out.back().begin != begin) out.push_back({begin, begin + range, {}});
    out.back().blocks.push_back(block);
  }
  return out;
}

// Of blocks that are not split.
std::vector<Job> PlanSplit(const RangeGroup& group, const PlanOptions& options) {
  std::map<uint64_t, std::vector<PlanBlock>> by_hash;
  const uint64_t groups = std::max<uint64_t>(options.split_groups, 1);
  for (const PlanBlock& block : group.blocks) {
    if (ShardOf(block.meta).empty()) by_hash[HashOf(block.meta.ulid) % groups].push_back(block);
  }
  std::vector<Job> out;
  for (auto& [number, blocks] : by_hash) {
    Job& job = out.emplace_back();
    job.stage = Stage::kSplit;
    job.shard = StrCat(number + 1, "_of_", groups);
    job.shard_count = options.shards;
    job.blocks = std::move(blocks);
  }
  return out;
}

std::vector<Job> PlanMerge(const RangeGroup& group) {
  std::map<std::string, std::vector<PlanBlock>> by_shard;
  for (const PlanBlock& block : group.blocks) by_shard[ShardOf(block.meta)].push_back(block);
  std::vector<Job> out;
  for (auto& [shard, blocks] : by_shard) {
    if (blocks.size() < 2) continue;
    Job& job = out.emplace_back();
    job.shard = shard;
    job.blocks = std::move(blocks);
  }
  return out;
}

bool Conflict(const Job& a, const Job& b) {
  if (a.range_begin_ms >= b.range_end_ms || b.range_begin_ms >= a.range_end_ms) return false;
  // Splits concern all shards. Splits of one range have different blocks.
  if (a.stage == Stage::kSplit && b.stage == Stage::kSplit) {
    return a.range_begin_ms != b.range_begin_ms || a.range_end_ms != b.range_end_ms;
  }
  if (a.stage == Stage::kSplit || b.stage == Stage::kSplit) return true;
  return a.shard == b.shard || a.shard.empty() || b.shard.empty();
}

// Whether what belongs to the range has come: something newer is there, the blocks cover it, or it
// is over by the clock.
bool IsDue(const Job& job, int64_t newest_maxt, const PlanOptions& options) {
  if (job.range_end_ms <= newest_maxt) return true;
  int64_t mint = INT64_MAX, maxt = INT64_MIN;
  for (const PlanBlock& block : job.blocks) {
    mint = std::min(mint, block.meta.mint);
    maxt = std::max(maxt, block.meta.maxt);
  }
  if (mint == job.range_begin_ms && maxt == job.range_end_ms) return true;
  return job.range_end_ms + options.ranges_ms.front() <= options.now_ms;
}

bool HasWaited(const Job& job, const PlanOptions& options) {
  return std::none_of(job.blocks.begin(), job.blocks.end(), [&](const PlanBlock& block) {
    return block.meta.compaction.level <= 1 &&
           block.uploaded_at_ms + options.first_level_wait_ms > options.now_ms;
  });
}

std::vector<Job> PlanGroup(const std::string& group, const std::vector<PlanBlock>& blocks,
                           const PlanOptions& options) {
  int64_t newest_maxt = INT64_MIN;
  for (const PlanBlock& block : blocks) newest_maxt = std::max(newest_maxt, block.meta.maxt);
  std::vector<Job> out;
  for (const int64_t range : options.ranges_ms) {
    for (const RangeGroup& in_range : GroupByRange(blocks, range)) {
      const bool splits = range == options.ranges_ms.front() && options.shards > 0;
      std::vector<Job> jobs = splits ? PlanSplit(in_range, options) : std::vector<Job>();
      if (jobs.empty()) jobs = PlanMerge(in_range);
      for (Job& job : jobs) {
        job.group = group;
        job.range_begin_ms = in_range.begin;
        job.range_end_ms = in_range.end;
        const bool conflicts = std::any_of(
            out.begin(), out.end(), [&job](const Job& other) { return Conflict(job, other); });
        if (!conflicts) out.push_back(std::move(job));
      }
    }
  }
  // A job that has to wait still keeps the larger ranges around it from being planned.
  std::erase_if(out, [&](const Job& job) {
    return !IsDue(job, newest_maxt, options) || !HasWaited(job, options);
  });
  return out;
}

}  // namespace

std::string GroupOf(const tsdb::BlockMeta& meta) {
  if (!meta.thanos.has_value()) return "0";
  std::string out = StrCat(meta.thanos->resolution_ms);
  for (const auto& [name, value] : meta.thanos->labels) {
    if (name != tsdb::kShardIdLabel) StrAppend(out, ",", name, "=", value);
  }
  return out;
}

std::string ShardOf(const tsdb::BlockMeta& meta) {
  if (!meta.thanos.has_value()) return {};
  const auto found = meta.thanos->labels.find(std::string(tsdb::kShardIdLabel));
  return found == meta.thanos->labels.end() ? std::string() : found->second;
}

std::string_view StageName(Stage stage) {
  switch (stage) {
    case Stage::kSplit:
      return "split";
    case Stage::kMerge:
      return "merge";
    case Stage::kDownsample:
      return "downsample";
  }
  return "";
}

std::string Job::ToString() const {
  return StrCat(StageName(stage),
                resolution_ms == 0 ? "" : StrCat(" to ", FormatDurationMs(resolution_ms)),
                shard.empty() ? "" : " ", shard, " [", TimeText(range_begin_ms), ", ",
                TimeText(range_end_ms), ") of ", blocks.size(), " blocks");
}

std::vector<Job> PlanCompaction(std::vector<PlanBlock> blocks, const PlanOptions& options) {
  if (options.ranges_ms.empty()) return {};
  std::sort(blocks.begin(), blocks.end(), [](const PlanBlock& a, const PlanBlock& b) {
    return std::tie(a.meta.mint, a.meta.ulid) < std::tie(b.meta.mint, b.meta.ulid);
  });
  std::map<std::string, std::vector<PlanBlock>> groups;
  for (PlanBlock& block : blocks) {
    const bool is_aggregates =
        block.meta.thanos.has_value() && block.meta.thanos->resolution_ms > 0;
    if (!is_aggregates) groups[GroupOf(block.meta)].push_back(std::move(block));
  }
  std::vector<Job> out;
  for (const auto& [group, of_group] : groups) {
    for (Job& job : PlanGroup(group, of_group, options)) out.push_back(std::move(job));
  }
  std::stable_sort(out.begin(), out.end(), [](const Job& a, const Job& b) {
    const auto key = [](const Job& job) {
      return std::tuple(job.range_end_ms - job.range_begin_ms, job.range_begin_ms, job.stage);
    };
    return key(a) < key(b);
  });
  return out;
}

std::vector<tsdb::Ulid> FindObsolete(const std::vector<PlanBlock>& blocks) {
  struct Known {
    const tsdb::BlockMeta* meta;
    std::set<tsdb::Ulid> sources;
  };
  std::map<std::string, std::vector<Known>> groups;
  for (const PlanBlock& block : blocks) {
    const std::vector<tsdb::Ulid>& sources = block.meta.compaction.sources;
    groups[StrCat(GroupOf(block.meta), "|", ShardOf(block.meta))].push_back(
        {&block.meta, {sources.begin(), sources.end()}});
  }
  // A block is the parent of one that was made of it directly; of others it is known by its sources
  // and a lower level.
  const auto replaces = [](const Known& made, const Known& old) {
    if (made.meta == old.meta || old.sources.empty()) return false;
    const auto& parents = made.meta->compaction.parents;
    const bool is_parent = std::any_of(parents.begin(), parents.end(), [&old](const auto& parent) {
      return parent.ulid == old.meta->ulid;
    });
    return (is_parent || made.meta->compaction.level > old.meta->compaction.level) &&
           std::includes(made.sources.begin(), made.sources.end(), old.sources.begin(),
                         old.sources.end());
  };
  std::vector<tsdb::Ulid> out;
  for (const auto& [group, known] : groups) {
    for (const Known& old : known) {
      const bool is_replaced = std::any_of(known.begin(), known.end(),
                                           [&](const Known& made) { return replaces(made, old); });
      if (is_replaced) out.push_back(old.meta->ulid);
    }
  }
  return out;
}

}  // namespace kvs::compactor
