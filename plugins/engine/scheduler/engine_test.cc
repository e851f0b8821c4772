// SPDX-License-Identifier: Apache-2.0
// What becomes of queries when queriers are busy, gone, or to blame.
#include "engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/base/str_cat.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/query_set.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

namespace kvs::engine::scheduler {
namespace {

/// Answers with its name, or fails; may hold answers back.
class FakeQuerier final : public sdk::QueryEngine {
 public:
  explicit FakeQuerier(std::string name) : name_(std::move(name)) {}
  sdk::Outcome Query(const sdk::Call&, const kvs_query_t&, kvs_query_result_t& out,
                     sdk::Completer& completer) override {
    ++asked;
    if (holding) {
      const MutexLock lock(mutex_);
      held_.push_back(completer.Defer());
      return sdk::Pending();
    }
    if (!failing.ok()) return failing;
    Answer(out);
    return OkStatus();
  }
  sdk::Outcome QueryBatch(const sdk::Call& call, const kvs_query_batch_t& in,
                          kvs_query_answers_t& out, sdk::Completer&) override {
    ++batches;
    tenant = call.tenant();
    if (!failing.ok()) return failing;
    for (uint64_t i = 0; i < in.n_queries; ++i) {
      Answer(*out.answers[i].result);
      out.answers[i].code = KVS_OK;
    }
    return OkStatus();
  }
  void LetGo() {
    std::vector<sdk::Completion> held;
    {
      const MutexLock lock(mutex_);
      held.swap(held_);
    }
    for (sdk::Completion& done : held) done(OkStatus());
  }
  std::atomic<int> asked{0}, batches{0};
  std::string tenant;
  std::atomic<bool> holding{false};
  Status failing;

 private:
  void Answer(kvs_query_result_t& out) const {
    out.value_type = KVS_VALUE_STRING;
    out.text = sdk::Str(name_);
  }
  const std::string name_;
  Mutex mutex_;
  std::vector<sdk::Completion> held_ KVS_GUARDED_BY(mutex_);
};

class SchedulerTest : public ::testing::Test {
 protected:
  void Make(Config config) {
    scheduler_ = std::make_unique<Scheduler>(host_.host(), std::move(config));
    for (FakeQuerier* querier : {&a_, &b_})
      scheduler_->engines.emplace_back(sdk::IfaceOf<sdk::QueryEngine>(querier));
    ASSERT_TRUE(scheduler_->Check().ok());
    ASSERT_TRUE(testkit::StartComponent(*scheduler_).ok());
  }
  ~SchedulerTest() override {
    if (scheduler_ == nullptr) return;
    EXPECT_TRUE(testkit::StopComponent(*scheduler_).ok());
  }
  sdk::EngineRef ref() { return sdk::EngineRef(sdk::IfaceOf<sdk::QueryEngine>(scheduler_.get())); }
  std::string Ask() {
    auto in = sdk::Record<kvs_query_t>();
    sdk::Owned<kvs_query_result_t> out;
    const Status status = sdk::Await(ref().query(), sdk::OwnedCall("t"), &in, out.out());
    return status.ok() ? sdk::Text(out->text) : status.ToString();
  }
  sdk::QuerySet AskTogether() {
    sdk::QuerySet set;
    for (int i = 0; i < 3; ++i) set.Add(sdk::Record<kvs_query_t>());
    set.Ask(ref(), host_.host().executor(), sdk::OwnedCall("t"), {});
    return set;
  }
  struct Asking {
    explicit Asking(const sdk::EngineRef& engine) : call("t") {
      sdk::Start(engine.query(), call, &in, out.out(), [this](const Status& s) {
        status = s;
        ended = true;
      });
    }
    sdk::OwnedCall call;
    kvs_query_t in = sdk::Record<kvs_query_t>();
    sdk::Owned<kvs_query_result_t> out;
    Status status;
    std::atomic<bool> ended{false};
  };

  testkit::TestHost host_{{.manual_clock = true}};
  FakeQuerier a_{"a"}, b_{"b"};
  std::unique_ptr<Scheduler> scheduler_;
};

TEST_F(SchedulerTest, AQuerierThatIsGoneIsNoticedByNobody) {
  Make({.querier_pause = {60'000}});
  a_.failing = Unavailable("connection refused").Retryable();

  for (int i = 0; i < 10; ++i) EXPECT_EQ(Ask(), "b");

  EXPECT_EQ(a_.asked, 1);
}

TEST_F(SchedulerTest, WhereNobodyAnswersItSaysSoAndDoesNotTryForEver) {
  Make({.max_attempts = 3});
  a_.failing = b_.failing = Unavailable("connection refused").Retryable();

  EXPECT_THAT(Ask(), ::testing::HasSubstr("connection refused"));

  EXPECT_EQ(a_.asked + b_.asked, 3);
}

TEST_F(SchedulerTest, WhatTheQueryIsToBlameForIsNotTriedAgain) {
  Make({});
  a_.failing = b_.failing = FailedPrecondition("many-to-many matching not allowed");

  EXPECT_THAT(Ask(), ::testing::HasSubstr("many-to-many"));

  EXPECT_EQ(a_.asked + b_.asked, 1);
}

TEST_F(SchedulerTest, ABatchGoesToOneQuerierThatAnswers) {
  Make({.querier_pause = {60'000}});
  a_.failing = Unavailable("connection refused").Retryable();
  for (int i = 0; i < 10; ++i) {
    sdk::QuerySet set = AskTogether();
    for (size_t q = 0; q < set.size(); ++q) {
      ASSERT_TRUE(set.status(q).ok()) << set.status(q).ToString();
      EXPECT_EQ(sdk::Text(set.TakeResult(q)->text), "b");
    }
  }
  EXPECT_EQ(a_.batches, 1);
  EXPECT_EQ(b_.batches, 10);
  EXPECT_EQ(b_.tenant, "t");
  EXPECT_EQ(a_.asked + b_.asked, 0);
}

TEST_F(SchedulerTest, QueriersThatAnswerOneQueryAtATimeAreAskedOneByOne) {
  Make({});
  sdk::QuerySet none;
  none.Ask(ref(), host_.host().executor(), sdk::OwnedCall("t"), {});
  a_.failing = b_.failing = Unimplemented("one at a time");

  const sdk::QuerySet set = AskTogether();

  EXPECT_EQ(a_.batches + b_.batches, 1);
  EXPECT_EQ(a_.asked + b_.asked, 3);
  EXPECT_EQ(set.status(0).message(), "one at a time");
}

TEST_F(SchedulerTest, ManyMayWaitWithFewThreads) {
  Make({.max_concurrent_per_querier = 1, .max_outstanding_requests_per_tenant = 50});
  a_.holding = b_.holding = true;
  std::vector<std::unique_ptr<Asking>> all;
  for (int i = 0; i < 40; ++i) all.push_back(std::make_unique<Asking>(ref()));
  host_.WaitIdle();

  EXPECT_EQ(a_.asked + b_.asked, 2);
  for (const char* queue : {"cortex_query_scheduler_queue", "cortex_query_frontend_queue"}) {
    EXPECT_EQ(host_.metrics().Value(StrCat(queue, "_length"), {{"user", "t"}}), 38) << queue;
    EXPECT_EQ(host_.metrics().Value(StrCat(queue, "_duration_seconds")), 2) << queue;
  }

  a_.holding = b_.holding = false;
  a_.LetGo();
  b_.LetGo();
  host_.WaitIdle();
  for (const auto& asking : all) EXPECT_TRUE(asking->ended && asking->status.ok());
  EXPECT_EQ(host_.metrics().Value("cortex_query_scheduler_queue_length", {{"user", "t"}}), 0);
}

TEST_F(SchedulerTest, WithoutQueriersItDoesNotStart) {
  Scheduler nobody(host_.host(), Config());
  EXPECT_FALSE(nobody.Check().ok());
  Scheduler without_dialer(host_.host(), Config{.addresses = {"127.0.0.1:1"}});
  EXPECT_FALSE(without_dialer.Check().ok());
}

}  // namespace
}  // namespace kvs::engine::scheduler
