// SPDX-License-Identifier: Apache-2.0
#include "config.h"

namespace kvs::notifier::pushover {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema = notify::OptionSchema<Config>(
      sdk::Schema<Config>::Key("api_url", &Config::api_url, "Where messages go"));
  return kSchema;
}

}  // namespace kvs::notifier::pushover
