// SPDX-License-Identifier: Apache-2.0
#include "headers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/sdk/identity.h"
#include "kvs/sdk/owned.h"

namespace kvs::net::proxy {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

std::vector<std::string> ForUpstream(
    const std::vector<std::pair<std::string, std::string>>& headers, const sdk::Call& call,
    bool authorization = false) {
  std::vector<kvs_pair_t> raw;
  for (const auto& [name, value] : headers) raw.push_back({sdk::Str(name), sdk::Str(value)});
  auto in = sdk::Record<kvs_http_request_t>();
  in.headers = raw.data();
  in.n_headers = static_cast<uint32_t>(raw.size());
  in.remote = sdk::Str("10.0.0.7:5000");
  return HeadersForUpstream(call, in, authorization);
}

TEST(HeadersTest, ThoseOfTheConnectionEndHere) {
  const sdk::OwnedCall call("team-a");
  EXPECT_THAT(ForUpstream({{"host", "h"},
                           {"connection", "close, X-Hop"},
                           {"x-hop", "1"},
                           {"te", "trailers"},
                           {"transfer-encoding", "chunked"},
                           {"content-length", "5"},
                           {"expect", "100-continue"},
                           {"upgrade", "h2c"},
                           {"proxy-authorization", "Basic x"},
                           {"content-encoding", "snappy"},
                           {"accept", ""}},
                          call),
              ElementsAre("content-encoding: snappy", "accept;", "x-scope-orgid: team-a",
                          "x-forwarded-for: 10.0.0.7", "x-forwarded-host: h"));
}

TEST(HeadersTest, WhatThisProxyVouchesForReplacesWhatTheClientSays) {
  sdk::Owned<kvs_identity_t> identity;
  sdk::Identity::HandOut(std::make_shared<const sdk::Identity>(
                             "s", KVS_RIGHT_READ, std::vector<std::string>{"a"},
                             std::vector<sdk::OwnedMatcher>{{"env", KVS_MATCH_EQUAL, "prod"}}),
                         *identity.out());
  auto ext = sdk::Record<kvs_ext_t>();
  ext.id = KVS_EXT_IDENTITY;
  ext.value = &*identity;
  auto raw = sdk::Record<kvs_call_t>();
  raw.tenant = sdk::Str("a");
  raw.ext = &ext;
  const std::vector<std::pair<std::string, std::string>> headers{{"x-scope-orgid", "other"},
                                                                 {"x-kvasir-labels", "env=dev"},
                                                                 {"authorization", "Bearer secret"},
                                                                 {"x-forwarded-for", "192.0.2.1"}};

  EXPECT_THAT(ForUpstream(headers, sdk::Call(&raw)),
              ElementsAre("x-scope-orgid: a", "x-kvasir-labels: env=prod",
                          "x-forwarded-for: 192.0.2.1, 10.0.0.7"));
  EXPECT_EQ(ForUpstream(headers, sdk::Call(&raw), true)[0], "authorization: Bearer secret");
}

TEST(HeadersTest, AnswersGoBackWithoutThoseOfTheirConnection) {
  EXPECT_THAT(HeadersForClient({{"connection", "x-hop"},
                                {"x-hop", "1"},
                                {"content-length", "3"},
                                {"date", "d"},
                                {"content-type", "text/plain"},
                                {"retry-after", "5"}}),
              ElementsAre(Pair("content-type", "text/plain"), Pair("retry-after", "5")));
}

}  // namespace
}  // namespace kvs::net::proxy
