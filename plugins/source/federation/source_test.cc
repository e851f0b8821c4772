// SPDX-License-Identifier: Apache-2.0
// Federated reads over a source of several tenants: labels, pruning, lists, wildcards, refusals.
#include "source.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/sdk/owned.h"
#include "kvs/testkit/label_source.h"
#include "kvs/testkit/test_batch.h"
#include "kvs/testkit/test_host.h"

namespace kvs::source::federation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testkit::LabelPairs;
using testkit::Match;

class FederatedSourceTest : public ::testing::Test {
 protected:
  FederatedSourceTest() {
    next_.series["a"] = {{{"__name__", "up"}, {"job", "x"}}};
    next_.series["b"] = {{{"__name__", "up"}, {"__tenant_id__", "mine"}, {"job", "x"}}};
    next_.series["team-1"] = {{{"__name__", "down"}, {"zone", "z"}}};
    next_.series["team-2"] = {{{"Zone", "A"}, {"__name__", "up"}}};
    Configure({});
  }
  void Configure(Config config) {
    source_ = std::make_unique<FederatedSource>(host_.host(), config);
    source_->next = sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(&next_));
    ref_ = sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(source_.get()));
  }
  // Series as text.
  StatusOr<std::vector<std::string>> Select(std::string_view tenants,
                                            const std::vector<Match>& matches = {},
                                            uint32_t flags = 0, uint64_t limit = 0,
                                            std::vector<std::string_view> labels = {}) {
    const testkit::MatchSet set(matches);
    std::vector<kvs_str_t> names;
    for (const std::string_view name : labels) names.push_back(sdk::Str(name));
    auto in = sdk::Record<kvs_select_t>();
    in.matchers = *set.raw();
    in.flags = flags;
    in.limit = limit;
    in.labels = names.data();
    in.n_labels = names.size();
    const sdk::OwnedCall call(tenants);
    sdk::OpenSelection selection;
    KVS_RETURN_IF_ERROR(sdk::Await(ref_.select(), call, &in, selection.out()));
    std::vector<std::string> out;
    while (true) {
      KVS_ASSIGN_OR_RETURN(const sdk::BatchPtr batch, selection.Next(call));
      if (batch == nullptr) return out;
      for (uint32_t s = 0; s < batch->n_series; ++s)
        out.push_back(testkit::ToString(batch->labels, s));
    }
  }
  std::vector<std::string> Texts(sdk::Method<kvs_label_query_t, kvs_strings_t> method,
                                 std::string_view tenants, std::string_view name = {},
                                 const std::vector<Match>& matches = {}) {
    const testkit::MatchSet set(matches);
    auto in = sdk::Record<kvs_label_query_t>();
    in.name = sdk::Str(name);
    in.sets = set.raw();
    in.n_sets = matches.empty() ? 0 : 1;
    sdk::Owned<kvs_strings_t> out;
    const Status status = sdk::Await(method, sdk::OwnedCall(tenants), &in, out.out());
    if (!status.ok()) return {status.ToString()};
    std::vector<std::string> texts;
    for (uint64_t i = 0; i < out->n_items; ++i) texts.push_back(sdk::Text(out->items[i]));
    return texts;
  }

  testkit::TestHost host_;
  testkit::LabelSource next_;
  std::unique_ptr<FederatedSource> source_;
  sdk::SourceRef ref_;
};

TEST_F(FederatedSourceTest, SeriesSayWhoseTheyAre) {
  EXPECT_THAT(
      *Select("b|a"),
      ElementsAre(R"({__name__="up", __tenant_id__="a", job="x"})",
                  R"({__name__="up", __tenant_id__="b", job="x", original___tenant_id__="mine"})"));
  EXPECT_THAT(next_.asked, ElementsAre("a", "b"));
}

TEST_F(FederatedSourceTest, OneTenantIsHandedOnUntouched) {
  EXPECT_THAT(*Select("a"), ElementsAre(R"({__name__="up", job="x"})"));
}

TEST_F(FederatedSourceTest, AWildcardStandsForTenantsThatBeginSo) {
  EXPECT_THAT(*Select("team-*"),
              ElementsAre(R"({__name__="down", __tenant_id__="team-1", zone="z"})",
                          R"({Zone="A", __name__="up", __tenant_id__="team-2"})"));
  EXPECT_THAT(*Select("nobody-*"), IsEmpty());
}

TEST_F(FederatedSourceTest, MatchersPruneTenants) {
  EXPECT_THAT(*Select("a|b", {{KVS_MATCH_EQUAL, "__tenant_id__", "a"}}),
              ElementsAre(R"({__name__="up", __tenant_id__="a", job="x"})"));
  EXPECT_THAT(next_.asked, ElementsAre("a"));
  EXPECT_THAT(*Select("a|b", {{KVS_MATCH_EQUAL, "__tenant_id__", "c"}}), IsEmpty());
  EXPECT_THAT(*Select("a|b", {{KVS_MATCH_EQUAL, "original___tenant_id__", "mine"}}),
              ElementsAre(HasSubstr("original___tenant_id__")));
}

TEST_F(FederatedSourceTest, ASortedSelectionIsSortedOverTenants) {
  EXPECT_THAT(*Select("a|team-2|team-1", {}, KVS_SELECT_SORTED),
              ElementsAre(HasSubstr("Zone"), HasSubstr("team-1"), HasSubstr("\"a\"")));
  EXPECT_THAT(*Select("a|team-1", {}, KVS_SELECT_SORTED, 1), ElementsAre(HasSubstr("team-1")));
  EXPECT_THAT(*Select("a|team-1", {}, 0, 1), ElementsAre(HasSubstr("\"a\"")));
}

TEST_F(FederatedSourceTest, TheLabelIsLeftOutWhereNobodyLooksAtIt) {
  EXPECT_THAT(*Select("a|team-1", {}, KVS_SELECT_HAS_LABELS, 0, {"job"}),
              ElementsAre(R"({__name__="up", job="x"})", R"({__name__="down", zone="z"})"));
  EXPECT_THAT(*Select("a|team-1", {}, KVS_SELECT_HAS_LABELS, 0, {"job", "__tenant_id__"}),
              ElementsAre(HasSubstr("__tenant_id__"), HasSubstr("__tenant_id__")));
}

TEST_F(FederatedSourceTest, NamesAndValuesAreUnions) {
  EXPECT_THAT(Texts(ref_.label_names(), "a|b"),
              ElementsAre("__name__", "__tenant_id__", "job", "original___tenant_id__"));
  EXPECT_THAT(Texts(ref_.label_values(), "a|b|team-*", "__name__"), ElementsAre("down", "up"));
  EXPECT_THAT(Texts(ref_.label_values(), "a|b|team-*", "__tenant_id__"),
              ElementsAre("a", "b", "team-1", "team-2"));
  EXPECT_THAT(Texts(ref_.label_values(), "a|b|team-*", "__tenant_id__",
                    {{KVS_MATCH_EQUAL, "__name__", "down"}}),
              ElementsAre("team-1"));
  EXPECT_THAT(Texts(ref_.label_values(), "a|b", "original___tenant_id__"), ElementsAre("mine"));
  EXPECT_THAT(Texts(ref_.label_values(), "a|b", "job", {{KVS_MATCH_EQUAL, "__tenant_id__", "c"}}),
              IsEmpty());
}

TEST_F(FederatedSourceTest, MetadataIsAUnionAndExemplarsAreLabelled) {
  auto metadata_query = sdk::Record<kvs_metadata_query_t>();
  sdk::Owned<kvs_metadata_list_t> metadata;
  auto query = sdk::Record<kvs_label_query_t>();
  sdk::Owned<kvs_exemplar_list_t> exemplars;

  ASSERT_TRUE(
      sdk::Await(ref_.metadata(), sdk::OwnedCall("a|b|team-1"), &metadata_query, metadata.out())
          .ok());
  ASSERT_TRUE(sdk::Await(ref_.exemplars(), sdk::OwnedCall("a|b"), &query, exemplars.out()).ok());

  EXPECT_EQ(metadata->n_items, 2u);
  ASSERT_EQ(exemplars->series.n_series, 2u);
  EXPECT_EQ(testkit::ToString(exemplars->series, 1), R"({__name__="up", __tenant_id__="b"})");
  EXPECT_EQ(exemplars->exemplars.value[1], 7);
}

TEST_F(FederatedSourceTest, OneTenantThatFailsFailsAllAndIsNamed) {
  next_.error = ResourceExhausted("too much").WithReason("err-mimir-max-series-per-query");

  const Status status = Select("a|bad").status();

  EXPECT_EQ(status.ToString(), "RESOURCE_EXHAUSTED: error querying __tenant_id__ bad: too much");
  EXPECT_EQ(status.reason(), "err-mimir-max-series-per-query");
}

TEST_F(FederatedSourceTest, SwitchedOffItRefusesSeveral) {
  Configure({.enabled = false});

  EXPECT_EQ(Select("a|b").status().ToString(), "FAILED_PRECONDITION: multiple org IDs present");
  EXPECT_THAT(*Select("team-*"), IsEmpty());
  EXPECT_THAT(*Select("a"), ElementsAre(R"({__name__="up", job="x"})"));
}

TEST_F(FederatedSourceTest, TooManyTenantsAreRefusedAfterWildcards) {
  Configure({.max_tenants = 2, .max_concurrent = 1});

  EXPECT_TRUE(Select("team-*").ok());
  EXPECT_EQ(Select("a|team-*").status().ToString(),
            "FAILED_PRECONDITION: too many tenant IDs present, max: 2, actual: 3");
}

TEST_F(FederatedSourceTest, TenantsAreCounted) {
  (void)Select("a|b");

  EXPECT_EQ(host_.metrics().Sum("cortex_querier_federation_tenants_queried"), 2);
}

}  // namespace
}  // namespace kvs::source::federation
