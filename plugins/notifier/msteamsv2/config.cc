// SPDX-License-Identifier: Apache-2.0
#include "config.h"

namespace kvs::notifier::msteamsv2 {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema = notify::OptionSchema<Config>();
  return kSchema;
}

}  // namespace kvs::notifier::msteamsv2
