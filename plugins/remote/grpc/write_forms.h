// SPDX-License-Identifier: Apache-2.0
// WriteForms: in which form the next write to a peer goes (write_codec.h), by what it made of those
// before.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace kvs::remote::grpc {

/// [any]
class WriteForms {
 public:
  enum class Form {
    kFull,  ///< As every version understands it.
    kKeys,  ///< Labels are told when they are asked for.
    kTold,  ///< All labels are told beside the keys.
  };

  Form Next(int64_t now_ns) {
    if (now_ns < full_until_ns_.load(std::memory_order_relaxed)) return Form::kFull;
    if (tell_.load(std::memory_order_relaxed) > 0 &&
        tell_.fetch_sub(1, std::memory_order_relaxed) > 0)
      return Form::kTold;
    return Form::kKeys;
  }
  /// The peer understands only full writes. It may be another one behind that address after a
  /// while.
  void Refused(int64_t now_ns) {
    full_until_ns_.store(now_ns + kRetryNs, std::memory_order_relaxed);
  }
  /// Of so many series the peer asked for the labels of `missing`. Where it knows few, because it
  /// is new or forgets them soon, asking costs more than telling.
  void Asked(size_t missing, size_t n_series) {
    if (missing * 2 > n_series) tell_.store(kTellWrites, std::memory_order_relaxed);
  }

 private:
  static constexpr int64_t kRetryNs = 60'000'000'000;
  static constexpr int32_t kTellWrites = 15;

  std::atomic<int64_t> full_until_ns_{0};
  std::atomic<int32_t> tell_{0};
};

}  // namespace kvs::remote::grpc
