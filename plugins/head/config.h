// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/sdk/config.h"

namespace kvs::head {

struct Config {
  std::string data_dir = "./data/head";
  std::string durability = "batch";
  sdk::Duration block_retention{13 * 60 * 60 * 1000};
  sdk::Duration idle_timeout{60 * 60 * 1000};
  sdk::ByteSize max_block_bytes{0};
  int64_t ship_concurrency = 4;
  sdk::Duration out_of_order_time_window{0};
  sdk::Duration max_sample_age{60 * 60 * 1000};
  sdk::ByteSize wal_segment_size{128 << 20};
  sdk::ByteSize checkpoint_after{256 << 20};
  int64_t max_exemplars = 100'000;
  int64_t max_metadata_per_user = 100'000;
  // Of all tenants together; 0: no limit.
  int64_t max_series = 0;
  int64_t max_tenants = 0;
  int64_t max_ingestion_rate = 0;
  int64_t max_inflight_push_requests = 30'000;
  sdk::ByteSize max_inflight_push_requests_bytes{0};
  int64_t max_inflight_read_requests = 0;
  double read_path_cpu_utilization_limit = 0;
  sdk::ByteSize read_path_memory_utilization_limit{0};
  std::vector<std::string> enable_features;

  /// Whether start timestamps of floats are kept, and those of histograms as well.
  bool st_storage() const { return Enables(kStStorage); }
  bool histogram_st() const { return Enables(kHistogramSt); }

  static const sdk::Schema<Config>& Schema();
  Status Validate() const;

 private:
  // Prometheus' names.
  static constexpr std::string_view kStStorage = "st-storage";
  static constexpr std::string_view kHistogramSt = "histograms-st-encoding";

  bool Enables(std::string_view feature) const;
};

}  // namespace kvs::head
