// SPDX-License-Identifier: Apache-2.0
// memcached's text protocol, as much of it as a cache needs: get, set and delete.
//
// Keys of a cache are bytes of any length; those of memcached are not. So a key is sent as a hash,
// and a value brings its key with it: what does not is not ours, or of a key with the same hash,
// and counts as a miss.
//
// https://github.com/memcached/memcached/blob/master/doc/protocol.txt
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"

namespace kvs::cache::memcached {

/// What a key is called in the servers: `prefix` and 32 hexadecimal digits. [any]
std::string WireKey(std::string_view prefix, std::string_view key);

/// Asks for several keys; answered by ReadValue() until it says that it was the end.
std::string GetRequest(const std::vector<std::string>& wire_keys);
/// Appends what puts a value. `expiry`: as ExpiryOf().
void AppendSet(std::string& out, std::string_view wire_key, int64_t expiry, std::string_view key,
               std::string_view value);
void AppendDelete(std::string& out, std::string_view wire_key);

/// memcached's `exptime`: seconds, rounded up, and beyond 30 days the time of the end. 0: never.
int64_t ExpiryOf(int64_t ttl_ms, int64_t now_ms);

/// One line of an answer, without its CRLF.
struct ValueLine {
  bool end = false;  ///< The answer is over; nothing else is set.
  std::string_view wire_key;
  uint64_t size = 0;  ///< Of the bytes that follow, before a CRLF.
};
/// DataLoss for what no get is answered with, `max_size` for a value that nobody here has put.
StatusOr<ValueLine> ReadValueLine(std::string_view line, uint64_t max_size);

/// The value in `payload`, if it is that of `key`.
std::optional<std::string_view> ValueOf(std::string_view payload, std::string_view key);
/// How much longer a payload is than its value.
uint64_t PayloadOverhead(std::string_view key);

/// What a line says that answers a set or delete.
enum class LineMeaning { kDone, kRefused, kBroken };
/// kRefused: the server did not take it (too large, out of memory), and goes on; kBroken: nobody
/// knows what comes next on this connection.
LineMeaning ReadResultLine(std::string_view line);

}  // namespace kvs::cache::memcached
