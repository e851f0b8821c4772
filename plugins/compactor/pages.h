// SPDX-License-Identifier: Apache-2.0
// Pages: what the compactor shows and is told over HTTP: tenants, planned jobs, and the deletion of
// a tenant.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "kvs/sdk/host.h"
#include "kvs/sdk/port/http_routes.h"

namespace kvs::compactor {

class Compactor;

/// Answers on a worker, where it may wait for the store.
class WorkerHandler final : public sdk::HttpHandler {
 public:
  using Function = std::function<StatusOr<sdk::HttpReply>(std::string_view tenant,
                                                          const kvs_http_request_t& request)>;
  WorkerHandler(sdk::Executor executor, Function function)
      : executor_(executor), function_(std::move(function)) {}
  sdk::Outcome Handle(const sdk::Call& call, const kvs_http_request_t& in, kvs_http_reply_t& out,
                      sdk::Completer& completer) override;

 private:
  const sdk::Executor executor_;
  const Function function_;
};

class Pages {
 public:
  /// `compactor` outlives the pages.
  Pages(Compactor& compactor, sdk::Executor executor)
      : compactor_(compactor), executor_(executor) {}

  /// [main]
  Status HangUp(const sdk::RoutesRef& http, const char* component);

 private:
  using Reply = StatusOr<sdk::HttpReply>;
  Reply Tenants(const kvs_http_request_t& request) const;
  Reply PlannedJobs(const kvs_http_request_t& request) const;
  Reply DeleteTenant(std::string_view tenant) const;
  Reply DeleteTenantStatus(std::string_view tenant) const;

  Compactor& compactor_;
  const sdk::Executor executor_;
  std::deque<WorkerHandler> handlers_;
};

}  // namespace kvs::compactor
