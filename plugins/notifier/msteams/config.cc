// SPDX-License-Identifier: Apache-2.0
#include "config.h"

namespace kvs::notifier::msteams {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema = notify::OptionSchema<Config>();
  return kSchema;
}

}  // namespace kvs::notifier::msteams
