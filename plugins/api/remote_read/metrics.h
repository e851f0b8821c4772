// SPDX-License-Identifier: Apache-2.0
// What api.remote_read counts.
#pragma once

#include "kvs/sdk/host.h"

namespace kvs::api::remote_read {

struct Metrics {
  explicit Metrics(const sdk::Metrics& m)
      : requests(m.CounterFamily("kvs_api_remote_read_requests_total",
                                 "Requests by form of the answer and tenant.",
                                 {"response_type", "user"})),
        response_bytes(m.CounterFamily("kvs_api_remote_read_response_bytes_total",
                                       "Bytes of answers, before compression.", {"user"})),
        recoded_series(m.Counter("kvs_api_remote_read_recoded_series_total",
                                 "Series whose chunks overlapped or had an encoding of their own, "
                                 "and were written anew for the reader.")),
        refused(m.Counter("kvs_api_remote_read_refused_total",
                          "Requests refused because too many were waiting.")) {}

  sdk::Family requests;
  sdk::Family response_bytes;
  sdk::Cell recoded_series;
  sdk::Cell refused;
};

}  // namespace kvs::api::remote_read
