// SPDX-License-Identifier: Apache-2.0
// InfluxHandler: takes Influx line protocol over HTTP and hands its series to the next sink. Lines
// that cannot be read are named in the answer; the others are written.
#pragma once

#include "kvs/sdk/push_endpoint.h"
#include "kvs/sdk/write_batch.h"
#include "kvs/wire/compression.h"

#include "config.h"
#include "metrics.h"

namespace kvs::ingest::influx {

struct Push : sdk::PushRequest {
  using PushRequest::PushRequest;
  sdk::WriteBatchPool<wire::ByteBuffer>::Ptr batch;
};

class InfluxHandler final : public sdk::PushEndpoint<Push> {
 public:
  InfluxHandler(sdk::Host host, Config config);

  sdk::Outcome Start(const sdk::Call& call, sdk::Completer& completer) override;

 private:
  Status Decode(Push& push) override;
  sdk::HttpReply Answer(Push& push, const Status& end) override;

  const Config config_;
  Metrics own_metrics_;
  sdk::WriteBatchPool<wire::ByteBuffer> pool_;
};

}  // namespace kvs::ingest::influx
