// SPDX-License-Identifier: Apache-2.0
#include "config.h"

#include <algorithm>

namespace kvs::head {
namespace {

constexpr const char* kDurabilities[] = {"batch", "os", "none", nullptr};

}  // namespace

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema{
      {"data_dir", &Config::data_dir, "Folder of the write-ahead log and of blocks"},
      {"durability",
       &Config::durability,
       "When a write is acknowledged: 'batch' once it is synced to disk, 'os' once the operating "
       "system has it, 'none' at once",
       {.choices = kDurabilities}},
      {"block_retention", &Config::block_retention,
       "How long a block stays on the local disk once the store has it, or without a store once it "
       "is cut"},
      {"idle_timeout", &Config::idle_timeout,
       "A tenant without new samples for so long has everything in memory cut to blocks"},
      {"max_block_bytes", &Config::max_block_bytes,
       "Above it shipped blocks go early, and the head is degraded while those not shipped are "
       "more; "
       "0: no limit"},
      {"ship_concurrency",
       &Config::ship_concurrency,
       "Blocks that are shipped at a time",
       {.minimum = 1, .maximum = 64}},
      {"out_of_order_time_window", &Config::out_of_order_time_window,
       "How far behind the newest sample of its tenant an out-of-order sample may be; 0: none is "
       "taken"},
      {"max_sample_age", &Config::max_sample_age,
       "Samples further behind the newest of their tenant are too old, unless the out-of-order "
       "window reaches further"},
      {"wal_segment_size", &Config::wal_segment_size, "Size of a file of the write-ahead log"},
      {"checkpoint_after", &Config::checkpoint_after,
       "A checkpoint is written when the log has grown by so much, labels aside, and by half of "
       "the "
       "last one"},
      {"max_exemplars", &Config::max_exemplars,
       "Exemplars kept of all tenants, the newest ones; 0: none"},
      {"max_metadata_per_user", &Config::max_metadata_per_user,
       "Metric metadata kept of a tenant; 0: none"},
      {"max_series",
       &Config::max_series,
       "Series in memory of all tenants together; writes that would make more are answered 503. "
       "0: no limit",
       {.minimum = 0}},
      {"max_tenants",
       &Config::max_tenants,
       "Tenants that have written since the start; further ones are answered 503. 0: no limit",
       {.minimum = 0}},
      {"max_ingestion_rate",
       &Config::max_ingestion_rate,
       "Samples a second of all tenants together, a mean over the last seconds; above it writes "
       "are answered 503. 0: no limit",
       {.minimum = 0}},
      {"max_inflight_push_requests",
       &Config::max_inflight_push_requests,
       "Writes under way at a time, those that wait for the disk included; more are answered 503. "
       "0: no limit",
       {.minimum = 0}},
      {"max_inflight_push_requests_bytes", &Config::max_inflight_push_requests_bytes,
       "Bytes of the writes under way at a time; more are answered 503. 0: no limit"},
      {"max_inflight_read_requests",
       &Config::max_inflight_read_requests,
       "Reads under way at a time, until their answer is read; more are answered 503. 0: no limit",
       {.minimum = 0}},
      {"read_path_cpu_utilization_limit", &Config::read_path_cpu_utilization_limit,
       "Processors that the process may keep busy, a mean over the last minute; above it reads are "
       "answered 503, so that writes go on. 0: no limit"},
      {"read_path_memory_utilization_limit", &Config::read_path_memory_utilization_limit,
       "Resident bytes of the process; above it reads are answered 503. 0: no limit"},
      {"enable_features", &Config::enable_features,
       "Prometheus feature flags: st-storage keeps the start timestamps of float samples, in XOR2 "
       "chunks that Prometheus reads from 3.11 on; histograms-st-encoding those of native "
       "histograms as well, in chunks whose encoding Prometheus may still change"},
  };
  return kSchema;
}

Status Config::Validate() const {
  if (data_dir.empty()) return InvalidArgument("data_dir is empty");
  if (block_retention.ms <= 0) return InvalidArgument("block_retention is not above 0");
  if (max_block_bytes.bytes < 0) return InvalidArgument("max_block_bytes is below 0");
  if (max_inflight_push_requests_bytes.bytes < 0)
    return InvalidArgument("max_inflight_push_requests_bytes is below 0");
  if (read_path_cpu_utilization_limit < 0)
    return InvalidArgument("read_path_cpu_utilization_limit is below 0");
  if (read_path_memory_utilization_limit.bytes < 0)
    return InvalidArgument("read_path_memory_utilization_limit is below 0");
  if (idle_timeout.ms <= 0) return InvalidArgument("idle_timeout is not above 0");
  if (max_sample_age.ms <= 0) return InvalidArgument("max_sample_age is not above 0");
  if (checkpoint_after.bytes < (1 << 16)) return InvalidArgument("checkpoint_after is below 64KiB");
  if (wal_segment_size.bytes < (1 << 16)) return InvalidArgument("wal_segment_size is below 64KiB");
  if (max_exemplars < 0 || max_metadata_per_user < 0)
    return InvalidArgument("a maximum is below 0");
  for (const std::string& feature : enable_features) {
    if (feature != kStStorage && feature != kHistogramSt) {
      return InvalidArgument("enable_features: \"", feature, "\" is unknown; there are ",
                             kStStorage, " and ", kHistogramSt);
    }
  }
  if (histogram_st() && !st_storage())
    return InvalidArgument("enable_features: ", kHistogramSt, " wants ", kStStorage, " as well");
  return OkStatus();
}

bool Config::Enables(std::string_view feature) const {
  return std::find(enable_features.begin(), enable_features.end(), feature) !=
         enable_features.end();
}

}  // namespace kvs::head
