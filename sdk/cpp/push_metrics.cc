// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/push_metrics.h"

namespace kvs::sdk {

PushMetrics::PushMetrics(const Metrics& registry, std::string_view handler)
    : refusals_held(registry.Counter("kvs_push_refusals_held_total",
                                     "Refusals that were told later, since their tenant has more "
                                     "of them a second than refusals_per_second.")),
      requests_in_(registry.CounterFamily("cortex_distributor_requests_in_total",
                                          "Requests that came in, refused ones included.",
                                          {"user", "version"})),
      samples_in_(registry.CounterFamily("cortex_distributor_samples_in_total",
                                         "Samples that came in, refused ones included.", {"user"})),
      exemplars_in_(registry.CounterFamily("cortex_distributor_exemplars_in_total",
                                           "Exemplars that came in, refused ones included.",
                                           {"user"})),
      metadata_in_(registry.CounterFamily("cortex_distributor_metadata_in_total",
                                          "Metadata that came in, refused ones included.",
                                          {"user"})),
      received_requests_(registry.CounterFamily("cortex_distributor_received_requests_total",
                                                "Requests that could be read.", {"user"})),
      received_samples_(registry.CounterFamily("cortex_distributor_received_samples_total",
                                               "Samples and histograms accepted.", {"user"})),
      received_exemplars_(registry.CounterFamily("cortex_distributor_received_exemplars_total",
                                                 "Exemplars accepted.", {"user"})),
      received_metadata_(registry.CounterFamily("cortex_distributor_received_metadata_total",
                                                "Metadata accepted.", {"user"})),
      received_histograms_(
          registry.CounterFamily("cortex_distributor_received_native_histogram_samples_total",
                                 "Native histograms of requests that were accepted.", {"user"})),
      received_buckets_(registry.CounterFamily(
          "cortex_distributor_received_native_histogram_buckets_total",
          "Buckets of native histograms of requests that were accepted.", {"user"})),
      body_bytes_(registry.HistogramFamily(
          "cortex_distributor_uncompressed_request_body_size_bytes",
          "Size of requests after decompression.", {"user", "handler"},
          {1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864})),
      latest_seconds_(
          registry.GaugeFamily("cortex_distributor_latest_seen_sample_timestamp_seconds",
                               "Unix time of the latest sample.", {"user"})),
      handler_(handler) {}

const TenantPushMetrics& PushMetrics::Of(std::string_view tenant) {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<TenantPushMetrics>& cells = tenants_[std::string(tenant)];
  if (cells == nullptr) {
    cells = std::make_unique<TenantPushMetrics>(TenantPushMetrics{
        samples_in_.With({tenant}), exemplars_in_.With({tenant}), metadata_in_.With({tenant}),
        received_requests_.With({tenant}), received_samples_.With({tenant}),
        received_histograms_.With({tenant}), received_buckets_.With({tenant}),
        received_exemplars_.With({tenant}), received_metadata_.With({tenant}),
        body_bytes_.With({tenant, handler_}), latest_seconds_.With({tenant})});
  }
  return *cells;
}

}  // namespace kvs::sdk
