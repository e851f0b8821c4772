// SPDX-License-Identifier: Apache-2.0
// Every metric of sink.usage. The cortex_ names are Mimir's.
#pragma once

#include "kvs/sdk/host.h"

namespace kvs::sink::usage {

struct Metrics {
  explicit Metrics(const sdk::Metrics& m)
      : active(m.GaugeFamily("cortex_ingester_active_series",
                             "Number of currently active series per user.", {"user"})),
        tracked(m.GaugeFamily("cortex_ingester_active_series_custom_tracker",
                              "Number of currently active series matching a pre-configured label "
                              "matchers per user.",
                              {"user", "name"})),
        histograms(m.GaugeFamily("cortex_ingester_active_native_histogram_series",
                                 "Number of currently active native histogram series per user.",
                                 {"user"})),
        tracked_histograms(
            m.GaugeFamily("cortex_ingester_active_native_histogram_series_custom_tracker",
                          "Number of currently active native histogram series matching a "
                          "pre-configured label matchers per user.",
                          {"user", "name"})),
        buckets(m.GaugeFamily("cortex_ingester_active_native_histogram_buckets",
                              "Number of buckets of currently active native histogram series per "
                              "user.",
                              {"user"})),
        tracked_buckets(
            m.GaugeFamily("cortex_ingester_active_native_histogram_buckets_custom_tracker",
                          "Number of buckets of currently active native histogram series matching "
                          "a pre-configured label matchers per user.",
                          {"user", "name"})),
        attributed_samples(m.CounterFamily("kvs_sink_usage_attributed_samples_total",
                                           "Samples accepted, by the values of the tenant's "
                                           "cost_attribution_labels.",
                                           {"user", "labels", "values"})),
        attributed_series(m.GaugeFamily("kvs_sink_usage_attributed_active_series",
                                        "Active series, by the values of the tenant's "
                                        "cost_attribution_labels.",
                                        {"user", "labels", "values"})) {}

  sdk::Family active;
  sdk::Family tracked;
  sdk::Family histograms;
  sdk::Family tracked_histograms;
  sdk::Family buckets;
  sdk::Family tracked_buckets;
  sdk::Family attributed_samples;
  sdk::Family attributed_series;
};

}  // namespace kvs::sink::usage
