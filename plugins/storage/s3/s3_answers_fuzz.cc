// SPDX-License-Identifier: Apache-2.0
// Whatever a server answers is read or refused.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kvs/base/check.h"

#include "answers.h"
#include "xml.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kvs::storage::s3;  // NOLINT(google-build-using-namespace)
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  ErrorAnswer error = ParseError(body);
  const auto list = ParseList(body);
  if (list.ok()) {
    for (size_t i = 1; i < list->entries.size(); ++i)
      KVS_CHECK(list->entries[i - 1].key <= list->entries[i].key);
  }
  (void)ParseUploadId(body).ok();
  (void)ParseCompleted(body, &error).ok();
  (void)ParseAssumedRole(body).ok();
  (void)ParseHttpDate(body);
  return 0;
}
