// SPDX-License-Identifier: Apache-2.0
// Many sources as one: what source.merge is, and what a client of several machines needs.
#pragma once

#include <vector>

#include "kvs/sdk/port/series_source.h"

namespace kvs::sdk {

/// Asks every source at once and waits for all of them: one that fails fails the call, because an answer that silently
/// lacks data is worse than none. A series that several have becomes one, with the chunks of all. It waits, so a port that
/// shows it is marked blocking.
class MergedSource : public SeriesSource {
 public:
  Outcome Select(const Call& call, const kvs_select_t& in, kvs_series_cursor_t& out, Completer& completer) override;
  Outcome LabelNames(const Call& call, const kvs_label_query_t& in, kvs_strings_t& out, Completer& completer) override;
  Outcome LabelValues(const Call& call, const kvs_label_query_t& in, kvs_strings_t& out, Completer& completer) override;
  Outcome Metadata(const Call& call, const kvs_metadata_query_t& in, kvs_metadata_list_t& out, Completer& completer) override;
  Outcome Exemplars(const Call& call, const kvs_label_query_t& in, kvs_exemplar_list_t& out, Completer& completer) override;
  /// Of those sources that can list them; UNIMPLEMENTED when none can.
  Outcome Tenants(const Call& call, const kvs_label_query_t& in, kvs_strings_t& out, Completer& completer) override;

  std::vector<SourceRef> sources;
  /// For sources of which mostly the first alone has anything, as a head beside blocks of former days: it is asked as it is, at the
  /// same time as the others, and merged only when one of these has something. Merging needs it sorted and with all labels, which
  /// costs more than asking it twice.
  bool first_alone = false;

 private:
  Outcome SelectFirstAlone(const Call& call, const kvs_select_t& in, const kvs_select_t& sorted, kvs_series_cursor_t& out);
};

}  // namespace kvs::sdk
