// SPDX-License-Identifier: Apache-2.0
// Settings of ingest.remote_write.
#pragma once

#include <string>

#include "kvs/sdk/config.h"
#include "kvs/sdk/push_settings.h"

namespace kvs::ingest::remote_write {

struct Config : sdk::PushSettings {
  std::string path = "/api/v1/push";
  sdk::ByteSize max_recv_msg_size{100 << 20};
  sdk::ByteSize inline_size{64 << 10};

  static const sdk::Schema<Config>& Schema();
  Status Validate() const;
};

}  // namespace kvs::ingest::remote_write
