// SPDX-License-Identifier: Apache-2.0
// EnforceSource: adds the matchers that bind the caller (kvs/sdk/identity.h) to everything that is
// asked. For a caller that is not bound, one indirect call. To one that is, series that do not
// match do not exist: not their samples, names, values, exemplars or metadata.
#pragma once

#include "kvs/sdk/component.h"
#include "kvs/sdk/port/series_source.h"
#include "kvs/sdk/task.h"

#include "config.h"

namespace kvs::source::enforce {

class EnforceSource final : public sdk::Component, public sdk::SeriesSource {
 public:
  EnforceSource(sdk::Host, Config) {}

  sdk::SourceRef next;

  sdk::Outcome Select(const sdk::Call& call, const kvs_select_t& in, kvs_series_cursor_t& out,
                      sdk::Completer& completer) override;
  sdk::Outcome LabelNames(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out,
                          sdk::Completer& completer) override;
  sdk::Outcome LabelValues(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out,
                           sdk::Completer& completer) override;
  sdk::Outcome Metadata(const sdk::Call& call, const kvs_metadata_query_t& in,
                        kvs_metadata_list_t& out, sdk::Completer& completer) override;
  sdk::Outcome Exemplars(const sdk::Call& call, const kvs_label_query_t& in,
                         kvs_exemplar_list_t& out, sdk::Completer& completer) override;

 private:
  sdk::Task SelectBound(sdk::Call call, const kvs_select_t& in, kvs_series_cursor_t& out);
  template <typename Out>
  sdk::Outcome AskLabels(const sdk::Method<kvs_label_query_t, Out>& method, const sdk::Call& call,
                         const kvs_label_query_t& in, Out& out, sdk::Completer& completer);
  template <typename Out>
  static sdk::Task AskLabelsBound(sdk::Method<kvs_label_query_t, Out> method, sdk::Call call,
                                  const kvs_label_query_t& in, Out& out);
  sdk::Task MetadataBound(sdk::Call call, const kvs_metadata_query_t& in, kvs_metadata_list_t& out);
};

}  // namespace kvs::source::enforce
