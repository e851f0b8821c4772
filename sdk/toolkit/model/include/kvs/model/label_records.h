// SPDX-License-Identifier: Apache-2.0
// Writing labels as label records: a run of protobuf records, each tag 0x0a, length, and inside it
// field 1 the name and field 2 the value, as prometheus.TimeSeries has them. LabelCursor reads
// them. [any]
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kvs::model {

namespace internal {
inline size_t VarintSize(uint64_t value) {
  size_t n = 1;
  for (; value >= 0x80; value >>= 7) ++n;
  return n;
}
// Of a length-delimited field and its tag.
inline size_t FieldSize(size_t n) {
  return 1 + VarintSize(n) + n;
}
}  // namespace internal

/// Bytes that a label takes as a record.
inline size_t LabelRecordSize(std::string_view name, std::string_view value) {
  return internal::FieldSize(internal::FieldSize(name.size()) + internal::FieldSize(value.size()));
}

/// Appends a record. `append` takes each piece as a string_view, in order.
template <typename Append>
void PutLabelRecord(std::string_view name, std::string_view value, Append append) {
  const auto head = [&append](uint8_t tag, uint64_t n) {
    char raw[11];
    size_t size = 0;
    raw[size++] = static_cast<char>(tag);
    for (; n >= 0x80; n >>= 7) raw[size++] = static_cast<char>(n | 0x80);
    raw[size++] = static_cast<char>(n);
    append(std::string_view(raw, size));
  };
  head(0x0a, internal::FieldSize(name.size()) + internal::FieldSize(value.size()));
  head(0x0a, name.size());
  append(name);
  head(0x12, value.size());
  append(value);
}

inline void AppendLabelRecord(std::string_view name, std::string_view value, std::string& out) {
  PutLabelRecord(name, value, [&out](std::string_view piece) { out.append(piece); });
}

}  // namespace kvs::model
