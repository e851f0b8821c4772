// SPDX-License-Identifier: Apache-2.0
#include "routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/abi/port/http_routes.h"

namespace kvs::net::proxy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(RoutesTest, AddressesAndWordsAreRead) {
  const auto table =
      ParseRoutes({{"d", "http://10.0.0.1:9009, https://d-2/"}, {"q", "http://[::1]:80"}},
                  {{"/api/v1/push", "d labels"},
                   {"/prometheus/*", "q federates"},
                   {"/info", "q public"},
                   {"/flush", "d admin"}});

  ASSERT_TRUE(table.ok()) << table.status().ToString();
  EXPECT_THAT(table->upstreams.at("d"), ElementsAre("http://10.0.0.1:9009", "https://d-2"));
  ASSERT_EQ(table->routes.size(), 4u);
  const auto flags = [&](std::string_view pattern) {
    for (const ProxyRoute& route : table->routes) {
      if (route.pattern == pattern) return route.flags;
    }
    return 0u;
  };
  constexpr uint32_t kTenant = KVS_HTTP_RAW_BODY | KVS_HTTP_NEEDS_TENANT;
  EXPECT_EQ(flags("/api/v1/push"), kTenant | KVS_HTTP_LABELS);
  EXPECT_EQ(flags("/prometheus/*"), kTenant | KVS_HTTP_READS | KVS_HTTP_FEDERATION);
  EXPECT_EQ(flags("/info"), uint32_t{KVS_HTTP_RAW_BODY});
  EXPECT_EQ(flags("/flush"), uint32_t{KVS_HTTP_RAW_BODY | KVS_HTTP_ADMIN});
}

TEST(RoutesTest, ASlipIsAnError) {
  using Map = std::map<std::string, std::string>;
  const std::tuple<Map, Map, const char*> bad[] = {
      {{{"a", ""}}, {}, "a has no address"},
      {{{"a", "10.0.0.1:9009"}}, {}, "no address such as"},
      {{{"a", "http://"}}, {}, "no address such as"},
      {{{"a", "http://x/path"}}, {}, "no address such as"},
      {{{"a", "http://user@x"}}, {}, "no address such as"},
      {{{"a", "http://x"}}, {{"push", "a"}}, "begin with a slash"},
      {{{"a", "http://x"}}, {{"/push", ""}}, "none of the upstreams"},
      {{{"a", "http://x"}}, {{"/push", "b"}}, "none of the upstreams"},
      {{{"a", "http://x"}}, {{"/push", "a read"}}, "unknown word \"read\""},
  };
  for (const auto& [upstreams, routes, what] : bad) {
    const auto table = ParseRoutes(upstreams, routes);
    ASSERT_FALSE(table.ok()) << what;
    EXPECT_THAT(table.status().message(), HasSubstr(what));
  }
}

}  // namespace
}  // namespace kvs::net::proxy
