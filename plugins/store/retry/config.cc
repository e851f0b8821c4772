// SPDX-License-Identifier: Apache-2.0
#include "config.h"

namespace kvs::store::retry {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema{
      {"max_attempts",
       &Config::max_attempts,
       "How often a call is made at most",
       {.minimum = 1, .maximum = 1000}},
      {"min_backoff",
       &Config::min_backoff,
       "About the first wait between two attempts; it doubles",
       {.minimum = 1, .maximum = 3'600'000}},
      {"max_backoff",
       &Config::max_backoff,
       "The longest wait, unless the store asks for a longer one",
       {.minimum = 1, .maximum = 3'600'000}},
      {"attempt_timeout", &Config::attempt_timeout,
       "Deadline of a single attempt, after which it is made again; 0s: that of the call"},
  };
  return kSchema;
}

Status Config::Validate() const {
  return min_backoff.ms > max_backoff.ms ? InvalidArgument("min_backoff is longer than max_backoff")
                                         : OkStatus();
}

}  // namespace kvs::store::retry
