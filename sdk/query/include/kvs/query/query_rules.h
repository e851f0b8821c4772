// SPDX-License-Identifier: Apache-2.0
// Queries that a tenant may not run, or not so often: blocked_queries and limited_queries, in the
// shape and the words of Mimir. A rule is compared with the query as it was sent and as Prometheus
// prints it, so that neither spaces nor comments get past it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kvs/abi/port/query_engine.h"
#include "kvs/base/mutex.h"
#include "kvs/base/status.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/host.h"
#include "kvs/sdk/port/limiter.h"

namespace re2 {
class RE2;
}

namespace kvs::query {

/// The rules of one tenant. Immutable. [any]
class QueryRules {
 public:
  struct Blocked {
    std::string pattern;                    ///< Trimmed; empty: any query.
    std::shared_ptr<const re2::RE2> regex;  ///< Null: the pattern is the query itself.
    std::string reason;
    std::string id;
    int64_t longer_than_ms = 0;  ///< 0: of any length; likewise below.
    int64_t step_shorter_than_ms = 0;
    bool unaligned_only = false;
  };
  struct Limited {
    std::string query;  ///< Trimmed.
    std::string id;
    int64_t allowed_frequency_ms = 0;
  };
  /// A query, as it was sent and as it is printed.
  struct Texts {
    std::string_view sent;
    std::string_view printed;
  };

  /// From JSON lists; empty ones have none. `problems` says which rules cannot be used; the others
  /// count.
  static QueryRules Parse(std::string_view blocked, std::string_view limited,
                          std::vector<std::string>* problems);

  bool empty() const { return blocked_.empty() && limited_.empty(); }
  /// The first rule that blocks the query; null: none does.
  const Blocked* FindBlocked(const kvs_query_t& in, const Texts& texts) const;
  /// The rule with the longest time among those that limit it; null: none does.
  const Limited* FindLimited(const Texts& texts) const;

 private:
  std::vector<Blocked> blocked_;
  std::vector<Limited> limited_;
};

/// The rules of all tenants, as the limiter said last, and when limited queries ran. [worker]
class QueryRuleBook {
 public:
  explicit QueryRuleBook(const sdk::Host& host);

  /// Whether any tenant of the call has rules: then, and only then, Check() wants the printed text.
  StatusOr<bool> HasRules(const sdk::LimiterRef& limiter, const sdk::Call& call);
  /// InvalidArgument with err-mimir-query-blocked, ResourceExhausted with err-mimir-query-limited.
  /// A query that may run counts as one that ran.
  Status Check(const sdk::Call& call, const kvs_query_t& in, std::string_view printed);

 private:
  struct Entry {
    uint64_t epoch = 0;
    std::shared_ptr<const QueryRules> rules;                  ///< Null: none.
    std::map<std::string, int64_t, std::less<>> last_run_ms;  ///< By the text of the rule.
  };

  Status Refresh(const sdk::LimiterRef& limiter, const sdk::Call& call, std::string_view tenant);
  Status CheckOf(std::string_view tenant, const kvs_query_t& in, const QueryRules::Texts& texts);
  std::shared_ptr<const QueryRules> RulesOf(std::string_view tenant);

  const sdk::Log log_;
  const sdk::Clock clock_;
  const sdk::Family rejected_;
  Mutex mutex_;
  std::unordered_map<std::string, Entry> tenants_ KVS_GUARDED_BY(mutex_);
};

}  // namespace kvs::query
