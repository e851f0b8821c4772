// SPDX-License-Identifier: Apache-2.0
// Pages: what the compactor shows and is told over HTTP: tenants, planned jobs, and the deletion of
// a tenant.
#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "kvs/sdk/host.h"
#include "kvs/sdk/port/http_routes.h"
#include "kvs/sdk/worker_handler.h"

namespace kvs::compactor {

class Compactor;

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
  std::deque<sdk::WorkerHandler> handlers_;
};

}  // namespace kvs::compactor
