// SPDX-License-Identifier: Apache-2.0
// DeletionSource: a source without the samples that tenants have deleted, of whatever the source
// before it has: head, blocks, both.
#pragma once

#include <memory>
#include <string_view>

#include "kvs/sdk/component.h"
#include "kvs/sdk/port/http_routes.h"
#include "kvs/sdk/port/object_store.h"
#include "kvs/sdk/port/series_source.h"

#include "config.h"
#include "deletion_list.h"
#include "endpoint.h"

namespace kvs::source::deletions {

class DeletionSource final : public sdk::Component, public sdk::SeriesSource {
 public:
  DeletionSource(sdk::Host host, Config config);

  sdk::Outcome Start(const sdk::Call& call, sdk::Completer& completer) override;
  sdk::Outcome Stop(const sdk::Call& call, sdk::Completer& completer) override;

  sdk::Outcome Select(const sdk::Call& call, const kvs_select_t& in, kvs_series_cursor_t& out,
                      sdk::Completer& completer) override;
  // Names and values of labels stay until the compactor has removed the series.
  sdk::Outcome LabelNames(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out,
                          sdk::Completer& completer) override;
  sdk::Outcome LabelValues(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out,
                           sdk::Completer& completer) override;
  sdk::Outcome Metadata(const sdk::Call& call, const kvs_metadata_query_t& in,
                        kvs_metadata_list_t& out, sdk::Completer& completer) override;
  sdk::Outcome Exemplars(const sdk::Call& call, const kvs_label_query_t& in,
                         kvs_exemplar_list_t& out, sdk::Completer& completer) override;
  sdk::Outcome Tenants(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out,
                       sdk::Completer& completer) override;

  sdk::SourceRef next;
  sdk::StoreRef store;
  sdk::RoutesRef http;  ///< May be empty.

 private:
  const Config config_;
  const sdk::Host host_;
  DeletionLists lists_;
  std::unique_ptr<Endpoint> delete_, list_;
};

}  // namespace kvs::source::deletions
