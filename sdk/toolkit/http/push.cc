// SPDX-License-Identifier: Apache-2.0
#include "kvs/http/push.h"

#include <algorithm>
#include <charconv>

#include "kvs/http/status_code.h"

namespace kvs::http {
namespace {

constexpr CodeOverride kPushCodes[] = {
    {StatusCode::kFailedPrecondition, 400},  // A limit of the tenant, such as its number of series.
    {StatusCode::kAlreadyExists, 202},  // A replica that is not elected: taken in, and dropped.
    {StatusCode::kDeadlineExceeded, 500},
    {StatusCode::kNotFound, 500},
};

}  // namespace

int PushHttpCode(const Status& status) {
  return HttpCode(status, kPushCodes);
}

int64_t RetryAfterSeconds(std::string_view retry_attempt_header, int64_t min_ms, int64_t max_ms,
                          uint64_t random) {
  int64_t attempt = 0;
  std::from_chars(retry_attempt_header.data(),
                  retry_attempt_header.data() + retry_attempt_header.size(), attempt);
  int64_t wait_ms = min_ms;
  for (int64_t i = 1; i < attempt && wait_ms < max_ms; ++i) wait_ms *= 2;
  wait_ms = std::min(wait_ms, max_ms);
  // splitmix64: its low bits are as good as its high ones, whatever `random` is like.
  random += 0x9e3779b97f4a7c15;
  random = (random ^ (random >> 30)) * 0xbf58476d1ce4e5b9;
  random = (random ^ (random >> 27)) * 0x94d049bb133111eb;
  random ^= random >> 31;
  wait_ms += static_cast<int64_t>(random % static_cast<uint64_t>(wait_ms + 1)) - wait_ms / 2;
  return (std::clamp(wait_ms, min_ms, max_ms) + 999) / 1000;
}

}  // namespace kvs::http
