// SPDX-License-Identifier: Apache-2.0
// ReadHandler: gives samples to another Prometheus, by its remote read protocol: all samples of a
// query in one message, or frames of series with their chunks, which are sent as they are made.
// Requests wait for their turn, so that a few readers cannot take all memory.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kvs/request_rules/request_rules.h"
#include "kvs/sdk/component.h"
#include "kvs/sdk/port/http_routes.h"
#include "kvs/sdk/port/limiter.h"
#include "kvs/sdk/port/series_source.h"
#include "kvs/wire/remote_read.h"

#include "config.h"
#include "metrics.h"
#include "turns.h"

namespace kvs::api::remote_read {

class ReadHandler final : public sdk::Component, public sdk::HttpHandler {
 public:
  ReadHandler(sdk::Host host, Config config);

  sdk::RoutesRef http;
  sdk::SourceRef source;
  sdk::LimiterRef limits;  ///< May be empty.

  sdk::Outcome Start(const sdk::Call& call, sdk::Completer& completer) override;
  sdk::Outcome Stop(const sdk::Call& call, sdk::Completer& completer) override;

  sdk::Outcome Handle(const sdk::Call& call, const kvs_http_request_t& in, kvs_http_reply_t& out,
                      sdk::Completer& completer) override;

 private:
  /// Fills `out`, unless it fails. [worker]
  Status Answer(const sdk::Call& call, const kvs_http_request_t& in,
                std::shared_ptr<ReadTurns::Turn> turn, kvs_http_reply_t& out);
  Status AnswerSamples(const sdk::Call& call, const wire::ReadRequest& request,
                       sdk::HttpReply reply, kvs_http_reply_t& out);
  Status AddSamples(const sdk::Call& call, const wire::ReadQuery& query, std::string* body,
                    std::vector<std::string>* warnings);
  Status CheckSize(const std::string& body) const;

  const sdk::Host host_;
  const Config config_;
  const sdk::Log log_;
  Metrics metrics_;
  request_rules::RequestRuleBook rules_;
  const sdk::Executor executor_;
  ReadTurns turns_;
};

}  // namespace kvs::api::remote_read
