// SPDX-License-Identifier: Apache-2.0
// Arbitrary bytes as a chunk of aggregates: whatever can be read can be downsampled further, and
// what comes out of that is a chunk of aggregates.

#include <cstdint>

#include "kvs/base/check.h"
#include "kvs/chunk/downsampler.h"

using namespace kvs::chunk;  // NOLINT(google-build-using-namespace)

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span<const uint8_t> bytes(data, size);
  kvs::IgnoreError(AggregateParts::Parse(bytes).status(), "it is told again");
  Downsampler downsampler(60 * 60'000, INT64_MAX);
  if (!downsampler.AddAggregates(bytes).ok()) return 0;
  for (const AggregatesChunk& chunk : downsampler.Finish()) {
    const auto parts = AggregateParts::Parse(chunk.bytes);
    KVS_CHECK(parts.ok() && parts->windows() > 0);
    AggregateReader reader(*parts);
    AggregateWindow window;
    while (reader.Next(&window)) {
    }
    KVS_CHECK(reader.status().ok());
  }
  return 0;
}
