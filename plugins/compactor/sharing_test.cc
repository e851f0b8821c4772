// SPDX-License-Identifier: Apache-2.0
// Two compactors over one bucket: no job is done twice, none is orphaned, and who was away for long
// publishes nothing.
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/testkit/fake_kv.h"
#include "kvs/testkit/fake_ring.h"

#include "test_bucket.h"

namespace kvs::compactor {
namespace {

using testing::BlockMaker;
using testing::BlockSamples;
using testing::Bucket;
using testing::DyingStore;
using testing::kHourMs;
using testing::MemoryBlock;

constexpr int64_t kTtlMs = 60'000;

/// Calls somebody before one of the changes.
class HookStore final : public sdk::ObjectStore {
 public:
  HookStore(sdk::ObjectStore& next, int at, std::function<void()> hook)
      : next_(next), left_(at), hook_(std::move(hook)) {}
  bool called() const { return left_ < 0; }
  /// meta.json files of blocks that were put after the hook was called.
  int published_after() const { return published_after_; }

  sdk::Outcome Stat(const sdk::Call& call, const kvs_str_t& in, kvs_object_info_t& out,
                    sdk::Completer& done) override {
    return next_.Stat(call, in, out, done);
  }
  sdk::Outcome Get(const sdk::Call& call, const kvs_object_get_t& in, kvs_object_data_t& out,
                   sdk::Completer& done) override {
    return next_.Get(call, in, out, done);
  }
  sdk::Outcome List(const sdk::Call& call, const kvs_object_list_t& in, kvs_object_page_t& out,
                    sdk::Completer& done) override {
    return next_.List(call, in, out, done);
  }
  sdk::Outcome Put(const sdk::Call& call, const kvs_object_put_t& in, kvs_object_info_t& out,
                   sdk::Completer& done) override {
    if (called() && sdk::View(in.key).ends_with("/meta.json")) ++published_after_;
    if (left_-- == 0) hook_();
    return next_.Put(call, in, out, done);
  }
  sdk::Outcome Remove(const sdk::Call& call, const kvs_str_t& in, sdk::Completer& done) override {
    return next_.Remove(call, in, done);
  }

 private:
  sdk::ObjectStore& next_;
  int left_;
  const std::function<void()> hook_;
  int published_after_ = 0;
};

/// The way to a kv store that is cut when its process is killed.
class CutKv final : public sdk::Kv {
 public:
  CutKv(sdk::Kv& next, std::function<bool()> is_cut) : next_(next), is_cut_(std::move(is_cut)) {}
  sdk::KvRef ref() { return sdk::KvRef(sdk::IfaceOf<sdk::Kv>(this)); }
  sdk::Outcome Get(const sdk::Call& call, const kvs_kv_range_t& in, kvs_kv_entries_t& out,
                   sdk::Completer& done) override {
    return is_cut_() ? Unavailable("killed") : next_.Get(call, in, out, done);
  }
  sdk::Outcome Apply(const sdk::Call& call, const kvs_kv_batch_t& in, uint64_t& out,
                     sdk::Completer& done) override {
    return is_cut_() ? Unavailable("killed") : next_.Apply(call, in, out, done);
  }
  sdk::Outcome Watch(const sdk::Call& call, const kvs_kv_watch_t& in, kvs_kv_entries_t& out,
                     sdk::Completer& done) override {
    return next_.Watch(call, in, out, done);
  }

 private:
  sdk::Kv& next_;
  const std::function<bool()> is_cut_;
};

class SharingTest : public ::testing::Test {
 protected:
  Config MakeConfig(std::string_view name, const testkit::TempDir& dir) {
    Config config;
    config.data_dir = StrCat(dir.path(), "/", name);
    config.first_level_compaction_wait_period.ms = 0;
    config.deletion_delay.ms = 0;
    config.lease_ttl.ms = kTtlMs;
    return config;
  }
  // Two days of a tenant: blocks that overlap, and blocks side by side.
  static BlockSamples Fill(Bucket& bucket, std::string_view tenant = "a") {
    static std::map<uint64_t, MemoryBlock> made;  // Once: they are put hundreds of times.
    for (uint64_t day = 0; day < 3; ++day) {
      const int64_t begin = static_cast<int64_t>(day) * 24 * kHourMs;
      for (uint64_t i = 0; i < (day < 2 ? 3u : 1u); ++i) {
        const int64_t mint = begin + (i == 2 ? 2 * kHourMs : 0);
        const uint64_t n = 1 + 10 * day + i;
        if (!made.contains(n)) {
          BlockMaker maker;
          maker.AddFloats({{"job", "x"}}, mint + 1000 * static_cast<int64_t>(i), 60'000, {1, 2, 3});
          maker.AddFloats({{"job", "y"}, {"i", StrCat(i)}}, mint, 60'000, {1});
          made[n] = maker.Build();
        }
        bucket.PutBlock(tenant, n, mint, mint + 2 * kHourMs, made[n]);
      }
    }
    return bucket.Samples(tenant, false);
  }
  static size_t Count(const BlockSamples& samples) {
    size_t n = 0;
    for (const auto& [labels, of_series] : samples) n += of_series.size();
    return n;
  }
  // Every sample is there, and once: also in the blocks that are not marked yet.
  static void ExpectMergedOnce(Bucket& bucket, const BlockSamples& expected) {
    ASSERT_EQ(bucket.Samples("a", true), expected);
    size_t stored = 0;
    for (const Bucket::Found& found : bucket.Blocks("a")) {
      if (!found.marked) stored += Count(found.samples);
    }
    EXPECT_EQ(stored, Count(expected));
  }
  static double JobsDone(const testkit::TestHost& host) {
    return host.metrics().Value("cortex_compactor_group_compactions_total");
  }
  static double JobsLeft(const testkit::TestHost& host, const std::string& reason) {
    return host.metrics().Value("kvs_compactor_jobs_left_total", {{"reason", reason}});
  }
  static double GivenUp(const testkit::TestHost& host) {
    return host.metrics().Value("cortex_compactor_blocks_marked_for_deletion_total",
                                {{"reason", "partial"}});
  }
  // Makes other blocks of what is planned. What the tenant has now.
  static BlockSamples AddLateBlock(Bucket& bucket) {
    BlockMaker maker;
    maker.AddFloats({{"job", "x"}}, 45'000, 60'000, {7, 8});
    bucket.PutBlock("a", 99, 0, 2 * kHourMs, maker.Build());
    return bucket.Samples("a", false);
  }
  // What one compactor alone has to do.
  double JobsAlone() {
    Bucket bucket;
    Fill(bucket);
    testkit::TempDir dir;
    testkit::TestHost host({.manual_clock = true});
    TestCompactorOn alone(host, bucket.store(), MakeConfig("alone", dir));
    EXPECT_TRUE(alone->RunCompaction().ok());
    return JobsDone(host);
  }

  // A compactor over a store, with leases and a ring if they are given.
  class TestCompactorOn {
   public:
    TestCompactorOn(testkit::TestHost& host, sdk::ObjectStore& store, Config config,
                    sdk::KvRef kv = {}, sdk::RingRef ring = {})
        : compactor_(host.host(), std::move(config)) {
      compactor_.store = sdk::StoreRef(sdk::IfaceOf<sdk::ObjectStore>(&store));
      compactor_.kv = kv;
      compactor_.ring = ring;
      compactor_.Open();
    }
    Compactor* operator->() { return &compactor_; }

   private:
    Compactor compactor_;
  };
};

TEST_F(SharingTest, WhileOneDoesAJobAnotherLeavesItAndDoesOthers) {
  const double alone = JobsAlone();
  ASSERT_GE(alone, 4);
  for (int at = 0;; ++at) {
    SCOPED_TRACE(StrCat("before change ", at));
    Bucket bucket;
    const BlockSamples expected = Fill(bucket);
    testkit::TempDir dir;
    testkit::TestHost host_a({.manual_clock = true}), host_b({.manual_clock = true});
    testkit::FakeKv kv(host_a.host().clock());
    TestCompactorOn b(host_b, bucket.store(), MakeConfig("b", dir), kv.ref());
    HookStore store(bucket.store(), at, [&] { EXPECT_TRUE(b->RunCompaction().ok()); });
    TestCompactorOn a(host_a, store, MakeConfig("a", dir), kv.ref());

    ASSERT_TRUE(a->RunCompaction().ok());
    ASSERT_TRUE(b->RunCompaction().ok());

    ExpectMergedOnce(bucket, expected);
    EXPECT_EQ(JobsDone(host_a) + JobsDone(host_b), alone);
    if (!store.called()) break;
    ASSERT_LT(at, 200);
  }
}

TEST_F(SharingTest, WhatADeadOneWasDoingIsTakenOverWhenItsLeaseEnds) {
  for (int changes = 0;; ++changes) {
    SCOPED_TRACE(StrCat("killed after ", changes, " changes"));
    Bucket bucket;
    const BlockSamples expected = Fill(bucket);
    testkit::TempDir dir;
    testkit::TestHost host_a({.manual_clock = true}), host_b({.manual_clock = true});
    testkit::FakeKv kv(host_b.host().clock());
    DyingStore dying(bucket.store(), changes);
    CutKv cut(kv, [&dying] { return dying.died(); });
    {
      TestCompactorOn a(host_a, dying, MakeConfig("a", dir), cut.ref());
      IgnoreError(a->RunCompaction(), "it is killed");
      IgnoreError(a->RunCleanup(), "it is killed");
    }
    TestCompactorOn b(host_b, bucket.store(), MakeConfig("b", dir), kv.ref());

    ASSERT_TRUE(b->RunCompaction().ok());
    ASSERT_EQ(bucket.Samples("a", false), expected);
    host_b.Advance(kTtlMs);
    ASSERT_TRUE(b->RunCompaction().ok());
    ExpectMergedOnce(bucket, expected);

    host_b.Advance(1000);
    ASSERT_TRUE(b->RunCleanup().ok());
    ASSERT_TRUE(b->RunCleanup().ok());
    ASSERT_EQ(bucket.Samples("a", false), expected);
    ExpectMergedOnce(bucket, expected);
    if (!dying.died()) break;
    ASSERT_LT(changes, 200);
  }
}

// As after SIGSTOP: its own clock stood still while its lease ended and another one did the job.
TEST_F(SharingTest, WhoWasAwayForLongPublishesNothing) {
  int refused = 0;
  for (int at = 0;; ++at) {
    SCOPED_TRACE(StrCat("away before change ", at));
    Bucket bucket;
    const BlockSamples expected = Fill(bucket);
    testkit::TempDir dir;
    testkit::TestHost host_a({.manual_clock = true}), host_b({.manual_clock = true});
    testkit::FakeKv kv(host_b.host().clock());
    TestCompactorOn b(host_b, bucket.store(), MakeConfig("b", dir), kv.ref());
    HookStore store(bucket.store(), at, [&] {
      host_b.Advance(kTtlMs);
      EXPECT_TRUE(b->RunCompaction().ok());
    });
    TestCompactorOn a(host_a, store, MakeConfig("a", dir), kv.ref());

    ASSERT_TRUE(a->RunCompaction().ok());

    // The one change that was on its way when it was stopped may still arrive, and does no harm: it
    // is what the other one wrote, under the same name.
    EXPECT_EQ(store.published_after(), 0);
    refused += static_cast<int>(JobsLeft(host_a, "lease"));
    ASSERT_TRUE(b->RunCompaction().ok());
    ExpectMergedOnce(bucket, expected);
    if (!store.called()) break;
    ASSERT_LT(at, 200);
  }
  EXPECT_GT(refused, 0);
}

TEST_F(SharingTest, AnUploadIsGivenUpOnlyUnderTheLeaseOfItsJob) {
  Bucket bucket;
  Fill(bucket);
  testkit::TempDir dir;
  testkit::TestHost host_a({.manual_clock = true}), host_b({.manual_clock = true});
  testkit::FakeKv kv(host_b.host().clock());
  {
    DyingStore dying(bucket.store(), 1);  // In the middle of the first block.
    CutKv cut(kv, [&dying] { return dying.died(); });
    TestCompactorOn killed(host_a, dying, MakeConfig("a", dir), cut.ref());
    IgnoreError(killed->RunCompaction(), "it is killed");
  }
  const BlockSamples expected = AddLateBlock(bucket);
  TestCompactorOn a(host_a, bucket.store(), MakeConfig("a", dir), kv.ref());

  // The lease of the dead one stands, as would that of another one that is at the same job.
  ASSERT_TRUE(a->RunCompaction().ok());
  EXPECT_EQ(GivenUp(host_a), 0);

  host_b.Advance(kTtlMs);
  ASSERT_TRUE(a->RunCompaction().ok());
  EXPECT_EQ(GivenUp(host_a), 1);
  ExpectMergedOnce(bucket, expected);
}

// Two that have no leases between them: one gives up what the other one is just uploading.
TEST_F(SharingTest, WhoseUploadIsGivenUpLosesNothing) {
  double given_up = 0;
  for (int at = 0;; ++at) {
    SCOPED_TRACE(StrCat("before change ", at));
    Bucket bucket;
    BlockSamples expected = Fill(bucket);
    testkit::TempDir dir;
    testkit::TestHost host_a({.manual_clock = true}), host_b({.manual_clock = true});
    {
      DyingStore dying(bucket.store(), 1);
      TestCompactorOn killed(host_a, dying, MakeConfig("a", dir));
      IgnoreError(killed->RunCompaction(), "it is killed");
    }
    HookStore store(bucket.store(), at, [&] {
      expected = AddLateBlock(bucket);
      TestCompactorOn a(host_a, bucket.store(), MakeConfig("a", dir));
      EXPECT_TRUE(a->RunCompaction().ok());
    });
    TestCompactorOn b(host_b, store, MakeConfig("b", dir));

    for (int round = 0; round < 3; ++round) {
      ASSERT_TRUE(b->RunCompaction().ok());
      host_b.Advance(1000);
      ASSERT_TRUE(b->RunCleanup().ok());
    }

    ExpectMergedOnce(bucket, expected);
    given_up += GivenUp(host_a);
    if (!store.called()) break;
    ASSERT_LT(at, 200);
  }
  EXPECT_GT(given_up, 0);
}

TEST_F(SharingTest, WhatIsCompletedWhileItIsGivenUpStays) {
  Bucket bucket;
  const std::string index = bucket::BlockFileKey("a", testing::Name(9), "index");
  const std::string meta = bucket::BlockFileKey("a", testing::Name(9), bucket::kMetaFile);
  ASSERT_TRUE(bucket.client().Put(index, "x").ok());
  testkit::TempDir dir;
  testkit::TestHost host({.manual_clock = true});
  HookStore store(bucket.store(), 1, [&] { ASSERT_TRUE(bucket.client().Put(meta, "{}").ok()); });
  TestCompactorOn compactor(host, store, MakeConfig("a", dir));

  EXPECT_FALSE(compactor->BucketOf("a").MarkPartialForDeletion(testing::Name(9)).value());

  EXPECT_TRUE(store.called());
  EXPECT_THAT(bucket.Keys("a/"), ::testing::ElementsAre(index, meta));
}

TEST_F(SharingTest, WithoutTheKvStoreNobodyStartsAJob) {
  Bucket bucket;
  const BlockSamples expected = Fill(bucket);
  testkit::TempDir dir;
  testkit::TestHost host({.manual_clock = true});
  testkit::FakeKv kv(host.host().clock());
  TestCompactorOn a(host, bucket.store(), MakeConfig("a", dir), kv.ref());
  kv.FailWith(Unavailable("down"));

  EXPECT_EQ(a->RunCompaction().code(), StatusCode::kUnavailable);
  EXPECT_EQ(JobsDone(host), 0);
  kv.FailWith(OkStatus());
  EXPECT_TRUE(a->RunCompaction().ok());
  ExpectMergedOnce(bucket, expected);
}

TEST_F(SharingTest, ARingGivesEachJobAndEachTenantsCleaningToOne) {
  const double alone = JobsAlone();
  Bucket bucket;
  std::map<std::string, BlockSamples> expected;
  for (int i = 0; i < 6; ++i) expected[StrCat("t", i)] = Fill(bucket, StrCat("t", i));
  testkit::TempDir dir;
  testkit::TestHost host_a({.manual_clock = true}), host_b({.manual_clock = true});
  testkit::FakeRing ring_a, ring_b;
  for (testkit::FakeRing* ring : {&ring_a, &ring_b}) {
    ring->replication_factor = 1;
    ring->Add("a", "a:1");
    ring->Add("b", "b:1");
  }
  ring_a.self = "a";
  ring_b.self = "b";
  TestCompactorOn a(host_a, bucket.store(), MakeConfig("a", dir), {}, ring_a.ref());
  TestCompactorOn b(host_b, bucket.store(), MakeConfig("b", dir), {}, ring_b.ref());
  const auto indexes = [&bucket] {
    size_t n = 0;
    for (const std::string& key : bucket.Keys()) n += key.ends_with("/bucket-index.json.gz");
    return n;
  };

  ASSERT_TRUE(a->RunCleanup().ok());
  const size_t of_a = indexes();
  EXPECT_GT(of_a, 0u);
  EXPECT_LT(of_a, 6u);
  ASSERT_TRUE(b->RunCleanup().ok());
  EXPECT_EQ(indexes(), 6u);

  // Each round makes jobs possible that may be the other's.
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(a->RunCompaction().ok());
    ASSERT_TRUE(b->RunCompaction().ok());
  }
  EXPECT_EQ(JobsDone(host_a) + JobsDone(host_b), 6 * alone);
  EXPECT_GT(JobsDone(host_a), 0);
  EXPECT_GT(JobsDone(host_b), 0);
  EXPECT_GT(JobsLeft(host_a, "owner"), 0);
  for (const auto& [tenant, samples] : expected) EXPECT_EQ(bucket.Samples(tenant, true), samples);

  ring_a.SetHealthy("b", false);
  EXPECT_EQ(JobsLeft(host_b, "lease"), 0);
  const BlockSamples late = Fill(bucket, "late");
  ASSERT_TRUE(a->RunCompaction().ok());
  EXPECT_EQ(bucket.Samples("late", true), late);
  EXPECT_EQ(JobsDone(host_a) + JobsDone(host_b), 7 * alone) << "all of the dead one's";
}

}  // namespace
}  // namespace kvs::compactor
