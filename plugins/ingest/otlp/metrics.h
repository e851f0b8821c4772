// SPDX-License-Identifier: Apache-2.0
// What ingest.otlp counts beside what every way in does.
#pragma once

#include "kvs/sdk/host.h"

namespace kvs::ingest::otlp {

struct Metrics {
  explicit Metrics(const sdk::Metrics& m)
      : requests(m.CounterFamily("cortex_distributor_otlp_requests_total",
                                 "OTLP requests that came in, refused ones included.", {"user"})),
        by_content_type(m.CounterFamily("cortex_distributor_otlp_requests_by_content_type_total",
                                        "OTLP requests that could be read, by encoding.",
                                        {"content_type"})),
        points(
            m.CounterFamily("kvs_ingest_otlp_points_total", "Data points that came in.", {"user"})),
        rejected_points(m.CounterFamily("kvs_ingest_otlp_rejected_points_total",
                                        "Data points that could not be translated.", {"user"})),
        delta_streams(m.Gauge("kvs_ingest_otlp_delta_streams",
                              "Series of delta temporality that are added up in memory.")) {}

  sdk::Family requests;
  sdk::Family by_content_type;
  sdk::Family points;
  sdk::Family rejected_points;
  sdk::Cell delta_streams;
};

}  // namespace kvs::ingest::otlp
