// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>

#include "kvs/sdk/config.h"

namespace kvs::source::blocks {

struct Config {
  std::string data_dir = "./data/blocks";
  std::string discovery = "auto";
  sdk::Duration sync_interval{15 * 60'000};
  sdk::Duration max_stale_period{60 * 60'000};
  sdk::Duration ignore_deletion_mark_delay{60 * 60'000};
  sdk::Duration ignore_blocks_within{0};
  sdk::Duration query_store_after{0};
  bool strict = false;
  sdk::ByteSize max_bytes_per_query{int64_t{1} << 30};
  sdk::ByteSize max_bytes_in_flight{int64_t{2} << 30};
  sdk::ByteSize fetch_gap{64 << 10};
  sdk::ByteSize fetch_ahead{16 << 20};
  int64_t fetch_concurrency = 16;
  sdk::ByteSize headers_size{int64_t{64} << 30};
  sdk::Duration headers_idle_timeout{60 * 60'000};
  int64_t tenant_shard_size = 0;

  static const sdk::Schema<Config>& Schema();
};

/// How often it is looked whether something is due: soon enough for what is due after sync_interval.
inline int64_t LookPeriodMs(const Config& config) {
  return std::clamp<int64_t>(config.sync_interval.ms / 4, 50, 10'000);
}

/// Of source.blocks_ring: what of Config is about finding blocks, and whom to ask.
struct RingConfig : Config {
  std::string prefer_zone;

  static const sdk::Schema<RingConfig>& Schema();
};

}  // namespace kvs::source::blocks
