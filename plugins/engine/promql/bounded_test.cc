// SPDX-License-Identifier: Apache-2.0
// What a query may use, who waits for whom, and how it ends when nobody wants it any more.

#include <algorithm>
#include <atomic>
#include <functional>
#include <future>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/chunk/xor.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/query_priority.h"
#include "kvs/sdk/str.h"
#include "kvs/testkit/select_source.h"
#include "kvs/testkit/test_host.h"

#include "test_engine.h"

namespace kvs::engine::promql {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr int64_t kStepMs = 15'000;
constexpr int64_t kHourMs = 3'600'000;

/// Any number of series m{i="0"}, m{i="1"}, ... with an hour of samples, made when they are asked
/// for: what a test holds in memory is what the engine holds.
class SyntheticSource final : public testkit::SelectSource {
 public:
  explicit SyntheticSource(uint32_t n_series) : n_series_(n_series) {
    chunk::XorChunkBuilder builder;
    for (int64_t t = 0; t <= kHourMs; t += kStepMs) builder.Append(t, 1);
    bytes_.assign(builder.bytes().begin(), builder.bytes().end());
  }

  /// Called before a batch is made; for tests that want to act in the middle.
  std::function<void(const sdk::Call&)> before_batch = [](const sdk::Call&) {};
  std::atomic<int> batches{0};
  size_t chunk_bytes() const { return bytes_.size(); }  ///< Of the one chunk of a series.

  sdk::Outcome Select(const sdk::Call&, const kvs_select_t&, kvs_series_cursor_t& out,
                      sdk::Completer&) override {
    sdk::HandOutCursor(out, std::make_unique<Cursor>(*this));
    return OkStatus();
  }

 private:
  static constexpr uint32_t kPerBatch = 1000;

  struct Batch {
    kvs_series_batch_t record = sdk::Record<kvs_series_batch_t>();
    std::vector<std::string> texts;
    std::vector<kvs_str_t> symbols;
    std::vector<uint32_t> begin{0}, refs, chunk_begin{0};
    std::vector<kvs_chunk_t> chunks;
  };

  class Cursor final : public sdk::SeriesCursor {
   public:
    explicit Cursor(SyntheticSource& source) : source_(source) {}
    sdk::Outcome Next(const sdk::Call& call, kvs_series_batch_t*& out, sdk::Completer&) override {
      if (next_ >= source_.n_series_) return sdk::End();
      source_.before_batch(call);
      ++source_.batches;
      const uint32_t n = std::min(kPerBatch, source_.n_series_ - next_);
      out = source_.Make(next_, n);
      next_ += n;
      return OkStatus();
    }

   private:
    SyntheticSource& source_;
    uint32_t next_ = 0;
  };

  kvs_series_batch_t* Make(uint32_t first, uint32_t n) const {
    auto batch = std::make_unique<Batch>();
    batch->texts = {"__name__", "m", "i"};
    for (uint32_t s = 0; s < n; ++s) {
      batch->texts.push_back(std::to_string(first + s));
      batch->refs.insert(batch->refs.end(), {0, 1, 2, 3 + s});
      batch->begin.push_back(static_cast<uint32_t>(batch->refs.size()));
      batch->chunks.push_back({0, kHourMs, bytes_.data(), static_cast<uint32_t>(bytes_.size()),
                               static_cast<uint32_t>(kHourMs / kStepMs + 1), KVS_CHUNK_XOR, 0});
      batch->chunk_begin.push_back(s + 1);
    }
    for (const std::string& text : batch->texts) batch->symbols.push_back(sdk::Str(text));
    kvs_series_batch_t& record = batch->record;
    record.n_series = n;
    record.labels = sdk::Record<kvs_label_columns_t>();
    record.labels.n_series = n;
    record.labels.symbols = batch->symbols.data();
    record.labels.n_symbols = batch->symbols.size();
    record.labels.begin = batch->begin.data();
    record.labels.refs = batch->refs.data();
    record.chunk_begin = batch->chunk_begin.data();
    record.chunks = batch->chunks.data();
    record.producer = batch.get();
    record.release = [](kvs_series_batch_t* self) noexcept {
      delete static_cast<Batch*>(self->producer);
    };
    return &batch.release()->record;
  }

  const uint32_t n_series_;
  std::vector<uint8_t> bytes_;
};

/// A query and the room for its answer.
struct Asked {
  explicit Asked(std::string_view query, const kvs_cancel_t* cancel = nullptr,
                 std::string_view tenant = "test")
      : call(tenant, cancel), text(query) {
    in.text = sdk::Str(text);
    in.flags = KVS_QUERY_RANGE;
    in.end_ms = kHourMs;
    in.step_ms = kStepMs;
  }
  sdk::OwnedCall call;
  std::string text;
  kvs_query_t in = sdk::Record<kvs_query_t>();
  sdk::Owned<kvs_query_result_t> result;
};

class BoundedTest : public ::testing::Test {
 protected:
  std::unique_ptr<PromqlEngine> Engine(sdk::SeriesSource& source, const Config& config) {
    auto engine = std::make_unique<PromqlEngine>(host_.host(), config);
    engine->source = sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(&source));
    return engine;
  }
  static Status Ask(PromqlEngine& engine, Asked& asked) {
    return sdk::Await(sdk::EngineRef(sdk::IfaceOf<sdk::QueryEngine>(&engine)).query(), asked.call,
                      &asked.in, asked.result.out());
  }

  testkit::TestHost host_;
};

TEST_F(BoundedTest, CountingManySeriesNeedsMemoryForTheGroupsAlone) {
  SyntheticSource source(200'000);
  Config config;
  config.max_query_memory.bytes = int64_t{4} << 20;
  config.max_samples = 100'000;
  const auto engine = Engine(source, config);
  Asked asked("count(m)");

  const Status status = Ask(*engine, asked);

  ASSERT_TRUE(status.ok()) << status.ToString();
  ASSERT_EQ(asked.result->n_series, 1u);
  ASSERT_EQ(asked.result->point_begin[1], 241u);
  EXPECT_EQ(asked.result->value[240], 200'000);
}

TEST_F(BoundedTest, TheErrorOfTheMemoryLimitNamesLimitAmountAndPart) {
  SyntheticSource source(20'000);
  Config config;
  config.max_query_memory.bytes = int64_t{4} << 20;
  const auto engine = Engine(source, config);
  Asked asked("1 + sum(-m)");

  const Status status = Ask(*engine, asked);

  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(status.reason(), "err-mimir-max-estimated-memory-consumption-per-query");
  EXPECT_THAT(
      status.message(),
      StartsWith("the query exceeded the maximum allowed estimated amount of memory consumed "
                 "by a single query (limit: 4194304 bytes) "
                 "(err-mimir-max-estimated-memory-consumption-per-query): "));
  EXPECT_THAT(status.message(), HasSubstr(" bytes, limit max_query_memory 4194304, in m"));
}

TEST_F(BoundedTest, TheErrorOfTheSampleLimitBeginsWithPrometheusWords) {
  SyntheticSource source(2'000);
  Config config;
  config.max_samples = 100'000;
  const auto engine = Engine(source, config);
  Asked asked("sum(-rate(m[5m]))");

  const Status status = Ask(*engine, asked);

  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
  EXPECT_THAT(status.message(),
              StartsWith("query processing would load too many samples into memory in query "
                         "execution: "));
  EXPECT_THAT(status.message(), HasSubstr("limit max_samples 100000, in rate(m[5m])"));
}

TEST_F(BoundedTest, WhatIsComputedByTheWayMayNotBreakALimitThatEachAloneKeeps) {
  SyntheticSource source(100);
  Config config;
  config.max_samples = 3 * 100 * 241;  // Two operands and a result.
  const auto engine = Engine(source, config);
  Asked asked(
      "topk(1, max_over_time(m[1m])) + topk(1, min_over_time(m[1m])) + topk(1, "
      "sum_over_time(m[1m])) + "
      "topk(1, avg_over_time(m[1m])) + topk(1, count_over_time(m[1m]))");

  const Status status = Ask(*engine, asked);

  EXPECT_TRUE(status.ok()) << status.ToString();
}

TEST_F(BoundedTest, ResultsThatNobodyReleasesCountForTheEngine) {
  SyntheticSource source(1'000);
  Config config;
  config.max_memory.bytes = int64_t{12} << 20;
  const auto engine = Engine(source, config);
  std::vector<std::unique_ptr<Asked>> kept;
  Status status;
  while (status.ok() && kept.size() < 20) {
    kept.push_back(std::make_unique<Asked>("m"));
    status = Ask(*engine, *kept.back());
  }

  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
  EXPECT_THAT(status.message(), HasSubstr("limit max_memory 12582912, of which this query "));
  EXPECT_GT(kept.size(), 1u);
  EXPECT_GT(host_.metrics().Value("kvs_engine_promql_memory_bytes"), 0);

  kept.clear();
  Asked again("m");

  EXPECT_TRUE(Ask(*engine, again).ok());
}

TEST_F(BoundedTest, AllMemoryIsGivenBack) {
  SyntheticSource source(1'000);
  const auto engine = Engine(source, Config());
  {
    Asked asked("(m + m) / on(i) (m + m) and topk(5, m) or max_over_time(m[10m:1m])");
    ASSERT_TRUE(Ask(*engine, asked).ok());
  }

  EXPECT_EQ(host_.metrics().Value("kvs_engine_promql_memory_bytes"), 0);
}

TEST_F(BoundedTest, ACallerWhoGoesAwayEndsTheQueryWithinABatch) {
  SyntheticSource source(50'000'000);
  Config config;
  config.max_threads = 1;
  const auto engine = Engine(source, config);
  sdk::CancelSource cancel;
  constexpr int kCancelAt = 5;
  source.before_batch = [&](const sdk::Call&) {
    if (source.batches == kCancelAt) cancel.Cancel();
  };
  Asked asked("sum(rate(m[5m]))", cancel.raw());

  const Status status = Ask(*engine, asked);

  EXPECT_EQ(status.code(), StatusCode::kCancelled);
  EXPECT_EQ(status.message(), "query was canceled in expression evaluation");
  EXPECT_LE(source.batches, kCancelAt + 1);
}

/// One query runs and is held at its first batch until the test opens the gate.
class QueueTest : public BoundedTest {
 protected:
  QueueTest() {
    source_.before_batch = [this](const sdk::Call& call) {
      {
        const std::lock_guard lock(mutex_);
        order_.emplace_back(call.tenant());
        marks_ += static_cast<char>(call.raw()->trace_id[0]);
      }
      if (!running_seen_.exchange(true)) running_.set_value();
      opened_.wait();
    };
    config_.max_concurrent = 1;
    config_.max_queued_per_tenant = 3;
    engine_ = Engine(source_, config_);
    first_ = std::thread([this] { EXPECT_TRUE(Ask(*engine_, first_asked_).ok()); });
    running_.get_future().wait();
  }
  ~QueueTest() override {
    Open();
    first_.join();
    host_.WaitIdle();
  }

  void Open() {
    if (!open_.exchange(true)) gate_.set_value();
  }

  struct Queued {
    explicit Queued(std::string_view tenant, const kvs_cancel_t* cancel = nullptr)
        : asked("m", cancel, tenant) {}
    /// Shows in marks_.
    Queued(char mark, int32_t priority) : Queued("many") {
      asked.in.priority = priority;
      const_cast<kvs_call_t*>(asked.call.call().raw())->trace_id[0] = static_cast<uint8_t>(mark);
    }
    Asked asked;
    std::promise<Status> ended;
  };
  void Queue(Queued& queued) {
    sdk::Start(sdk::EngineRef(sdk::IfaceOf<sdk::QueryEngine>(engine_.get())).query(),
               queued.asked.call, &queued.asked.in, queued.asked.result.out(),
               [&queued](const Status& status) { queued.ended.set_value(status); });
  }

  SyntheticSource source_{1};
  Config config_;
  std::unique_ptr<PromqlEngine> engine_;
  std::mutex mutex_;
  std::vector<std::string> order_;
  std::string marks_;  ///< Of the queries, in the order in which they ran.
  std::atomic<bool> running_seen_{false};
  std::atomic<bool> open_{false};
  std::promise<void> running_;
  std::promise<void> gate_;
  std::shared_future<void> opened_{gate_.get_future()};
  Asked first_asked_{"m", nullptr, "many"};
  std::thread first_;
};

TEST_F(QueueTest, TenantsTakeTurns) {
  Queued many[] = {Queued("many"), Queued("many"), Queued("many")};
  Queued few("few");
  for (Queued& queued : many) Queue(queued);
  Queue(few);
  EXPECT_EQ(host_.metrics().Value("kvs_engine_promql_queries_waiting"), 4);

  Open();
  for (Queued& queued : many) EXPECT_TRUE(queued.ended.get_future().get().ok());
  EXPECT_TRUE(few.ended.get_future().get().ok());

  EXPECT_EQ(order_, (std::vector<std::string>{"many", "many", "few", "many", "many"}));
}

TEST_F(QueueTest, RulesGoBeforePeopleAndFindRoomWhereTheLineOfPeopleIsFull) {
  Queued people[] = {
      {'a', sdk::kPeoplesPriority}, {'b', sdk::kPeoplesPriority}, {'c', sdk::kPeoplesPriority}};
  Queued rules[] = {
      {'A', sdk::kRulesPriority}, {'B', sdk::kRulesPriority}, {'C', sdk::kRulesPriority}};
  for (Queued& queued : people) Queue(queued);
  for (Queued& queued : rules) Queue(queued);

  Open();
  for (Queued& queued : people) EXPECT_TRUE(queued.ended.get_future().get().ok());
  for (Queued& queued : rules) EXPECT_TRUE(queued.ended.get_future().get().ok());

  EXPECT_EQ(marks_.substr(1), "ABCabc") << "after the one that ran before";
}

TEST_F(QueueTest, TooManyWaitingQueriesOfATenantAreRefusedAndOthersAreNot) {
  Queued waiting[] = {Queued("many"), Queued("many"), Queued("many")};
  for (Queued& queued : waiting) Queue(queued);
  Queued refused("many");
  Queued other("other");
  Queue(refused);
  Queue(other);

  const Status status = refused.ended.get_future().get();

  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(status.reason(), "too_many_requests");
  EXPECT_THAT(status.message(), StartsWith("too many outstanding requests"));
  Open();
  for (Queued& queued : waiting) EXPECT_TRUE(queued.ended.get_future().get().ok());
  EXPECT_TRUE(other.ended.get_future().get().ok());
}

TEST_F(QueueTest, ACallerWhoGoesAwayLeavesTheLineAtOnce) {
  sdk::CancelSource cancel;
  Queued gone("few", cancel.raw());
  Queue(gone);

  cancel.Cancel();  // The query that runs is still held: this one ends without a turn.
  const Status status = gone.ended.get_future().get();

  EXPECT_EQ(status.code(), StatusCode::kCancelled);
  EXPECT_EQ(host_.metrics().Value("kvs_engine_promql_queries_waiting"), 0);
}

TEST_F(QueueTest, ACallerWhoIsGoneAlreadyIsAnswered) {
  sdk::CancelSource cancel;
  cancel.Cancel();
  Queued gone("few", cancel.raw());
  Queue(gone);

  EXPECT_EQ(gone.ended.get_future().get().code(), StatusCode::kCancelled);
}

TEST_F(BoundedTest, WhatQueriesFetchIsCountedForTheirTenant) {
  SyntheticSource source(10);
  const auto engine = Engine(source, Config());
  const auto value = [this](const char* name, const char* user) {
    return host_.metrics().Value(name, {{"user", user}});
  };
  Asked one("sum(m)"), twice("sum(rate(m[1m])) + sum(-m)"), other("m", nullptr, "other");
  one.in.step_ms = kHourMs;  // What is fetched has nothing to do with steps.

  ASSERT_TRUE(Ask(*engine, one).ok());
  EXPECT_EQ(value("cortex_query_fetched_series_total", "test"), 10);
  EXPECT_EQ(value("cortex_query_fetched_chunks_total", "test"), 10);
  EXPECT_EQ(value("cortex_query_fetched_chunk_bytes_total", "test"),
            static_cast<double>(10 * source.chunk_bytes()));

  ASSERT_TRUE(Ask(*engine, other).ok());
  EXPECT_EQ(value("cortex_query_fetched_series_total", "other"), 10);
  EXPECT_EQ(value("cortex_query_fetched_series_total", "test"), 10);

  const int batches = source.batches;
  ASSERT_TRUE(Ask(*engine, twice).ok());
  EXPECT_EQ(value("cortex_query_fetched_series_total", "test"),
            10 + 10 * (source.batches - batches))
      << "as often as they are read";
}

TEST_F(BoundedTest, AQueryThatFailsHasFetchedWhatItHas) {
  SyntheticSource source(2'000);
  Config config;
  config.max_query_memory.bytes = 1 << 20;
  const auto engine = Engine(source, config);
  Asked asked("m");

  EXPECT_EQ(Ask(*engine, asked).code(), StatusCode::kResourceExhausted);

  EXPECT_GE(host_.metrics().Value("cortex_query_fetched_series_total", {{"user", "test"}}), 1'000);
}

TEST_F(BoundedTest, ASlowQueryIsLoggedWithItsTotals) {
  SyntheticSource source(10);
  Config config;
  config.slow_query_threshold.ms = 1;
  const auto engine = Engine(source, config);
  // The time in evaluation is above a millisecond whatever the machine: it is spent here.
  source.before_batch = [](const sdk::Call&) {
    const int64_t until = sdk::MonotonicNs() + 2'000'000;
    while (sdk::MonotonicNs() < until) {
    }
  };
  Asked asked("sum(m)");
  kvs_call_t traced = *asked.call.call().raw();
  traced.trace_id[15] = 0xab;

  ASSERT_TRUE(sdk::Await(sdk::EngineRef(sdk::IfaceOf<sdk::QueryEngine>(engine.get())).query(),
                         sdk::Call(&traced), &asked.in, asked.result.out())
                  .ok());

  const std::vector<testkit::LogLine> logs = host_.logs();
  ASSERT_EQ(logs.size(), 1u);
  EXPECT_EQ(logs[0].message, "slow query");
  EXPECT_EQ(logs[0].Get("tenant"), "test");
  EXPECT_EQ(logs[0].Get("trace_id"), "000000000000000000000000000000ab");
  EXPECT_EQ(logs[0].Get("query"), "sum(m)");
  EXPECT_EQ(logs[0].Get("samples"), "2410");
  EXPECT_EQ(logs[0].Get("series"), "1");
  EXPECT_EQ(logs[0].Get("status"), "OK");
}

TEST_F(BoundedTest, AQuickQueryIsNotLogged) {
  SyntheticSource source(1);
  const auto engine = Engine(source, Config());
  Asked asked("m");

  ASSERT_TRUE(Ask(*engine, asked).ok());

  EXPECT_TRUE(host_.logs().empty());
}

}  // namespace
}  // namespace kvs::engine::promql
