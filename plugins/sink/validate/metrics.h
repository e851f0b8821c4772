// SPDX-License-Identifier: Apache-2.0
// Every metric of sink.validate.
#pragma once

#include "kvs/sdk/host.h"

namespace kvs::sink::validate {

struct Metrics {
  explicit Metrics(const sdk::Metrics& registry);

  sdk::Family discarded_samples;    ///< cortex_discarded_samples_total{reason, user}
  sdk::Family discarded_exemplars;  ///< cortex_discarded_exemplars_total{reason, user}
  sdk::Family discarded_metadata;   ///< cortex_discarded_metadata_total{reason, user}
  sdk::Family discarded_requests;   ///< cortex_discarded_requests_total{reason, user}
  sdk::Family shortened;            ///< kvs_sink_validate_series_shortened_total{user}
  sdk::Cell judged;                 ///< kvs_sink_validate_series_judged_total
};

}  // namespace kvs::sink::validate
