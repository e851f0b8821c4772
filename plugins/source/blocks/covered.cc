// SPDX-License-Identifier: Apache-2.0
#include "covered.h"

#include <algorithm>
#include <set>

#include "kvs/bucket/index.h"
#include "kvs/bucket/shard_id.h"

namespace kvs::source::blocks {
namespace {

// Blocks of the same sources, one a shard.
struct Group {
  uint64_t n_shards = 1;
  std::set<uint64_t> shards;
  int64_t level = 0;

  bool complete() const { return shards.size() == n_shards; }
};

// Sources, resolution and number of shards.
using GroupKey = std::tuple<std::vector<tsdb::Ulid>, int64_t, uint64_t>;

int64_t ResolutionOf(const tsdb::BlockMeta& meta) {
  return meta.thanos.has_value() ? meta.thanos->resolution_ms : 0;
}

bucket::ShardId ShardOf(const tsdb::BlockMeta& meta) {
  if (!meta.thanos.has_value()) return {};
  const auto label = meta.thanos->labels.find(std::string(tsdb::kShardIdLabel));
  if (label == meta.thanos->labels.end()) return {};
  const StatusOr<bucket::ShardId> shard = bucket::ShardId::Parse(label->second);
  return shard.ok() ? *shard : bucket::ShardId{};
}

std::vector<tsdb::Ulid> SourcesOf(const tsdb::BlockMeta& meta) {
  std::vector<tsdb::Ulid> out = meta.compaction.sources;
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

std::vector<tsdb::Ulid> FindCovered(const std::vector<tsdb::BlockMeta>& metas) {
  std::map<GroupKey, Group> groups;
  for (const tsdb::BlockMeta& meta : metas) {
    const bucket::ShardId shard = ShardOf(meta);
    Group& group = groups[{SourcesOf(meta), ResolutionOf(meta), shard.count}];
    group.n_shards = shard.count;
    group.shards.insert(shard.index);
    group.level = std::max(group.level, meta.compaction.level);
  }
  std::vector<tsdb::Ulid> out;
  for (const tsdb::BlockMeta& meta : metas) {
    const std::vector<tsdb::Ulid> sources = SourcesOf(meta);
    if (sources.empty()) continue;
    const bool covered = std::any_of(groups.begin(), groups.end(), [&](const auto& entry) {
      const auto& [key, group] = entry;
      const auto& [all, resolution, n_shards] = key;
      return group.complete() && group.level > meta.compaction.level &&
             resolution == ResolutionOf(meta) &&
             std::includes(all.begin(), all.end(), sources.begin(), sources.end());
    });
    if (covered) out.push_back(meta.ulid);
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<tsdb::Ulid> FindOutdated(const std::vector<tsdb::BlockMeta>& metas) {
  std::vector<tsdb::Ulid> out;
  for (const tsdb::BlockMeta& meta : metas) {
    if (ResolutionOf(meta) == 0) continue;
    const uint64_t content = bucket::ContentOf(meta);
    bool has_own = false;
    std::set<tsdb::Ulid> elsewhere;
    for (const tsdb::BlockMeta& other : metas) {
      if (ResolutionOf(other) >= ResolutionOf(meta)) continue;
      has_own = has_own || bucket::ContentOf(other) == content;
      const bucket::ShardId a = ShardOf(meta), b = ShardOf(other);
      if (a.index != b.index || a.count != b.count) continue;
      const std::vector<tsdb::Ulid> sources = SourcesOf(other);
      elsewhere.insert(sources.begin(), sources.end());
    }
    const std::vector<tsdb::Ulid> sources = SourcesOf(meta);
    if (!has_own && !sources.empty() &&
        std::includes(elsewhere.begin(), elsewhere.end(), sources.begin(), sources.end()))
      out.push_back(meta.ulid);
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace kvs::source::blocks
