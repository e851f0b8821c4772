// SPDX-License-Identifier: Apache-2.0
// What every way in counts of its requests. The names are Mimir's, so that its dashboards and
// alerts work.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "kvs/sdk/host.h"

namespace kvs::sdk {

/// The cells of one tenant. Valid as long as the PushMetrics.
struct TenantPushMetrics {
  Cell samples_in;           ///< cortex_distributor_samples_in_total{user}
  Cell exemplars_in;         ///< cortex_distributor_exemplars_in_total{user}
  Cell metadata_in;          ///< cortex_distributor_metadata_in_total{user}
  Cell received_requests;    ///< cortex_distributor_received_requests_total{user}
  Cell received_samples;     ///< cortex_distributor_received_samples_total{user}
  Cell received_histograms;  ///< cortex_distributor_received_native_histogram_samples_total{user}
  Cell received_buckets;     ///< cortex_distributor_received_native_histogram_buckets_total{user}
  Cell received_exemplars;   ///< cortex_distributor_received_exemplars_total{user}
  Cell received_metadata;    ///< cortex_distributor_received_metadata_total{user}
  Cell body_bytes;      ///< cortex_distributor_uncompressed_request_body_size_bytes{user, handler}
  Cell latest_seconds;  ///< cortex_distributor_latest_seen_sample_timestamp_seconds{user}
};

/// Several components may have one each: the host adds equal names and labels up. [any]
class PushMetrics {
 public:
  /// `handler` is the label of that name, eg: "push".
  PushMetrics(const Metrics& registry, std::string_view handler);

  /// Made on first use.
  const TenantPushMetrics& Of(std::string_view tenant);
  /// cortex_distributor_requests_in_total{user, version}; takes a lock.
  Cell RequestsIn(std::string_view tenant, std::string_view version) const {
    return requests_in_.With({tenant, version});
  }

  Cell refusals_held;  ///< kvs_push_refusals_held_total

 private:
  Family requests_in_, samples_in_, exemplars_in_, metadata_in_;
  Family received_requests_, received_samples_, received_exemplars_, received_metadata_;
  Family received_histograms_, received_buckets_;
  Family body_bytes_, latest_seconds_;
  const std::string handler_;

  std::mutex mutex_;
  std::unordered_map<std::string, std::unique_ptr<TenantPushMetrics>>
      tenants_;  // Guarded by mutex_.
};

}  // namespace kvs::sdk
