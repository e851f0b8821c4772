// SPDX-License-Identifier: Apache-2.0
// ChunkStream: the frames of a read with chunks, made while they are sent: what is held in memory
// is a batch of series and a piece of the answer, however much is asked for.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kvs/sdk/call.h"
#include "kvs/sdk/host.h"
#include "kvs/sdk/port/http_routes.h"
#include "kvs/sdk/port/series_source.h"
#include "kvs/wire/remote_read.h"

#include "config.h"
#include "metrics.h"
#include "samples.h"
#include "turns.h"

namespace kvs::api::remote_read {

/// What a stream needs of its handler, which outlives it.
struct StreamContext {
  const sdk::SourceRef& source;
  const sdk::Executor& executor;
  const sdk::Log& log;
  Metrics& metrics;
  const Config& config;
};

class ChunkStream final : public sdk::HttpBody {
 public:
  /// `turn` is kept as long as this lives.
  ChunkStream(StreamContext context, const sdk::Call& call, wire::ReadRequest request,
              std::shared_ptr<ReadTurns::Turn> turn);

  /// Makes the first piece, so that what is wrong with a request has a status of its own. [worker]
  Status Begin(std::string* first);
  /// What is known to be missing so far.
  const std::vector<std::string>& warnings() const { return warnings_; }

  sdk::Outcome Next(const sdk::Call& call, kvs_http_piece_t& out,
                    sdk::Completer& completer) override;

 private:
  /// Fills piece_, which stays empty at the end. [worker]
  Status Fill();
  Status OpenNext();
  void EndQuery();
  Status AddSeries(uint32_t row);

  const StreamContext context_;
  sdk::OwnedCall owned_;
  const sdk::Call call_;
  const wire::ReadRequest request_;
  const std::shared_ptr<ReadTurns::Turn> turn_;

  size_t query_ = 0;  // The one that is open, or to be opened next.
  std::unique_ptr<sdk::OpenSelection> selection_;
  sdk::BatchPtr batch_;
  uint32_t row_ = 0;  // Of the batch, next.
  Samples samples_;
  std::string frame_;
  std::string piece_;
  std::vector<std::string> warnings_;
};

}  // namespace kvs::api::remote_read
