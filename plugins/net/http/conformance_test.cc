// SPDX-License-Identifier: Apache-2.0
// net.http against the suite of its port.
#include <gtest/gtest.h>

#include "kvs/testkit/suite.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

#include "server.h"

namespace kvs::net::http {
namespace {

class HttpConformance : public ::testing::TestWithParam<testkit::Case> {};

TEST_P(HttpConformance, Holds) {
  testkit::TestHost host;
  Config config;
  config.listen = "127.0.0.1:0";
  HttpServer server(host.host(), config);
  ASSERT_TRUE(testkit::StartComponent(server).ok());
  testkit::Context context(sdk::IfaceOf<sdk::HttpRoutes>(&server));
  context.WithAddress(StrCat("127.0.0.1:", server.port()));

  const Status status = GetParam().run(context);

  EXPECT_TRUE(status.ok()) << status.ToString();
  EXPECT_TRUE(testkit::StopComponent(server).ok());
}

INSTANTIATE_TEST_SUITE_P(HttpRoutes, HttpConformance,
                         ::testing::ValuesIn(testkit::HttpRoutesSuite().cases),
                         testkit::CaseName());

}  // namespace
}  // namespace kvs::net::http
