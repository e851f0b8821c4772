// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kvs/sdk/config.h"

namespace kvs::source::enforce {

/// Nothing to set: what is enforced is a matter of wiring.
struct Config {
  static const sdk::Schema<Config>& Schema();
};

}  // namespace kvs::source::enforce
