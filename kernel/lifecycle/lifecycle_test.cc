// SPDX-License-Identifier: Apache-2.0
// Proves the order in which components live and die, unwinding, and what a reload touches.
// Components are fakes that log.
#include "kernel/lifecycle/lifecycle.h"

#include <fcntl.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernel/lifecycle/fake_component.h"

namespace kvs::kernel {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Events = std::vector<std::string>;

class LifecycleTest : public ::testing::Test {
 protected:
  LifecycleTest() : log_(open("/dev/null", O_WRONLY)) {
    services_.emplace(
        ServicesOptions{.log = {.fd = log_}, .executor = {.workers = 2}, .clock = nullptr});
    lifecycle_.emplace(*services_, nullptr);
  }
  ~LifecycleTest() override {
    lifecycle_.reset();
    EXPECT_EQ(world_.alive, 0);
    services_.reset();
    close(log_);
  }

  /// A chain: c needs b, b needs a.
  FakePlan Chain() {
    FakePlan plan;
    plan.Add("a", type_).Add("b", type_, {"a"}).Add("c", type_, {"b"});
    return plan;
  }
  bool Create(const FakePlan& plan) {
    Diagnostics diagnostics;
    return lifecycle_->CreateAndLink(plan.Make(), &diagnostics);
  }
  void Run(const FakePlan& plan) {
    ASSERT_TRUE(Create(plan));
    ASSERT_TRUE(lifecycle_->Start().ok());
    world_.Take();
  }

  FakeWorld world_;
  FakeType type_{&world_, "fake", {}};
  FakeType soft_{&world_, "fake.soft", {.listener = false, .reconfigurable = true}};
  int log_;
  std::optional<Services> services_;
  std::optional<Lifecycle> lifecycle_;
};

TEST_F(LifecycleTest, LivesAndDiesInOrder) {
  EXPECT_TRUE(Create(Chain()));
  EXPECT_EQ(world_.Take(),
            (Events{"create a", "create b", "create c", "link b.peers[0] a", "link c.peers[0] b"}));

  EXPECT_TRUE(lifecycle_->Start().ok());
  EXPECT_EQ(world_.Take(), (Events{"start a", "start b", "start c"}));
  EXPECT_THAT(services_->health.NotReady(), IsEmpty());

  lifecycle_->DrainAndStop();
  EXPECT_EQ(world_.Take(), (Events{"drain c", "drain b", "drain a", "stop c", "stop b", "stop a"}));

  lifecycle_.reset();
  EXPECT_EQ(world_.Take(), (Events{"destroy c", "destroy b", "destroy a"}));
}

TEST_F(LifecycleTest, ACheckOnlyCreatesLinksAndDestroys) {
  EXPECT_TRUE(Create(Chain()));
  lifecycle_.reset();

  const Events events = world_.Take();
  EXPECT_THAT(events, testing::Not(testing::Contains(HasSubstr("start"))));
  EXPECT_THAT(events, testing::Not(testing::Contains(HasSubstr("stop"))));
}

TEST_F(LifecycleTest, DestructionStopsWhatRuns) {
  Run(Chain());

  lifecycle_.reset();

  EXPECT_EQ(world_.Take(), (Events{"drain c", "drain b", "drain a", "stop c", "stop b", "stop a",
                                   "destroy c", "destroy b", "destroy a"}));
}

TEST_F(LifecycleTest, WhatDoesNotFitTogetherIsFoundByACheck) {
  world_.failing = {"check b", "check c"};
  Diagnostics diagnostics;

  EXPECT_FALSE(lifecycle_->CreateAndLink(Chain().Make(), &diagnostics));

  ASSERT_EQ(diagnostics.all().size(), 2u);
  EXPECT_EQ(diagnostics.all()[0].code, "L004");
  EXPECT_THAT(diagnostics.all()[0].message, HasSubstr("component \"b\": does not fit"));
  EXPECT_EQ(world_.alive, 0);
}

TEST_F(LifecycleTest, AllCreateAndLinkErrorsAreReportedAndNothingIsLeft) {
  world_.failing = {"create a", "link c", "create d"};
  FakePlan plan;
  plan.Add("a", type_).Add("b", type_, {"a"}).Add("c", type_, {"b"}).Add("d", type_);
  Diagnostics diagnostics;

  EXPECT_FALSE(lifecycle_->CreateAndLink(plan.Make(), &diagnostics));

  std::vector<std::string> codes;
  for (const Diagnostic& d : diagnostics.all()) codes.push_back(d.code);
  EXPECT_THAT(codes, ElementsAre("L001", "L001", "L003"));
  EXPECT_THAT(diagnostics.all()[0].message, HasSubstr("\"a\""));
  EXPECT_THAT(diagnostics.all()[2].message, HasSubstr("\"c\": link peers: told to"));
  EXPECT_EQ(world_.alive, 0);
}

TEST_F(LifecycleTest, AFailedStartUnwindsWhatRuns) {
  ASSERT_TRUE(Create(Chain()));
  world_.Take();
  world_.failing = {"start c"};

  const Status status = lifecycle_->Start();

  EXPECT_EQ(status.code(), StatusCode::kUnavailable);
  EXPECT_EQ(status.message(), "component \"c\": start: told to");
  EXPECT_EQ(world_.Take(),
            (Events{"start a", "start b", "start c", "drain b", "drain a", "stop b", "stop a"}));
  EXPECT_THAT(services_->health.NotReady(),
              testing::Contains(HasSubstr("c: failed (component \"c\": start: told to)")));
}

TEST_F(LifecycleTest, AnAsynchronousStepIsWaitedForBeforeTheNext) {
  world_.deferred = {"start a", "drain b", "stop c"};
  ASSERT_TRUE(Create(Chain()));
  world_.Take();

  EXPECT_TRUE(lifecycle_->Start().ok());
  EXPECT_EQ(world_.Take(), (Events{"start a", "start a ended", "start b", "start c"}));
  lifecycle_->DrainAndStop();

  EXPECT_EQ(world_.Take(), (Events{"drain c", "drain b", "drain b ended", "drain a", "stop c",
                                   "stop c ended", "stop b", "stop a"}));
}

TEST_F(LifecycleTest, AnAsynchronousFailureCarriesItsMessage) {
  world_.deferred = {"start b"};
  world_.failing = {"start b"};
  ASSERT_TRUE(Create(Chain()));

  EXPECT_EQ(lifecycle_->Start().message(), "component \"b\": start: told to");
}

TEST_F(LifecycleTest, AStepPastItsDeadlineIsCancelled) {
  world_.cancelled = {"start b"};
  FakePlan plan = Chain();
  plan.settings().start_timeout_ms = 1;
  ASSERT_TRUE(Create(plan));

  const Status status = lifecycle_->Start();

  EXPECT_EQ(status.code(), StatusCode::kCancelled);
  EXPECT_EQ(status.message(), "component \"b\": start: gave up");
}

TEST_F(LifecycleTest, AnInterruptEndsTheStepUnderWay) {
  world_.cancelled = {"start b"};
  ASSERT_TRUE(Create(Chain()));

  std::thread interrupter([&] { lifecycle_->Interrupt(); });
  const Status status = lifecycle_->Start();
  interrupter.join();

  EXPECT_EQ(status.code(), StatusCode::kCancelled);
}

TEST_F(LifecycleTest, FailuresWhileStoppingStopNothingElse) {
  Run(Chain());
  world_.failing = {"drain c", "stop b"};

  lifecycle_->DrainAndStop();

  EXPECT_EQ(world_.Take(), (Events{"drain c", "drain b", "drain a", "stop c", "stop b", "stop a"}));
}

// --- reload
// ----------------------------------------------------------------------------------------------------------

TEST_F(LifecycleTest, AReloadOfTheSamePlanTouchesNothing) {
  Run(Chain());
  Diagnostics diagnostics;

  const auto report = lifecycle_->Reload(Chain().Make(), &diagnostics);

  ASSERT_TRUE(report.ok());
  EXPECT_FALSE(report->changed());
  EXPECT_THAT(world_.Take(), IsEmpty());
}

TEST_F(LifecycleTest, AReloadRebuildsTheChangedOneAndThoseThatLeanOnIt) {
  FakePlan before;
  before.Add("a", type_).Add("b", type_, {"a"}).Add("c", type_, {"b"}).Add("aside", type_, {"a"});
  Run(before);
  FakePlan after;
  after.Add("a", type_)
      .Add("b", type_, {"a"}, "changed")
      .Add("c", type_, {"b"})
      .Add("aside", type_, {"a"});
  Diagnostics diagnostics;

  const auto report = lifecycle_->Reload(after.Make(), &diagnostics);

  ASSERT_TRUE(report.ok()) << report.status().ToString();
  EXPECT_THAT(report->rebuilt, ElementsAre("b", "c"));
  EXPECT_EQ(world_.Take(), (Events{"create b", "create c", "link b.peers[0] a",
                                   "link c.peers[0] b",  // Made before anything stops.
                                   "drain c", "drain b", "stop c", "stop b", "destroy c",
                                   "destroy b",              // Consumers first.
                                   "start b", "start c"}));  // Providers first.
  EXPECT_THAT(services_->health.NotReady(), IsEmpty());
  lifecycle_->DrainAndStop();
  EXPECT_EQ(world_.Take(), (Events{"drain aside", "drain c", "drain b", "drain a", "stop aside",
                                   "stop c", "stop b", "stop a"}));
}

TEST_F(LifecycleTest, AReloadAddsAndRemoves) {
  FakePlan before;
  before.Add("old", type_).Add("stays", type_);
  Run(before);
  FakePlan after;
  after.Add("stays", type_).Add("new", type_, {"stays"});
  Diagnostics diagnostics;

  const auto report = lifecycle_->Reload(after.Make(), &diagnostics);

  ASSERT_TRUE(report.ok());
  EXPECT_THAT(report->added, ElementsAre("new"));
  EXPECT_THAT(report->removed, ElementsAre("old"));
  EXPECT_EQ(world_.Take(), (Events{"create new", "link new.peers[0] stays", "drain old", "stop old",
                                   "destroy old", "start new"}));
  EXPECT_EQ(lifecycle_->Find("old"), nullptr);
}

TEST_F(LifecycleTest, ReloadableKeysAreHandedOver) {
  FakePlan before;
  before.Add("a", soft_, {}, "", "1").Add("b", type_, {"a"});
  Run(before);
  FakePlan after;
  after.Add("a", soft_, {}, "", "2").Add("b", type_, {"a"});
  Diagnostics diagnostics;

  const auto report = lifecycle_->Reload(after.Make(), &diagnostics);

  ASSERT_TRUE(report.ok());
  EXPECT_THAT(report->reconfigured, ElementsAre("a"));
  EXPECT_EQ(world_.Take(), (Events{"reconfigure a soft=2"}));
}

TEST_F(LifecycleTest, AReloadableKeyOfAComponentThatCannotIsARebuild) {
  FakePlan before;
  before.Add("a", type_, {}, "", "1");
  Run(before);
  FakePlan after;
  after.Add("a", type_, {}, "", "2");
  Diagnostics diagnostics;

  EXPECT_THAT(lifecycle_->Reload(after.Make(), &diagnostics)->rebuilt, ElementsAre("a"));
}

TEST_F(LifecycleTest, ARefusedReconfigureTakesTheOthersBack) {
  FakePlan before;
  before.Add("a", soft_, {}, "", "1").Add("b", soft_, {}, "", "1").Add("c", type_);
  Run(before);
  world_.failing = {"reconfigure b"};
  FakePlan after;
  after.Add("a", soft_, {}, "", "2").Add("b", soft_, {}, "", "2").Add("c", type_, {}, "changed");
  Diagnostics diagnostics;

  EXPECT_EQ(lifecycle_->Reload(after.Make(), &diagnostics).status().message(),
            "component \"b\": reconfigure: told to");

  EXPECT_EQ(world_.Take(), (Events{"create c", "reconfigure a soft=2", "reconfigure b soft=2",
                                   "reconfigure a soft=1", "destroy c"}));
  EXPECT_FALSE(lifecycle_->broken());
}

TEST_F(LifecycleTest, AReloadThatCannotBeCreatedTouchesNothingThatRuns) {
  Run(Chain());
  world_.failing = {"create b"};
  FakePlan after;
  after.Add("a", type_).Add("b", type_, {"a"}, "changed").Add("c", type_, {"b"});
  Diagnostics diagnostics;

  EXPECT_FALSE(lifecycle_->Reload(after.Make(), &diagnostics).ok());

  EXPECT_EQ(diagnostics.error_count(), 1u);
  EXPECT_EQ(world_.Take(), (Events{"create b", "create c", "destroy c"}));
  EXPECT_THAT(services_->health.NotReady(), IsEmpty());
}

TEST_F(LifecycleTest, AReloadThatCannotBeStartedGoesBack) {
  Run(Chain());
  FakePlan after;
  after.Add("a", type_).Add("b", type_, {"a"}, "changed").Add("c", type_, {"b"}).Add("new", type_);
  world_.failing = {"start new"};
  Diagnostics diagnostics;

  const auto report = lifecycle_->Reload(after.Make(), &diagnostics);

  EXPECT_EQ(report.status().message(), "component \"new\": start: told to");
  EXPECT_FALSE(lifecycle_->broken());
  EXPECT_THAT(services_->health.NotReady(), IsEmpty());
  world_.Take();
  lifecycle_->DrainAndStop();
  EXPECT_EQ(world_.Take(), (Events{"drain c", "drain b", "drain a", "stop c", "stop b", "stop a"}));
}

TEST_F(LifecycleTest, AReloadThatCannotGoBackIsBroken) {
  Run(Chain());
  FakePlan after;
  after.Add("a", type_).Add("b", type_, {"a"}, "changed").Add("c", type_, {"b"});
  world_.failing = {"start b"};
  Diagnostics diagnostics;

  EXPECT_FALSE(lifecycle_->Reload(after.Make(), &diagnostics).ok());

  EXPECT_TRUE(lifecycle_->broken());
  EXPECT_FALSE(services_->health.NotReady().empty());
}

TEST_F(LifecycleTest, ADisappearingProviderRebuildsWhoWasLinkedToIt) {
  FakePlan before;
  before.Add("a", type_).Add("z", type_).Add("b", type_, {"a", "z"});
  Run(before);
  FakePlan after;
  after.Add("a", type_).Add("b", type_, {"a"});
  Diagnostics diagnostics;

  const auto report = lifecycle_->Reload(after.Make(), &diagnostics);

  ASSERT_TRUE(report.ok());
  EXPECT_EQ(world_.Take(), (Events{"create b", "link b.peers[0] a", "drain b", "drain z", "stop b",
                                   "stop z", "destroy b", "destroy z", "start b"}));
}

}  // namespace
}  // namespace kvs::kernel
