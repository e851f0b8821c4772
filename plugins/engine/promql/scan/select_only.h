// SPDX-License-Identifier: Apache-2.0
// Sources between an evaluation and the source of the engine.
#pragma once

#include "kvs/sdk/port/series_source.h"

namespace kvs::engine::promql {

/// Serves Select() alone, which is all that an evaluation uses.
class SelectOnly : public sdk::SeriesSource {
 public:
  sdk::Outcome LabelNames(const sdk::Call&, const kvs_label_query_t&, kvs_strings_t&,
                          sdk::Completer&) override {
    return Unimplemented("an evaluation asks for no label names");
  }
  sdk::Outcome LabelValues(const sdk::Call&, const kvs_label_query_t&, kvs_strings_t&,
                           sdk::Completer&) override {
    return Unimplemented("an evaluation asks for no label values");
  }
  sdk::Outcome Metadata(const sdk::Call&, const kvs_metadata_query_t&, kvs_metadata_list_t&,
                        sdk::Completer&) override {
    return Unimplemented("an evaluation asks for no metadata");
  }
  sdk::Outcome Exemplars(const sdk::Call&, const kvs_label_query_t&, kvs_exemplar_list_t&,
                         sdk::Completer&) override {
    return Unimplemented("an evaluation asks for no exemplars");
  }
};

}  // namespace kvs::engine::promql
