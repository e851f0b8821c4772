// SPDX-License-Identifier: Apache-2.0
// Proves that a component behind HTTP routes can be replaced while requests come in: none fails,
// none reaches a handler that is gone. The server is a fake; requests run on threads of the test.
#include "kernel/lifecycle/route_gate.h"

#include <atomic>
#include <semaphore>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernel/pages/fake_server.h"

namespace kvs::kernel {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A component that answers with a number, at once or when it is told to.
class Handler {
 public:
  explicit Handler(int number) : number_(number) {}
  ~Handler() { alive_ = false; }

  Status AddTo(const kvs_iface_t& routes, const std::string& pattern, uint64_t max_body = 0) {
    auto route = sdk::Record<kvs_http_route_t>();
    route.methods = sdk::Str("GET");
    route.pattern = sdk::Str(pattern);
    route.max_body_bytes = max_body;
    route.handler_self = this;
    route.handle = &Handle;
    auto error = sdk::Record<kvs_error_t>();
    const auto* table = static_cast<const kvs_http_routes_table_t*>(routes.table);
    return sdk::Import(table->add(routes.self, "component", &route, &error), &error);
  }
  static void RemoveFrom(const kvs_iface_t& routes) {
    static_cast<const kvs_http_routes_table_t*>(routes.table)->remove_all(routes.self, "component");
  }
  /// Requests from now on stay pending until Finish().
  void Defer() { defer_ = true; }
  void Finish() {
    const kvs_completion_t completion = completion_;
    completion.done(completion.ctx, KVS_OK);
  }

 private:
  static kvs_status_t Handle(void* self, const kvs_call_t*, const kvs_http_request_t*,
                             kvs_http_reply_t* out, const kvs_completion_t* completion,
                             kvs_error_t*) noexcept {
    auto* me = static_cast<Handler*>(self);
    EXPECT_TRUE(me->alive_);
    out->status = me->number_;
    if (!me->defer_) return KVS_OK;
    me->completion_ = *completion;
    return KVS_PENDING;
  }
  const int number_;
  std::atomic<bool> alive_{true};
  std::atomic<bool> defer_{false};
  kvs_completion_t completion_{};
};

class RouteGateTest : public ::testing::Test {
 protected:
  FakeServer server_;
  Executor executor_{{.workers = 1}};
  std::shared_ptr<RouteGate> gate_ = std::make_shared<RouteGate>(server_.iface(), executor_);
};

TEST_F(RouteGateTest, RequestsReachTheHandlerUntilItIsRemoved) {
  auto edge = gate_->MakeEdge("api");
  Handler handler(201);
  ASSERT_TRUE(handler.AddTo(edge->iface(), "/x").ok());

  EXPECT_EQ(server_.Get("/x")->http_status(), 201);
  Handler::RemoveFrom(edge->iface());

  EXPECT_EQ(server_.Get("/x")->Wait(), KVS_NOT_FOUND);
  EXPECT_THAT(server_.Patterns(), IsEmpty());
}

TEST_F(RouteGateTest, AnEdgeThatGoesTakesItsRoutesAlong) {
  auto edge = gate_->MakeEdge("api");
  Handler handler(201);
  ASSERT_TRUE(handler.AddTo(edge->iface(), "/x").ok());

  edge.reset();

  EXPECT_THAT(server_.Patterns(), IsEmpty());
}

TEST_F(RouteGateTest, TheSecondOwnerOfARouteIsRefusedByName) {
  auto edge = gate_->MakeEdge("api"), other = gate_->MakeEdge("other");
  Handler handler(201);
  ASSERT_TRUE(handler.AddTo(edge->iface(), "/x").ok());

  const Status refused = handler.AddTo(other->iface(), "/x");

  EXPECT_EQ(refused.code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(refused.message(), "from api");
}

TEST_F(RouteGateTest, RequestsWaitForTheReplacement) {
  auto old_edge = gate_->MakeEdge("api");
  auto old_handler = std::make_unique<Handler>(201);
  ASSERT_TRUE(old_handler->AddTo(old_edge->iface(), "/x").ok());

  gate_->Hold({"api"});
  auto request = server_.Get("/x");
  EXPECT_FALSE(request->ended());
  EXPECT_EQ(gate_->waiting(), 1u);
  Handler::RemoveFrom(old_edge->iface());
  old_edge.reset();
  old_handler.reset();
  EXPECT_THAT(server_.Patterns(), ElementsAre("/x"));  // The route outlives its handler.

  auto new_edge = gate_->MakeEdge("api");
  Handler new_handler(202);
  ASSERT_TRUE(new_handler.AddTo(new_edge->iface(), "/x").ok());
  EXPECT_FALSE(request->ended());
  gate_->Release();

  EXPECT_EQ(request->Wait(), KVS_OK);
  EXPECT_EQ(request->http_status(), 202);
  EXPECT_EQ(server_.Get("/x")->http_status(), 202);
  EXPECT_EQ(server_.adds, 1);
  EXPECT_EQ(gate_->waiting(), 0u);
}

TEST_F(RouteGateTest, OtherComponentsAreNotHeld) {
  auto edge = gate_->MakeEdge("api"), other = gate_->MakeEdge("other");
  Handler handler(201), other_handler(202);
  ASSERT_TRUE(handler.AddTo(edge->iface(), "/x").ok());
  ASSERT_TRUE(other_handler.AddTo(other->iface(), "/y").ok());

  gate_->Hold({"api"});

  EXPECT_EQ(server_.Get("/y")->http_status(), 202);
  gate_->Release();
}

TEST_F(RouteGateTest, ARouteThatDoesNotComeBackIsTakenDown) {
  auto old_edge = gate_->MakeEdge("api");
  Handler handler(201);
  ASSERT_TRUE(handler.AddTo(old_edge->iface(), "/x").ok());
  ASSERT_TRUE(handler.AddTo(old_edge->iface(), "/gone").ok());
  gate_->Hold({"api"});
  auto request = server_.Get("/gone");
  old_edge.reset();

  auto new_edge = gate_->MakeEdge("api");
  ASSERT_TRUE(handler.AddTo(new_edge->iface(), "/x").ok());
  gate_->Release();

  EXPECT_EQ(request->Wait(), KVS_UNAVAILABLE);
  EXPECT_THAT(server_.Patterns(), ElementsAre("/x"));
  EXPECT_EQ(server_.Get("/x")->http_status(), 201);
}

TEST_F(RouteGateTest, AChangedLimitReachesTheServer) {
  auto old_edge = gate_->MakeEdge("api");
  Handler handler(201);
  ASSERT_TRUE(handler.AddTo(old_edge->iface(), "/x", 1000).ok());
  gate_->Hold({"api"});
  auto request = server_.Get("/x");
  old_edge.reset();

  auto new_edge = gate_->MakeEdge("api");
  ASSERT_TRUE(handler.AddTo(new_edge->iface(), "/x", 2000).ok());
  gate_->Release();

  EXPECT_EQ(request->http_status(), 201);
  EXPECT_EQ(server_.removals, 0);  // Without a gap.
  EXPECT_EQ(server_.MaxBody("/x"), 2000u);
}

TEST_F(RouteGateTest, AChangedLimitReachesAServerThatCannotReplaceToo) {
  server_.replaces = false;
  auto old_edge = gate_->MakeEdge("api");
  Handler handler(201);
  ASSERT_TRUE(handler.AddTo(old_edge->iface(), "/x", 1000).ok());
  gate_->Hold({"api"});
  auto request = server_.Get("/x");
  old_edge.reset();

  auto new_edge = gate_->MakeEdge("api");
  ASSERT_TRUE(handler.AddTo(new_edge->iface(), "/x", 2000).ok());
  gate_->Release();

  EXPECT_EQ(request->http_status(), 201);
  EXPECT_EQ(server_.MaxBody("/x"), 2000u);
}

TEST_F(RouteGateTest, AddingAgainTakesTheNewHandler) {
  auto edge = gate_->MakeEdge("api");
  Handler first(201), second(202);
  ASSERT_TRUE(first.AddTo(edge->iface(), "/x").ok());

  ASSERT_TRUE(second.AddTo(edge->iface(), "/x").ok());

  EXPECT_EQ(server_.Get("/x")->http_status(), 202);
}

TEST_F(RouteGateTest, RemovingWaitsForARequestUnderWay) {
  auto edge = gate_->MakeEdge("api");
  Handler handler(201);
  ASSERT_TRUE(handler.AddTo(edge->iface(), "/x").ok());
  handler.Defer();
  auto request = server_.Get("/x");
  gate_->Hold({"api"});
  std::atomic<bool> removed = false;

  std::thread remover([&] {
    Handler::RemoveFrom(edge->iface());
    EXPECT_TRUE(request->ended());
    removed = true;
  });
  EXPECT_FALSE(removed);
  handler.Finish();
  remover.join();

  EXPECT_EQ(request->http_status(), 201);
  gate_->Release();
}

TEST_F(RouteGateTest, GivingUpAnswersThoseWhoWaitAndThoseWhoCome) {
  auto edge = gate_->MakeEdge("api");
  Handler handler(201);
  ASSERT_TRUE(handler.AddTo(edge->iface(), "/x").ok());
  gate_->Hold({"api"});
  auto request = server_.Get("/x");

  gate_->GiveUp();

  EXPECT_EQ(request->Wait(), KVS_UNAVAILABLE);
  EXPECT_EQ(server_.Get("/x")->Wait(), KVS_UNAVAILABLE);
  gate_->Release();
  EXPECT_EQ(server_.Get("/x")->http_status(), 201);
}

TEST_F(RouteGateTest, TheNumberOfThoseWhoWaitIsBounded) {
  auto edge = gate_->MakeEdge("api");
  Handler handler(201);
  ASSERT_TRUE(handler.AddTo(edge->iface(), "/x").ok());
  gate_->Hold({"api"});
  std::vector<std::unique_ptr<FakeServer::Request>> requests;
  for (size_t i = 0; i < RouteGate::kMostWaiting; ++i) requests.push_back(server_.Get("/x"));

  EXPECT_EQ(server_.Get("/x")->Wait(), KVS_UNAVAILABLE);

  gate_->Release();
  for (const auto& request : requests) EXPECT_EQ(request->http_status(), 201);
}

TEST_F(RouteGateTest, NoRequestFailsWhileHandlersAreReplacedUnderLoad) {
  auto edge = gate_->MakeEdge("api");
  auto handler = std::make_unique<Handler>(200);
  ASSERT_TRUE(handler->AddTo(edge->iface(), "/x").ok());
  std::atomic<bool> stop = false;
  std::atomic<int> served = 0, failed = 0;
  std::vector<std::thread> clients;
  for (int c = 0; c < 3; ++c) {
    clients.emplace_back([&] {
      while (!stop) {
        auto request = server_.Get("/x");
        ++(request->Wait() == KVS_OK && request->http_status() >= 200 ? served : failed);
      }
    });
  }

  for (int round = 1; round <= 100; ++round) {
    const int before = served;
    gate_->Hold({"api"});
    Handler::RemoveFrom(edge->iface());
    edge.reset();
    handler = std::make_unique<Handler>(200 + round);
    edge = gate_->MakeEdge("api");
    ASSERT_TRUE(handler->AddTo(edge->iface(), "/x").ok());
    gate_->Release();
    while (served == before) std::this_thread::yield();
  }
  stop = true;
  for (std::thread& client : clients) client.join();
  edge.reset();

  EXPECT_EQ(failed, 0);
  EXPECT_GE(served, 100);
}

// Answers with a body that is made while it is sent, and says when it is not needed any more.
class StreamingHandler {
 public:
  Status AddTo(const kvs_iface_t& routes) {
    auto route = sdk::Record<kvs_http_route_t>();
    route.methods = sdk::Str("GET");
    route.pattern = sdk::Str("/s");
    route.handler_self = this;
    route.handle = [](void* self, const kvs_call_t*, const kvs_http_request_t*,
                      kvs_http_reply_t* out, const kvs_completion_t*,
                      kvs_error_t*) noexcept -> kvs_status_t {
      out->status = 200;
      out->producer = self;
      out->release = [](kvs_http_reply_t* reply) noexcept {
        static_cast<StreamingHandler*>(reply->producer)->released = true;
      };
      out->next_self = self;
      out->next = [](void*, const kvs_call_t*, const void*, kvs_http_piece_t*,
                     const kvs_completion_t*,
                     kvs_error_t*) noexcept -> kvs_status_t { return KVS_END; };
      return KVS_OK;
    };
    auto error = sdk::Record<kvs_error_t>();
    const auto* table = static_cast<const kvs_http_routes_table_t*>(routes.table);
    return sdk::Import(table->add(routes.self, "component", &route, &error), &error);
  }
  std::atomic<bool> released{false};
};

TEST_F(RouteGateTest, AHandlerThatStillMakesABodyIsWaitedFor) {
  auto edge = gate_->MakeEdge("api");
  StreamingHandler handler;
  ASSERT_TRUE(handler.AddTo(edge->iface()).ok());
  auto request = server_.Get("/s");
  EXPECT_EQ(request->http_status(), 200);

  std::atomic<bool> removed{false};
  std::thread remover([&] {
    Handler::RemoveFrom(edge->iface());
    removed = true;
  });
  EXPECT_FALSE(removed);
  request.reset();  // The server releases the answer.
  remover.join();

  EXPECT_TRUE(handler.released);
}

}  // namespace
}  // namespace kvs::kernel
