// SPDX-License-Identifier: Apache-2.0
#include "config.h"

namespace kvs::ingest::influx {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema{
      {"paths", &Config::paths, "Where senders post; answers below /api/v2 are those of version 2"},
      {"max_request_size", &Config::max_request_size,
       "Largest request, as sent and after decompression; more is answered 413"},
      {"inline_size", &Config::inline_size,
       "Bodies up to this are decoded on the event loop; larger ones go to a worker"},
      {"retry_after_min", &Config::retry_after_min, "Least Retry-After"},
      {"retry_after_max", &Config::retry_after_max, "Largest Retry-After"}};
  return kSchema;
}

Status Config::Validate() const {
  if (paths.empty()) return InvalidArgument("paths is empty");
  if (max_request_size.bytes <= 0) return InvalidArgument("max_request_size is not positive");
  if (retry_after_min.ms <= 0 || retry_after_max.ms < retry_after_min.ms) {
    return InvalidArgument("retry_after_min is not between 1ms and retry_after_max");
  }
  return OkStatus();
}

}  // namespace kvs::ingest::influx
