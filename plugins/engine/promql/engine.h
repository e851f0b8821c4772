// SPDX-License-Identifier: Apache-2.0
// Answers PromQL queries from a series source.
//
// Query() blocks: it pulls from the source and computes, so its port is marked KVS_PORT_BLOCKING.
// At most max_concurrent queries run at once; a further one waits in the line of its tenant,
// without holding a thread, until it has its turn or its caller goes away.
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

#include "config.h"
#include "metrics.h"
#include "stats.h"
#include "value/features.h"
#include "value/memory.h"

namespace kvs::engine::promql {

class PromqlEngine final : public sdk::Component, public sdk::QueryEngine {
 public:
  PromqlEngine(sdk::Host host, Config config);

  sdk::Outcome Query(const sdk::Call& call, const kvs_query_t& in, kvs_query_result_t& out,
                     sdk::Completer& completer) override;

  sdk::SourceRef source;   ///< Required port "source".
  sdk::LimiterRef limits;  ///< Optional port "limits".

 private:
  /// A query that waits for its turn; what it points at lives until its completion.
  struct Waiting : std::enable_shared_from_this<Waiting> {
    PromqlEngine* engine;
    const kvs_call_t* call;
    const kvs_query_t* in;
    kvs_query_result_t* out;
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

  /// Line up, and what becomes of it.
  sdk::Outcome Wait(const sdk::Call& call, const kvs_query_t& in, kvs_query_result_t& out,
                    sdk::Completer& completer, int64_t now);
  /// Takes a query whose caller has gone out of the line, unless it has its turn already.
  void GiveUp(const std::shared_ptr<Waiting>& waiting);
  Status Run(const sdk::Call& call, const kvs_query_t& in, kvs_query_result_t& out,
             int64_t since_ns);
  void LogIfSlow(const sdk::Call& call, const kvs_query_t& in, const Usage& usage,
                 const Status& status) const;
  /// After a query: starts the next in line, or gives the turn back.
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
