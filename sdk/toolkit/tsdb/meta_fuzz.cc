// SPDX-License-Identifier: Apache-2.0
// Arbitrary bytes as meta.json: what can be read survives being written again.

#include <cstdint>
#include <string_view>

#include "kvs/base/check.h"
#include "kvs/tsdb/meta.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kvs::tsdb;  // NOLINT(google-build-using-namespace)
  const kvs::StatusOr<BlockMeta> meta =
      ParseMeta(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!meta.ok()) return 0;
  const std::string text = FormatMeta(*meta);
  const kvs::StatusOr<BlockMeta> again = ParseMeta(text);
  KVS_CHECK(again.ok() && *again == *meta && FormatMeta(*again) == text);
  return 0;
}
