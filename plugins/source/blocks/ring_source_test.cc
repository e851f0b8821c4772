// SPDX-License-Identifier: Apache-2.0
// Three store-gateways over one bucket, and who asks them: each block is read by one, whoever fails
// is stood in for, and no block is forgotten.
#include "ring_source.h"

#include <atomic>
#include <map>
#include <memory>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/sdk/merge_cursor.h"
#include "kvs/sdk/str.h"
#include "kvs/testkit/fake_ring.h"
#include "kvs/testkit/test_batch.h"

#include "block_names.h"
#include "test_bucket.h"

namespace kvs::source::blocks {
namespace {

using testkit::MadeBlock;
using testkit::NumberedUlid;

/// A gateway as others see it: what it was asked for is remembered, and it can be made to fail.
class Gateway final : public sdk::SeriesSource {
 public:
  Gateway(TestBucket& bucket, const std::string& dir) : running_(bucket, dir, {}) {}

  sdk::Outcome Select(const sdk::Call& call, const kvs_select_t& in, kvs_series_cursor_t& out,
                      sdk::Completer& done) override {
    KVS_RETURN_IF_ERROR(Note({in.matchers.matchers, in.matchers.matchers + in.matchers.n}));
    return running_.source.Select(call, in, out, done);
  }
  sdk::Outcome LabelNames(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out,
                          sdk::Completer& done) override {
    KVS_RETURN_IF_ERROR(status);
    return running_.source.LabelNames(call, in, out, done);
  }
  sdk::Outcome LabelValues(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out,
                           sdk::Completer& done) override {
    KVS_RETURN_IF_ERROR(Note({in.sets[0].matchers, in.sets[0].matchers + in.sets[0].n}));
    return running_.source.LabelValues(call, in, out, done);
  }
  sdk::Outcome Metadata(const sdk::Call&, const kvs_metadata_query_t&, kvs_metadata_list_t&,
                        sdk::Completer&) override {
    return OkStatus();
  }
  sdk::Outcome Exemplars(const sdk::Call&, const kvs_label_query_t&, kvs_exemplar_list_t&,
                         sdk::Completer&) override {
    return OkStatus();
  }

  void MakeDue() { running_.source.MakeDue(); }

  Status status;
  std::vector<tsdb::Ulid> asked;

 private:
  Status Note(std::vector<kvs_matcher_t> matchers) {
    const auto names = TakeBlockNames(&matchers).value();
    EXPECT_TRUE(names.has_value()) << "a gateway is asked for blocks by name";
    if (names.has_value()) asked.insert(asked.end(), names->begin(), names->end());
    return status;
  }
  RunningSource running_;
};

class BlocksRingTest : public ::testing::Test {
 protected:
  BlocksRingTest() {
    ring_.replication_factor = 2;
    for (const std::string id : {"a", "b", "c"}) {
      gateways_[id] = std::make_unique<Gateway>(bucket_, StrCat(dir_.path(), "/", id));
      ring_.Add(id, id + ":1", "zone-" + id);
      dialer_.Serve(id + ":1", sdk::IfaceOf<sdk::SeriesSource>(gateways_[id].get()));
    }
    for (uint64_t i = 0; i < 12; ++i) AddBlock(i);
    PutIndex();
  }
  ~BlocksRingTest() override { Stop(); }

  static testkit::BlockMaker Samples(uint64_t i) {
    const int64_t begin = static_cast<int64_t>(i) * 2 * kHourMs;
    testkit::BlockMaker maker;
    maker.AddFloats({{"__name__", "up"}, {"job", "x"}}, begin, kHourMs, {static_cast<double>(i)});
    maker.AddFloats({{"__name__", "up"}, {"job", StrCat("only-", i)}}, begin, kHourMs, {1});
    return maker;
  }
  void AddBlock(uint64_t i) {
    blocks_.push_back(Samples(i).Make(i + 1));
    bucket_.PutBlock("t", blocks_.back());
  }
  void PutIndex() { bucket_.PutIndex("t", blocks_, kNowS); }
  void Start(RingConfig config = {}) {
    Stop();
    source_ = std::make_unique<RingSource>(host_.host(), std::move(config));
    source_->store = sdk::StoreRef(sdk::IfaceOf<sdk::ObjectStore>(&bucket_.store));
    source_->ring = ring_.ref();
    source_->dialer = dialer_.ref();
    ASSERT_TRUE(testkit::StartComponent(*source_).ok());
  }
  void Stop() {
    if (source_ == nullptr) return;
    EXPECT_TRUE(testkit::StopComponent(*source_).ok());
    source_.reset();
  }

  struct Answer {
    Status status;
    std::map<std::string, size_t> chunks;  // By series.
    std::vector<std::string> warnings;
  };
  Answer Ask(const std::vector<testkit::Match>& matches = {}) {
    for (auto& [id, gateway] : gateways_) gateway->asked.clear();
    const testkit::MatchSet set(matches);
    auto in = sdk::Record<kvs_select_t>();
    in.max_ms = 100 * kHourMs;
    in.matchers = *set.raw();
    const sdk::OwnedCall call("t");
    sdk::OpenSelection open;
    Answer out;
    out.status = sdk::Await(Source().select(), call, &in, open.out());
    while (out.status.ok()) {
      StatusOr<sdk::BatchPtr> batch = open.Next(call);
      out.status = batch.status();
      if (!batch.ok() || *batch == nullptr) break;
      for (uint32_t row = 0; row < (*batch)->n_series; ++row) {
        out.chunks[testkit::ToString((*batch)->labels, row)] +=
            (*batch)->chunk_begin[row + 1] - (*batch)->chunk_begin[row];
      }
    }
    open.AddWarnings(&out.warnings);
    open.AddLateWarnings(&out.warnings);
    return out;
  }
  void ExpectComplete(const Answer& answer) {
    ASSERT_TRUE(answer.status.ok()) << answer.status.ToString();
    EXPECT_EQ(answer.chunks.size(), blocks_.size() + 1);
    EXPECT_EQ(answer.chunks.at("{__name__=\"up\", job=\"x\"}"), blocks_.size());
    EXPECT_THAT(answer.warnings, ::testing::IsEmpty());
  }
  size_t AskedInAll() {
    size_t n = 0;
    for (auto& [id, gateway] : gateways_) n += gateway->asked.size();
    return n;
  }
  sdk::SourceRef Source() { return sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(source_.get())); }

  testkit::TempDir dir_;
  TestBucket bucket_;
  testkit::TestHost host_{{.manual_clock = true, .now_ms = kNowS * 1000}};
  testkit::FakeRing ring_;
  testkit::FakeDialer dialer_;
  std::vector<MadeBlock> blocks_;
  std::map<std::string, std::unique_ptr<Gateway>> gateways_;
  std::unique_ptr<RingSource> source_;
};

TEST_F(BlocksRingTest, EachBlockIsReadByOneOfItsOwners) {
  Start();
  std::map<tsdb::Ulid, std::set<std::string>> read_by;
  for (int turn = 0; turn < 4; ++turn) {
    ExpectComplete(Ask());
    EXPECT_EQ(AskedInAll(), blocks_.size()) << "each block once";
    for (auto& [id, gateway] : gateways_) {
      EXPECT_FALSE(gateway->asked.empty()) << id;
      for (const tsdb::Ulid& block : gateway->asked) read_by[block].insert(id);
    }
  }
  for (const auto& [block, ids] : read_by) EXPECT_EQ(ids.size(), 2u) << "both copies take turns";
}

TEST_F(BlocksRingTest, MatchersAndLabelsGoOnAsTheyAre) {
  Start();
  const Answer answer = Ask({{KVS_MATCH_EQUAL, "job", "only-3"}});
  ASSERT_TRUE(answer.status.ok());
  EXPECT_EQ(answer.chunks.size(), 1u);

  auto query = sdk::Record<kvs_label_query_t>();
  query.max_ms = 100 * kHourMs;
  query.name = sdk::Str("job");
  sdk::Owned<kvs_strings_t> out;
  ASSERT_TRUE(sdk::Await(Source().label_values(), sdk::OwnedCall("t"), &query, out.out()).ok());
  EXPECT_EQ(out->n_items, blocks_.size() + 1);
}

TEST_F(BlocksRingTest, WhatAFailedGatewayHasIsAskedOfAnother) {
  Start();
  for (const std::string id : {"a", "b", "c"}) {
    gateways_[id]->status = Unavailable("it is down");
    for (int turn = 0; turn < 3; ++turn) ExpectComplete(Ask());
    gateways_[id]->status = OkStatus();
  }
  EXPECT_GT(host_.metrics().Value("kvs_source_blocks_gateway_failures_total"), 0);
  EXPECT_EQ(host_.metrics().Value("cortex_querier_blocks_consistency_checks_failed_total"), 0);
}

TEST_F(BlocksRingTest, ABlockThatNobodyAnswersForFailsTheQuery) {
  Start();
  gateways_["a"]->status = Unavailable("it is down");
  gateways_["b"]->status = Unavailable("so is this one");

  const Answer answer = Ask();

  EXPECT_EQ(answer.status.code(), StatusCode::kUnavailable)
      << "half of an answer is worse than none";
  EXPECT_TRUE(answer.status.retryable());
  EXPECT_EQ(host_.metrics().Value("cortex_querier_blocks_consistency_checks_failed_total"), 1);
}

TEST_F(BlocksRingTest, ARefusalIsNotAskedForTwice) {
  Start();
  for (auto& [id, gateway] : gateways_) gateway->status = ResourceExhausted("too much");

  EXPECT_EQ(Ask().status.code(), StatusCode::kResourceExhausted);
  EXPECT_LE(AskedInAll(), blocks_.size());
}

TEST_F(BlocksRingTest, AnotherOneStandsInForWhoIsNotHeardOf) {
  Start();
  ring_.SetHealthy("b", false);
  gateways_["b"]->status = Internal("nobody may ask it");

  for (int turn = 0; turn < 3; ++turn) ExpectComplete(Ask());

  EXPECT_EQ(host_.metrics().Value("kvs_source_blocks_gateway_failures_total"), 0);
}

TEST_F(BlocksRingTest, OnesOwnZoneIsAskedFirst) {
  ring_.replication_factor = 3;
  RingConfig config;
  config.prefer_zone = "zone-b";
  Start(config);

  for (int turn = 0; turn < 3; ++turn) {
    ExpectComplete(Ask());
    EXPECT_EQ(gateways_["b"]->asked.size(), blocks_.size());
  }
}

TEST_F(BlocksRingTest, WithoutGatewaysThereIsNoAnswer) {
  Start();
  for (const std::string id : {"a", "b", "c"}) ring_.SetHealthy(id, false);

  EXPECT_EQ(Ask().status.code(), StatusCode::kUnavailable);
}

// The gateways know an older index, as each looks in its own time.
TEST_F(BlocksRingTest, AGatewayLooksAgainForABlockThatItDoesNotKnow) {
  Start();
  ExpectComplete(Ask());
  AddBlock(12);
  PutIndex();
  Start();

  ExpectComplete(Ask());
}

// Whoever asks has an older view: what it names is still there, though another block has its
// samples.
TEST_F(BlocksRingTest, ABlockThatIsReplacedIsStillReadByName) {
  Start();
  ExpectComplete(Ask());
  testkit::BlockMaker maker = Samples(0);
  maker.AddSource(NumberedUlid(1));
  const MadeBlock merged = maker.Make(100, 2);
  bucket_.PutBlock("t", merged);
  std::vector<MadeBlock> all = blocks_;
  all.push_back(merged);
  bucket_.PutIndex("t", all, kNowS);
  for (auto& [id, gateway] : gateways_) gateway->MakeDue();

  ExpectComplete(Ask());
}

}  // namespace
}  // namespace kvs::source::blocks
