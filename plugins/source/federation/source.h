// SPDX-License-Identifier: Apache-2.0
// FederatedSource: a read of "a|b" is a read of a and one of b, each under its own name, so that
// whatever counts and limits below does so for each. A read of one tenant is handed on as it came.
#pragma once

#include <string>
#include <vector>

#include "kvs/sdk/component.h"
#include "kvs/sdk/port/series_source.h"

#include "config.h"
#include "metrics.h"
#include "tenants.h"

namespace kvs::source::federation {

class FederatedSource final : public sdk::Component, public sdk::SeriesSource {
 public:
  FederatedSource(sdk::Host host, Config config);

  sdk::SourceRef next;

  // All of these wait. [worker]
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
  sdk::Outcome Tenants(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out,
                       sdk::Completer& completer) override;

 private:
  /// The tenants of a call that is about several; empty when it is about one, and `single` set.
  StatusOr<std::vector<std::string>> TenantsOf(const sdk::Call& call, int64_t min_ms,
                                               int64_t max_ms, bool* single) const;

  const Config config_;
  const Metrics metrics_;
};

}  // namespace kvs::source::federation
