// SPDX-License-Identifier: Apache-2.0
#include "admin.h"

#include <filesystem>
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/testkit/fake_store.h"
#include "kvs/testkit/http_stub.h"
#include "kvs/testkit/test_host.h"

#include "head_testing.h"

namespace kvs::head {
namespace {

// Routes that a test calls itself.
class Routes final : public sdk::HttpRoutes {
 public:
  Status Add(std::string_view, const kvs_http_route_t& route) override {
    routes_[sdk::Text(route.pattern)] = route;
    return OkStatus();
  }
  void RemoveAll(std::string_view) override { routes_.clear(); }

  // "204 " or "200 set\n".
  std::string Ask(const std::string& method, const std::string& path,
                  const std::string& query = {}) {
    const kvs_http_route_t& route = routes_.at(path);
    auto request = sdk::Record<kvs_http_request_t>();
    request.method = sdk::Str(method);
    request.path = sdk::Str(path);
    request.query = sdk::Str(query);
    sdk::Owned<kvs_http_reply_t> reply;
    const sdk::OwnedCall call("");
    const Status status = sdk::Await(
        sdk::Method<kvs_http_request_t, kvs_http_reply_t>{route.handle, route.handler_self}, call,
        &request, reply.out());
    EXPECT_TRUE(status.ok());
    std::string text = StrCat(reply->status, " ");
    for (uint64_t i = 0; i < reply->n_segments; ++i) {
      text.append(reinterpret_cast<const char*>(reply->segments[i].data), reply->segments[i].size);
    }
    return text;
  }

 private:
  std::map<std::string, kvs_http_route_t> routes_;
};

class AdminTest : public ::testing::Test {
 protected:
  void Start() {
    Config config;
    config.data_dir = folder_.path();
    config.durability = "os";
    h_ = std::make_unique<HeadUnderTest>(host_.host(), config, &MakeLeanFile);
    h_->head.http = sdk::RoutesRef(sdk::IfaceOf<sdk::HttpRoutes>(&routes_));
    h_->head.blocks = sdk::StoreRef(sdk::IfaceOf<sdk::ObjectStore>(&store_));
    Wait([this](const sdk::Call& call, sdk::Completer& completer) {
      return h_->head.Start(call, completer);
    });
  }
  void Stop() {
    Wait([this](const sdk::Call& call, sdk::Completer& completer) {
      return h_->head.Stop(call, completer);
    });
    h_.reset();
  }
  template <typename Do>
  static void Wait(Do step) {
    std::promise<void> done;
    const kvs_completion_t completion{[](void* ctx, kvs_status_t) noexcept {
                                        static_cast<std::promise<void>*>(ctx)->set_value();
                                      },
                                      &done};
    sdk::Completer completer(&completion, nullptr);
    const sdk::OwnedCall call("");
    ASSERT_TRUE(step(call, completer).is_raw());
    done.get_future().wait();
  }
  size_t Puts() const {
    size_t n = 0;
    for (const std::string& asked : store_.asked()) n += asked.starts_with("put ") ? 1 : 0;
    return n;
  }

  TempFolder folder_;
  testkit::FakeStore store_;
  Routes routes_;
  testkit::TestHost host_;
  std::unique_ptr<HeadUnderTest> h_;
  const model::Labels up_{{"__name__", "up"}};
};

TEST_F(AdminTest, FlushingShipsTheTenantThatIsNamed) {
  Start();
  ASSERT_TRUE(h_->Write(up_, 1000, 1, "a").ok());
  ASSERT_TRUE(h_->Write(up_, 1000, 1, "b").ok());

  EXPECT_EQ(routes_.Ask("POST", "/ingester/flush", "tenant=b&wait=true"), "204 ");

  EXPECT_EQ(Puts(), 3u);
  EXPECT_EQ(h_->Read({.tenant = "b"}).size(), 1u);
  EXPECT_EQ(routes_.Ask("GET", "/ingester/flush", "wait=true"), "204 ");
  EXPECT_EQ(Puts(), 6u);
  Stop();
}

TEST_F(AdminTest, APreparedShutdownIsRememberedAndFlushes) {
  Start();
  EXPECT_EQ(routes_.Ask("GET", "/ingester/prepare-shutdown"), "200 unset\n");
  EXPECT_EQ(routes_.Ask("POST", "/ingester/prepare-shutdown"), "204 ");
  EXPECT_EQ(routes_.Ask("DELETE", "/ingester/prepare-shutdown"), "204 ");
  ASSERT_TRUE(h_->Write(up_, 1000, 1, "a").ok());
  Stop();
  EXPECT_EQ(Puts(), 0u);

  Start();
  EXPECT_EQ(routes_.Ask("POST", "/ingester/prepare-shutdown"), "204 ");
  h_.reset();  // As a kill.
  Start();
  EXPECT_EQ(routes_.Ask("GET", "/ingester/prepare-shutdown"), "200 set\n");
  Stop();
  EXPECT_EQ(Puts(), 3u);
}

TEST_F(AdminTest, ShuttingDownTakesNothingMore) {
  Start();
  ASSERT_TRUE(h_->Write(up_, 1000, 1, "a").ok());

  EXPECT_EQ(routes_.Ask("POST", "/ingester/shutdown"), "204 ");

  EXPECT_EQ(Puts(), 3u);
  EXPECT_EQ(h_->Write(up_, 2000, 1, "a").code(), StatusCode::kUnavailable);
  EXPECT_EQ(host_.health(), KVS_HEALTH_NOT_READY);
  Stop();
}

}  // namespace
}  // namespace kvs::head
