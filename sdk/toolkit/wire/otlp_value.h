// SPDX-License-Identifier: Apache-2.0
// Values of attributes as texts, for both encodings of OTLP. Lists and maps become JSON as the
// Collector writes it: no blanks, keys of maps in order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kvs/model/write_batch.h"

namespace kvs::wire::otlp {

/// How many elements a body may have. A point with a time or an attribute with a key takes more than
/// eight bytes; a body of others would grow to many times its size in memory.
inline size_t MostElements(size_t body_bytes) {
  return body_bytes / 8 + 4096;
}

/// Deeper values are refused, so that no body can use up the stack.
inline constexpr int kMaxValueDepth = 32;

void AppendBase64(std::string& out, std::string_view bytes);
/// The text of a number at the top of a value; JSON has no NaN and infinities.
void AppendDouble(std::string& out, double value);

/// A map under way: members are sorted by key, the last of equal keys wins.
class JsonMap {
 public:
  std::string& Add(std::string_view key) { return members_.emplace_back(key, "").second; }
  void AppendTo(std::string& out);

 private:
  std::vector<std::pair<std::string_view, std::string>> members_;
};

}  // namespace kvs::wire::otlp
