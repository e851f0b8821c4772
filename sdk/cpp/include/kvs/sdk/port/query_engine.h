// SPDX-License-Identifier: Apache-2.0
// kvs.query_engine/1 from C++: derive from QueryEngine to provide it, hold a EngineRef to use it. The contract of each function stands in
// kvs/abi/port/query_engine.h.
#pragma once

#include "kvs/abi/port/query_engine.h"
#include "kvs/sdk/ref.h"
#include "kvs/sdk/thunk.h"

namespace kvs::sdk {

/// Answers PromQL.
class QueryEngine {
 public:
  using Table = kvs_query_engine_table_t;
  static constexpr const char* kId = KVS_QUERY_ENGINE_V1;
  virtual ~QueryEngine() = default;

  virtual Outcome Query(const Call& call, const kvs_query_t& in, kvs_query_result_t& out, Completer& completer) = 0;

  /// Engines that answer one query at a time leave it: UNIMPLEMENTED. QuerySet asks either kind.
  virtual Outcome QueryBatch(const Call& /*call*/, const kvs_query_batch_t& /*in*/, kvs_query_answers_t& /*out*/,
                             Completer& /*completer*/) {
    return Unimplemented("this engine answers one query at a time");
  }

  static const Table* table() {
    static constexpr Table kTable = {sizeof(Table), 0, &Thunk<&QueryEngine::Query>::Entry, &Thunk<&QueryEngine::QueryBatch>::Entry};
    return &kTable;
  }
};

class EngineRef : public RefBase<QueryEngine> {
 public:
  using RefBase::RefBase;
  Method<kvs_query_t, kvs_query_result_t> query() const { return {table()->query, self()}; }
  Method<kvs_query_batch_t, kvs_query_answers_t> query_batch() const { return {table()->query_batch, self()}; }
};

}  // namespace kvs::sdk
