// SPDX-License-Identifier: Apache-2.0
// kvs.indexer/1 from C++: derive from Indexer to provide it, hold a IndexerRef to use it. The contract of each function stands in
// kvs/abi/port/indexer.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kvs/abi/port/indexer.h"
#include "kvs/sdk/ref.h"
#include "kvs/sdk/thunk.h"

namespace kvs::sdk {

/// Label sets to series ids and back.
class Indexer {
 public:
  using Table = kvs_indexer_table_t;
  static constexpr const char* kId = KVS_INDEXER_V1;
  virtual ~Indexer() = default;

  virtual Outcome Resolve(const Call& call, const kvs_write_view_t& in, kvs_resolved_t& out, Completer& completer) = 0;
  virtual Outcome Select(const Call& call, const kvs_matchers_t& in, kvs_ids_t& out, Completer& completer) = 0;
  virtual Outcome Labels(const Call& call, const kvs_labels_query_t& in, kvs_label_columns_t& out, Completer& completer) = 0;
  virtual Outcome LabelNames(const Call& call, const kvs_label_query_t& in, kvs_strings_t& out, Completer& completer) = 0;
  virtual Outcome LabelValues(const Call& call, const kvs_label_query_t& in, kvs_strings_t& out, Completer& completer) = 0;
  virtual Outcome Remove(const Call& call, const kvs_ids_t& in, Completer& completer) = 0;
  virtual Outcome Stats(const Call& call, kvs_index_stats_t& out, Completer& completer) = 0;

  static const Table* table() {
    static constexpr Table kTable = {sizeof(Table), 0, &Thunk<&Indexer::Resolve>::Entry, &Thunk<&Indexer::Select>::Entry, &Thunk<&Indexer::Labels>::Entry, &Thunk<&Indexer::LabelNames>::Entry, &Thunk<&Indexer::LabelValues>::Entry, &Thunk<&Indexer::Remove>::Entry, &Thunk<&Indexer::Stats>::Entry};
    return &kTable;
  }
};

class IndexerRef : public RefBase<Indexer> {
 public:
  using RefBase::RefBase;
  Method<kvs_write_view_t, kvs_resolved_t> resolve() const { return {table()->resolve, self()}; }
  Method<kvs_matchers_t, kvs_ids_t> select() const { return {table()->select, self()}; }
  Method<kvs_labels_query_t, kvs_label_columns_t> labels() const { return {table()->labels, self()}; }
  Method<kvs_label_query_t, kvs_strings_t> label_names() const { return {table()->label_names, self()}; }
  Method<kvs_label_query_t, kvs_strings_t> label_values() const { return {table()->label_values, self()}; }
  Method<kvs_ids_t, void> remove() const { return {table()->remove, self()}; }
  Method<void, kvs_index_stats_t> stats() const { return {table()->stats, self()}; }
};

/// How many series a resolve may make: UINT32_MAX where its caller sets no bound, or is older than the bound.
inline uint32_t MaxCreated(const kvs_resolved_t& resolved) {
  const bool has_bound = resolved.struct_size >= offsetof(kvs_resolved_t, max_created) + sizeof(resolved.max_created);
  return has_bound && resolved.is_bounded != 0 ? resolved.max_created : UINT32_MAX;
}

/// How many series a metric may have: UINT32_MAX likewise.
inline uint32_t MaxPerMetric(const kvs_resolved_t& resolved) {
  const bool has_bound = resolved.struct_size >= offsetof(kvs_resolved_t, max_per_metric) + sizeof(resolved.max_per_metric);
  return has_bound && resolved.max_per_metric != 0 ? resolved.max_per_metric : UINT32_MAX;
}

}  // namespace kvs::sdk
