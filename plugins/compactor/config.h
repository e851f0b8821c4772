// SPDX-License-Identifier: Apache-2.0
// Settings of the compactor.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "kvs/sdk/config.h"

namespace kvs::compactor {

struct Config {
  std::string data_dir = "./data/compactor";
  std::vector<std::string> block_ranges = {"2h", "12h", "24h"};
  sdk::Duration compaction_interval{3'600'000};
  sdk::Duration cleanup_interval{900'000};
  sdk::Duration first_level_compaction_wait_period{1'500'000};
  sdk::Duration deletion_delay{43'200'000};
  sdk::Duration tenant_cleanup_delay{21'600'000};
  sdk::Duration partial_block_deletion_delay{86'400'000};
  sdk::Duration blocks_retention_period{0};
  std::map<std::string, std::string> retention_per_matcher;
  bool downsampling = false;
  sdk::Duration downsample_5m_after{144'000'000};
  sdk::Duration downsample_1h_after{864'000'000};
  sdk::Duration blocks_retention_period_5m{0};  ///< 0: blocks_retention_period.
  sdk::Duration blocks_retention_period_1h{0};  ///< 0: blocks_retention_period.
  sdk::Duration deletion_request_age{172'800'000};
  int64_t split_and_merge_shards = 0;
  int64_t split_groups = 1;
  bool block_upload_enabled = false;
  int64_t max_block_upload_validation_concurrency = 1;
  sdk::Duration store_timeout{300'000};
  int64_t compactor_tenant_shard_size = 0;
  std::string kv_prefix = "compactor/";
  sdk::Duration lease_ttl{60'000};

  static const sdk::Schema<Config>& Schema();
  Status Validate() const;
  /// block_ranges in milliseconds; they are valid.
  std::vector<int64_t> ranges_ms() const;
};

}  // namespace kvs::compactor
