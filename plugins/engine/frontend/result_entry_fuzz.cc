// SPDX-License-Identifier: Apache-2.0
// Entries of the results cache that somebody made up, checksum and all: an error, or a sound
// result.
#include <cstddef>
#include <cstdint>
#include <string>

#include "kvs/base/check.h"
#include "kvs/base/crc32c.h"

#include "cache/entry.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using kvs::engine::frontend::DecodeEntry;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  const uint64_t checksum = kvs::Crc32c({data, size});
  bytes.append(reinterpret_cast<const char*>(&checksum), sizeof checksum);
  const auto entry = DecodeEntry(bytes, "key", 10);
  if (!entry.ok()) return 0;
  for (const auto& extent : *entry) {
    const kvs_query_result_t& result = *extent.result;
    for (uint32_t s = 0; s < result.n_series; ++s) {
      for (uint32_t l = result.labels.begin[s]; l < result.labels.begin[s + 1]; ++l)
        KVS_CHECK(result.labels.symbols[result.labels.refs[l]].size <= size);
      for (uint32_t p = result.point_begin[s]; p < result.point_begin[s + 1]; ++p)
        KVS_CHECK(result.timestamp_ms[p] >= extent.steps.start_ms &&
                  result.timestamp_ms[p] <= extent.steps.end_ms);
    }
  }
  return 0;
}
