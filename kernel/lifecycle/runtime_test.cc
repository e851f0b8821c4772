// SPDX-License-Identifier: Apache-2.0
// Proves the process from start to stop: pages, reloads by page, and exit codes. Components are
// fakes, the listener too.
#include "kernel/lifecycle/runtime.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <future>
#include <latch>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernel/lifecycle/fake_component.h"

namespace kvs::kernel {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class RuntimeTest : public ::testing::Test {
 protected:
  RuntimeTest() {
    char name[] = "/tmp/kvs_runtime_test_XXXXXX";
    log_ = mkstemp(name);
    unlink(name);
    plan_.Add("web", listener_).Add("store", type_).Add("api", type_, {"routes:web", "store"}, "1");
  }
  ~RuntimeTest() override {
    if (thread_.joinable()) Stop();
    close(log_);
  }

  void Start(bool handle_signals = false) {
    RuntimeOptions options;
    options.make_plan = [this](Diagnostics* diagnostics) -> std::shared_ptr<const Plan> {
      const std::lock_guard lock(mutex_);
      if (!config_error_.empty()) {
        diagnostics->Error("C001", config_error_);
        return nullptr;
      }
      return plan_.Make();
    };
    options.on_ready = [this](const Plan&) { ready_.count_down(); };
    options.handle_signals = handle_signals;
    options.log_fd = log_;
    runtime_.emplace(std::move(options));
    thread_ = std::thread([this] {
      exit_code_ = runtime_->Run();
      ended_ = true;
    });
  }
  void StartAndWait() {
    Start();
    ready_.wait();
    world_.Take();
  }
  int Stop() {
    runtime_->RequestStop();
    thread_.join();
    return exit_code_;
  }
  void SetPlan(FakePlan plan) {
    const std::lock_guard lock(mutex_);
    plan_ = std::move(plan);
  }
  FakePlan Changed() {
    FakePlan plan;
    plan.Add("web", listener_).Add("store", type_).Add("api", type_, {"routes:web", "store"}, "2");
    return plan;
  }
  std::string Logged() const {
    std::string text(static_cast<size_t>(lseek(log_, 0, SEEK_END)), '\0');
    EXPECT_EQ(pread(log_, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    return text;
  }

  FakeWorld world_;
  FakeType type_{&world_, "fake", {}};
  FakeType listener_{&world_, "fake.listener", {.listener = true, .reconfigurable = false}};
  int log_ = -1;
  std::mutex mutex_;
  FakePlan plan_;
  std::string config_error_;
  std::latch ready_{1};
  std::optional<Runtime> runtime_;
  std::thread thread_;
  int exit_code_ = -1;
  std::atomic<bool> ended_{false};
};

TEST_F(RuntimeTest, StartsServesAndStops) {
  StartAndWait();

  EXPECT_EQ(world_.server.Get("/ready")->http_status(), 200);
  EXPECT_EQ(world_.server.Get("/api")->body(), "api=1");
  EXPECT_THAT(world_.server.Get("/metrics")->body(),
              AllOf(HasSubstr("kvs_build_info{"),
                    HasSubstr("kvs_component_ready{component=\"api\",type=\"fake\"} 1\n"),
                    HasSubstr("kvs_config_last_reload_successful 1\n")));
  EXPECT_THAT(world_.server.Get("/graph")->body(), HasSubstr("api"));

  EXPECT_EQ(Stop(), 0);
  EXPECT_EQ(world_.Take(), (std::vector<std::string>{
                               "drain api", "drain store", "drain web", "stop api", "stop store",
                               "stop web", "destroy api", "destroy store", "destroy web"}));
}

TEST_F(RuntimeTest, UntilAllHasStartedTheListenerSays503AndNot404) {
  world_.cancelled = {"start api"};
  Start();

  const auto hangs = [this](std::string_view pattern) {
    const auto patterns = world_.server.Patterns();
    return std::ranges::find(patterns, pattern) != patterns.end();
  };
  while (!hangs("/ready") || !hangs("/*")) std::this_thread::yield();
  EXPECT_EQ(world_.server.Get("/ready")->http_status(), 503);
  EXPECT_EQ(world_.server.Get("/*")->http_status(), 503);

  Stop();
}

TEST_F(RuntimeTest, OnceAllHasStartedAnUnknownPathIsNotThere) {
  StartAndWait();

  EXPECT_EQ(world_.server.Get("/*")->Wait(), KVS_NOT_FOUND);
}

TEST_F(RuntimeTest, AnUnusableConfigurationIsExitCodeOne) {
  config_error_ = "nonsense in line 3";
  Start();
  thread_.join();

  EXPECT_EQ(exit_code_, 1);
  EXPECT_THAT(Logged(), HasSubstr("nonsense in line 3"));
}

TEST_F(RuntimeTest, AFailedStartIsExitCodeOne) {
  world_.failing = {"start api"};
  Start();
  thread_.join();

  EXPECT_EQ(exit_code_, 1);
  EXPECT_THAT(Logged(), HasSubstr("component \\\"api\\\": start: told to"));
  EXPECT_EQ(world_.alive, 0);
}

TEST_F(RuntimeTest, AStopWhileStartingUnwindsAndIsOrderly) {
  world_.cancelled = {"start api"};
  Start();
  runtime_->RequestStop();
  thread_.join();

  EXPECT_EQ(exit_code_, 0);
  EXPECT_EQ(world_.alive, 0);
}

TEST_F(RuntimeTest, TheReloadPageRebuildsWhatChanged) {
  StartAndWait();
  SetPlan(Changed());

  auto reload = world_.server.Send("POST", "/-/reload");

  EXPECT_EQ(reload->http_status(), 200);
  EXPECT_THAT(reload->body(), HasSubstr("rebuilt: api\n"));
  EXPECT_EQ(world_.server.Get("/api")->body(), "api=2");
  EXPECT_EQ(world_.Take(),
            (std::vector<std::string>{"create api", "link api.peers[0] store", "drain api",
                                      "stop api", "destroy api", "start api"}));
}

TEST_F(RuntimeTest, ARefusedReloadSaysWhyAndChangesNothing) {
  StartAndWait();
  {
    const std::lock_guard lock(mutex_);
    config_error_ = "nonsense in line 3";
  }

  auto reload = world_.server.Send("POST", "/-/reload");

  EXPECT_EQ(reload->http_status(), 500);
  EXPECT_THAT(reload->body(), HasSubstr("nonsense in line 3"));
  EXPECT_EQ(world_.server.Get("/api")->body(), "api=1");
  EXPECT_THAT(world_.server.Get("/metrics")->body(),
              HasSubstr("kvs_config_last_reload_successful 0\n"));
}

TEST_F(RuntimeTest, AReloadThatReplacesTheListenerAnswersBeforeItDrains) {
  StartAndWait();
  FakePlan plan;
  plan.Add("web", listener_, {}, "changed")
      .Add("store", type_)
      .Add("api", type_, {"routes:web", "store"}, "1");
  SetPlan(std::move(plan));

  auto reload = world_.server.Send("POST", "/-/reload");
  EXPECT_EQ(reload->http_status(), 200);
  Stop();

  EXPECT_THAT(world_.Take(), testing::Contains("drain web"));
}

TEST_F(RuntimeTest, AReloadThatCannotGoBackEndsTheProcessWithOne) {
  StartAndWait();
  world_.failing = {"start api"};
  SetPlan(Changed());

  auto reload = world_.server.Send("POST", "/-/reload");
  EXPECT_EQ(reload->http_status(), 500);
  thread_.join();

  EXPECT_EQ(exit_code_, 1);
}

TEST_F(RuntimeTest, NoRequestFailsWhileReloadsRun) {
  StartAndWait();
  std::atomic<bool> stop = false;
  std::atomic<int> served = 0, failed = 0;
  std::thread client([&] {
    while (!stop) {
      auto request = world_.server.Get("/api");
      ++(request->Wait() == KVS_OK && request->body().starts_with("api=") ? served : failed);
    }
  });

  for (int round = 0; round < 30; ++round) {
    FakePlan plan;
    plan.Add("web", listener_)
        .Add("store", type_, {}, StrCat(round))
        .Add("api", type_, {"routes:web", "store"}, StrCat(round));
    SetPlan(std::move(plan));
    ASSERT_EQ(world_.server.Send("POST", "/-/reload")->http_status(), 200);
    ASSERT_EQ(world_.server.Get("/ready")->http_status(), 200);
    // However busy the machine is, the client has its turn in every round.
    const int before = served + failed;
    while (served + failed == before) std::this_thread::yield();
  }
  stop = true;
  client.join();

  EXPECT_EQ(failed, 0);
  EXPECT_GE(served, 30);
}

TEST_F(RuntimeTest, SighupReloadsAndSigtermStops) {
  // The signals must reach the runtime's thread, so the others refuse them, as in a process whose
  // main thread blocks them.
  sigset_t set, before;
  sigemptyset(&set);
  sigaddset(&set, SIGHUP);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, &before);
  Start(/*handle_signals=*/true);
  ready_.wait();
  SetPlan(Changed());

  kill(getpid(), SIGHUP);
  while (world_.server.Get("/api")->body() != "api=2") std::this_thread::yield();
  kill(getpid(), SIGTERM);
  thread_.join();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);

  EXPECT_EQ(exit_code_, 0);
}

}  // namespace
}  // namespace kvs::kernel
