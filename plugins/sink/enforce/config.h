// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kvs/sdk/config.h"

namespace kvs::sink::enforce {

/// Nothing to set: who is bound to what travels with each call.
struct Config {
  static const sdk::Schema<Config>& Schema();
};

}  // namespace kvs::sink::enforce
