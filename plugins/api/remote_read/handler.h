// SPDX-License-Identifier: Apache-2.0
// ReadHandler: gives samples to another Prometheus, by its remote read protocol: all samples of a
// query in one message, or frames of series with their chunks. Requests wait for their turn, so
// that a few readers cannot take all memory.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>

#include "kvs/sdk/component.h"
#include "kvs/sdk/port/http_routes.h"
#include "kvs/sdk/port/series_source.h"
#include "kvs/wire/remote_read.h"

#include "config.h"
#include "metrics.h"

namespace kvs::api::remote_read {

class ReadHandler final : public sdk::Component, public sdk::HttpHandler {
 public:
  ReadHandler(sdk::Host host, Config config);

  sdk::RoutesRef http;
  sdk::SourceRef source;

  sdk::Outcome Start(const sdk::Call& call, sdk::Completer& completer) override;
  sdk::Outcome Stop(const sdk::Call& call, sdk::Completer& completer) override;

  sdk::Outcome Handle(const sdk::Call& call, const kvs_http_request_t& in, kvs_http_reply_t& out,
                      sdk::Completer& completer) override;

 private:
  struct Answer {
    std::string body;
    wire::ReadResponseType type = wire::ReadResponseType::kSamples;
  };

  StatusOr<Answer> Read(const sdk::Call& call, const kvs_http_request_t& in);
  Status AddSamples(const sdk::Call& call, const wire::ReadQuery& query, std::string* body);
  Status AddChunks(const sdk::Call& call, const wire::ReadQuery& query, uint64_t index,
                   std::string* body);
  /// Calls each(batch, row) for every series of a query.
  Status EachSeries(const sdk::Call& call, const wire::ReadQuery& query, bool sorted,
                    const std::function<Status(const kvs_series_batch_t&, uint32_t)>& each);
  Status CheckSize(const std::string& body) const;

  /// Runs `work` on a worker, now or when it is its turn; false when too many wait.
  bool Admit(std::function<void()> work);
  void RunInTurn(const std::function<void()>& work);

  const sdk::Host host_;
  const Config config_;
  Metrics metrics_;
  const sdk::Executor executor_;

  std::mutex mutex_;
  int64_t running_ = 0;                        // Guarded by mutex_.
  std::deque<std::function<void()>> waiting_;  // Guarded by mutex_.
};

}  // namespace kvs::api::remote_read
