// SPDX-License-Identifier: Apache-2.0
// GET /api/v1/user_stats and /distributor/all_user_stats, in Mimir's shapes.
#pragma once

#include "kvs/sdk/port/http_routes.h"

namespace kvs::sink::usage {

class UsageSink;

class StatsPages {
 public:
  explicit StatsPages(const UsageSink& sink) : one_(sink), all_(sink) {}

  /// [main]
  Status HangUp(const sdk::RoutesRef& http, const char* component);

 private:
  class One final : public sdk::HttpHandler {
   public:
    explicit One(const UsageSink& sink) : sink_(sink) {}
    sdk::Outcome Handle(const sdk::Call& call, const kvs_http_request_t& in, kvs_http_reply_t& out,
                        sdk::Completer& completer) override;

   private:
    const UsageSink& sink_;
  };
  class All final : public sdk::HttpHandler {
   public:
    explicit All(const UsageSink& sink) : sink_(sink) {}
    sdk::Outcome Handle(const sdk::Call& call, const kvs_http_request_t& in, kvs_http_reply_t& out,
                        sdk::Completer& completer) override;

   private:
    const UsageSink& sink_;
  };
  One one_;
  All all_;
};

}  // namespace kvs::sink::usage
