// SPDX-License-Identifier: Apache-2.0
// What a tenant's series are made of: label names and values by how many series they have, the
// active series themselves, and a search of names. Mimir's paths and shapes; over whatever source
// is wired, so over blocks as well as the head.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/http/params.h"
#include "kvs/request_rules/request_rules.h"
#include "kvs/sdk/component.h"
#include "kvs/sdk/port/http_routes.h"
#include "kvs/sdk/port/limiter.h"
#include "kvs/sdk/port/series_source.h"
#include "kvs/sdk/worker_handler.h"

#include "config.h"
#include "selector.h"
#include "tenant_bounds.h"

namespace kvs::api::cardinality {

class Api final : public sdk::Component {
 public:
  Api(sdk::Host host, Config config);

  sdk::RoutesRef http;
  sdk::SourceRef source;
  sdk::LimiterRef limits;  ///< May be empty.

  sdk::Outcome Start(const sdk::Call& call, sdk::Completer& completer) override;
  sdk::Outcome Stop(const sdk::Call& call, sdk::Completer& completer) override;

 private:
  struct Window {
    int64_t start_ms, end_ms;
  };
  /// A request, with what its tenant may ask for.
  struct Request {
    const http::Params& params;
    const TenantBounds& bounds;
  };
  using Method = StatusOr<std::string> (Api::*)(const sdk::Call&, const Request&);

  Status AddRoute(std::string_view methods, const std::string& path, Method method,
                  const char* content_type);
  /// The body of the answer to a request. [worker]
  StatusOr<std::string> Answer(const sdk::Call& call, const kvs_http_request_t& in, Method method);
  template <typename OnBatch>
  Status EachActiveBatch(const sdk::Call& call, const http::Params& params, kvs_select_t& select,
                         std::vector<std::string>* warnings, OnBatch on_batch);
  // Each answers with its body. [worker]
  StatusOr<std::string> LabelNames(const sdk::Call& call, const Request& request);
  StatusOr<std::string> LabelValues(const sdk::Call& call, const Request& request);
  StatusOr<std::string> ActiveSeries(const sdk::Call& call, const Request& request);
  StatusOr<std::string> ActiveHistograms(const sdk::Call& call, const Request& request);
  StatusOr<std::string> SearchMetricNames(const sdk::Call& call, const Request& request);
  StatusOr<std::string> SearchLabelNames(const sdk::Call& call, const Request& request);
  StatusOr<std::string> SearchLabelValues(const sdk::Call& call, const Request& request);

  StatusOr<Window> WindowOf(const http::Params& params) const;
  StatusOr<size_t> LimitOf(const Request& request) const;
  StatusOr<std::string> Search(const sdk::Call& call, const http::Params& params,
                               std::string_view label);

  const sdk::Host host_;
  const Config config_;
  request_rules::RequestRuleBook rules_;
  std::deque<sdk::WorkerHandler> handlers_;
};

}  // namespace kvs::api::cardinality
