// SPDX-License-Identifier: Apache-2.0
#include "source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/chunk/xor.h"
#include "kvs/sdk/merge_cursor.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/str.h"
#include "kvs/testkit/test_batch.h"

#include "test_bucket.h"

namespace kvs::source::blocks {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using testkit::MadeBlock;
using testkit::NumberedUlid;

struct Answer {
  Status status;
  std::map<std::string, std::vector<std::pair<int64_t, double>>> series;
  std::vector<std::string> warnings;
  size_t n_overlapping = 0;
};

class BlocksSourceTest : public ::testing::Test {
 protected:
  void Run(Config config = {}) {
    running_.reset();
    running_ = std::make_unique<RunningSource>(bucket_, dir_.path(), std::move(config));
  }

  Answer Ask(const std::vector<testkit::Match>& matches = {}, const std::string& tenant = "t",
             int64_t min_ms = -kHourMs, int64_t max_ms = INT64_MAX / 2) {
    const testkit::MatchSet set(matches);
    auto in = sdk::Record<kvs_select_t>();
    in.min_ms = min_ms;
    in.max_ms = max_ms;
    in.matchers = *set.raw();
    const sdk::OwnedCall call(tenant);
    const sdk::SourceRef source(sdk::IfaceOf<sdk::SeriesSource>(&running_->source));
    sdk::OpenSelection open;
    Answer out;
    out.status = sdk::Await(source.select(), call, &in, open.out());
    while (out.status.ok()) {
      StatusOr<sdk::BatchPtr> batch = open.Next(call);
      out.status = batch.status();
      if (!batch.ok() || *batch == nullptr) break;
      for (uint32_t row = 0; row < (*batch)->n_series; ++row) ReadRow(**batch, row, &out);
    }
    open.AddWarnings(&out.warnings);
    open.AddLateWarnings(&out.warnings);
    return out;
  }

  static void ReadRow(const kvs_series_batch_t& batch, uint32_t row, Answer* out) {
    auto& samples = out->series[testkit::ToString(batch.labels, row)];
    for (uint32_t c = batch.chunk_begin[row]; c < batch.chunk_begin[row + 1]; ++c) {
      const kvs_chunk_t& chunk = batch.chunks[c];
      out->n_overlapping += (chunk.flags & KVS_CHUNK_OVERLAPS) != 0;
      chunk::XorDecoder decoder({chunk.data, chunk.size});
      int64_t t;
      double v;
      while (decoder.Next(&t, &v)) samples.emplace_back(t, v);
    }
  }

  double Metric(std::string_view name) { return running_->host.metrics().Value(name); }

  static MadeBlock Block(uint64_t number, int64_t first_ms, double first,
                         const std::string& job = "a") {
    testkit::BlockMaker maker;
    maker.AddFloats({{"__name__", "up"}, {"job", job}}, first_ms, 1000, {first, first + 1});
    return maker.Make(number);
  }

  const testkit::TempDir dir_;
  TestBucket bucket_;
  std::unique_ptr<RunningSource> running_;
};

TEST_F(BlocksSourceTest, SeriesOfSeveralBlocksBecomeOne) {
  const MadeBlock one = Block(1, 0, 1), two = Block(2, 10'000, 3);
  bucket_.PutBlock("t", one);
  bucket_.PutBlock("t", two);
  bucket_.PutBlock("other", Block(3, 0, 9));
  bucket_.PutIndex("t", {one, two}, kNowS);
  Run();

  const Answer answer = Ask();

  EXPECT_TRUE(answer.status.ok()) << answer.status.ToString();
  EXPECT_THAT(
      answer.series,
      ElementsAre(Pair("{__name__=\"up\", job=\"a\"}",
                       ElementsAre(Pair(0, 1), Pair(1000, 2), Pair(10'000, 3), Pair(11'000, 4)))));
  EXPECT_EQ(answer.n_overlapping, 0u);
  EXPECT_THAT(answer.warnings, IsEmpty());
  EXPECT_THAT(Ask({}, "nobody").series, IsEmpty());
}

// A large block: many series of many metrics, so that its parts are far apart.
MadeBlock LargeBlock() {
  testkit::BlockMaker maker;
  for (int metric = 0; metric < 40; ++metric) {
    for (int pod = 0; pod < 200; ++pod) {
      std::vector<double> values;
      for (int i = 0; i < 240; ++i) values.push_back(1.0 / (i + metric + pod + 1));
      maker.AddFloats({{"__name__", StrCat("metric_", 100 + metric)},
                       {"instance", StrCat("host-", 1000 + pod, ":9090")},
                       {"job", "node"},
                       {"pod", StrCat("pod-", pod, "-", metric)}},
                      0, 15'000, values);
    }
  }
  return maker.Make(1);
}

TEST_F(BlocksSourceTest, AColdQueryForAMetricNeedsFiveReadsAndThreeLater) {
  const MadeBlock block = LargeBlock();
  ASSERT_GT(block.files.at("index").size(), 512u << 10);
  bucket_.PutBlock("t", block);
  bucket_.PutIndex("t", {block}, kNowS);
  Run();
  EXPECT_TRUE(Ask({}, "t", 2 * kHourMs, 3 * kHourMs).status.ok());  // The bucket index is known.
  bucket_.store.Forget();

  const Answer cold = Ask({{KVS_MATCH_EQUAL, "__name__", "metric_120"},
                           {KVS_MATCH_EQUAL, "job", "node"},
                           {KVS_MATCH_NOT_EQUAL, "pod", "none"}});
  const size_t cold_gets = bucket_.Asked("get");
  bucket_.store.Forget();
  const Answer warm = Ask({{KVS_MATCH_EQUAL, "__name__", "metric_121"}});
  const size_t warm_gets = bucket_.Asked("get");
  Run();  // What is on the disk survives a restart.
  EXPECT_TRUE(Ask({}, "t", 2 * kHourMs, 3 * kHourMs).status.ok());
  bucket_.store.Forget();
  const Answer restarted = Ask({{KVS_MATCH_EQUAL, "__name__", "metric_122"}});

  EXPECT_THAT(cold.series, SizeIs(200));
  EXPECT_THAT(warm.series, SizeIs(200));
  EXPECT_THAT(restarted.series, SizeIs(200));
  for (const auto& [labels, samples] : cold.series) ASSERT_THAT(samples, SizeIs(240)) << labels;
  EXPECT_LE(cold_gets, 5u);
  EXPECT_LE(warm_gets, 3u);
  EXPECT_LE(bucket_.Asked("get"), 3u);
  EXPECT_EQ(bucket_.Asked("list"), 0u);
  EXPECT_EQ(running_->host.metrics().Value("kvs_source_blocks_gets_per_block"), 1);
  EXPECT_LE(running_->host.metrics().Sum("kvs_source_blocks_gets_per_block"), 3);
}

TEST_F(BlocksSourceTest, EverythingOfALargeBlockComesThroughSmallFetches) {
  const MadeBlock block = LargeBlock();
  bucket_.PutBlock("t", block);
  Run({.fetch_gap = {0}, .fetch_ahead = {64 << 10}});

  const Answer answer = Ask({{KVS_MATCH_REGEX, "pod", "pod-1.*"}});

  EXPECT_TRUE(answer.status.ok()) << answer.status.ToString();
  EXPECT_THAT(answer.series, SizeIs(111 * 40));
  for (const auto& [labels, samples] : answer.series) ASSERT_THAT(samples, SizeIs(240)) << labels;
  EXPECT_EQ(Metric("kvs_source_blocks_bytes_in_flight"), 0);
}

TEST_F(BlocksSourceTest, WithoutABucketIndexTheFolderIsListed) {
  MadeBlock partial = Block(3, 0, 7, "c");
  partial.files.erase("meta.json");
  bucket_.PutBlock("t", Block(1, 0, 1));
  bucket_.PutBlock("t", Block(2, 0, 3, "b"));
  bucket_.PutBlock("t", partial);
  bucket_.Put(bucket::GlobalMarkKey("t", NumberedUlid(2), bucket::kDeletionMarkFile),
              bucket::FormatDeletionMark({NumberedUlid(2), kNowS - 2 * 3600, ""}));
  Run();

  EXPECT_THAT(Ask().series, ElementsAre(Pair("{__name__=\"up\", job=\"a\"}", SizeIs(2))));
}

TEST_F(BlocksSourceTest, MarkedBlocksAreReadForAWhile) {
  const MadeBlock young = Block(1, 0, 1, "a"), old = Block(2, 0, 1, "b");
  bucket_.PutBlock("t", young);
  bucket_.PutBlock("t", old);
  bucket_.PutIndex("t", {young, old}, kNowS,
                   {{young.meta.ulid, kNowS - 600}, {old.meta.ulid, kNowS - 4000}});
  Run();

  EXPECT_THAT(Ask().series, ElementsAre(Pair("{__name__=\"up\", job=\"a\"}", SizeIs(2))));
}

TEST_F(BlocksSourceTest, SourcesOfACompactedBlockAreNotReadTwice) {
  const MadeBlock one = Block(1, 0, 1), two = Block(2, 10'000, 3);
  testkit::BlockMaker maker;
  maker.AddFloats({{"__name__", "up"}, {"job", "a"}}, 0, 1000, {1, 2});
  maker.AddFloats({{"__name__", "up"}, {"job", "z"}}, 10'000, 1000, {3});
  maker.AddSource(one.meta.ulid);
  maker.AddSource(two.meta.ulid);
  const MadeBlock all = maker.Make(9, 2);
  for (const MadeBlock* block : {&one, &two, &all}) bucket_.PutBlock("t", *block);
  bucket_.PutIndex("t", {one, two, all}, kNowS);
  Run();

  const Answer answer = Ask();

  EXPECT_THAT(answer.series, ElementsAre(Pair("{__name__=\"up\", job=\"a\"}", SizeIs(2)),
                                         Pair("{__name__=\"up\", job=\"z\"}", SizeIs(1))));
  EXPECT_EQ(answer.n_overlapping, 0u);
  EXPECT_EQ(running_->host.metrics().Sum("cortex_bucket_store_series_blocks_queried"), 1);
}

TEST_F(BlocksSourceTest, MetricsTellWhatAQueryReadOfItsBlocks) {
  const MadeBlock one = Block(1, 0, 2, "a"), two = Block(2, 10'000, 3, "b");
  for (const MadeBlock* block : {&one, &two}) bucket_.PutBlock("t", *block);
  bucket_.PutIndex("t", {one, two}, kNowS);
  Run();
  ASSERT_THAT(Ask().series, SizeIs(2));

  const testkit::TestMetrics& metrics = running_->host.metrics();
  EXPECT_EQ(metrics.Sum("cortex_bucket_store_series_blocks_queried",
                        {{"level", "1"}, {"out_of_order", "false"}}),
            2);
  EXPECT_EQ(metrics.Sum("cortex_bucket_store_series_result_series"), 2);
  EXPECT_EQ(metrics.Value("cortex_bucket_store_series_merge_duration_seconds"), 1);
  EXPECT_EQ(metrics.Value("cortex_bucket_store_indexheader_lazy_load_duration_seconds"), 2);
  for (const char* stage : {"load_index_header", "expand_postings", "fetch_series_and_chunks"}) {
    EXPECT_EQ(metrics.Value("cortex_bucket_store_series_request_stage_duration_seconds",
                            {{"stage", stage}}),
              1)
        << stage;
  }
  for (const char* type : {"series", "chunks"}) {
    const testkit::TestMetrics::Labels fetched = {{"data_type", type}, {"stage", "fetched"}},
                                       touched = {{"data_type", type}, {"stage", "processed"}};
    EXPECT_EQ(metrics.Sum("cortex_bucket_store_series_data_touched", touched), 2) << type;
    EXPECT_EQ(metrics.Sum("cortex_bucket_store_series_data_fetched", fetched), 2) << type;
    const double needed =
        metrics.Sum("cortex_bucket_store_series_data_size_touched_bytes", touched);
    EXPECT_GT(needed, 0) << type;
    EXPECT_GE(metrics.Sum("cortex_bucket_store_series_data_size_fetched_bytes", fetched), needed)
        << type;
  }
  EXPECT_GT(metrics.Sum("cortex_bucket_store_series_data_size_touched_bytes",
                        {{"data_type", "postings"}}),
            0);
  EXPECT_EQ(metrics.Value("cortex_bucket_stores_gate_queries_in_flight"), 0)
      << "its answer is read";
  EXPECT_EQ(metrics.Value("cortex_bucket_stores_tenants_synced", {{"component", "store-gateway"}}),
            1);
}

TEST_F(BlocksSourceTest, AMissingOrDamagedBlockIsAWarningOrStrictlyAnError) {
  const MadeBlock good = Block(1, 0, 1), gone = Block(2, 0, 1, "b");
  MadeBlock broken = Block(3, 0, 1, "c"), cut = Block(4, 0, 1, "d");
  broken.files["chunks/000001"][12] ^= 1;
  cut.files["index"].resize(cut.files["index"].size() / 2);
  bucket_.PutIndex("t", {good, gone, broken, cut}, kNowS);
  for (const MadeBlock* block : std::initializer_list<const MadeBlock*>{&good, &broken, &cut})
    bucket_.PutBlock("t", *block);
  Run();

  const Answer answer = Ask();

  EXPECT_TRUE(answer.status.ok()) << answer.status.ToString();
  EXPECT_THAT(answer.series, ElementsAre(Pair("{__name__=\"up\", job=\"a\"}", SizeIs(2))));
  EXPECT_THAT(answer.warnings, SizeIs(3));
  EXPECT_THAT(answer.warnings, ::testing::Contains(HasSubstr(gone.ulid() + "/index")));
  EXPECT_THAT(answer.warnings,
              ::testing::Contains(AllOf(HasSubstr(broken.ulid()), HasSubstr("segment 000001"),
                                        HasSubstr("offset 8"))));
  EXPECT_THAT(answer.warnings, ::testing::Contains(HasSubstr(cut.ulid() + "/index")));
  EXPECT_EQ(Metric("kvs_source_blocks_skipped_total"), 3);

  Run({.strict = true});
  EXPECT_FALSE(Ask().status.ok());
}

TEST_F(BlocksSourceTest, DamageBehindTheFirstBatchEndsTheBlockWithAWarningOrStrictlyTheQuery) {
  MadeBlock large = LargeBlock();
  tsdb::Bytes& segment = large.files["chunks/000001"];
  segment[segment.size() * 3 / 4] ^= 1;
  const MadeBlock good = Block(2, 0, 1);
  bucket_.PutBlock("t", large);
  bucket_.PutBlock("t", good);
  bucket_.PutIndex("t", {large, good}, kNowS);
  Run();

  const Answer answer = Ask();

  EXPECT_TRUE(answer.status.ok()) << answer.status.ToString();
  EXPECT_THAT(answer.series, ::testing::Contains(Pair("{__name__=\"up\", job=\"a\"}", SizeIs(2))));
  EXPECT_GT(answer.series.size(), 5000u) << "what stands before the damage";
  EXPECT_LT(answer.series.size(), 6500u);
  EXPECT_THAT(answer.warnings,
              ElementsAre(AllOf(HasSubstr("the answer may lack samples"), HasSubstr(large.ulid()),
                                HasSubstr("segment 000001"), HasSubstr("offset"))));
  EXPECT_EQ(Metric("kvs_source_blocks_skipped_total"), 1);

  Run({.strict = true});
  EXPECT_EQ(Ask().status.code(), StatusCode::kDataLoss);
}

TEST_F(BlocksSourceTest, AStoreThatFailsBehindTheFirstBatchFailsTheQuery) {
  bucket_.PutBlock("t", LargeBlock());
  Run({.fetch_ahead = {64 << 10}});
  const std::vector<testkit::Match> none;
  const testkit::MatchSet all(none);
  auto in = sdk::Record<kvs_select_t>();
  in.min_ms = -kHourMs;
  in.max_ms = INT64_MAX / 2;
  in.matchers = *all.raw();
  const sdk::OwnedCall call("t");
  const sdk::SourceRef source(sdk::IfaceOf<sdk::SeriesSource>(&running_->source));
  sdk::OpenSelection open;
  ASSERT_TRUE(sdk::Await(source.select(), call, &in, open.out()).ok());
  ASSERT_TRUE(open.Next(call).ok());

  bucket_.store.FailNext(Unavailable("no route"));
  Status status;
  while (status.ok()) {
    const StatusOr<sdk::BatchPtr> batch = open.Next(call);
    status = batch.status();
    if (batch.ok() && *batch == nullptr) break;
  }

  EXPECT_EQ(status.code(), StatusCode::kUnavailable);
  std::vector<std::string> warnings;
  open.AddLateWarnings(&warnings);
  EXPECT_THAT(warnings, IsEmpty());
}

TEST_F(BlocksSourceTest, AStoreThatDoesNotAnswerFailsTheQuery) {
  const MadeBlock block = Block(1, 0, 1);
  bucket_.PutBlock("t", block);
  bucket_.PutIndex("t", {block}, kNowS);
  Run();

  bucket_.store.FailNext(Unavailable("no route"));
  EXPECT_EQ(Ask().status.code(), StatusCode::kUnavailable);
  EXPECT_TRUE(Ask().status.ok());
  bucket_.store.FailNext(Unavailable("no route"));
  EXPECT_EQ(Ask().status.code(), StatusCode::kUnavailable);
}

TEST_F(BlocksSourceTest, AnIndexIsReadAgainWhenItChangedAndAgesOtherwise) {
  const MadeBlock one = Block(1, 0, 1, "a"), two = Block(2, 0, 1, "b");
  bucket_.PutBlock("t", one);
  bucket_.PutBlock("t", two);
  bucket_.PutIndex("t", {one}, kNowS);
  Run();
  EXPECT_THAT(Ask().series, SizeIs(1));
  bucket_.store.Forget();

  running_->host.Advance(16 * 60'000);
  EXPECT_EQ(bucket_.Asked("stat t/bucket-index"), 1u);
  EXPECT_EQ(bucket_.Asked("get"), 0u) << "it is as it was";
  bucket_.PutIndex("t", {two}, kNowS + 16 * 60);
  running_->host.Advance(16 * 60'000);

  EXPECT_THAT(Ask().series, ElementsAre(Pair("{__name__=\"up\", job=\"b\"}", SizeIs(2))));
  EXPECT_EQ(Metric("cortex_bucket_store_block_drops_total"), 1);
  EXPECT_EQ(bucket_.Asked("list"), 0u);
}

TEST_F(BlocksSourceTest, AnIndexThatNobodyKeepsUpIsAnErrorOrIsNotUsed) {
  const MadeBlock one = Block(1, 0, 1, "a"), two = Block(2, 0, 1, "b");
  bucket_.PutBlock("t", one);
  bucket_.PutBlock("t", two);
  bucket_.PutIndex("t", {one}, kNowS);

  Run({.discovery = "index"});
  EXPECT_THAT(Ask().series, SizeIs(1));
  running_->host.Advance(2 * kHourMs);
  EXPECT_EQ(Ask().status.reason(), "err-mimir-bucket-index-too-old");

  Run();
  EXPECT_THAT(Ask().series, SizeIs(1));
  running_->host.Advance(2 * kHourMs);
  EXPECT_THAT(Ask().series, SizeIs(2)) << "it is listed";
}

TEST_F(BlocksSourceTest, AQueryThatIsTooLargeIsRefused) {
  const MadeBlock block = LargeBlock();
  bucket_.PutBlock("t", block);
  bucket_.PutIndex("t", {block}, kNowS);
  Run({.max_bytes_per_query = {1 << 20}});

  const Status status = Ask().status;

  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
  EXPECT_THAT(status.message(), HasSubstr("max_bytes_per_query is 1048576"));
  EXPECT_EQ(Metric("kvs_source_blocks_bytes_in_flight"), 0);
}

TEST_F(BlocksSourceTest, WhatIsYoungIsLeftToTheHead) {
  const int64_t now_ms = kNowS * 1000;
  const MadeBlock old = Block(1, now_ms - 5 * kHourMs, 1, "old"),
                  young = Block(2, now_ms - kHourMs, 1, "young");
  bucket_.PutBlock("t", old);
  bucket_.PutBlock("t", young);
  bucket_.PutIndex("t", {old, young}, kNowS);

  Run({.query_store_after = {2 * kHourMs}});
  EXPECT_THAT(Ask().series, SizeIs(1));
  Run({.ignore_blocks_within = {2 * kHourMs}});
  EXPECT_THAT(Ask().series, SizeIs(1));
  Run();
  EXPECT_THAT(Ask().series, SizeIs(2));
}

TEST_F(BlocksSourceTest, LabelsComeFromAllBlocks) {
  const MadeBlock one = Block(1, 0, 1, "a"), two = Block(2, 0, 1, "b"), gone = Block(3, 0, 1, "c");
  bucket_.PutBlock("t", one);
  bucket_.PutBlock("t", two);
  bucket_.PutIndex("t", {one, two, gone}, kNowS);
  Run();
  auto in = sdk::Record<kvs_label_query_t>();
  in.max_ms = kHourMs;
  in.name = sdk::Str("job");
  const sdk::OwnedCall call("t");
  const sdk::SourceRef source(sdk::IfaceOf<sdk::SeriesSource>(&running_->source));
  sdk::Owned<kvs_strings_t> names, values;

  ASSERT_TRUE(sdk::Await(source.label_names(), call, &in, names.out()).ok());
  ASSERT_TRUE(sdk::Await(source.label_values(), call, &in, values.out()).ok());

  EXPECT_EQ(names->n_items, 2u);
  EXPECT_EQ(values->n_items, 2u);
  EXPECT_TRUE(running_->host.Logged("a block is left out"));
}

TEST_F(BlocksSourceTest, TenantsAreThoseOfTheBucketThatMayHaveBlocksInTheTime) {
  const MadeBlock block = Block(1, 0, 1);
  for (const char* tenant : {"team-b", "team-a", "other"}) bucket_.PutBlock(tenant, block);
  bucket_.Put("__mimir_cluster/seed.json", "{}");
  Run();
  const auto tenants = [&](std::string_view prefix, int64_t min_ms, uint64_t limit = 0) {
    auto in = sdk::Record<kvs_label_query_t>();
    in.name = sdk::Str(prefix);
    in.min_ms = min_ms;
    in.max_ms = min_ms + kHourMs;
    in.limit = limit;
    const sdk::SourceRef source(sdk::IfaceOf<sdk::SeriesSource>(&running_->source));
    sdk::Owned<kvs_strings_t> found;
    EXPECT_TRUE(sdk::Await(source.tenants(), sdk::OwnedCall("any"), &in, found.out()).ok());
    std::vector<std::string> out;
    for (uint64_t i = 0; i < found->n_items; ++i) out.push_back(sdk::Text(found->items[i]));
    return out;
  };

  EXPECT_THAT(tenants("team-", 0), ElementsAre("team-a", "team-b"));
  EXPECT_THAT(tenants("", 0), ElementsAre("other", "team-a", "team-b"));
  EXPECT_THAT(tenants("", 0, 1), ElementsAre("other"));
  EXPECT_EQ(bucket_.Asked("list"), 1u) << "it was listed a moment ago";
  Ask({}, "team-a");
  EXPECT_THAT(tenants("team-", 10 * kHourMs), ElementsAre("team-b"))
      << "team-a is known to have none";

  bucket_.PutBlock("team-c", block);
  running_->host.Advance(16 * 60'000);
  EXPECT_THAT(tenants("team-", 0), ElementsAre("team-a", "team-b", "team-c"));
}

}  // namespace
}  // namespace kvs::source::blocks
