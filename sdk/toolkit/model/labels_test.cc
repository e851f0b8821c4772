// SPDX-License-Identifier: Apache-2.0
// Label sets: sorting, order, printing, building, and the canonical hash, which is pinned: it is
// stored and shared.
#include "kvs/model/labels.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

namespace kvs::model {
namespace {

using ::testing::ElementsAre;

std::vector<LabelView> All(const Labels& labels) {
  return {labels.begin(), labels.end()};
}

TEST(LabelsTest, SortsDropsEmptyValuesAndKeepsTheLaterOfTwo) {
  const Labels labels{{"b", "2"}, {"a", "old"}, {"c", ""}, {"a", "1"}, {"d", "x"}, {"d", ""}};

  EXPECT_THAT(All(labels), ElementsAre(LabelView{"a", "1"}, LabelView{"b", "2"}));
  EXPECT_EQ(labels.size(), 2u);
}

TEST(LabelsTest, GetsValuesByName) {
  const Labels labels{{"__name__", "up"}, {"job", "node"}, {"zone", "z"}};

  EXPECT_EQ(labels.metric_name(), "up");
  EXPECT_EQ(labels.Get("zone"), "z");
  EXPECT_EQ(labels.Get("jo"), "");
  EXPECT_EQ(labels.Get("zz"), "");
  EXPECT_FALSE(labels.Has("nope"));
}

TEST(LabelsTest, HoldsValuesOfEveryLength) {
  for (size_t n : {1u, 254u, 255u, 256u, 100000u}) {
    const std::string value(n, 'v');
    const Labels labels{{"a", value}, {value, "b"}};
    EXPECT_THAT(All(labels), ElementsAre(LabelView{"a", value}, LabelView{value, "b"})) << n;
    EXPECT_EQ(labels.Get(value), "b");
  }
}

TEST(LabelsTest, OrdersAsPrometheusDoes) {
  const std::vector<Labels> ordered = {
      Labels{},
      Labels{{"a", "1"}},
      Labels{{"a", "1"}, {"b", "1"}},
      Labels{{"a", "1"}, {"b", "2"}},
      Labels{{"a", "1"}, {"c", "0"}},
      Labels{{"a", "12"}},
      Labels{{"a", "2"}},
      Labels{{"ab", "0"}},
      Labels{{"b", std::string(300, '0')}},
  };

  for (size_t i = 0; i < ordered.size(); ++i) {
    for (size_t k = 0; k < ordered.size(); ++k) {
      EXPECT_EQ(ordered[i] <=> ordered[k], i <=> k) << i << " " << k;
      EXPECT_EQ(ordered[i] == ordered[k], i == k);
      EXPECT_EQ(ordered[i].encoded() == ordered[k].encoded(), i == k);
    }
  }
}

TEST(LabelsTest, PrintsTheSet) {
  EXPECT_EQ(Labels().ToString(), "{}");
  EXPECT_EQ((Labels{{"job", "no\"de\\"}, {"__name__", "up"}}).ToString(),
            R"({__name__="up", job="no\"de\\"})");
  EXPECT_EQ((Labels{{"my.label", "é"}}).ToString(), R"({"my.label"="é"})");
}

TEST(LabelsTest, PrintsTheSeriesForPeople) {
  EXPECT_EQ(FormatSeries(Labels{}), "{}");
  EXPECT_EQ(FormatSeries(Labels{{"__name__", "up"}}), "up");
  EXPECT_EQ(FormatSeries(Labels{{"__name__", "up"}, {"a", "1"}, {"b", "2"}}),
            R"(up{a="1", b="2"})");
  EXPECT_EQ(FormatSeries(Labels{{"a", "1"}}), R"({a="1"})");
  EXPECT_EQ(FormatSeries(Labels{{"__name__", "my.up"}, {"a", "1"}}), R"({"my.up", a="1"})");
}

TEST(LabelsBuilderTest, EditsACopyOfTheBase) {
  const Labels base{{"__name__", "up"}, {"a", "1"}, {"b", "2"}};
  LabelsBuilder builder(base);

  builder.Set("c", "3").Set("a", "9").Set("b", "").Del("__name__");

  EXPECT_EQ(builder.Build(), (Labels{{"a", "9"}, {"c", "3"}}));
  EXPECT_EQ(builder.Get("a"), "9");
  EXPECT_EQ(builder.Get("b"), "");
  EXPECT_EQ(base.Get("b"), "2");
}

TEST(LabelsBuilderTest, KeepsOnlyTheNamed) {
  LabelsBuilder builder(Labels{{"a", "1"}, {"b", "2"}, {"c", "3"}});
  const std::string_view keep[] = {"c", "a", "x"};

  EXPECT_EQ(builder.Keep(keep).Build(), (Labels{{"a", "1"}, {"c", "3"}}));
}

TEST(LabelsHashTest, IsPinned) {
  EXPECT_EQ(Labels().Hash(), 0xef46db3751d8e999u);
  EXPECT_EQ(
      (Labels{{"__name__", "up"}, {"instance", "localhost:9090"}, {"job", "prometheus"}}).Hash(),
      0xf28c8afcd224e55fu);
  EXPECT_EQ((Labels{{"__name__", "up"}}).Hash(), 0x23d4c2cb13387598u);
}

TEST(LabelsHashTest, CrossesTheBufferWithoutATrace) {
  for (size_t n = 900; n < 1100; ++n) {
    const std::string value(n, 'v');
    const Labels labels{{"a", "1"}, {"b", value}, {"c", "2"}};
    const std::string bytes =
        "a\xff"
        "1\xff"
        "b\xff" +
        value +
        "\xff"
        "c\xff"
        "2\xff";
    ASSERT_EQ(labels.Hash(), XXH64(bytes.data(), bytes.size(), 0)) << n;
  }
}

TEST(LabelsHashTest, IsTheSameOverAnyRange) {
  const Labels labels{{"a", "1"}, {"b", "2"}};

  EXPECT_EQ(LabelsHash(All(labels)), labels.Hash());
}

}  // namespace
}  // namespace kvs::model
