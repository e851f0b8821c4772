// SPDX-License-Identifier: Apache-2.0
#include "source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/sdk/identity.h"
#include "kvs/sdk/owned.h"

namespace kvs::source::enforce {
namespace {

using ::testing::ElementsAre;

// Writes down what it is asked.
class AskedSource final : public sdk::SeriesSource {
 public:
  sdk::Outcome Select(const sdk::Call&, const kvs_select_t& in, kvs_series_cursor_t&,
                      sdk::Completer&) override {
    asked.push_back(StrCat("select ", sdk::EncodeMatchers(in.matchers), " ", in.min_ms));
    return Unavailable("asked");
  }
  sdk::Outcome LabelNames(const sdk::Call&, const kvs_label_query_t& in, kvs_strings_t&,
                          sdk::Completer&) override {
    return Note("names", in);
  }
  sdk::Outcome LabelValues(const sdk::Call&, const kvs_label_query_t& in, kvs_strings_t& out,
                           sdk::Completer&) override {
    static const kvs_str_t kNames[] = {sdk::Str("http"), sdk::Str("up")};
    out.items = kNames;
    out.n_items = 2;
    return Note(StrCat("values ", sdk::View(in.name)), in);
  }
  sdk::Outcome Metadata(const sdk::Call&, const kvs_metadata_query_t& in, kvs_metadata_list_t& out,
                        sdk::Completer&) override {
    asked.push_back(StrCat("metadata ", in.limit));
    static kvs_metadata_t items[4]{};
    items[0].metric = sdk::Str("hidden");
    items[1].metric = items[2].metric = sdk::Str("http");
    items[3].metric = sdk::Str("up");
    out.items = items;
    out.n_items = 4;
    return OkStatus();
  }
  sdk::Outcome Exemplars(const sdk::Call&, const kvs_label_query_t& in, kvs_exemplar_list_t&,
                         sdk::Completer&) override {
    return Note("exemplars", in);
  }
  std::vector<std::string> asked;

 private:
  Status Note(std::string what, const kvs_label_query_t& in) {
    for (uint64_t i = 0; i < in.n_sets; ++i) StrAppend(what, " ", sdk::EncodeMatchers(in.sets[i]));
    asked.push_back(std::move(what));
    return OkStatus();
  }
};

class EnforceSourceTest : public ::testing::Test {
 protected:
  EnforceSourceTest() {
    enforce_.next = sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(&all_));
    sdk::Identity::HandOut(std::make_shared<const sdk::Identity>(
                               "s", KVS_RIGHT_READ, std::vector<std::string>{"t"},
                               std::vector<sdk::OwnedMatcher>{{"env", KVS_MATCH_EQUAL, "prod"}}),
                           *identity_.out());
    ext_.id = KVS_EXT_IDENTITY;
    ext_.value = &*identity_;
    raw_.ext = &ext_;
  }
  sdk::SourceRef source() { return sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(&enforce_)); }
  sdk::Call call() const { return sdk::Call(&raw_); }
  Status Select(const sdk::Call& call) {
    const kvs_matcher_t job{sdk::Str("job"), sdk::Str("a"), KVS_MATCH_EQUAL, 0};
    auto select = sdk::Record<kvs_select_t>();
    select.matchers = {&job, 1};
    select.min_ms = 7;
    sdk::OpenSelection selection;
    return sdk::Await(source().select(), call, &select, selection.out());
  }

  AskedSource all_;
  EnforceSource enforce_{sdk::Host(), Config{}};
  sdk::Owned<kvs_identity_t> identity_;
  kvs_ext_t ext_ = sdk::Record<kvs_ext_t>();
  kvs_call_t raw_ = sdk::Record<kvs_call_t>();
};

TEST_F(EnforceSourceTest, SelectionsGetTheMatchersThatBind) {
  EXPECT_EQ(Select(call()).ToString(), "UNAVAILABLE: asked");
  EXPECT_EQ(Select(sdk::OwnedCall(call(), "other tenant")).ToString(), "UNAVAILABLE: asked")
      << "they travel with narrowed calls";
  EXPECT_EQ(Select(sdk::OwnedCall("t")).ToString(), "UNAVAILABLE: asked");

  EXPECT_THAT(all_.asked,
              ElementsAre("select job=a&env=prod 7", "select job=a&env=prod 7", "select job=a 7"));
}

TEST_F(EnforceSourceTest, EachSetOfALabelQueryGetsThem) {
  const kvs_matcher_t a{sdk::Str("a"), sdk::Str("1"), KVS_MATCH_NOT_EQUAL, 0};
  const kvs_matchers_t sets[] = {{&a, 1}, {nullptr, 0}};
  auto query = sdk::Record<kvs_label_query_t>();
  query.name = sdk::Str("job");
  sdk::Owned<kvs_strings_t> strings;
  EXPECT_TRUE(sdk::Await(source().label_names(), call(), &query, strings.out()).ok());
  query.sets = sets;
  query.n_sets = 2;
  EXPECT_TRUE(sdk::Await(source().label_values(), call(), &query, strings.out()).ok());
  sdk::Owned<kvs_exemplar_list_t> exemplars;
  EXPECT_TRUE(sdk::Await(source().exemplars(), call(), &query, exemplars.out()).ok());

  EXPECT_THAT(all_.asked, ElementsAre("names env=prod", "values job a!=1&env=prod env=prod",
                                      "exemplars a!=1&env=prod env=prod"));
}

TEST_F(EnforceSourceTest, MetadataAreThoseOfVisibleMetrics) {
  auto query = sdk::Record<kvs_metadata_query_t>();
  sdk::Owned<kvs_metadata_list_t> list;
  EXPECT_TRUE(sdk::Await(source().metadata(), call(), &query, list.out()).ok());
  ASSERT_EQ(list->n_items, 3u);
  EXPECT_EQ(sdk::View(list->items[0].metric), "http");
  query.limit = 1;
  EXPECT_TRUE(sdk::Await(source().metadata(), call(), &query, list.out()).ok());
  EXPECT_EQ(list->n_items, 2u) << "both of http";
  EXPECT_TRUE(sdk::Await(source().metadata(), sdk::OwnedCall("t"), &query, list.out()).ok());
  EXPECT_EQ(list->n_items, 4u);

  EXPECT_THAT(all_.asked, ElementsAre("values __name__ env=prod", "metadata 0",
                                      "values __name__ env=prod", "metadata 0", "metadata 1"));
}

}  // namespace
}  // namespace kvs::source::enforce
