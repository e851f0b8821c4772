// SPDX-License-Identifier: Apache-2.0
#include "target.h"

#include <utility>

namespace kvs::sink::replicate {
namespace {

// What says something about the instance, and not about the request.
bool IsFailure(const Status& status) {
  switch (status.code()) {
    case StatusCode::kUnavailable:
    case StatusCode::kDeadlineExceeded:
    case StatusCode::kInternal:
    case StatusCode::kUnknown:
      return true;
    default:
      return false;
  }
}

}  // namespace

Target::Target(const Config& config, const Metrics& metrics, std::string address)
    : config_(config),
      address_(std::move(address)),
      appends_(metrics.appends.With({address_})),
      failures_(metrics.failures) {}

Status Target::Dial(const sdk::DialerRef& dialer) {
  auto dial = sdk::Record<kvs_dial_t>();
  dial.address = sdk::Str(address_);
  KVS_RETURN_IF_ERROR(
      sdk::Await(dialer.dial(), sdk::OwnedCall("replicate"), &dial, connection_.out()));
  sink_ = connection_.port<sdk::SinkRef>();
  return sink_ ? OkStatus() : FailedPrecondition("the dialer carries no samples");
}

Status Target::Begin(int64_t bytes, int64_t now_ns) {
  const auto broken = [this] {
    return Unavailable(address_, ": the circuit breaker is open").Retryable();
  };
  int64_t closed_until = closed_until_ns_.load(std::memory_order_relaxed);
  if (closed_until > now_ns) return broken();
  if (inflight_bytes_.fetch_add(bytes) + bytes > config_.inflight_bytes_max.bytes) {
    inflight_bytes_.fetch_sub(bytes);
    return Unavailable(address_, ": more than ", config_.inflight_bytes_max.bytes,
                       " bytes are on the way to it")
        .Retryable();
  }
  // One of those who come after the pause and may send tries; the others wait for what it finds.
  if (closed_until != 0 && !closed_until_ns_.compare_exchange_strong(
                               closed_until, now_ns + CooldownNs(), std::memory_order_relaxed)) {
    inflight_bytes_.fetch_sub(bytes);
    return broken();
  }
  appends_.Add();
  return OkStatus();
}

void Target::Ended(int64_t bytes, const Status& status, int64_t now_ns) {
  inflight_bytes_.fetch_sub(bytes);
  const bool failed = IsFailure(status);
  if (!status.ok()) failures_.With({address_, failed ? "5xx" : "4xx"}).Add();
  // Who went away found nothing out. If it was the one that tried, another does after its pause.
  if (status.code() == StatusCode::kCancelled) return;
  if (!failed) {
    failed_in_a_row_.store(0, std::memory_order_relaxed);
    closed_until_ns_.store(0, std::memory_order_relaxed);
    return;
  }
  const int64_t in_a_row = failed_in_a_row_.fetch_add(1, std::memory_order_relaxed) + 1;
  if (config_.circuit_breaker_failures > 0 && in_a_row >= config_.circuit_breaker_failures)
    closed_until_ns_.store(now_ns + CooldownNs(), std::memory_order_relaxed);
}

StatusOr<std::shared_ptr<Target>> Targets::Find(std::string_view address, int64_t now_ns) {
  return targets_.Find(address, now_ns, [&]() -> StatusOr<std::shared_ptr<Target>> {
    auto target = std::make_shared<Target>(config_, metrics_, std::string(address));
    KVS_RETURN_IF_ERROR(target->Dial(dialer_));
    return target;
  });
}

}  // namespace kvs::sink::replicate
