// SPDX-License-Identifier: Apache-2.0
#include "metrics.h"

namespace kvs::sink::validate {

Metrics::Metrics(const sdk::Metrics& registry)
    : discarded_samples(registry.CounterFamily("cortex_discarded_samples_total",
                                               "Samples refused, by reason", {"reason", "user"})),
      discarded_exemplars(registry.CounterFamily(
          "cortex_discarded_exemplars_total", "Exemplars dropped, by reason", {"reason", "user"})),
      discarded_metadata(registry.CounterFamily("cortex_discarded_metadata_total",
                                                "Metadata refused, by reason", {"reason", "user"})),
      discarded_requests(registry.CounterFamily("cortex_discarded_requests_total",
                                                "Requests refused, by reason", {"reason", "user"})),
      shortened(registry.CounterFamily("kvs_sink_validate_series_shortened_total",
                                       "Series that came with a label value too long", {"user"})),
      judged(registry.Counter(
          "kvs_sink_validate_series_judged_total",
          "Series whose labels were read because they were not known as valid.")) {}

}  // namespace kvs::sink::validate
