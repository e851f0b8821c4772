// SPDX-License-Identifier: Apache-2.0
// Three instances that answer, fail or hang.
#include "source.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include <gtest/gtest.h>

#include "kvs/sdk/merge_lists.h"
#include "kvs/sdk/owned.h"
#include "kvs/testkit/fake_limiter.h"
#include "kvs/testkit/fake_ring.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

namespace kvs::source::ring {
namespace {

class Instance final : public sdk::SeriesSource {
 public:
  explicit Instance(std::string name) : name_(std::move(name)) {}
  sdk::Outcome LabelValues(const sdk::Call& call, const kvs_label_query_t&, kvs_strings_t& out,
                           sdk::Completer& completer) override {
    ++asked;
    if (!status.ok()) return status;
    if (!hangs) {
      sdk::HandOutUnion({}, {"all", name_}, 0, out);
      return OkStatus();
    }
    // Until it is told to stop.
    done_ = completer.Defer();
    call.raw()->cancel->subscribe(
        call.raw()->cancel,
        [](void* self) noexcept { static_cast<Instance*>(self)->done_(Cancelled("stopped")); },
        this);
    return sdk::Pending();
  }
  sdk::Outcome Select(const sdk::Call&, const kvs_select_t&, kvs_series_cursor_t&,
                      sdk::Completer&) override {
    return status;
  }
  sdk::Outcome LabelNames(const sdk::Call&, const kvs_label_query_t&, kvs_strings_t&,
                          sdk::Completer&) override {
    return status;
  }
  sdk::Outcome Metadata(const sdk::Call&, const kvs_metadata_query_t&, kvs_metadata_list_t&,
                        sdk::Completer&) override {
    return status;
  }
  sdk::Outcome Exemplars(const sdk::Call&, const kvs_label_query_t&, kvs_exemplar_list_t&,
                         sdk::Completer&) override {
    return status;
  }

  Status status;
  bool hangs = false;
  std::atomic<int> asked{0};

 private:
  const std::string name_;
  sdk::Completion done_;
};

class RingSourceTest : public ::testing::Test {
 protected:
  RingSourceTest() {
    for (const char* id : {"a", "b", "c"}) {
      instances_.push_back(std::make_unique<Instance>(id));
      ring_.Add(id, std::string(id) + ":1");
      dialer_.Serve(std::string(id) + ":1",
                    sdk::IfaceOf<sdk::SeriesSource>(instances_.back().get()));
    }
    Config config;
    config.hedge_delay = {30};
    config.shard_size = 2;
    source_ = std::make_unique<RingSource>(host_.host(), config);
    source_->ring = ring_.ref();
    source_->dialer = dialer_.ref();
    EXPECT_TRUE(testkit::StartComponent(*source_).ok());
  }
  StatusOr<size_t> Values(int64_t max_ms = kFuture) {
    auto query = sdk::Record<kvs_label_query_t>();
    query.max_ms = max_ms;
    query.name = sdk::Str("job");
    sdk::Owned<kvs_strings_t> out;
    KVS_RETURN_IF_ERROR(
        sdk::Await(sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(source_.get())).label_values(),
                   sdk::OwnedCall("t"), &query, out.out()));
    return out->n_items;
  }
  int Asked() const { return instances_[0]->asked + instances_[1]->asked + instances_[2]->asked; }

  static constexpr int64_t kFuture = int64_t{1} << 60;
  testkit::TestHost host_{{.manual_clock = true}};
  testkit::FakeLimiter limiter_;
  testkit::FakeRing ring_;
  testkit::FakeDialer dialer_;
  std::vector<std::unique_ptr<Instance>> instances_;
  std::unique_ptr<RingSource> source_;
};

TEST_F(RingSourceTest, NoMoreAreAskedThanAQuorumNeeds) {
  const auto values = Values();

  ASSERT_TRUE(values.ok()) << values.status().ToString();
  EXPECT_EQ(*values, 3u) << "all, and the names of two";
  EXPECT_EQ(Asked(), 2);
  EXPECT_EQ(ring_.last_shard_size, 2u);
  EXPECT_GT(ring_.last_lookback_ms, 0);
}

TEST_F(RingSourceTest, NobodyIsAskedForWhatIsInTheBucket) {
  constexpr int64_t kHour = 3'600'000;
  limiter_.numbers["query_ingesters_within"] = 2 * kHour;
  source_->limiter = limiter_.ref();
  const auto values = Values(host_.now_ms() - 2 * kHour - 1);

  ASSERT_TRUE(values.ok()) << values.status().ToString();
  EXPECT_EQ(*values, 0u);
  auto select = sdk::Record<kvs_select_t>();
  select.max_ms = host_.now_ms() - 3 * kHour;
  sdk::OpenSelection selection;
  const sdk::OwnedCall call("t");
  const sdk::SourceRef source(sdk::IfaceOf<sdk::SeriesSource>(source_.get()));
  ASSERT_TRUE(sdk::Await(source.select(), call, &select, selection.out()).ok());
  const StatusOr<sdk::BatchPtr> batch = selection.Next(call);
  ASSERT_TRUE(batch.ok());
  EXPECT_EQ(*batch, nullptr);
  EXPECT_EQ(Asked(), 0);
  EXPECT_EQ(*Values(host_.now_ms() - 2 * kHour), 3u) << "exactly so old is asked for";
}

TEST_F(RingSourceTest, WhoFailsIsReplaced) {
  instances_[0]->status = Unavailable("gone").Retryable();
  for (int turn = 0; turn < 3; ++turn) {
    const auto values = Values();
    ASSERT_TRUE(values.ok()) << values.status().ToString();
    EXPECT_EQ(*values, 3u);
  }
}

TEST_F(RingSourceTest, WhoIsSlowIsReplacedAndToldToStop) {
  instances_[1]->hangs = true;
  for (int turn = 0; turn < 3; ++turn) {
    const auto values = Values();
    ASSERT_TRUE(values.ok()) << values.status().ToString();
    EXPECT_EQ(*values, 3u);
  }
}

TEST_F(RingSourceTest, TwoFailuresAreOneTooMany) {
  instances_[0]->status = Unavailable("gone").Retryable();
  instances_[2]->status = Unavailable("gone too").Retryable();

  EXPECT_EQ(Values().status().code(), StatusCode::kUnavailable);
}

TEST_F(RingSourceTest, WhoIsNotHealthyIsNotAsked) {
  ring_.SetHealthy("b", false);
  for (int turn = 0; turn < 3; ++turn) EXPECT_TRUE(Values().ok());

  EXPECT_EQ(instances_[1]->asked, 0);
}

TEST_F(RingSourceTest, ACallThatEndsIsNotWaitedFor) {
  for (const auto& instance : instances_) instance->hangs = true;
  auto query = sdk::Record<kvs_label_query_t>();
  sdk::Owned<kvs_strings_t> out;

  const Status status =
      sdk::Await(sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(source_.get())).label_values(),
                 sdk::OwnedCall("t").WithTimeoutMs(100), &query, out.out());

  EXPECT_EQ(status.code(), StatusCode::kDeadlineExceeded);
}

}  // namespace
}  // namespace kvs::source::ring
