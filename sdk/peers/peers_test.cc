// SPDX-License-Identifier: Apache-2.0
#include "kvs/peers/peers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/testkit/http_stub.h"
#include "kvs/testkit/test_host.h"

namespace kvs::peers {
namespace {

using Worker = sharing::Share::Worker;

TEST(Peers, AllButThisProcessAreAskedAtOnceAndEachAnswerIsTold) {
  testkit::TestHost host;
  testkit::HttpStub one([](const testkit::HttpStub::Request& request) {
    return testkit::HttpStub::Answer{.body = request.method + " " + request.target + " " +
                                             request.header("x-scope-orgid") + " " +
                                             request.header("authorization") + " " + request.body};
  });
  testkit::HttpStub two(
      [](const testkit::HttpStub::Request&) { return testkit::HttpStub::Answer{.code = 503}; });
  std::string nobody;
  {
    const testkit::HttpStub gone([](const auto&) { return testkit::HttpStub::Answer{}; });
    nobody = gone.address();
  }
  const std::string address_one = one.address(), address_two = two.address();
  Peers peers(host.host(), {.bearer_token = "secret"});
  ASSERT_TRUE(peers.Start().ok());

  const auto answers = peers.Ask(
      sdk::OwnedCall("team"),
      {Worker{.id = "self", .is_self = true}, Worker{.id = "one", .address = address_one},
       Worker{.id = "two", .address = address_two}, Worker{.id = "gone", .address = nobody}},
      {.method = "POST", .path = "/x?y=1", .body = "{}"});

  ASSERT_EQ(answers.size(), 3u);
  EXPECT_EQ(answers[0].id, "one");
  ASSERT_TRUE(answers[0].reply.ok());
  EXPECT_EQ(answers[0].reply->body, "POST /x?y=1 team Bearer secret {}");
  ASSERT_TRUE(answers[1].reply.ok());
  EXPECT_EQ(answers[1].reply->code, 503);
  EXPECT_EQ(answers[2].reply.status().code(), StatusCode::kUnavailable);
  peers.Stop();
}

TEST(Peers, NobodyElseIsNoQuestion) {
  testkit::TestHost host;
  Peers peers(host.host(), {});
  ASSERT_TRUE(peers.Start().ok());
  EXPECT_TRUE(peers.Ask(sdk::OwnedCall("team"), {Worker{.is_self = true}}, {}).empty());
  peers.Stop();
}

}  // namespace
}  // namespace kvs::peers
