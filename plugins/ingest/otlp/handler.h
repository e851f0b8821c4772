// SPDX-License-Identifier: Apache-2.0
// OtlpHandler: takes metrics over OTLP/HTTP, translates them into series and hands those to the
// next sink. What was left out is told to the exporter as a partial success.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "kvs/sdk/push_endpoint.h"
#include "kvs/sdk/write_batch.h"
#include "kvs/wire/compression.h"
#include "kvs/wire/otlp.h"

#include "answer.h"
#include "config.h"
#include "delta_streams.h"
#include "metrics.h"
#include "tenant_settings.h"
#include "translator.h"

namespace kvs::ingest::otlp {

/// Batches own all of their texts.
struct NoBody {
  size_t capacity() const { return 0; }
};

struct Push : sdk::PushRequest {
  using PushRequest::PushRequest;
  Encoding encoding = Encoding::kProtobuf;
  uint64_t points = 0;
  Report report;
  sdk::WriteBatchPool<NoBody>::Ptr batch;
};

class OtlpHandler final : public sdk::PushEndpoint<Push> {
 public:
  OtlpHandler(sdk::Host host, Config config);

  sdk::Outcome Start(const sdk::Call& call, sdk::Completer& completer) override;

  sdk::LimiterRef limiter;  ///< Port "limiter"; may be empty.

 private:
  /// What decoding one request needs, kept from request to request.
  struct Workspace {
    wire::ByteBuffer body;
    wire::otlp::Request request;
    model::WriteBatchBuilder builder{0};
  };

  Status Decode(Push& push) override;
  sdk::HttpReply Answer(Push& push, const Status& end) override;
  Status Unpack(const Push& push, Workspace* workspace) const;
  /// Those of the tenant, but for what headers of the request say.
  StatusOr<Settings> SettingsOf(const Push& push);
  std::unique_ptr<Workspace> Borrow();
  void GiveBack(std::unique_ptr<Workspace> workspace);

  const Config config_;
  TenantSettings settings_;
  Metrics own_metrics_;
  std::optional<DeltaStreams> streams_;
  std::function<void()> collect_;
  sdk::WriteBatchPool<NoBody> pool_;

  std::mutex mutex_;
  std::vector<std::unique_ptr<Workspace>> workspaces_;  // Guarded by mutex_.
};

}  // namespace kvs::ingest::otlp
