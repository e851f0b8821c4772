// SPDX-License-Identifier: Apache-2.0
#include "listing.h"

#include <algorithm>

#include "kvs/objstore/key.h"

namespace kvs::storage::s3 {
namespace {

// U+10FFFF, behind which no key of a folder comes unless it begins with it.
constexpr const char* kLastCharacter = "\xf4\x8f\xbf\xbf";

// Where S3 should begin. A page may end with a common prefix, and it goes on behind all that is
// below it; stores differ in whether they see it that way, so they are told a key that is behind it
// in any case.
std::string StartAfter(const ListRequest& request, const objstore::KeyPrefix& store_prefix) {
  const std::string full = store_prefix.Add(request.start_after);
  if (request.delimiter.empty() || !full.starts_with(request.prefix)) return full;
  const size_t cut = full.find(request.delimiter, request.prefix.size());
  if (cut == std::string::npos) return full;
  std::string behind = full.substr(0, cut + request.delimiter.size()) + kLastCharacter;
  return behind.size() > objstore::kKeyBytesMax ? full : behind;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> ListQuery(const ListRequest& request,
                                                           const objstore::KeyPrefix& store_prefix,
                                                           const std::string& token) {
  std::vector<std::pair<std::string, std::string>> out{{"list-type", "2"},
                                                       {"encoding-type", "url"}};
  if (!request.prefix.empty()) out.emplace_back("prefix", request.prefix);
  if (!request.delimiter.empty()) out.emplace_back("delimiter", request.delimiter);
  const uint32_t max_keys =
      request.max_keys == 0 ? objstore::kPageKeys : std::min(request.max_keys, objstore::kPageKeys);
  out.emplace_back("max-keys", StrCat(max_keys));
  if (!token.empty()) {
    out.emplace_back("continuation-token", token);
  } else if (!request.start_after.empty()) {
    out.emplace_back("start-after", StartAfter(request, store_prefix));
  }
  return out;
}

ListPage MakePage(const ListRequest& request, const objstore::KeyPrefix& store_prefix,
                  ListAnswer answer) {
  ListPage out;
  out.more = answer.truncated;
  for (objstore::ListEntry& entry : answer.entries) {
    if (!entry.key.starts_with(request.prefix)) continue;
    entry.key.erase(0, store_prefix.text().size());
    if (entry.key <= request.start_after) continue;
    // Others write keys that we could neither read nor remove, such as "folder/".
    if (!entry.is_prefix && !objstore::CheckKey(entry.key).ok()) continue;
    out.entries.push_back(std::move(entry));
  }
  return out;
}

}  // namespace kvs::storage::s3
