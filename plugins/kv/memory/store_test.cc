// SPDX-License-Identifier: Apache-2.0
// What kv.memory promises beyond the suite of its port, on a clock that only the test moves.
#include "store.h"

#include <gtest/gtest.h>

#include "kvs/sdk/owned.h"
#include "kvs/testkit/kv_client.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

namespace kvs::kv::memory {
namespace {

class KvMemoryTest : public ::testing::Test {
 protected:
  KvMemoryTest() { EXPECT_TRUE(testkit::StartComponent(store_).ok()); }

  // A watch that goes on while the test does other things.
  struct Watching {
    explicit Watching(const sdk::KvRef& kv, std::string_view prefix, uint64_t after,
                      const kvs_cancel_t* cancel = nullptr)
        : call("test", cancel) {
      in.is_prefix = 1;
      in.key = sdk::Str(prefix);
      in.after = after;
      sdk::Start(kv.watch(), call, &in, out.out(), [this](const Status& status) {
        ended = true;
        result = status;
      });
    }
    sdk::OwnedCall call;
    kvs_kv_watch_t in = sdk::Record<kvs_kv_watch_t>();
    sdk::Owned<kvs_kv_entries_t> out;
    bool ended = false;
    Status result;
  };

  testkit::TestHost host_{{.manual_clock = true}};
  Store store_{host_.host(), Config{.history_changes = 4}};
  sdk::KvRef kv_{sdk::IfaceOf<sdk::Kv>(&store_)};
  testkit::KvClient client_{kv_};
};

TEST_F(KvMemoryTest, AnEntryEndsExactlyWithItsTime) {
  ASSERT_TRUE(client_.Put("k", "v", 1000).ok());

  host_.Advance(999);
  EXPECT_EQ(client_.Get("k")->ToString(), "k=v");
  host_.Advance(1);
  EXPECT_EQ(client_.Get("k")->ToString(), "");
}

TEST_F(KvMemoryTest, AnEndWakesWatchersByItself) {
  const uint64_t revision = *client_.Put("k", "v", 1000);
  const Watching watch(kv_, "k", revision);

  host_.Advance(999);
  EXPECT_FALSE(watch.ended);
  host_.Advance(100);
  ASSERT_TRUE(watch.ended);
  EXPECT_EQ(watch.out->n_entries, 1u);
  EXPECT_EQ(watch.out->entries[0].revision, 0u);
}

TEST_F(KvMemoryTest, AWatchFromBeforeTheHistoryIsOutOfRange) {
  const uint64_t first = *client_.Put("k", "0");
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(client_.Put("k", "v").ok());
  EXPECT_EQ(client_.Watch("k", first, 1)->entries.size(), 4u);

  ASSERT_TRUE(client_.Put("k", "v").ok());

  EXPECT_EQ(client_.Watch("k", first, 1).status().code(), StatusCode::kOutOfRange);
  EXPECT_EQ(client_.Watch("k", first + 1, 1)->entries.size(), 4u);
}

TEST_F(KvMemoryTest, AWatchFromAnotherLifeIsOutOfRange) {
  EXPECT_EQ(client_.Watch("k", 17, 1).status().code(), StatusCode::kOutOfRange);
}

TEST_F(KvMemoryTest, ACancelledWatchEnds) {
  sdk::CancelSource cancel;
  const Watching watch(kv_, "k", 0, cancel.raw());

  cancel.Cancel();
  host_.Advance(100);

  ASSERT_TRUE(watch.ended);
  EXPECT_EQ(watch.result.code(), StatusCode::kCancelled);
}

TEST_F(KvMemoryTest, StopEndsWatches) {
  const Watching watch(kv_, "k", 0);
  ASSERT_FALSE(watch.ended);

  ASSERT_TRUE(testkit::StopComponent(store_).ok());

  ASSERT_TRUE(watch.ended);
  EXPECT_EQ(watch.result.code(), StatusCode::kUnavailable);
}

TEST_F(KvMemoryTest, AWatcherMayCallTheStoreWhenItIsWoken) {
  auto in = sdk::Record<kvs_kv_watch_t>();
  in.key = sdk::Str("k");
  sdk::OwnedCall call("test");
  sdk::Owned<kvs_kv_entries_t> out;
  std::string seen;
  sdk::Start(kv_.watch(), call, &in, out.out(),
             [&](const Status&) { seen = client_.Get("k")->ToString(); });

  ASSERT_TRUE(client_.Put("k", "v").ok());

  EXPECT_EQ(seen, "k=v");
}

TEST_F(KvMemoryTest, ABatchWithOneKeyTwiceIsInvalid) {
  EXPECT_EQ(client_.Apply({{"k", "1"}, {"k", "2"}}).status().code(), StatusCode::kInvalidArgument);
}

TEST_F(KvMemoryTest, ABatchThatChangesNothingHasNoRevisionOfItsOwn) {
  const uint64_t revision = *client_.Put("k", "v");

  EXPECT_EQ(*client_.Delete("never"), revision);
  EXPECT_EQ(*client_.Apply({}), revision);
}

TEST_F(KvMemoryTest, RequestsAreCountedByTheirOutcome) {
  const auto counted = [this](const char* operation, const char* code) {
    return host_.metrics().Value("cortex_kv_request_duration_seconds", {{"kv_name", "test"},
                                                                        {"operation", operation},
                                                                        {"status_code", code},
                                                                        {"type", "inmemory"}});
  };
  ASSERT_TRUE(client_.Put("k", "v").ok());
  EXPECT_EQ(client_.Swap("k", "w", 99).status().code(), StatusCode::kAborted);
  EXPECT_EQ(counted("CAS", "200"), 2) << "the store did what it was asked to";
  EXPECT_FALSE(client_.Put("", "v").ok());
  EXPECT_EQ(counted("CAS", "500"), 1);

  ASSERT_TRUE(client_.Get("k").ok());
  ASSERT_TRUE(client_.List("").ok());
  EXPECT_EQ(counted("GET", "200"), 1);
  EXPECT_EQ(counted("List", "200"), 1);
}

}  // namespace
}  // namespace kvs::kv::memory
