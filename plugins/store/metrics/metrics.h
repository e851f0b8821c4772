// SPDX-License-Identifier: Apache-2.0
// Every metric of the plugin: those of Thanos' objstore package, which Mimir has, too.
#pragma once

#include <array>
#include <string_view>

#include "kvs/sdk/host.h"

#include "config.h"

namespace kvs::store::metrics {

/// What Thanos calls the operations. Exists is not among ours.
enum Operation : size_t { kIter, kGet, kGetRange, kUpload, kDelete, kAttributes, kOperations };
inline constexpr std::array<const char*, kOperations> kOperationNames = {
    "iter", "get", "get_range", "upload", "delete", "attributes"};

struct Metrics {
  struct Cells {
    sdk::Cell operations, failures, seconds, bytes;
  };
  Metrics(const sdk::Metrics& metrics, const Config& config) {
    const sdk::Metrics::Names labels = {"bucket", "component", "operation"};
    const sdk::Family operations = metrics.CounterFamily("thanos_objstore_bucket_operations_total",
                                                         "Operations against the bucket", labels);
    const sdk::Family failures = metrics.CounterFamily(
        "thanos_objstore_bucket_operation_failures_total",
        "Operations that failed, without those that only say what is there or who has given up",
        labels);
    const sdk::Family seconds = metrics.HistogramFamily(
        "thanos_objstore_bucket_operation_duration_seconds", "Time of successful operations",
        labels, {0.001, 0.01, 0.1, 0.3, 0.6, 1, 3, 6, 9, 20, 30, 60, 90, 120});
    const sdk::Family bytes = metrics.HistogramFamily(
        "thanos_objstore_bucket_operation_transferred_bytes", "Bytes that operations moved", labels,
        {32768, 131072, 524288, 2097152, 8388608, 33554432, 134217728, 536870912, 1073741824});
    for (size_t i = 0; i < kOperations; ++i) {
      const auto values = {std::string_view(config.bucket), std::string_view(config.component),
                           std::string_view(kOperationNames[i])};
      cells[i] = {operations.With(values), failures.With(values), seconds.With(values),
                  bytes.With(values)};
    }
    last_upload = metrics
                      .GaugeFamily("thanos_objstore_bucket_last_successful_upload_time",
                                   "When something was last uploaded, in Unix seconds",
                                   {"bucket", "component"})
                      .With({config.bucket, config.component});
  }
  std::array<Cells, kOperations> cells;
  sdk::Cell last_upload;
};

}  // namespace kvs::store::metrics
