// SPDX-License-Identifier: Apache-2.0
#include "config.h"

namespace kvs::api::remote_read {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema{
      {"path", &Config::path, "Where readers post"},
      {"max_request_size", &Config::max_request_size,
       "Largest request, as sent and after decompression"},
      {"sample_limit", &Config::sample_limit,
       "Samples of a query in the form of samples; 0: any number"},
      {"max_response_size", &Config::max_response_size,
       "Largest answer, which stands in memory until it is sent"},
      {"max_bytes_in_frame", &Config::max_bytes_in_frame,
       "Of the chunked form: a longer series is sent in several frames"},
      {"max_concurrent",
       &Config::max_concurrent,
       "Requests that are read for at a time",
       {.minimum = 1, .maximum = 1e6}},
      {"max_waiting",
       &Config::max_waiting,
       "Requests that wait for their turn; more are answered 429",
       {.minimum = 0, .maximum = 1e6}},
      {"timeout", &Config::timeout, "Longest time of a request"}};
  return kSchema;
}

Status Config::Validate() const {
  if (max_request_size.bytes <= 0) return InvalidArgument("max_request_size is not positive");
  if (max_response_size.bytes <= 0) return InvalidArgument("max_response_size is not positive");
  if (max_bytes_in_frame.bytes <= 0) return InvalidArgument("max_bytes_in_frame is not positive");
  if (sample_limit < 0) return InvalidArgument("sample_limit is negative");
  if (timeout.ms <= 0) return InvalidArgument("timeout is not positive");
  return OkStatus();
}

}  // namespace kvs::api::remote_read
