// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kvs/sdk/port/series_source.h"

namespace kvs::testkit {

/// A source for tests that select alone: it answers nothing else.
class SelectSource : public sdk::SeriesSource {
 public:
  sdk::Outcome LabelNames(const sdk::Call&, const kvs_label_query_t&, kvs_strings_t&, sdk::Completer&) override {
    return Unimplemented("");
  }
  sdk::Outcome LabelValues(const sdk::Call&, const kvs_label_query_t&, kvs_strings_t&, sdk::Completer&) override {
    return Unimplemented("");
  }
  sdk::Outcome Metadata(const sdk::Call&, const kvs_metadata_query_t&, kvs_metadata_list_t&, sdk::Completer&) override {
    return Unimplemented("");
  }
  sdk::Outcome Exemplars(const sdk::Call&, const kvs_label_query_t&, kvs_exemplar_list_t&, sdk::Completer&) override {
    return Unimplemented("");
  }
};

}  // namespace kvs::testkit
