// SPDX-License-Identifier: Apache-2.0
// PushHandler: takes Remote Write 1.0 and 2.0 requests, decodes them into batches and hands those
// to the next sink. The batch and the bytes it borrows from are counted, so sinks may keep them;
// both come from a pool.
#pragma once

#include <vector>

#include "kvs/sdk/push_endpoint.h"
#include "kvs/sdk/write_batch.h"
#include "kvs/wire/compression.h"

#include "config.h"
#include "protocol.h"

namespace kvs::ingest::remote_write {

struct Push : sdk::PushRequest {
  using PushRequest::PushRequest;
  Protocol protocol = Protocol::kV1;
  sdk::WriteBatchPool<wire::ByteBuffer>::Ptr batch;
};

class PushHandler final : public sdk::PushEndpoint<Push> {
 public:
  PushHandler(sdk::Host host, Config config);

  sdk::Outcome Start(const sdk::Call& call, sdk::Completer& completer) override;

 private:
  Status Decode(Push& push) override;
  sdk::HttpReply Answer(Push& push, const Status& end) override;

  const Config config_;
  sdk::WriteBatchPool<wire::ByteBuffer> pool_;
};

}  // namespace kvs::ingest::remote_write
