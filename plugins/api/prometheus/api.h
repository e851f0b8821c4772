// SPDX-License-Identifier: Apache-2.0
// The Prometheus HTTP API over an engine and a source. Endpoints of one kind stand together: query_endpoints.cc,
// series_endpoints.cc, metadata_endpoints.cc; api.cc lists their paths.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config.h"
#include "endpoint.h"
#include "kvs/promql/parser.h"
#include "kvs/request_rules/request_rules.h"
#include "kvs/sdk/component.h"
#include "kvs/sdk/port/limiter.h"
#include "kvs/sdk/port/query_engine.h"
#include "kvs/sdk/port/series_source.h"
#include "parameters.h"

namespace kvs::api::prometheus {

class Api final : public sdk::Component {
 public:
  Api(sdk::Host host, Config config);

  sdk::Outcome Start(const sdk::Call& call, sdk::Completer& completer) override;
  sdk::Outcome Stop(const sdk::Call& call, sdk::Completer& completer) override;

  sdk::RoutesRef http;
  sdk::EngineRef engine;
  sdk::SourceRef source;
  sdk::LimiterRef limits;  ///< May be empty.

 private:
  /// What a request asks an engine.
  struct Asked {
    kvs_query_t query;
    uint64_t limit = 0;
  };
  StatusOr<Asked> Query(const Request& request) const;
  StatusOr<Asked> QueryRange(const Request& request) const;
  StatusOr<Answer> FormatQuery(const sdk::Call& call, const Request& request);
  StatusOr<Answer> QueryExemplars(const sdk::Call& call, const Request& request);
  StatusOr<Answer> Series(const sdk::Call& call, const Request& request);
  StatusOr<Answer> Labels(const sdk::Call& call, const Request& request);
  StatusOr<Answer> LabelValues(const sdk::Call& call, const Request& request);
  StatusOr<Answer> Metadata(const sdk::Call& call, const Request& request);
  StatusOr<Answer> BuildInfo(const sdk::Call& call, const Request& request);

  /// `start` and `end` of a read of labels or series, as far as the tenant may look.
  StatusOr<TimeRange> LabelsRange(const sdk::Call& call, const Request& request) const;
  /// `limit` of such a read, and no more than the tenant's limit `name` allows; 0: any number.
  StatusOr<uint64_t> LabelsLimit(const sdk::Call& call, const Request& request, std::string_view name) const;

  using Method = StatusOr<Answer> (Api::*)(const sdk::Call&, const Request&);
  using Question = StatusOr<Asked> (Api::*)(const Request&) const;
  Status AddRoute(std::string_view methods, std::string pattern, uint32_t flags, Endpoint::Function function);
  Status AddRoute(std::string_view methods, std::string pattern, uint32_t flags, Method method);
  Status AddRoute(std::string_view methods, std::string pattern, uint32_t flags, Question question);
  /// Whether the tenant's rules let the request in.
  Status MayAsk(uint32_t flags, const sdk::Call& call, const Request& request);
  sdk::Co<StatusOr<Answer>> Do(Method method, uint32_t flags, sdk::Call call, Request request);
  sdk::Co<StatusOr<Answer>> Ask(Question question, uint32_t flags, sdk::Call call, Request request);

  const sdk::Host host_;
  const Config config_;
  promql::ParserOptions syntax_;
  request_rules::RequestRuleBook rules_;
  std::vector<std::unique_ptr<Endpoint>> endpoints_;
};

}  // namespace kvs::api::prometheus
