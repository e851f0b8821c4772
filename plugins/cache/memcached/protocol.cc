// SPDX-License-Identifier: Apache-2.0
#include "protocol.h"

#include <xxhash.h>

#include <charconv>
#include <cstring>

#include "kvs/base/str_cat.h"

namespace kvs::cache::memcached {
namespace {

constexpr int64_t kRelativeMaxSeconds = 30 * 24 * 3600;
constexpr char kDigits[] = "0123456789abcdef";

void AppendHex(std::string& out, uint64_t bits) {
  for (int shift = 60; shift >= 0; shift -= 4) out.push_back(kDigits[(bits >> shift) & 15]);
}

// The next word of `line`, which loses it.
std::string_view Word(std::string_view& line) {
  const size_t space = line.find(' ');
  const std::string_view word = line.substr(0, space);
  line.remove_prefix(space == std::string_view::npos ? line.size() : space + 1);
  return word;
}

}  // namespace

std::string WireKey(std::string_view prefix, std::string_view key) {
  const XXH128_hash_t hash = XXH3_128bits(key.data(), key.size());
  std::string out(prefix);
  AppendHex(out, hash.high64);
  AppendHex(out, hash.low64);
  return out;
}

std::string GetRequest(const std::vector<std::string>& wire_keys) {
  std::string out = "get";
  for (const std::string& key : wire_keys) StrAppend(out, " ", key);
  out += "\r\n";
  return out;
}

uint64_t PayloadOverhead(std::string_view key) {
  return sizeof(uint32_t) + key.size();
}

void AppendSet(std::string& out, std::string_view wire_key, int64_t expiry, std::string_view key,
               std::string_view value) {
  const auto key_size = static_cast<uint32_t>(key.size());
  StrAppend(out, "set ", wire_key, " 0 ", expiry, " ", PayloadOverhead(key) + value.size(), "\r\n");
  out.append(reinterpret_cast<const char*>(&key_size), sizeof key_size);
  out.append(key);
  out.append(value);
  out += "\r\n";
}

void AppendDelete(std::string& out, std::string_view wire_key) {
  StrAppend(out, "delete ", wire_key, "\r\n");
}

int64_t ExpiryOf(int64_t ttl_ms, int64_t now_ms) {
  if (ttl_ms <= 0) return 0;
  const int64_t seconds = ttl_ms / 1000 + (ttl_ms % 1000 != 0 ? 1 : 0);
  return seconds <= kRelativeMaxSeconds ? seconds : now_ms / 1000 + seconds;
}

StatusOr<ValueLine> ReadValueLine(std::string_view line, uint64_t max_size) {
  ValueLine out;
  if (line == "END") {
    out.end = true;
    return out;
  }
  std::string_view rest = line;
  const bool is_value = Word(rest) == "VALUE";
  out.wire_key = Word(rest);
  Word(rest);  // Flags, which nobody here sets.
  const std::string_view size = Word(rest);
  const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), out.size);
  if (!is_value || size.empty() || error != std::errc() || end != size.data() + size.size())
    return DataLoss("the server answers a get with \"", line.substr(0, 100), "\"");
  if (out.size > max_size)
    return DataLoss("the server gives a value of ", out.size, " bytes, and at most ", max_size,
                    " are ever put");
  return out;
}

std::optional<std::string_view> ValueOf(std::string_view payload, std::string_view key) {
  uint32_t key_size = 0;
  if (payload.size() < sizeof key_size) return std::nullopt;
  std::memcpy(&key_size, payload.data(), sizeof key_size);
  payload.remove_prefix(sizeof key_size);
  if (key_size != key.size() || payload.substr(0, key_size) != key) return std::nullopt;
  return payload.substr(key_size);
}

LineMeaning ReadResultLine(std::string_view line) {
  if (line == "STORED" || line == "DELETED" || line == "NOT_FOUND") return LineMeaning::kDone;
  if (line == "NOT_STORED" || line.starts_with("SERVER_ERROR")) return LineMeaning::kRefused;
  return LineMeaning::kBroken;
}

}  // namespace kvs::cache::memcached
