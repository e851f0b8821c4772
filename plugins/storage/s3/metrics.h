// SPDX-License-Identifier: Apache-2.0
// Every metric of the plugin.
#pragma once

#include "kvs/sdk/host.h"

namespace kvs::storage::s3 {

/// Of single requests, retries among them; calls of the port are measured by store.metrics.
struct Metrics {
  explicit Metrics(const sdk::Metrics& metrics)
      : requests(
            metrics.CounterFamily("kvs_storage_s3_requests_total",
                                  "Requests sent to the store, by what it answered; 0: nothing",
                                  {"operation", "status_code"})),
        seconds(metrics.HistogramFamily(
            "kvs_storage_s3_request_duration_seconds", "Time of single requests", {"operation"},
            {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60})),
        retries(metrics.CounterFamily("kvs_storage_s3_retries_total",
                                      "Requests that were sent again", {"operation"})),
        sent_bytes(metrics.Counter("kvs_storage_s3_sent_bytes_total", "Bytes of bodies sent")),
        received_bytes(
            metrics.Counter("kvs_storage_s3_received_bytes_total", "Bytes of bodies received")),
        credential_refreshes(metrics.CounterFamily("kvs_storage_s3_credential_refreshes_total",
                                                   "Roles assumed with a web identity",
                                                   {"outcome"})) {}
  sdk::Family requests, seconds, retries;
  sdk::Cell sent_bytes, received_bytes;
  sdk::Family credential_refreshes;
};

}  // namespace kvs::storage::s3
