// SPDX-License-Identifier: Apache-2.0
#include "config.h"

namespace kvs::sink::enforce {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema{};
  return kSchema;
}

}  // namespace kvs::sink::enforce
