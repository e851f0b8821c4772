// SPDX-License-Identifier: Apache-2.0
// What ingest.influx counts beside what every way in does.
#pragma once

#include "kvs/sdk/host.h"

namespace kvs::ingest::influx {

struct Metrics {
  explicit Metrics(const sdk::Metrics& m)
      : requests(m.CounterFamily("cortex_distributor_influx_requests_total",
                                 "Influx requests that came in, refused ones included.", {"user"})),
        bad_lines(m.CounterFamily("kvs_ingest_influx_bad_lines_total",
                                  "Lines that could not be read.", {"user"})),
        text_fields(m.CounterFamily("kvs_ingest_influx_text_fields_total",
                                    "Fields left out because they hold text.", {"user"})) {}

  sdk::Family requests;
  sdk::Family bad_lines;
  sdk::Family text_fields;
};

}  // namespace kvs::ingest::influx
