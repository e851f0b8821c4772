// SPDX-License-Identifier: Apache-2.0
#include "config.h"

namespace kvs::store::metrics {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema{
      {"bucket", &Config::bucket, "Value of the label bucket"},
      {"component", &Config::component,
       "Value of the label component: who uses the store, eg: compactor"},
  };
  return kSchema;
}

}  // namespace kvs::store::metrics
