// SPDX-License-Identifier: Apache-2.0
// Pages of the ring, in Mimir's paths. NAME is that of the ring, such as ingester.
//
//   GET              /NAME/ring                             who is in it: a page, or JSON for those
//   who accept that POST             /NAME/ring                             forget=ID: forgets a
//   member GET,POST,DELETE  /NAME/prepare-instance-ring-downscale  of a member: whether it is
//   read-only; sets it; takes it back
#pragma once

#include "kvs/sdk/port/http_routes.h"
#include "kvs/sdk/port/kv.h"

#include "config.h"
#include "member.h"
#include "watcher.h"

namespace kvs::ring::kv {

class RingPage {
 public:
  /// `member` is NULL in who only looks at the ring.
  RingPage(sdk::Host host, const Config& config, const Watcher& watcher, Member* member);
  void Use(sdk::KvRef kv) { kv_ = kv; }
  /// [main]
  Status Add(const sdk::RoutesRef& http);

 private:
  class Handler final : public sdk::HttpHandler {
   public:
    using Answer = sdk::HttpReply (RingPage::*)(const kvs_http_request_t& in);
    Handler(RingPage* page, Answer answer) : page_(page), answer_(answer) {}
    /// Answers on a worker.
    sdk::Outcome Handle(const sdk::Call& call, const kvs_http_request_t& in, kvs_http_reply_t& out,
                        sdk::Completer& completer) override;

   private:
    RingPage* const page_;
    const Answer answer_;
  };
  sdk::HttpReply Show(const kvs_http_request_t& in);
  sdk::HttpReply Forget(const kvs_http_request_t& in);
  sdk::HttpReply ReadOnly(const kvs_http_request_t& in);

  const sdk::Host host_;
  const Config& config_;
  const Watcher& watcher_;
  Member* const member_;
  sdk::KvRef kv_;
  Handler show_{this, &RingPage::Show}, forget_{this, &RingPage::Forget},
      read_only_{this, &RingPage::ReadOnly};
};

}  // namespace kvs::ring::kv
