// SPDX-License-Identifier: Apache-2.0
// Where alerts end in the routing tree, and what nodes inherit.
#include "kvs/alerting/route.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kvs::alerting {
namespace {

using ::testing::ElementsAre;

constexpr std::string_view kTree = R"(
route:
  receiver: all
  group_by: [alertname]
  group_wait: 10s
  labels: {owner: ops}
  routes:
    - matchers: [team="db"]
      receiver: db
      group_by: ['...']
      labels: {area: data}
      routes:
        - match: {severity: critical}
          receiver: db-pager
          group_by: [cluster, alertname]
          repeat_interval: 1h
          continue: true
        - match_re: {service: "mysql|postgres"}
          receiver: db-sql
    - matchers: ['{env=~"test|dev"}']
      receiver: quiet
      continue: true
    - matchers: [env="test"]
      receiver: test
receivers: [{name: all}, {name: db}, {name: db-pager}, {name: db-sql}, {name: quiet}, {name: test}]
)";

class RouteTest : public ::testing::Test {
 protected:
  std::vector<std::string> ReceiversOf(const model::Labels& labels) const {
    std::vector<std::string> out;
    for (const Route* route : root_->Match(labels)) out.push_back(route->options().receiver);
    return out;
  }
  const Config config_ = *ParseConfig(kTree);
  const std::unique_ptr<const Route> root_ = Route::Make(config_.route);
};

TEST_F(RouteTest, AnAlertEndsAsDeepAsMatchersLetIt) {
  EXPECT_THAT(ReceiversOf({{"alertname", "x"}}), ElementsAre("all"));
  EXPECT_THAT(ReceiversOf({{"team", "db"}}), ElementsAre("db"));
  EXPECT_THAT(ReceiversOf({{"team", "db"}, {"service", "mysql"}}), ElementsAre("db-sql"));
}

TEST_F(RouteTest, GoesOnBehindANodeThatContinues) {
  EXPECT_THAT(ReceiversOf({{"team", "db"}, {"severity", "critical"}, {"service", "mysql"}}),
              ElementsAre("db-pager", "db-sql"));
  EXPECT_THAT(ReceiversOf({{"env", "test"}}), ElementsAre("quiet", "test"));
  EXPECT_THAT(ReceiversOf({{"env", "dev"}}), ElementsAre("quiet"));
  EXPECT_THAT(ReceiversOf({{"team", "db"}, {"env", "test"}}), ElementsAre("db"));
}

TEST_F(RouteTest, NodesInheritWhatTheyDoNotSay) {
  const Route& db = *root_->routes()[0];
  const Route& pager = *db.routes()[0];
  const Route& sql = *db.routes()[1];

  EXPECT_TRUE(db.options().group_by_all);
  EXPECT_TRUE(sql.options().group_by_all);
  EXPECT_FALSE(pager.options().group_by_all);
  EXPECT_THAT(pager.options().group_by, ElementsAre("alertname", "cluster"));
  EXPECT_EQ(pager.options().repeat_interval_ms, 3'600'000);
  EXPECT_EQ(pager.options().group_wait_ms, 10'000);
  EXPECT_EQ(pager.options().group_interval_ms, 300'000);
  EXPECT_EQ(sql.options().repeat_interval_ms, 4 * 3'600'000);
  EXPECT_EQ(sql.options().labels,
            (std::map<std::string, std::string>{{"area", "data"}, {"owner", "ops"}}));
}

TEST_F(RouteTest, AlertsAreGroupedByTheLabelsOfTheirNode) {
  const model::Labels labels{{"alertname", "x"}, {"cluster", "c"}, {"pod", "p"}};

  EXPECT_EQ(root_->GroupLabels(labels), (model::Labels{{"alertname", "x"}}));
  EXPECT_EQ(root_->routes()[0]->GroupLabels(labels), labels);
}

TEST_F(RouteTest, KeysNameThePathFromTheRoot) {
  const Route& sql = *root_->routes()[0]->routes()[1];
  EXPECT_EQ(sql.Key(), R"({}/{team="db"}/{service=~"mysql|postgres"})");
  EXPECT_EQ(sql.Id(), R"({}/{team="db"}/0/{service=~"mysql|postgres"}/1)");
}

TEST_F(RouteTest, ChildrenAreNumberedBeforeTheirParents) {
  std::vector<size_t> order;
  root_->Walk([&order](const Route& route) { order.push_back(route.index()); });
  EXPECT_THAT(order, ElementsAre(5, 2, 0, 1, 3, 4));
}

}  // namespace
}  // namespace kvs::alerting
