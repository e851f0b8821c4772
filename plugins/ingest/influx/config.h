// SPDX-License-Identifier: Apache-2.0
// Settings of ingest.influx.
#pragma once

#include <string>
#include <vector>

#include "kvs/sdk/config.h"
#include "kvs/sdk/push_settings.h"

namespace kvs::ingest::influx {

struct Config : sdk::PushSettings {
  std::vector<std::string> paths = {"/api/v1/push/influx/write", "/influx/write", "/api/v2/write"};
  sdk::ByteSize max_request_size{100 << 20};
  sdk::ByteSize inline_size{32 << 10};

  static const sdk::Schema<Config>& Schema();
  Status Validate() const;
};

}  // namespace kvs::ingest::influx
