// SPDX-License-Identifier: Apache-2.0
// Settings of source.deletions.
#pragma once

#include <string>

#include "kvs/sdk/config.h"

namespace kvs::source::deletions {

struct Config {
  bool delete_api = true;
  std::string prefix = "/prometheus";
  sdk::Duration refresh_interval{60'000};

  static const sdk::Schema<Config>& Schema();
};

}  // namespace kvs::source::deletions
