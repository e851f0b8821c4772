// SPDX-License-Identifier: Apache-2.0
// DeletionSource: a source without the samples that tenants have deleted, of whatever the source
// before it has: head, blocks, both.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kvs/sdk/component.h"
#include "kvs/sdk/port/http_routes.h"
#include "kvs/sdk/port/object_store.h"
#include "kvs/sdk/port/series_source.h"

#include "config.h"
#include "deletion_list.h"
#include "endpoint.h"
#include "living_labels.h"

namespace kvs::source::deletions {

class DeletionSource final : public sdk::Component, public sdk::SeriesSource {
 public:
  DeletionSource(sdk::Host host, Config config);

  sdk::Outcome Start(const sdk::Call& call, sdk::Completer& completer) override;
  sdk::Outcome Stop(const sdk::Call& call, sdk::Completer& completer) override;

  sdk::Outcome Select(const sdk::Call& call, const kvs_select_t& in, kvs_series_cursor_t& out,
                      sdk::Completer& completer) override;
  /// Without those that only deleted series have.
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
  using LivingLabels = StatusOr<std::vector<std::string>> (*)(const LabelQuestion&);

  /// Those that delete anything between the times.
  StatusOr<Rules> RulesFor(const sdk::Call& call, int64_t min_ms, int64_t max_ms);
  sdk::Outcome AskLabels(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out,
                         sdk::Completer& completer,
                         const sdk::Method<kvs_label_query_t, kvs_strings_t>& method,
                         LivingLabels living);

  const Config config_;
  const sdk::Host host_;
  DeletionLists lists_;
  std::unique_ptr<Endpoint> delete_, list_;
};

}  // namespace kvs::source::deletions
