// SPDX-License-Identifier: Apache-2.0
// Arbitrary bytes as each of the small files of a bucket: what can be read survives being written
// again.

#include <cstdint>
#include <string_view>

#include "kvs/base/check.h"
#include "kvs/bucket/deletion.h"
#include "kvs/bucket/index.h"
#include "kvs/bucket/layout.h"
#include "kvs/bucket/marks.h"
#include "kvs/bucket/shard_id.h"
#include "kvs/bucket/upload.h"

namespace {

template <typename Parse, typename Format>
void RoundTrip(std::string_view text, Parse parse, Format format) {
  const auto value = parse(text);
  if (!value.ok()) return;
  const std::string written = format(*value);
  const auto again = parse(written);
  KVS_CHECK(again.ok() && *again == *value && format(*again) == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kvs::bucket;  // NOLINT(google-build-using-namespace)
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  RoundTrip(text, ParseBucketIndex, FormatBucketIndex);
  RoundTrip(text, ParseDeletion, FormatDeletion);
  RoundTrip(text, ParseDeletionMark, FormatDeletionMark);
  RoundTrip(text, ParseNoCompactMark, FormatNoCompactMark);
  RoundTrip(text, ParseTenantDeletionMark, FormatTenantDeletionMark);
  RoundTrip(text, ParseUploadValidation, FormatUploadValidation);
  RoundTrip(text, ShardId::Parse, [](const ShardId& shard) { return shard.ToString(); });
  const auto index = ReadBucketIndex({data, size});
  if (index.ok()) KVS_CHECK(ParseBucketIndex(FormatBucketIndex(*index)).ok());
  ClassifyKey("a", text);
  return 0;
}
