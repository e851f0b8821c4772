// SPDX-License-Identifier: Apache-2.0
// Any bytes as OTLP's JSON: an error, or arrays whose ranges all lie inside of each other.
#include <cstdlib>

#include "kvs/wire/otlp.h"

#include "otlp_testing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  kvs::wire::otlp::Request request;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  if (!kvs::wire::otlp::DecodeJson(body, &request).ok()) return 0;
  if (!kvs::wire::otlp::RangesAreSound(request)) std::abort();
  (void)kvs::wire::otlp::Dump(request);
  return 0;
}
