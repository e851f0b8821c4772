// SPDX-License-Identifier: Apache-2.0
#include "rate.h"

#include <utility>

namespace kvs::sink::usage {

void Rate::Tick() {
  constexpr double kAlpha = 0.2;
  const double now = static_cast<double>(std::exchange(new_, 0)) * 1000 / kTickMs;
  last_ = started_ ? last_ + kAlpha * (now - last_) : now;
  started_ = true;
}

}  // namespace kvs::sink::usage
