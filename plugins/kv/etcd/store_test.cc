// SPDX-License-Identifier: Apache-2.0
// What a real server seldom does: dies between requests, has no leader, forgets tokens, compacts
// its history. The suite of the port runs against a real one in tests/services/etcd_test.sh.
#include "store.h"

#include <atomic>
#include <deque>
#include <mutex>
#include <thread>

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "kvs/sdk/owned.h"
#include "kvs/testkit/kv_client.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

#include "etcd.grpc.pb.h"

namespace kvs::kv::etcd {
namespace {

using ::grpc::ServerContext;

// One server with one key, which fails as it is told.
class FakeEtcd final : public etcdserverpb::KV::Service,
                       public etcdserverpb::Watch::Service,
                       public etcdserverpb::Auth::Service {
 public:
  FakeEtcd() { Listen("127.0.0.1:0"); }
  ~FakeEtcd() override { Die(); }
  void Listen(const std::string& address) {
    ::grpc::ServerBuilder builder;
    builder.AddListeningPort(address, ::grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(static_cast<etcdserverpb::KV::Service*>(this));
    builder.RegisterService(static_cast<etcdserverpb::Watch::Service*>(this));
    builder.RegisterService(static_cast<etcdserverpb::Auth::Service*>(this));
    server_ = builder.BuildAndStart();
  }
  void Die() {
    if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now());
    server_ = nullptr;
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  ::grpc::Status Range(ServerContext* context, const etcdserverpb::RangeRequest*,
                       etcdserverpb::RangeResponse* response) override {
    const std::lock_guard lock(mutex);
    ++asked;
    if (!failures.empty()) {
      const ::grpc::Status status = failures.front();
      failures.pop_front();
      return status;
    }
    if (const ::grpc::Status allowed = Allow(*context); !allowed.ok()) return allowed;
    response->mutable_header()->set_revision(revision);
    auto* const kv = response->add_kvs();
    kv->set_key("kvasir/k");
    kv->set_value(value);
    kv->set_mod_revision(3);
    return ::grpc::Status::OK;
  }
  ::grpc::Status Txn(ServerContext*, const etcdserverpb::TxnRequest*,
                     etcdserverpb::TxnResponse* response) override {
    const std::lock_guard lock(mutex);
    response->mutable_header()->set_revision(revision);
    response->set_succeeded(!somebody_was_faster);
    return ::grpc::Status::OK;
  }
  ::grpc::Status Authenticate(ServerContext*, const etcdserverpb::AuthenticateRequest* request,
                              etcdserverpb::AuthenticateResponse* response) override {
    const std::lock_guard lock(mutex);
    if (request->password() != "right")
      return {::grpc::StatusCode::INVALID_ARGUMENT, "etcdserver: authentication failed"};
    token = "token-" + std::to_string(++tokens);
    response->set_token(token);
    return ::grpc::Status::OK;
  }
  ::grpc::Status Watch(ServerContext* context,
                       ::grpc::ServerReaderWriter<etcdserverpb::WatchResponse,
                                                  etcdserverpb::WatchRequest>* stream) override {
    etcdserverpb::WatchRequest request;
    if (!stream->Read(&request)) return ::grpc::Status::OK;
    etcdserverpb::WatchResponse response;
    {
      const std::lock_guard lock(mutex);
      if (!failures.empty()) {
        const ::grpc::Status status = failures.front();
        failures.pop_front();
        return status;
      }
      response.mutable_header()->set_revision(revision);
      response.set_created(true);
      if (request.create_request().start_revision() <= compacted) {
        response.set_canceled(true);
        response.set_compact_revision(compacted);
      }
    }
    stream->Write(response);
    if (sees_deadline_first) return {::grpc::StatusCode::UNKNOWN, "context deadline exceeded"};
    while (!context->IsCancelled() && stream->Read(&request)) continue;
    return ::grpc::Status::OK;
  }

  std::mutex mutex;
  std::deque<::grpc::Status> failures;  // Of the next calls.
  std::string value = "v", token;
  int64_t revision = 7, compacted = 0;
  int asked = 0, tokens = 0;
  bool needs_user = false, sees_deadline_first = false, somebody_was_faster = false;

 private:
  ::grpc::Status Allow(const ServerContext& context) const {
    if (!needs_user) return ::grpc::Status::OK;
    const auto shown = context.client_metadata().find("token");
    if (shown == context.client_metadata().end())
      return {::grpc::StatusCode::INVALID_ARGUMENT, "etcdserver: user name is empty"};
    if (token.empty() || std::string(shown->second.data(), shown->second.size()) != token)
      return {::grpc::StatusCode::UNAUTHENTICATED, "etcdserver: invalid auth token"};
    return ::grpc::Status::OK;
  }
  std::unique_ptr<::grpc::Server> server_;
  int port_ = 0;
};

class KvEtcdTest : public ::testing::Test {
 protected:
  testkit::KvClient Client(Config config = {}) {
    if (config.endpoints.empty()) config.endpoints = {first_.address(), second_.address()};
    store_ = std::make_unique<Store>(host_.host(), config);
    EXPECT_TRUE(testkit::StartComponent(*store_).ok());
    return testkit::KvClient(sdk::KvRef(sdk::IfaceOf<sdk::Kv>(store_.get())));
  }
  void TearDown() override {
    if (store_ == nullptr) return;
    EXPECT_TRUE(testkit::StopComponent(*store_).ok());
  }

  FakeEtcd first_, second_;
  testkit::TestHost host_;
  std::unique_ptr<Store> store_;
};

TEST_F(KvEtcdTest, ADeadServerIsPassedOver) {
  const testkit::KvClient kv = Client();
  ASSERT_EQ(kv.Get("k")->ToString(), "k=v");
  ASSERT_EQ(second_.asked, 0) << "everybody stays with a server that answers";

  first_.Die();

  EXPECT_EQ(kv.Get("k")->ToString(), "k=v");
  EXPECT_EQ(kv.Get("k")->ToString(), "k=v");
  EXPECT_EQ(second_.asked, 2);
}

TEST_F(KvEtcdTest, AChangeOfLeadersIsWaitedFor) {
  const testkit::KvClient kv = Client();
  for (FakeEtcd* server : {&first_, &second_}) {
    server->failures = {{::grpc::StatusCode::UNAVAILABLE, "etcdserver: leader changed"},
                        {::grpc::StatusCode::UNAVAILABLE, "etcdserver: no leader"}};
  }

  EXPECT_EQ(kv.Get("k")->ToString(), "k=v");
  EXPECT_EQ(first_.asked + second_.asked, 5);
}

TEST_F(KvEtcdTest, NobodyThereIsUnavailableAndMayBeTriedAgain) {
  Config config;
  config.timeout = {300};
  Client(config);
  first_.Die();
  second_.Die();

  auto range = sdk::Record<kvs_kv_range_t>();
  range.key = sdk::Str("k");
  sdk::Owned<kvs_kv_entries_t> out;
  const Status status = sdk::Await(sdk::KvRef(sdk::IfaceOf<sdk::Kv>(store_.get())).get(),
                                   sdk::OwnedCall("t"), &range, out.out());

  EXPECT_EQ(status.code(), StatusCode::kUnavailable) << status.ToString();
  EXPECT_TRUE(status.retryable());
}

TEST_F(KvEtcdTest, RequestsAreCountedByTheirOutcome) {
  const testkit::KvClient kv = Client();
  const auto counted = [this](const char* operation, const char* code) {
    return host_.metrics().Value(
        "cortex_kv_request_duration_seconds",
        {{"kv_name", "test"}, {"operation", operation}, {"status_code", code}, {"type", "etcd"}});
  };
  first_.failures = {{::grpc::StatusCode::UNAVAILABLE, "etcdserver: leader changed"}};

  ASSERT_TRUE(kv.Get("k").ok());
  EXPECT_EQ(counted("GET", "200"), 1) << "however many servers were tried";

  second_.failures = {
      {::grpc::StatusCode::RESOURCE_EXHAUSTED, "etcdserver: mvcc: database space exceeded"}};
  ASSERT_FALSE(kv.Get("k").ok());
  EXPECT_EQ(counted("GET", "500"), 1);
  EXPECT_EQ(counted("GET", "200"), 1);

  ASSERT_TRUE(kv.List("k").ok());
  EXPECT_EQ(counted("List", "200"), 1);

  second_.somebody_was_faster = true;
  EXPECT_EQ(kv.Swap("k", "w", 1).status().code(), StatusCode::kAborted);
  EXPECT_EQ(counted("CAS", "200"), 1) << "the store did what it was asked to";
}

TEST_F(KvEtcdTest, OtherErrorsAreTheServersLastWord) {
  const testkit::KvClient kv = Client();
  first_.failures = {
      {::grpc::StatusCode::RESOURCE_EXHAUSTED, "etcdserver: mvcc: database space exceeded"}};

  EXPECT_EQ(kv.Get("k").status().code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(second_.asked, 0);
}

TEST_F(KvEtcdTest, AUserGetsATokenAndANewOneWhenItEnds) {
  first_.needs_user = true;
  Config config;
  config.endpoints = {first_.address()};
  config.username = "kvasir";
  config.password.value = "right";
  const testkit::KvClient kv = Client(config);
  ASSERT_EQ(kv.Get("k")->ToString(), "k=v");
  ASSERT_EQ(kv.Get("k")->ToString(), "k=v");
  ASSERT_EQ(first_.tokens, 1);

  first_.token = "another";

  EXPECT_EQ(kv.Get("k")->ToString(), "k=v");
  EXPECT_EQ(first_.tokens, 2);
}

TEST_F(KvEtcdTest, AWrongPasswordIsSaidWithoutRepeatingIt) {
  first_.needs_user = true;
  Config config;
  config.endpoints = {first_.address()};
  config.username = "kvasir";
  config.password.value = "guessed";
  const testkit::KvClient kv = Client(config);

  const Status status = kv.Get("k").status();

  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_NE(status.message().find("authenticating as kvasir"), std::string::npos)
      << status.message();
  EXPECT_EQ(status.message().find("guessed"), std::string::npos) << status.message();
}

TEST_F(KvEtcdTest, AWatchOfWhatIsCompactedHasToReadAgain) {
  const testkit::KvClient kv = Client();
  first_.compacted = 5;

  EXPECT_EQ(kv.Watch("k", 3, 10'000).status().code(), StatusCode::kOutOfRange);
}

TEST_F(KvEtcdTest, AWatchOfARevisionThatNeverWasHasToReadAgain) {
  const testkit::KvClient kv = Client();

  EXPECT_EQ(kv.Watch("k", 8, 10'000).status().code(), StatusCode::kOutOfRange);
}

TEST_F(KvEtcdTest, AWatchMovesToAnotherServer) {
  const testkit::KvClient kv = Client();
  second_.compacted = 5;  // So that it is seen who answered.
  first_.failures = {{::grpc::StatusCode::UNAVAILABLE, "etcdserver: no leader"}};

  EXPECT_EQ(kv.Watch("k", 3, 10'000).status().code(), StatusCode::kOutOfRange);
}

TEST_F(KvEtcdTest, AWatchEndsEmptyAlsoIfTheServerSeesItsDeadlineFirst) {
  const testkit::KvClient kv = Client();
  first_.sees_deadline_first = true;

  const auto changes = kv.Watch("k", 7, 10'000);

  ASSERT_TRUE(changes.ok()) << changes.status().ToString();
  EXPECT_TRUE(changes->entries.empty());
}

TEST(KvEtcdConfigTest, EndpointsAreAddressesWithPorts) {
  Config config;
  EXPECT_FALSE(config.Validate().ok());
  config.endpoints = {"http://10.0.0.1:2379/", "etcd-1:2379"};
  EXPECT_TRUE(config.Validate().ok());
  EXPECT_EQ(AddressOf(config.endpoints[0]), "10.0.0.1:2379");
  config.endpoints = {"etcd"};
  EXPECT_FALSE(config.Validate().ok());
  config.endpoints = {"https://etcd:2379"};
  EXPECT_FALSE(config.Validate().ok()) << "without an authority";
  config.endpoints = {"ftp://etcd:2379"};
  EXPECT_FALSE(config.Validate().ok());
}

}  // namespace
}  // namespace kvs::kv::etcd
