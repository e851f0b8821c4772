// SPDX-License-Identifier: Apache-2.0
#include "kvs/bucket/shard_id.h"

#include <charconv>

namespace kvs::bucket {
namespace {

bool ReadNumber(std::string_view text, uint64_t* out) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), *out);
  return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

}  // namespace

std::string ShardId::ToString() const {
  return StrCat(index + 1, "_of_", count);
}

StatusOr<ShardId> ShardId::Parse(std::string_view text) {
  constexpr std::string_view kOf = "_of_";
  const size_t at = text.find(kOf);
  uint64_t number = 0;
  uint64_t count = 0;
  if (at == text.npos || !ReadNumber(text.substr(0, at), &number) ||
      !ReadNumber(text.substr(at + kOf.size()), &count) || number == 0 || number > count) {
    return InvalidArgument("\"", text, "\" is no shard, such as \"3_of_8\"");
  }
  return ShardId{number - 1, count};
}

}  // namespace kvs::bucket
