// SPDX-License-Identifier: Apache-2.0
#include "config.h"

namespace kvs::notifier::webex {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema = notify::OptionSchema<Config>();
  return kSchema;
}

}  // namespace kvs::notifier::webex
