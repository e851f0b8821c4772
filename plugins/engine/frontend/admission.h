// SPDX-License-Identifier: Apache-2.0
// Whether a query may be asked, and what it is: the tenant's limits on queries as a whole are
// looked at here, once, and not again for each part.
#pragma once

#include <optional>
#include <string>

#include "kvs/abi/port/query_engine.h"
#include "kvs/promql/parser.h"
#include "kvs/query/query_rules.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/host.h"
#include "kvs/sdk/port/limiter.h"

#include "config.h"
#include "shard/shardable.h"
#include "split/shape.h"
#include "tenant_limits.h"

namespace kvs::engine::frontend {

/// A query that was let in.
struct Admitted {
  kvs_query_t query{};  ///< To be handed on; its text is the caller's.
  /// False: it is handed on as it is, because only the engine can say what is wrong with it, or
  /// because its parts would be other queries.
  bool can_be_cut = false;
  std::string printed;  ///< As Prometheus prints it.
  Shape shape;
  std::optional<Shardable> shardable;
  TenantLimits limits;
  bool is_range() const { return (query.flags & KVS_QUERY_RANGE) != 0; }
};

/// [worker]
class Admission {
 public:
  Admission(const sdk::Host& host, const Config& config);

  /// InvalidArgument and ResourceExhausted with Mimir's ids for what the tenant may not ask.
  StatusOr<Admitted> Admit(const sdk::LimiterRef& limiter, const sdk::Call& call,
                           const kvs_query_t& in);

 private:
  const Config& config_;
  const sdk::Clock clock_;
  promql::ParserOptions syntax_;
  query::QueryRuleBook rules_;
};

}  // namespace kvs::engine::frontend
