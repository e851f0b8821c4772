// SPDX-License-Identifier: Apache-2.0
#include "config.h"

namespace kvs::api::cardinality {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema{
      {"prefix", &Config::prefix, "What stands before /api/v1"},
      {"inmemory_window", &Config::inmemory_window,
       "How far back series count, unless a request says start and end"},
      {"active_window", &Config::active_window,
       "How far back series count as active, with count_method=active"},
      {"max_label_names",
       &Config::max_label_names,
       "Most label_names[] of one request",
       {.minimum = 1, .maximum = 1e4}},
      {"max_limit",
       &Config::max_limit,
       "Most values of one label in an answer",
       {.minimum = 1, .maximum = 1e6}},
      {"max_series",
       &Config::max_series,
       "Most series that one request may look at",
       {.minimum = 1, .maximum = 1e10}},
      {"max_response_size",
       &Config::max_response_size,
       "Most bytes of label names and values, or of active series, for one request",
       {.minimum = 1024, .maximum = 1e12}}};
  return kSchema;
}

}  // namespace kvs::api::cardinality
