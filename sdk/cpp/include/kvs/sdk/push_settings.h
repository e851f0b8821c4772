// SPDX-License-Identifier: Apache-2.0
// Settings that every way in has. A Config derives from them, and its schema ends with their keys:
//
//   static const sdk::Schema<Config> kSchema({{"path", &Config::path, "Where senders post"}}, sdk::PushKeys<Config>());
#pragma once

#include <vector>

#include "kvs/sdk/config.h"

namespace kvs::sdk {

struct PushSettings {
  int64_t refusals_per_second = 50;
  // Of this component, whoever writes; 0: no limit. Names and defaults of Mimir's distributor.
  int64_t max_inflight_push_requests = 2000;
  ByteSize max_inflight_push_requests_bytes{0};
  int64_t max_ingestion_rate = 0;
  Duration retry_after_min{6'000};
  Duration retry_after_max{96'000};

  Status Validate() const {
    if (retry_after_min.ms <= 0 || retry_after_max.ms < retry_after_min.ms)
      return InvalidArgument("retry_after_min is not between 1ms and retry_after_max");
    if (max_inflight_push_requests_bytes.bytes < 0)
      return InvalidArgument("max_inflight_push_requests_bytes is below 0");
    return OkStatus();
  }
};

template <typename Config>
std::vector<typename Schema<Config>::Key> PushKeys() {
  return {{"refusals_per_second",
           &PushSettings::refusals_per_second,
           "Refusals of whole requests that one tenant is told a second; further ones wait, no "
           "longer than a second. 0: all are told at once",
           {.minimum = 0, .maximum = 1e6}},
          {"max_inflight_push_requests",
           &PushSettings::max_inflight_push_requests,
           "Requests under way at a time; more are answered 503. 0: no limit",
           {.minimum = 0}},
          {"max_inflight_push_requests_bytes", &PushSettings::max_inflight_push_requests_bytes,
           "Bytes of requests under way at a time, as sent; more are answered 503. 0: no limit"},
          {"max_ingestion_rate",
           &PushSettings::max_ingestion_rate,
           "Samples a second of all tenants together, a mean over the last seconds; above it "
           "requests are answered 503. 0: no limit",
           {.minimum = 0}},
          {"retry_after_min", &PushSettings::retry_after_min, "Least Retry-After"},
          {"retry_after_max", &PushSettings::retry_after_max, "Largest Retry-After"}};
}

}  // namespace kvs::sdk
