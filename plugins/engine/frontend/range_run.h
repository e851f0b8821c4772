// SPDX-License-Identifier: Apache-2.0
// One query on its way: cut into parts, of each what is cached is taken from there and what is not
// is asked, in shards where that can be, and everything is put together.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "kvs/sdk/call.h"
#include "kvs/sdk/co.h"
#include "kvs/sdk/host.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/port/cache.h"
#include "kvs/sdk/port/object_store.h"
#include "kvs/sdk/port/query_engine.h"

#include "admission.h"
#include "cache/entry.h"
#include "cache/generations.h"
#include "config.h"
#include "metrics.h"
#include "result/notes.h"
#include "split/intervals.h"

namespace kvs::engine::frontend {

/// What all queries of a frontend share.
struct FrontendParts {
  sdk::Executor executor;
  sdk::Clock clock;
  sdk::Log log;
  sdk::EngineRef next;
  sdk::CacheRef cache;
  sdk::StoreRef store;
  const Config& config;
  const Metrics& metrics;
  Generations& generations;
};

/// Throws a switch of its own when another one is thrown: what was started together ends together.
class ChainedCancel {
 public:
  explicit ChainedCancel(const kvs_cancel_t* parent);
  ~ChainedCancel();
  ChainedCancel(const ChainedCancel&) = delete;
  ChainedCancel& operator=(const ChainedCancel&) = delete;
  sdk::CancelSource& source() { return source_; }

 private:
  sdk::CancelSource source_;
  const kvs_cancel_t* const parent_;
  uint64_t ticket_ = 0;
};

/// Lives in the coroutine that awaits Go(), once.
class RangeRun {
 public:
  RangeRun(FrontendParts parts, const sdk::Call& call, const Admitted& admitted);

  /// Begins on a worker.
  sdk::Co<Status> Go(kvs_query_result_t& out);

 private:
  /// An interval's share of the query, and what is cached of it.
  struct Part {
    StepRange steps;
    std::string key;  ///< Empty: not cached.
    std::vector<Extent> extents;
    bool asked_any = false;
  };
  /// Consecutive steps that come from one place.
  struct Piece {
    StepRange steps;
    size_t part = 0;
    const Extent* cached = nullptr;  ///< Else it is asked.
    size_t first_leg = 0, n_legs = 0;
    sdk::Owned<kvs_query_result_t> merged;       ///< Of shards.
    const kvs_query_result_t* result = nullptr;  ///< Once it is there.
  };
  /// One query that is asked.
  struct Leg {
    kvs_query_t query{};
    sdk::Owned<kvs_query_result_t> result;
    Status status;
  };

  /// Why nothing is cached; null: it may be.
  const char* WhyNotCached() const;
  sdk::Co<Status> LookUp();
  void ReadEntry(Part& part, kvs_bytes_t bytes);
  void MakePieces();
  void MakeLegs();
  sdk::Co<Status> AskLegs();
  Status FirstError() const;
  /// False: the shards or the parts do not say what the whole would.
  bool PutTogether(kvs_query_result_t& out);
  bool MergeShardsOf(const Piece& piece, kvs_query_result_t& out);
  sdk::Co<Status> Keep();
  std::string NewEntry(const Part& part, size_t index);
  sdk::Co<Status> AskWhole(kvs_query_result_t& out);

  const FrontendParts frontend_;
  const sdk::Call call_;
  const Admitted& admitted_;
  const kvs_query_t& query_;
  const int64_t step_ms_;
  const int64_t now_ms_;
  int64_t newest_kept_ms_ = 0;  ///< The last step that is old enough to be cached.
  std::vector<Part> parts_;
  std::vector<Piece> pieces_;
  std::vector<Leg> legs_;
  std::atomic<size_t> next_leg_{0};
  ChainedCancel cancel_;
  kvs_call_t leg_call_;
};

}  // namespace kvs::engine::frontend
