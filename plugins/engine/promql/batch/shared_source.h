// SPDX-License-Identifier: Apache-2.0
// The source of the queries of a batch: what several of them select is read from the source of the
// engine once, and each reads it at its own pace.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "kvs/base/mutex.h"
#include "kvs/sdk/call.h"

#include "batch/wanted.h"
#include "scan/select_only.h"
#include "value/memory.h"

namespace kvs::engine::promql {

/// Batches of series are kept from the first reader to the last one that was planned, charged to
/// the pool of the engine, and to nobody's query. Where they grow too large, the readers that have
/// begun go on, and the others read for themselves: no query fails because another one shares with
/// it. Outlives its cursors, not their batches. [worker]
class SharedSource final : public SelectOnly {
 public:
  /// `call`: that of the batch; `timeout_ms`: of one step of a shared read, 0: the call's deadline
  /// alone. `kept_limit`: bytes that are kept at once; 0: any.
  SharedSource(const sdk::SourceRef& inner, const sdk::Call& call, int64_t timeout_ms,
               std::shared_ptr<MemoryPool> pool, int64_t kept_limit);
  ~SharedSource() override;

  /// What all queries together will select, each as often as it will. Before the first Select().
  void Plan(const std::vector<Wanted>& wanted);
  /// Reads that several selections share.
  size_t shared_reads() const { return reads_.size(); }

  sdk::Outcome Select(const sdk::Call& call, const kvs_select_t& in, kvs_series_cursor_t& out,
                      sdk::Completer& completer) override;

 private:
  class StepCall;
  class Kept;
  struct Node;
  class Read;
  class Cursor;

  const sdk::SourceRef inner_;
  const sdk::Call call_;
  const int64_t timeout_ms_;
  const std::shared_ptr<MemoryAccount> kept_;
  std::vector<std::shared_ptr<Read>> reads_;
};

}  // namespace kvs::engine::promql
