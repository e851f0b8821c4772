// SPDX-License-Identifier: Apache-2.0
// Answers PromQL queries from a series source.
//
// Calls block: they pull from the source and compute, so the port is marked KVS_PORT_BLOCKING.
// At most max_concurrent calls run at once, a query or a batch of them each; a further one waits in
// the line of its tenant, without holding a thread, until it has its turn or its caller goes away.
// Rules come before people there, but not always (kvs/sdk/query_priority.h).
#pragma once

#include <functional>
#include <memory>

#include "kvs/base/mutex.h"
#include "kvs/query/query_rules.h"
#include "kvs/sdk/component.h"
#include "kvs/sdk/port/limiter.h"
#include "kvs/sdk/port/query_engine.h"
#include "kvs/sdk/port/series_source.h"
#include "kvs/sdk/turns.h"

#include "batch/query_batch.h"
#include "config.h"
#include "metrics.h"
#include "value/features.h"
#include "value/memory.h"

namespace kvs::engine::promql {

class PromqlEngine final : public sdk::Component, public sdk::QueryEngine {
 public:
  PromqlEngine(sdk::Host host, Config config);

  sdk::Outcome Query(const sdk::Call& call, const kvs_query_t& in, kvs_query_result_t& out,
                     sdk::Completer& completer) override;
  sdk::Outcome QueryBatch(const sdk::Call& call, const kvs_query_batch_t& in,
                          kvs_query_answers_t& out, sdk::Completer& completer) override;

  sdk::SourceRef source;   ///< Required port "source".
  sdk::LimiterRef limits;  ///< Optional port "limits".

 private:
  /// What a call asks: one query, or several. What it points at lives until the call ends.
  struct Asked {
    const kvs_query_t* query = nullptr;  ///< Null: a batch.
    kvs_query_result_t* result = nullptr;
    const kvs_query_batch_t* batch = nullptr;
    kvs_query_answers_t* answers = nullptr;
    size_t size() const { return query != nullptr ? 1 : batch->n_queries; }
    int32_t priority() const;
  };

  /// A call that waits for its turn.
  struct Waiting : std::enable_shared_from_this<Waiting> {
    PromqlEngine* engine;
    const kvs_call_t* call;
    Asked asked;
    int64_t since_ns;
    sdk::Completion done;  ///< Set before anybody else sees this.
    Mutex mutex;
    uint64_t ticket KVS_GUARDED_BY(mutex) = 0;  ///< Of the caller's kvs_cancel_t.
    std::atomic<bool> cancelled{false};

    void Subscribe();
    /// Afterwards nobody calls back any more.
    void Unsubscribe();
    static void OnCancel(void* self) noexcept;
  };

  sdk::Outcome RunInTurn(const sdk::Call& call, const Asked& asked, sdk::Completer& completer);
  /// Line up, and what becomes of it.
  sdk::Outcome Wait(const sdk::Call& call, const Asked& asked, sdk::Completer& completer,
                    int64_t now);
  /// Takes a call whose caller has gone out of the line, unless it has its turn already.
  void GiveUp(const std::shared_ptr<Waiting>& waiting);
  Status Run(const sdk::Call& call, const Asked& asked, int64_t since_ns);
  void CountEnd(const sdk::Call& call, const BatchItem& item) const;
  void LogIfSlow(const sdk::Call& call, const BatchItem& item) const;
  /// After a call: starts the next in line, or gives the turn back.
  void PassTurn();

  const sdk::Host host_;
  const Config config_;
  const Features features_;
  const Metrics metrics_;
  const std::shared_ptr<MemoryPool> memory_;  ///< Shared with results that outlive the engine.
  query::QueryRuleBook rules_;
  sdk::Turns<Waiting> turns_;
  std::function<void()> collect_;
};

}  // namespace kvs::engine::promql
