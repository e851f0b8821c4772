// SPDX-License-Identifier: Apache-2.0
// Files of overrides, and what is said of a tenant in them.
#include <cstdlib>
#include <string>

#include "limits_table.h"

using namespace kvs::limiter::static_limits;  // NOLINT(google-build-using-namespace)

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string yaml(reinterpret_cast<const char*>(data), size);
  if (auto parsed = ParseOverrides(yaml); parsed.ok()) {
    LimitsTable table;
    table.defaults = DefaultLimits();
    table.overrides = *std::move(parsed);
    // What is shown can be read back.
    std::vector<std::string> removed;
    if (!ParseLimitSet(ToJson(table.Of("team-a")), &removed).ok()) std::abort();
  } else if (parsed.status().message().empty()) {
    std::abort();
  }
  return 0;
}
