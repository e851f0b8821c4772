// SPDX-License-Identifier: Apache-2.0
#include "kvs/tsdb/bytes.h"

namespace kvs::tsdb {

StatusOr<std::span<const uint8_t>> MemorySource::Read(uint64_t offset, size_t size,
                                                      Bytes* /*scratch*/) const {
  if (offset > bytes_.size() || size > bytes_.size() - offset) {
    return OutOfRange("reading ", size, " bytes at offset ", offset, " of ", bytes_.size());
  }
  return bytes_.subspan(offset, size);
}

Status MemorySink::Append(std::span<const uint8_t> bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return OkStatus();
}

}  // namespace kvs::tsdb
