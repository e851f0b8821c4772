// SPDX-License-Identifier: Apache-2.0
// Rate: an exponentially weighted moving average over a minute, as Mimir shows
// it. Not synchronised.
#pragma once

#include <cstdint>

namespace kvs::sink::usage {

class Rate {
 public:
  static constexpr int64_t kTickMs = 15'000;
  void Add(uint64_t n) { new_ += n; }
  /// Every kTickMs.
  void Tick();
  double per_second() const { return last_; }

 private:
  uint64_t new_ = 0;
  double last_ = 0;
  bool started_ = false;
};

}  // namespace kvs::sink::usage
