// SPDX-License-Identifier: Apache-2.0
// Arbitrary bytes as tombstones, and once more with the right checksum: what can be read survives
// being written again.

#include <cstdint>

#include "kvs/base/check.h"
#include "kvs/base/crc32c.h"
#include "kvs/tsdb/tombstones.h"

namespace {

using namespace kvs::tsdb;  // NOLINT(google-build-using-namespace)

void Check(const Bytes& file) {
  const kvs::StatusOr<Tombstones> stones = Tombstones::Decode(file);
  if (!stones.ok()) return;
  const kvs::StatusOr<Tombstones> again = Tombstones::Decode(stones->Encode());
  KVS_CHECK(again.ok() && again->all().size() == stones->all().size());
  for (const Tombstone& stone : stones->all()) {
    const auto of_series = again->Of(stone.series);
    KVS_CHECK(IsDeleted(of_series, stone.range.mint) && IsDeleted(of_series, stone.range.maxt));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Bytes file(data, data + size);
  Check(file);
  if (size < 9) return 0;
  const uint32_t crc = kvs::Crc32c(std::span(file).subspan(5, size - 9));
  for (size_t i = 0; i < 4; ++i) file[size - 4 + i] = static_cast<uint8_t>(crc >> (24 - 8 * i));
  Check(file);
  return 0;
}
