// SPDX-License-Identifier: Apache-2.0
// Six instances that do as they are told, behind a ring with tokens like a real one's.
#include "sink.h"

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/sdk/owned.h"
#include "kvs/testkit/fake_ring.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_batch.h"
#include "kvs/testkit/test_host.h"

namespace kvs::sink::replicate {
namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

// One instance: remembers rows, and answers with what it is told.
class Instance final : public sdk::SeriesSink {
 public:
  sdk::Outcome Write(const sdk::Call& call, const kvs_write_view_t& in, kvs_write_result_t& out,
                     sdk::Completer& completer) override {
    const std::lock_guard lock(mutex);
    ++calls;
    tenant = call.tenant();
    trace.assign(call.raw()->trace_id, call.raw()->trace_id + 16);
    span.assign(call.raw()->span_id, call.raw()->span_id + 8);
    const uint32_t n = in.rows == nullptr ? in.batch->n_series : in.n_rows;
    for (uint32_t i = 0; i < n; ++i) rows.insert(in.rows == nullptr ? i : in.rows[i]);
    for (uint64_t m = 0; in.rows == nullptr && m < in.batch->n_metadata; ++m)
      metadata.insert(sdk::Text(in.batch->metadata[m].metric));
    out.samples_accepted = n;
    if (!hangs) return status;
    waiting.push_back(completer.Defer());
    return sdk::Pending();
  }
  std::mutex mutex;
  Status status;
  bool hangs = false;
  std::vector<sdk::Completion> waiting;
  std::set<uint32_t> rows;
  std::set<std::string> metadata;
  std::string tenant;
  std::vector<uint8_t> trace, span;
  int calls = 0;
};

class ReplicateSinkTest : public ::testing::Test {
 protected:
  void Make(size_t n, uint32_t copies = 3, Config config = {}) {
    for (size_t i = 0; i < n; ++i) {
      const std::string address = "i" + std::to_string(i) + ":1";
      instances_.push_back(std::make_unique<Instance>());
      ring_.Add("i" + std::to_string(i), address);
      dialer_.Serve(address, sdk::IfaceOf<sdk::SeriesSink>(instances_.back().get()));
    }
    ring_.replication_factor = copies;
    sink_ = std::make_unique<ReplicateSink>(host_.host(), config);
    sink_->ring = ring_.ref();
    sink_->dialer = dialer_.ref();
    ASSERT_TRUE(testkit::StartComponent(*sink_).ok());
  }
  void TearDown() override {
    for (const auto& instance : instances_) {
      std::vector<sdk::Completion> waiting;
      {
        const std::lock_guard lock(instance->mutex);
        waiting = std::move(instance->waiting);
      }
      for (sdk::Completion& done : waiting) done(OkStatus());
    }
    EXPECT_TRUE(testkit::StopComponent(*sink_).ok());
  }
  Status Write(size_t n_series = 100) {
    testkit::TestBatch& batch =
        batches_.emplace_back();  // The last copies are written when the write has ended.
    for (size_t i = 0; i < n_series; ++i)
      batch.Add({{"__name__", "up"}, {"pod", std::to_string(i)}}, {{1000, 1}});
    return Write(batch, sdk::OwnedCall("team"));
  }
  Status Write(testkit::TestBatch& batch, const sdk::Call& call) {
    const kvs_write_view_t view = *batch.view();
    result_ = sdk::Record<kvs_write_result_t>();
    return sdk::Await(sdk::SinkRef(sdk::IfaceOf<sdk::SeriesSink>(sink_.get())).write(), call, &view,
                      &result_);
  }
  int Calls() const {
    int calls = 0;
    for (const auto& i : instances_) calls += i->calls;
    return calls;
  }

  testkit::TestHost host_;
  testkit::FakeRing ring_;
  testkit::FakeDialer dialer_;
  std::vector<std::unique_ptr<Instance>> instances_;
  std::deque<testkit::TestBatch> batches_;
  std::unique_ptr<ReplicateSink> sink_;
  kvs_write_result_t result_{};
};

TEST_F(ReplicateSinkTest, EverySeriesIsOnThreeInstances) {
  Make(6);

  ASSERT_TRUE(Write(200).ok());

  EXPECT_EQ(result_.samples_accepted, 200u);
  std::map<uint32_t, int> copies;
  for (const auto& instance : instances_) {
    EXPECT_LE(instance->calls, 1);
    EXPECT_EQ(instance->tenant, "team");
    EXPECT_GT(instance->rows.size(), 20u);
    for (const uint32_t row : instance->rows) ++copies[row];
  }
  EXPECT_EQ(copies.size(), 200u);
  for (const auto& [row, n] : copies) EXPECT_EQ(n, 3) << row;
}

TEST_F(ReplicateSinkTest, WhoOwnsMetadataAloneGetsNoSeries) {
  Make(6, 1);
  testkit::TestBatch& batch = batches_.emplace_back();
  batch.Add({{"__name__", "up"}}, {{1000, 1}});
  for (int i = 0; i < 200; ++i) batch.AddMetadata("metric_" + std::to_string(i));

  ASSERT_TRUE(Write(batch, sdk::OwnedCall("team")).ok());

  size_t series = 0, metadata = 0;
  for (const auto& instance : instances_) {
    series += instance->rows.size();
    metadata += instance->metadata.size();
    EXPECT_GT(instance->metadata.size(), 5u);
  }
  EXPECT_EQ(series, 1u);
  EXPECT_EQ(metadata, 200u) << "some went to more than one";
}

TEST_F(ReplicateSinkTest, WritesArePartOfTheirCallersTrace) {
  Make(3);
  testkit::TestBatch& batch = batches_.emplace_back();
  batch.Add({{"__name__", "up"}}, {{1000, 1}});
  auto raw = sdk::Record<kvs_call_t>();
  raw.tenant = sdk::Str(std::string_view("team"));
  for (uint8_t i = 0; i < 16; ++i) raw.trace_id[i] = i + 1;
  for (uint8_t i = 0; i < 8; ++i) raw.span_id[i] = i + 101;

  ASSERT_TRUE(Write(batch, sdk::Call(&raw)).ok());

  // The first two make the quorum.
  EXPECT_THAT(instances_[0]->trace, ElementsAreArray(raw.trace_id));
  EXPECT_THAT(instances_[0]->span, ElementsAreArray(raw.span_id));
}

TEST_F(ReplicateSinkTest, OneOfThreeMayFailOrHang) {
  Make(3);
  instances_[0]->status = Unavailable("gone").Retryable();
  EXPECT_TRUE(Write().ok());
  instances_[0]->status = OkStatus();
  instances_[1]->hangs = true;
  EXPECT_TRUE(Write().ok());
  EXPECT_EQ(result_.samples_accepted, 100u);
}

TEST_F(ReplicateSinkTest, WithoutAQuorumTheWriteMayBeTriedAgain) {
  Make(3);
  instances_[0]->status = Unavailable("gone").Retryable();
  instances_[2]->status = DeadlineExceeded("slow");

  const Status status = Write();

  EXPECT_EQ(status.code(), StatusCode::kUnavailable) << status.ToString();
  EXPECT_TRUE(status.retryable());
}

TEST_F(ReplicateSinkTest, TooFewLiveOwnersAreSaidBeforeAnythingIsSent) {
  Make(3);
  ring_.SetHealthy("i0", false);
  ring_.SetHealthy("i1", false);

  const Status status = Write();

  EXPECT_EQ(status.code(), StatusCode::kUnavailable);
  EXPECT_THAT(status.message(), HasSubstr("at least 2 live replicas required, could only find 1"));
  EXPECT_EQ(Calls(), 0);
}

TEST_F(ReplicateSinkTest, WhatAQuorumRefusesIsTheirAnswer) {
  Make(3);
  for (const auto& i : instances_)
    i->status =
        FailedPrecondition("per-user series limit").WithReason("err-mimir-max-series-per-user");

  const Status status = Write();

  EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition) << status.ToString();
  EXPECT_EQ(status.reason(), "err-mimir-max-series-per-user");
}

TEST_F(ReplicateSinkTest, OneRefusalIsNoAnswer) {
  Make(3);
  instances_[0]->status = InvalidArgument("I alone do not like it");

  EXPECT_TRUE(Write().ok());
}

// A write that was there in part is sent once more: who has it already may refuse what is not the
// newest of its series any more.
TEST_F(ReplicateSinkTest, ARefusalOfAPartByOneIsNoAnswerEither) {
  Make(3);
  instances_[0]->status = InvalidArgument("out of order").Partial(true);

  EXPECT_TRUE(Write().ok());
  EXPECT_EQ(result_.samples_accepted, 100u);
}

TEST_F(ReplicateSinkTest, WhereOneRefusesAndOneFailsTheWriteMayBeTriedAgain) {
  Make(3);
  instances_[0]->status = InvalidArgument("out of order");
  instances_[1]->status = Unavailable("gone").Retryable();

  const Status status = Write();

  EXPECT_EQ(status.code(), StatusCode::kUnavailable) << status.ToString();
  EXPECT_TRUE(status.retryable());
  EXPECT_THAT(status.message(), HasSubstr("gone"));
}

// Or one bad sample would hold up all others of its sender while an instance is away.
TEST_F(ReplicateSinkTest, WhatOneRefusesInPartIsToldWhereAnotherFails) {
  Make(3);
  instances_[0]->status = InvalidArgument("out of order").Partial(true);
  instances_[1]->status = Unavailable("gone").Retryable();

  const Status status = Write();

  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << status.ToString();
  EXPECT_TRUE(status.partial());
}

TEST_F(ReplicateSinkTest, WhatTwoRefuseIsTheAnswerThoughTheThirdFails) {
  Make(3);
  instances_[0]->status = Unavailable("gone").Retryable();
  for (const size_t i : {1, 2}) instances_[i]->status = InvalidArgument("out of order");

  EXPECT_EQ(Write().code(), StatusCode::kInvalidArgument);
}

// Who is told of a refusal does not send again, so nothing else may be missing.
TEST_F(ReplicateSinkTest, ARefusalIsToldWhenTheRestIsThere) {
  Make(6);
  int refusing = 0;
  for (const auto& i : instances_) {
    if (++refusing <= 3) {
      i->status = InvalidArgument("out of order");
    } else {
      i->status = Unavailable("gone").Retryable();
    }
  }

  EXPECT_EQ(Write().code(), StatusCode::kUnavailable);
}

TEST_F(ReplicateSinkTest, RefusalsOfAPartAreToldAndTheRestIsThere) {
  Make(3);
  for (const auto& i : instances_)
    i->status =
        InvalidArgument("out of order").WithReason("err-mimir-sample-out-of-order").Partial(true);

  const Status status = Write();

  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(status.partial());
  EXPECT_EQ(result_.samples_accepted, 100u) << "as the instances said";
}

TEST_F(ReplicateSinkTest, WhoFailsAgainAndAgainIsLeftAloneForAWhile) {
  Config config;
  config.circuit_breaker_failures = 3;
  Make(3, 3, config);
  instances_[0]->status = Unavailable("gone").Retryable();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(Write().ok());

  EXPECT_LE(instances_[0]->calls, 4);
  EXPECT_EQ(instances_[1]->calls, 10);
}

TEST_F(ReplicateSinkTest, TooMuchOnTheWayCountsAsAFailure) {
  Config config;
  config.inflight_bytes_max = {1 << 16};
  Make(3, 3, config);
  instances_[0]->hangs = true;
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(Write(100).ok());

  EXPECT_LT(instances_[0]->calls, 10);
}

TEST_F(ReplicateSinkTest, ATenantHasItsShard) {
  Config config;
  config.shard_size = 3;
  Make(6, 3, config);

  ASSERT_TRUE(Write().ok());

  EXPECT_EQ(ring_.last_shard_size, 3u);
}

}  // namespace
}  // namespace kvs::sink::replicate
