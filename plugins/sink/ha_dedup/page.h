// SPDX-License-Identifier: Apache-2.0
// GET /distributor/ha_tracker: who is elected, as a page, or as JSON for those
// who accept that.
#pragma once

#include "kvs/sdk/port/http_routes.h"

#include "tracker.h"

namespace kvs::sink::ha_dedup {

class TrackerPage final : public sdk::HttpHandler {
 public:
  TrackerPage(const Tracker& tracker, sdk::Clock clock) : tracker_(tracker), clock_(clock) {}
  sdk::Outcome Handle(const sdk::Call& call, const kvs_http_request_t& in, kvs_http_reply_t& out,
                      sdk::Completer& completer) override;

 private:
  const Tracker& tracker_;
  const sdk::Clock clock_;
};

}  // namespace kvs::sink::ha_dedup
