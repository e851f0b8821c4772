// SPDX-License-Identifier: Apache-2.0
// What a server that is no memcached may answer.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kvs/base/check.h"

#include "protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kvs::cache::memcached;  // NOLINT(google-build-using-namespace)
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto line = ReadValueLine(text, 1 << 20);
  KVS_CHECK(!line.ok() || line->end || line->size <= 1 << 20);
  ReadResultLine(text);
  const auto value = ValueOf(text, "key");
  KVS_CHECK(!value.has_value() || value->size() + PayloadOverhead("key") == size);
  return 0;
}
