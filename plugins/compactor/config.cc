// SPDX-License-Identifier: Apache-2.0
#include "config.h"

#include "kvs/base/units.h"
#include "kvs/promql/parser.h"

namespace kvs::compactor {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema{
      {"data_dir", &Config::data_dir,
       "Folder for blocks in work; what is in it may be deleted while the process is down"},
      {"block_ranges", &Config::block_ranges,
       "Ranges of time that blocks are merged into, ascending, each a multiple of the one before"},
      {"compaction_interval",
       &Config::compaction_interval,
       "Time between runs of compaction",
       {.minimum = 1}},
      {"cleanup_interval",
       &Config::cleanup_interval,
       "Time between runs of cleaning, each of which writes the bucket indexes",
       {.minimum = 1}},
      {"first_level_compaction_wait_period", &Config::first_level_compaction_wait_period,
       "Fresh blocks are left alone this long after their upload, for others of their time to "
       "arrive"},
      {"deletion_delay", &Config::deletion_delay,
       "Time between a block's mark for deletion and its removal: longer than readers take to "
       "notice what replaces it"},
      {"tenant_cleanup_delay", &Config::tenant_cleanup_delay,
       "Time between a deleted tenant's last block and its last marks"},
      {"partial_block_deletion_delay", &Config::partial_block_deletion_delay,
       "Blocks without meta.json whose files have not changed for this long are marked for "
       "deletion; 0: never"},
      {"blocks_retention_period", &Config::blocks_retention_period,
       "Blocks that end before this are marked for deletion; 0: never"},
      {"retention_per_matcher", &Config::retention_per_matcher,
       "Shorter retention of single series, by selector: {'{env=\"dev\"}' = \"7d\"}; applied when "
       "blocks are rewritten"},
      {"downsampling", &Config::downsampling,
       "Whether blocks of aggregates over 5 minutes and over an hour are made beside blocks of "
       "samples. Mimir cannot read them: not in a bucket that it reads, too"},
      {"downsample_5m_after",
       &Config::downsample_5m_after,
       "Age of a block's end from which on it is downsampled to 5 minutes; longer than blocks take "
       "to be merged into the largest range",
       {.minimum = 0}},
      {"downsample_1h_after",
       &Config::downsample_1h_after,
       "Age of a block's end from which on it is downsampled to an hour",
       {.minimum = 0}},
      {"blocks_retention_period_5m", &Config::blocks_retention_period_5m,
       "Retention of aggregates over 5 minutes; 0: blocks_retention_period"},
      {"blocks_retention_period_1h", &Config::blocks_retention_period_1h,
       "Retention of aggregates over an hour; 0: blocks_retention_period"},
      {"deletion_request_age", &Config::deletion_request_age,
       "Requests to delete series are kept at least this long: longer than a sample may be "
       "anywhere but in the bucket"},
      {"split_and_merge_shards",
       &Config::split_and_merge_shards,
       "Blocks that a tenant's series are split into, by their hash; 0: none",
       {.minimum = 0, .maximum = 1024}},
      {"split_groups",
       &Config::split_groups,
       "Groups that the blocks of one time are split in",
       {.minimum = 1, .maximum = 1024}},
      {"block_upload_enabled", &Config::block_upload_enabled, "Whether tenants may upload blocks"},
      {"max_block_upload_validation_concurrency",
       &Config::max_block_upload_validation_concurrency,
       "Uploaded blocks that are validated at once; more are answered 429; 0: any number",
       {.minimum = 0}},
      {"store_timeout", &Config::store_timeout, "Longest call to the store", {.minimum = 1}},
      {"compactor_tenant_shard_size",
       &Config::compactor_tenant_shard_size,
       "Of a ring: only so many compactors work for a tenant; 0: all",
       {.minimum = 0, .maximum = 1e6}},
      {"kv_prefix", &Config::kv_prefix, "How keys of leases begin in the kv store"},
      {"lease_ttl",
       &Config::lease_ttl,
       "So long after a compactor's death others can take over what it was doing",
       {.minimum = 300, .maximum = 86'400'000}}};
  return kSchema;
}

Status Config::Validate() const {
  if (block_ranges.empty()) return InvalidArgument("block_ranges names no range");
  int64_t before = 0;
  for (const std::string& text : block_ranges) {
    KVS_ASSIGN_OR_RETURN(const int64_t range, ParseDurationMs(text));
    if (range <= before || (before != 0 && range % before != 0)) {
      return InvalidArgument("block_ranges: ", text, " is not a multiple of the range before it");
    }
    before = range;
  }
  for (const auto& [selector, period] : retention_per_matcher) {
    const auto parsed = promql::ParseMetricSelector(selector);
    if (!parsed.ok()) return Annotate(parsed.status(), "retention_per_matcher: ", selector);
    KVS_RETURN_IF_ERROR(ParseDurationMs(period).status());
  }
  return OkStatus();
}

std::vector<int64_t> Config::ranges_ms() const {
  std::vector<int64_t> out;
  for (const std::string& text : block_ranges) out.push_back(ParseDurationMs(text).value());
  return out;
}

}  // namespace kvs::compactor
