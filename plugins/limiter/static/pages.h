// SPDX-License-Identifier: Apache-2.0
// LimitPages: limits over HTTP, on Mimir's paths: GET and PUT /api/v1/user_limits, GET
// /runtime_config. Setting is for operators, so it is an admin page, and each change is in the log.
#pragma once

#include "kvs/sdk/host.h"
#include "kvs/sdk/port/http_routes.h"

namespace kvs::limiter::static_limits {

class StaticLimiter;

class LimitPages {
 public:
  /// `has_file`: whether there is a runtime file.
  LimitPages(StaticLimiter& limiter, sdk::Host host, bool has_file);

  /// [main]
  Status HangUp(const sdk::RoutesRef& http);

 private:
  class Get final : public sdk::HttpHandler {
   public:
    explicit Get(LimitPages& pages) : pages_(pages) {}
    sdk::Outcome Handle(const sdk::Call& call, const kvs_http_request_t& in, kvs_http_reply_t& out,
                        sdk::Completer& completer) override;

   private:
    LimitPages& pages_;
  };
  class Put final : public sdk::HttpHandler {
   public:
    explicit Put(LimitPages& pages) : pages_(pages) {}
    sdk::Outcome Handle(const sdk::Call& call, const kvs_http_request_t& in, kvs_http_reply_t& out,
                        sdk::Completer& completer) override;

   private:
    LimitPages& pages_;
  };
  class RuntimeConfig final : public sdk::HttpHandler {
   public:
    explicit RuntimeConfig(LimitPages& pages) : pages_(pages) {}
    sdk::Outcome Handle(const sdk::Call& call, const kvs_http_request_t& in, kvs_http_reply_t& out,
                        sdk::Completer& completer) override;

   private:
    LimitPages& pages_;
  };

  /// [worker]
  sdk::HttpReply Set(const sdk::Call& call, const kvs_http_request_t& in);

  StaticLimiter& limiter_;
  const sdk::Host host_;
  const bool has_file_;
  Get get_{*this};
  Put put_{*this};
  RuntimeConfig runtime_config_{*this};
};

}  // namespace kvs::limiter::static_limits
