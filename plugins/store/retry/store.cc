// SPDX-License-Identifier: Apache-2.0
#include "store.h"

#include <algorithm>
#include <optional>
#include <string>

#include "kvs/sdk/pause.h"

namespace kvs::store::retry {

int64_t Store::LeftMs(const sdk::Call& call) const {
  if (call.deadline_ns() == 0) return -1;
  return std::max<int64_t>((call.deadline_ns() - host_.clock().MonotonicNs()) / 1'000'000, 0);
}

template <typename In, typename Out>
sdk::Task Store::Repeat(sdk::Call call, sdk::Method<In, Out> method, const In* in, Out* out,
                        Operation operation, int64_t max_attempts) {
  objstore::Backoff backoff({config_.min_backoff.ms, config_.max_backoff.ms, max_attempts},
                            static_cast<uint64_t>(sdk::MonotonicNs()));
  while (true) {
    sdk::OwnedCall attempt(call, call.tenant());
    if (config_.attempt_timeout.ms > 0) attempt.WithTimeoutMs(config_.attempt_timeout.ms);
    const sdk::Call bounded = attempt.call();
    const Status ended = co_await sdk::Async(method, bounded, in, out);
    if (ended.ok()) co_return ended;
    // Past its own deadline, but not past that of the call: the attempt was slow, and another may
    // not be.
    const bool slow = ended.code() == StatusCode::kDeadlineExceeded &&
                      bounded.deadline_ns() != call.deadline_ns() && call.CheckAlive().ok();
    const Status status = slow ? Unavailable("an attempt took longer than attempt_timeout = ",
                                             config_.attempt_timeout.ms, " ms")
                                     .Retryable()
                               : Status(ended);
    if (!objstore::IsRetryable(status)) co_return status;
    const std::optional<int64_t> wait_ms = backoff.Next(status, LeftMs(call));
    if (!wait_ms.has_value()) {
      metrics_.given_up[operation].Add();
      if (backoff.attempts() == 1) co_return status;
      co_return Annotate(status, "after ", backoff.attempts(), " attempts");
    }
    metrics_.retries[operation].Add();
    sdk::Pause pause(host_, call, *wait_ms);
    const Status waited = co_await pause;
    if (!waited.ok()) co_return Annotate(waited, "after ", status.message());
  }
}

sdk::Outcome Store::Stat(const sdk::Call& call, const kvs_str_t& in, kvs_object_info_t& out,
                         sdk::Completer& completer) {
  return sdk::Run(completer, Repeat(call, next.stat(), &in, &out, kStat, config_.max_attempts));
}

sdk::Outcome Store::Get(const sdk::Call& call, const kvs_object_get_t& in, kvs_object_data_t& out,
                        sdk::Completer& completer) {
  return sdk::Run(completer, Repeat(call, next.get(), &in, &out, kGet, config_.max_attempts));
}

sdk::Outcome Store::Put(const sdk::Call& call, const kvs_object_put_t& in, kvs_object_info_t& out,
                        sdk::Completer& completer) {
  // When the answer to a put with a condition got lost, a second one cannot tell what the first has
  // written from what somebody else has: its caller must look.
  const int64_t attempts = in.condition == KVS_PUT_ALWAYS ? config_.max_attempts : 1;
  return sdk::Run(completer, Repeat(call, next.put(), &in, &out, kPut, attempts));
}

sdk::Outcome Store::List(const sdk::Call& call, const kvs_object_list_t& in, kvs_object_page_t& out,
                         sdk::Completer& completer) {
  return sdk::Run(completer, Repeat(call, next.list(), &in, &out, kList, config_.max_attempts));
}

sdk::Outcome Store::Remove(const sdk::Call& call, const kvs_str_t& in, sdk::Completer& completer) {
  return sdk::Run(completer, Repeat<kvs_str_t, void>(call, next.remove(), &in, nullptr, kRemove,
                                                     config_.max_attempts));
}

}  // namespace kvs::store::retry
