// SPDX-License-Identifier: Apache-2.0
// Budget: how many bytes of blocks may be in memory, for one query and for all.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "kvs/base/status.h"
#include "kvs/sdk/host.h"

namespace kvs::source::blocks {

/// Of the process. [any]
struct TotalBudget {
  TotalBudget(int64_t limit_bytes, sdk::Cell used_bytes) : limit(limit_bytes), gauge(used_bytes) {}
  const int64_t limit;
  const sdk::Cell gauge;
  std::atomic<int64_t> used{0};
};

/// Of one query; shared by its blocks and by what it fetched. [any]
class Budget {
 public:
  Budget(int64_t limit, std::shared_ptr<TotalBudget> total)
      : limit_(limit), total_(std::move(total)) {}
  ~Budget() { Give(used_.load()); }
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;

  /// ResourceExhausted names the limit, and takes nothing.
  Status Take(int64_t bytes) {
    const int64_t used = used_.fetch_add(bytes) + bytes;
    if (used > limit_) {
      used_.fetch_sub(bytes);
      return ResourceExhausted("the query would hold ", used,
                               " bytes of blocks in memory, and max_bytes_per_query is ", limit_,
                               "; ask for fewer series or less time")
          .WithReason("err-kvs-source-blocks-max-bytes-per-query");
    }
    const int64_t all = total_->used.fetch_add(bytes) + bytes;
    if (all > total_->limit) {
      used_.fetch_sub(bytes);
      total_->used.fetch_sub(bytes);
      return ResourceExhausted("queries would hold ", all,
                               " bytes of blocks in memory, and max_bytes_in_flight is ",
                               total_->limit, "; try again later")
          .Retryable();
    }
    total_->gauge.Set(static_cast<double>(all));
    return OkStatus();
  }
  void Return(int64_t bytes) {
    used_.fetch_sub(bytes);
    Give(bytes);
  }

 private:
  void Give(int64_t bytes) {
    total_->gauge.Set(static_cast<double>(total_->used.fetch_sub(bytes) - bytes));
  }

  const int64_t limit_;
  const std::shared_ptr<TotalBudget> total_;  // Batches may outlive who made it.
  std::atomic<int64_t> used_{0};
};

}  // namespace kvs::source::blocks
