// SPDX-License-Identifier: Apache-2.0
// Whether a query goes on, asked every so many elements. A batch or a row is no measure: one row
// may have millions of steps, each of which looks at a million samples.
#pragma once

#include <cstdint>

#include "kvs/base/status.h"

#include "value/query.h"

namespace kvs::engine::promql {

/// One worker's. Borrows the query.
class Pulse {
 public:
  /// A few milliseconds of nearly any work, so that a query ends well within 100 ms.
  static constexpr uint64_t kBetween = uint64_t{1} << 19;

  explicit Pulse(const Query& query) : query_(query) {}

  /// Before or after work on `n` elements, each worth some nanoseconds: whether to go on. Once it
  /// is false it stays so, and what has been computed is worth nothing.
  bool Beat(uint64_t n) {
    work_ += n;
    return work_ < kBetween ? status_.ok() : Ask();
  }
  /// Why not.
  const Status& status() const { return status_; }

 private:
  bool Ask() {
    work_ = 0;
    if (status_.ok()) status_ = query_.CheckAlive();
    return status_.ok();
  }

  const Query& query_;
  uint64_t work_ = 0;
  Status status_;
};

}  // namespace kvs::engine::promql
