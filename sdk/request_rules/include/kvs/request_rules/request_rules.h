// SPDX-License-Identifier: Apache-2.0
// Requests that a tenant may not send: blocked_requests, in the shape and the words of Mimir, where
// its query-frontend holds them. For every plugin that answers reads over HTTP:
//
//   KVS_RETURN_IF_ERROR(rules_.Check(limits, call, request, params));
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kvs/abi/port/http_routes.h"
#include "kvs/base/mutex.h"
#include "kvs/base/status.h"
#include "kvs/http/params.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/host.h"
#include "kvs/sdk/port/limiter.h"

namespace re2 {
class RE2;
}

namespace kvs::request_rules {

/// The rules of one tenant. Immutable. [any]
class RequestRules {
 public:
  struct Param {
    std::string name;
    std::string value;
    std::shared_ptr<const re2::RE2> regex;  ///< Null: the value itself.
  };
  /// All that is named must hold; of several params, one.
  struct Rule {
    std::string path;  ///< Empty: any; likewise below.
    std::string method;
    std::vector<Param> params;
  };

  /// From a JSON list; an empty text has no rules. `problems` says which rules cannot be used; the
  /// others count.
  static RequestRules Parse(std::string_view json, std::vector<std::string>* problems);

  bool empty() const { return rules_.empty(); }
  bool Blocks(std::string_view method, std::string_view path, const http::Params& params) const;

 private:
  std::vector<Rule> rules_;
};

/// The rules of all tenants, as the limiter said last. Keeps some 100 bytes a tenant that reads,
/// and its rules. [worker]
class RequestRuleBook {
 public:
  explicit RequestRuleBook(const sdk::Host& host);

  /// InvalidArgument with err-mimir-request-blocked where a rule of any tenant of the call says so.
  /// `params` are those of the query and, where there is one, of the form: a rule that names a
  /// parameter cannot be got round by sending it in the body.
  Status Check(const sdk::LimiterRef& limiter, const sdk::Call& call,
               const kvs_http_request_t& request, const http::Params& params);

 private:
  struct Entry {
    uint64_t epoch = 0;
    std::shared_ptr<const RequestRules> rules;  ///< Null: none.
  };
  StatusOr<std::shared_ptr<const RequestRules>> RulesOf(const sdk::LimiterRef& limiter,
                                                        const sdk::Call& call,
                                                        std::string_view tenant);

  const sdk::Log log_;
  const sdk::Family rejected_;
  Mutex mutex_;
  std::unordered_map<std::string, Entry> tenants_ KVS_GUARDED_BY(mutex_);
};

}  // namespace kvs::request_rules
