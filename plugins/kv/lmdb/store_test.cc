// SPDX-License-Identifier: Apache-2.0
// What kv.lmdb promises beyond the suite of its port: it remembers, also after a kill.
#include "store.h"

#include <unistd.h>

#include <gtest/gtest.h>
#include <sys/wait.h>

#include "kvs/testkit/kv_client.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

#include "record.h"

namespace kvs::kv::lmdb {
namespace {

class KvLmdbTest : public ::testing::Test {
 protected:
  KvLmdbTest() { Restart(); }

  void Restart() {
    if (store_ != nullptr) {
      EXPECT_TRUE(testkit::StopComponent(*store_).ok());
    }
    store_ = std::make_unique<Store>(host_.host(), config_);
    const Status status = testkit::StartComponent(*store_);
    ASSERT_TRUE(status.ok()) << status.ToString();
  }
  testkit::KvClient client() {
    return testkit::KvClient(sdk::KvRef(sdk::IfaceOf<sdk::Kv>(store_.get())));
  }

  testkit::TempDir dir_;
  testkit::TestHost host_{{.manual_clock = true}};
  Config config_{.dir = dir_.path() + "/a/kv", .capacity = {4 << 20}, .history_changes = 4};
  std::unique_ptr<Store> store_;
};

TEST_F(KvLmdbTest, RemembersEntriesAndRevisions) {
  const uint64_t a = *client().Put("a", "1");
  const uint64_t b = *client().Put("b", "2");

  Restart();

  EXPECT_EQ(client().List("")->ToString(), "a=1 b=2");
  EXPECT_EQ(client().Get("a")->entries[0].revision, a);
  EXPECT_EQ(client().List("")->revision, b);
  EXPECT_GT(*client().Swap("a", "3", a), b);
}

TEST_F(KvLmdbTest, EndsFallDueAfterARestart) {
  ASSERT_TRUE(client().Put("soon", "1", 1000).ok());
  ASSERT_TRUE(client().Put("late", "1", 60'000).ok());

  Restart();
  EXPECT_EQ(client().List("")->ToString(), "late=1 soon=1");
  host_.Advance(1000);

  EXPECT_EQ(client().List("")->ToString(), "late=1");
}

TEST_F(KvLmdbTest, AWatchFromBeforeTheRestartGoesOnWhenNothingWasMissed) {
  const uint64_t last = *client().Put("a", "1");
  Restart();
  ASSERT_TRUE(client().Put("a", "2").ok());

  EXPECT_EQ(client().Watch("", last, 1)->ToString(), "a=2");
  EXPECT_EQ(client().Watch("", last - 1, 1).status().code(), StatusCode::kOutOfRange);
}

TEST_F(KvLmdbTest, AcknowledgedWritesSurviveAKill) {
  config_.dir += "2";
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    Store store(sdk::Host(), config_);
    if (!testkit::StartComponent(store).ok()) _exit(1);
    const testkit::KvClient kv(sdk::KvRef(sdk::IfaceOf<sdk::Kv>(&store)));
    for (int i = 0;; ++i) {
      if (!kv.Put(StrCat("k", i), "v").ok()) _exit(1);
      if (write(pipe_ends[1], &i, sizeof(i)) != sizeof(i)) _exit(1);
    }
  }
  int acknowledged = 0;
  while (acknowledged < 20)
    ASSERT_EQ(read(pipe_ends[0], &acknowledged, sizeof(acknowledged)),
              ssize_t{sizeof(acknowledged)});
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  close(pipe_ends[0]);
  close(pipe_ends[1]);

  Restart();

  EXPECT_GT(client().List("k")->entries.size(), size_t{20});
}

TEST_F(KvLmdbTest, AFullStoreRefusesAndGoesOn) {
  Status status;
  for (int i = 0; i < 20 && status.ok(); ++i)
    status = client().Put(StrCat("k", i), std::string(1 << 20, 'v')).status();
  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted) << status.ToString();

  EXPECT_TRUE(client().Delete("k0").ok());
  EXPECT_TRUE(client().Put("small", "v").ok());
}

TEST_F(KvLmdbTest, AFormatOfLaterDaysIsRefused) {
  ASSERT_TRUE(testkit::StopComponent(*store_).ok());
  {
    auto env = kvs::lmdb::Env::Open(config_.dir, {});
    ASSERT_TRUE(env.ok());
    auto txn = env->Write();
    ASSERT_TRUE(txn.ok());
    const auto meta = txn->Open("meta", 0);
    ASSERT_TRUE(meta.ok());
    ASSERT_TRUE(txn->Put(*meta, "format", "2").ok());
    ASSERT_TRUE(txn->Commit().ok());
  }
  Store later(host_.host(), config_);

  EXPECT_EQ(testkit::StartComponent(later).code(), StatusCode::kFailedPrecondition);

  store_.reset();
}

TEST(KvLmdbRecordTest, ComesBackAsItWas) {
  const std::string bytes = Encode({7, -1, "value"});

  EXPECT_EQ(Decode(bytes)->revision, 7u);
  EXPECT_EQ(Decode(bytes)->expires_ms, -1);
  EXPECT_EQ(Decode(bytes)->value, "value");
  EXPECT_EQ(Decode(bytes.substr(0, 15)).status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(DecodeNumber("1234567").status().code(), StatusCode::kDataLoss);
}

TEST_F(KvLmdbTest, RequestsAreCountedByTheirOutcome) {
  const auto counted = [this](const char* operation, const char* code) {
    return host_.metrics().Value(
        "cortex_kv_request_duration_seconds",
        {{"kv_name", "test"}, {"operation", operation}, {"status_code", code}, {"type", "lmdb"}});
  };
  ASSERT_TRUE(client().Put("k", "v").ok());
  EXPECT_EQ(client().Swap("k", "w", 99).status().code(), StatusCode::kAborted);
  EXPECT_EQ(counted("CAS", "200"), 2) << "the store did what it was asked to";
  EXPECT_FALSE(client().Put("", "v").ok());
  EXPECT_EQ(counted("CAS", "500"), 1);

  ASSERT_TRUE(client().Get("k").ok());
  ASSERT_TRUE(client().List("").ok());
  EXPECT_EQ(counted("GET", "200"), 1);
  EXPECT_EQ(counted("List", "200"), 1);
}

}  // namespace
}  // namespace kvs::kv::lmdb
