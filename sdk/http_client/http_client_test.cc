// SPDX-License-Identifier: Apache-2.0
#include "kvs/http_client/http_client.h"

#include <atomic>
#include <chrono>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "kvs/sdk/owned.h"
#include "kvs/sdk/task.h"
#include "kvs/testkit/http_stub.h"
#include "kvs/testkit/test_host.h"

namespace kvs::http_client {
namespace {

using testkit::HttpStub;

sdk::Task Get(HttpClient& client, std::string url, std::shared_ptr<sdk::OwnedCall> call) {
  HttpRequest request;
  request.method = "GET";
  request.url = std::move(url);
  HttpClient::Exchange exchange(client, call->call(), std::move(request));
  co_return co_await exchange;
}

struct End {
  std::atomic<int> ended{0};
  static void Done(void* self, kvs_status_t code) noexcept {
    EXPECT_EQ(code, KVS_UNAVAILABLE);
    ++static_cast<End*>(self)->ended;
  }
};

// The thread may learn that it is to give up and that it is to end in one look.
TEST(HttpClientTest, OneThatWaitsForAnAnswerStopsAtOnce) {
  const testkit::TestHost host;
  std::latch gate(1);
  HttpStub server([&gate](const HttpStub::Request&) {
    gate.wait();
    return HttpStub::Answer();
  });
  const auto begun = std::chrono::steady_clock::now();
  for (int round = 0; round < 20; ++round) {
    End end;
    const kvs_completion_t completion{&End::Done, &end};
    const size_t before = server.requests().size();
    {
      HttpClient client(host.host(), HttpOptions());
      ASSERT_EQ(client.Start().ToString(), "OK");
      for (int i = 0; i < 3; ++i) {
        sdk::Completer completer(&completion, nullptr);
        (void)sdk::Run(completer, Get(client, StrCat("http://", server.address(), "/"),
                                      std::make_shared<sdk::OwnedCall>("")));
      }
      while (server.requests().size() < before + 3) std::this_thread::yield();
    }
    EXPECT_EQ(end.ended, 3) << "whoever waits is told before the client is gone";
  }
  // A poll that nobody wakes lasts a minute.
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(30));
  gate.count_down();
}

}  // namespace
}  // namespace kvs::http_client
