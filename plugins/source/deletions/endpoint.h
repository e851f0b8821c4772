// SPDX-License-Identifier: Apache-2.0
// The deletion API: Prometheus' delete_series, and the requests that still count.
#pragma once

#include <string>
#include <string_view>

#include "kvs/sdk/host.h"
#include "kvs/sdk/port/http_routes.h"
#include "kvs/sdk/port/object_store.h"

#include "deletion_list.h"

namespace kvs::source::deletions {

/// What an endpoint works with; lives as long as the call.
struct Request {
  const kvs_http_request_t& raw;
  std::string_view tenant;
  const sdk::StoreClient& store;
  DeletionLists& lists;
  int64_t now_ms;
};

/// POST|PUT delete_series: match[], start, end; 204. An end that is open, or lies ahead, is now:
/// what comes later is not meant.
StatusOr<sdk::HttpReply> DeleteSeries(const Request& request);
/// GET deletions: the requests of the tenant that are not forgotten yet.
StatusOr<sdk::HttpReply> ListDeletions(const Request& request);

/// Runs `Function` on a worker; errors become Prometheus' envelope.
class Endpoint final : public sdk::HttpHandler {
 public:
  using Function = StatusOr<sdk::HttpReply> (*)(const Request&);
  Endpoint(sdk::Host host, sdk::StoreRef store, DeletionLists& lists, Function function)
      : clock_(host.clock()),
        executor_(host.executor()),
        store_(store),
        lists_(lists),
        function_(function) {}
  sdk::Outcome Handle(const sdk::Call& call, const kvs_http_request_t& in, kvs_http_reply_t& out,
                      sdk::Completer& completer) override;

 private:
  const sdk::Clock clock_;
  const sdk::Executor executor_;
  const sdk::StoreRef store_;
  DeletionLists& lists_;
  const Function function_;
};

}  // namespace kvs::source::deletions
