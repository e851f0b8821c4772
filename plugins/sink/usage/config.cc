// SPDX-License-Identifier: Apache-2.0
#include "config.h"

namespace kvs::sink::usage {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema{
      {"active_idle_timeout",
       &Config::active_idle_timeout,
       "A series is active until it had no sample for so long",
       {.minimum = 60'000, .maximum = 86'400'000}},
      {"update_period",
       &Config::update_period,
       "How often active series are counted and idle ones forgotten",
       {.minimum = 1'000, .maximum = 3'600'000}}};
  return kSchema;
}

}  // namespace kvs::sink::usage
