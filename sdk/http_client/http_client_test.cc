// SPDX-License-Identifier: Apache-2.0
#include "kvs/http_client/http_client.h"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
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

// Answers nobody before it is opened.
class Gate {
 public:
  void Open() {
    const std::lock_guard<std::mutex> lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void Pass() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

sdk::Task Get(HttpClient& client, std::string url, std::shared_ptr<sdk::OwnedCall> call) {
  HttpRequest request;
  request.method = "GET";
  request.url = std::move(url);
  HttpClient::Exchange exchange(client, call->call(), std::move(request));
  co_return co_await exchange;
}

struct End {
  std::mutex mutex;
  std::condition_variable changed;
  int ended = 0;
  static void Done(void* self, kvs_status_t code) noexcept {
    auto* const end = static_cast<End*>(self);
    const std::lock_guard<std::mutex> lock(end->mutex);
    EXPECT_EQ(code, KVS_UNAVAILABLE);
    ++end->ended;
    end->changed.notify_all();
  }
};

// The thread may learn that it is to give up and that it is to end in one look.
TEST(HttpClientTest, OneThatWaitsForAnAnswerStopsAtOnce) {
  const testkit::TestHost host;
  Gate gate;
  HttpStub server([&gate](const HttpStub::Request&) {
    gate.Pass();
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
    const std::lock_guard<std::mutex> lock(end.mutex);
    EXPECT_EQ(end.ended, 3) << "whoever waits is told before the client is gone";
  }
  // A poll that nobody wakes lasts a minute.
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(30));
  gate.Open();
}

}  // namespace
}  // namespace kvs::http_client
