// SPDX-License-Identifier: Apache-2.0
// Settings of api.remote_read.
#pragma once

#include <string>

#include "kvs/sdk/config.h"

namespace kvs::api::remote_read {

struct Config {
  std::string path = "/prometheus/api/v1/read";
  sdk::ByteSize max_request_size{32 << 20};
  int64_t sample_limit = 50'000'000;
  sdk::ByteSize max_response_size{1 << 30};
  sdk::ByteSize max_bytes_in_frame{1 << 20};
  int64_t max_concurrent = 10;
  int64_t max_waiting = 100;
  sdk::Duration timeout{120'000};

  static const sdk::Schema<Config>& Schema();
  Status Validate() const;
};

}  // namespace kvs::api::remote_read
