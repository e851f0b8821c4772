// SPDX-License-Identifier: Apache-2.0
// ReadTurns: how many requests are read for at a time, and who waits; tenants take turns. A turn
// lasts until its answer is sent, as in Prometheus: what readers hold in memory is bounded by their
// number.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "kvs/sdk/host.h"
#include "kvs/sdk/turns.h"

namespace kvs::api::remote_read {

class ReadTurns {
 public:
  /// At most `max_running` at once, and `max_waiting` of one tenant in line.
  ReadTurns(sdk::Executor executor, int64_t max_running, int64_t max_waiting)
      : executor_(executor), turns_(max_running, max_waiting) {}

  /// Given back when it is destroyed. [any]
  class Turn {
   public:
    explicit Turn(ReadTurns& turns) : turns_(turns) {}
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    ReadTurns& turns_;
  };
  using Work = std::function<void(std::shared_ptr<Turn>)>;

  /// Runs `work` on a worker, now or when it is its turn; false when too many wait. [any]
  bool Admit(std::string_view tenant, Work work);

 private:
  void Run(const std::shared_ptr<Work>& work);

  const sdk::Executor executor_;
  sdk::Turns<Work> turns_;
};

}  // namespace kvs::api::remote_read
