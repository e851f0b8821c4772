// SPDX-License-Identifier: Apache-2.0
// Every metric of sink.relabel.
#pragma once

#include "kvs/sdk/host.h"

namespace kvs::sink::relabel {

struct Metrics {
  explicit Metrics(const sdk::Metrics& m)
      : discarded(m.CounterFamily("cortex_discarded_samples_total", "Samples refused, by reason",
                                  {"reason", "user"})),
        bad_rules(m.CounterFamily("kvs_sink_relabel_bad_rules_total",
                                  "Times the rules of a tenant could not be used.", {"user"})) {}

  sdk::Family discarded;
  sdk::Family bad_rules;
};

}  // namespace kvs::sink::relabel
