// SPDX-License-Identifier: Apache-2.0
// Settings of api.cardinality.
#pragma once

#include <string>

#include "kvs/sdk/config.h"

namespace kvs::api::cardinality {

struct Config {
  std::string prefix = "/prometheus";
  sdk::Duration inmemory_window{12 * 60 * 60 * 1000};
  sdk::Duration active_window{20 * 60 * 1000};
  int64_t max_label_names = 100;
  int64_t max_limit = 500;
  int64_t max_series = 5'000'000;
  sdk::ByteSize max_response_size{400 << 20};

  static const sdk::Schema<Config>& Schema();
};

}  // namespace kvs::api::cardinality
