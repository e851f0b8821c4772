// SPDX-License-Identifier: Apache-2.0
// Arbitrary text as a configuration and as matchers: it is read or refused, and matchers that were
// read are read again as themselves from how they are shown.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "kvs/alerting/config.h"
#include "kvs/alerting/route.h"
#include "kvs/base/check.h"

namespace {

using namespace kvs::alerting;  // NOLINT(google-build-using-namespace)

void CheckMatchers(std::string_view text) {
  const auto matchers = ParseMatchers(text);
  if (!matchers.ok()) return;
  const std::string shown = Format(*matchers);
  const auto again = ParseMatchers(shown);
  KVS_CHECK(again.ok());
  KVS_CHECK(Format(*again) == shown);
}

void CheckConfig(std::string_view text) {
  const auto config = ParseConfig(text);
  if (!config.ok()) {
    KVS_CHECK(!config.status().message().empty());
    return;
  }
  const auto root = Route::Make(config->route);
  for (const Route* route : root->Match({{"alertname", "a"}, {"severity", "critical"}}))
    KVS_CHECK(config->FindReceiver(route->options().receiver) != nullptr);
  for (const NamedIntervals& named : config->time_intervals) {
    for (const TimeInterval& interval : named.intervals) interval.Contains(1'700'000'000);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckMatchers(text);
  CheckConfig(text);
  return 0;
}
