// SPDX-License-Identifier: Apache-2.0
#include "config.h"

namespace kvs::notifier::pagerduty {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema = notify::OptionSchema<Config>(sdk::Schema<Config>::Key(
      "api_v1_url", &Config::api_v1_url,
      "Where events of version 1 go: those of receivers with a service_key"));
  return kSchema;
}

}  // namespace kvs::notifier::pagerduty
