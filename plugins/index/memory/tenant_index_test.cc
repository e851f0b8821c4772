// SPDX-License-Identifier: Apache-2.0
// The index of a tenant against the plain definition of matching: every label set compared one by one.
#include "tenant_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "kvs/model/labels.h"

namespace kvs::index::memory {
namespace {

using model::MatchType;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Label sets in the symbols layout of a write batch.
class Source {
 public:
  void Add(std::vector<std::pair<std::string, std::string>> labels) {
    for (const auto& [name, value] : labels) {
      Push(name);
      Push(value);
    }
    begin_.push_back(static_cast<uint32_t>(refs_.size()));
  }
  model::LabelSource source() {
    refs_of_texts_.clear();
    for (const auto& text : texts_) refs_of_texts_.push_back(model::StrRef::Of(*text));
    return {model::LabelLayout::kSymbols, nullptr, begin_.data(), refs_.data(), refs_of_texts_.data(), refs_of_texts_.size()};
  }
  uint32_t size() const { return static_cast<uint32_t>(begin_.size() - 1); }

 private:
  void Push(const std::string& text) {
    texts_.push_back(std::make_unique<std::string>(text));
    refs_.push_back(static_cast<uint32_t>(texts_.size() - 1));
  }
  std::vector<std::unique_ptr<std::string>> texts_;
  std::vector<model::StrRef> refs_of_texts_;
  std::vector<uint32_t> begin_{0}, refs_;
};

class TenantIndexTest : public ::testing::Test {
 protected:
  std::vector<uint32_t> Resolve(Source& source, uint32_t* n_created = nullptr) {
    std::vector<uint32_t> rows(source.size()), ids(source.size());
    for (uint32_t i = 0; i < rows.size(); ++i) rows[i] = i;
    uint32_t created = 0;
    EXPECT_TRUE(index_.Resolve(source.source(), rows, ids.data(), nullptr, &created, {}).ok());
    if (n_created != nullptr) *n_created = created;
    return ids;
  }
  std::vector<SeriesId> Select(const MatcherSet& matchers) { return *index_.Select(matchers); }

  TenantIndex index_{8};
};

TEST_F(TenantIndexTest, TheSameLabelsGetTheSameId) {
  Source source;
  source.Add({{"__name__", "up"}, {"job", "a"}});
  source.Add({{"__name__", "up"}, {"job", "b"}});
  source.Add({{"__name__", "up"}, {"job", "a"}});
  uint32_t created = 0;

  const std::vector<uint32_t> ids = Resolve(source, &created);

  EXPECT_THAT(ids, ElementsAre(0, 1, 0));
  EXPECT_EQ(created, 2u);
  EXPECT_EQ(Resolve(source, &created), ids);
  EXPECT_EQ(created, 0u);
}

TEST_F(TenantIndexTest, EmptyValuesAreNoLabels) {
  Source source;
  source.Add({{"__name__", "up"}, {"job", ""}, {"zone", "z"}});
  source.Add({{"__name__", "up"}, {"zone", "z"}});

  EXPECT_THAT(Resolve(source), ElementsAre(0, 0));
  EXPECT_THAT(Select({{MatchType::kEqual, "job", ""}}), ElementsAre(0));
}

TEST_F(TenantIndexTest, LabelsComeBackAsTheyWere) {
  Source source;
  source.Add({{"__name__", "up"}, {"job", "a"}});
  source.Add({{"__name__", "down"}, {"host", "h"}, {"job", "a"}});
  Resolve(source);
  const std::vector<SeriesId> ids{1, 0};
  const std::vector<std::string_view> only{"job"};

  const LabelColumns all = *index_.Labels(ids, nullptr);
  const LabelColumns some = *index_.Labels(ids, &only);

  EXPECT_THAT(all.begin, ElementsAre(0, 6, 10));
  EXPECT_EQ(all.symbols[all.refs[2]], "host");
  EXPECT_EQ(all.symbols[all.refs[3]], "h");
  EXPECT_EQ(all.symbols[all.refs[7]], "up");
  EXPECT_THAT(some.begin, ElementsAre(0, 2, 4));
  EXPECT_EQ(some.refs[1], some.refs[3]);
  EXPECT_EQ(index_.Labels(std::vector<SeriesId>{7}, nullptr).status().code(), StatusCode::kNotFound);
}

TEST_F(TenantIndexTest, RemovedSeriesAreGoneAndTheirIdsComeBack) {
  Source source;
  source.Add({{"__name__", "up"}, {"job", "a"}});
  source.Add({{"__name__", "up"}, {"job", "b"}});
  Resolve(source);

  index_.Remove(std::vector<SeriesId>{0});

  EXPECT_THAT(Select({{MatchType::kEqual, "__name__", "up"}}), ElementsAre(1));
  EXPECT_THAT(*index_.LabelValues("job", {}), ElementsAre("b"));
  Source other;
  other.Add({{"__name__", "new"}, {"x", "y"}});
  EXPECT_THAT(Resolve(other), ElementsAre(0));
  EXPECT_THAT(Resolve(source), ElementsAre(2, 1));
}

TEST_F(TenantIndexTest, NamesAndValuesAreSortedAndFiltered) {
  Source source;
  source.Add({{"__name__", "up"}, {"job", "b"}});
  source.Add({{"__name__", "up"}, {"job", "a"}});
  source.Add({{"__name__", "down"}, {"host", "h"}});
  Resolve(source);

  EXPECT_THAT(*index_.LabelNames({}), ElementsAre("__name__", "host", "job"));
  EXPECT_THAT(*index_.LabelNames({{{MatchType::kEqual, "__name__", "down"}}}), ElementsAre("__name__", "host"));
  EXPECT_THAT(*index_.LabelValues("job", {}), ElementsAre("a", "b"));
  EXPECT_THAT(*index_.LabelValues("job", {{{MatchType::kEqual, "__name__", "down"}}}), IsEmpty());
  EXPECT_THAT(*index_.LabelValues("nothing", {}), IsEmpty());
}

TEST_F(TenantIndexTest, ABrokenExpressionIsAnError) {
  EXPECT_EQ(index_.Select({{MatchType::kRegex, "job", "("}}).status().code(), StatusCode::kInvalidArgument);
}

TEST_F(TenantIndexTest, DamagedLabelsAreAnError) {
  const std::vector<uint8_t> bytes{0x0a, 0x7f, 0x01};
  const model::BytesRef ref = model::BytesRef::Of(bytes);
  model::LabelSource source;
  source.layout = model::LabelLayout::kProtobuf;
  source.label_bytes = &ref;
  uint32_t id = 0, created = 0;

  EXPECT_EQ(index_.Resolve(source, std::vector<uint32_t>{0}, &id, nullptr, &created, {}).code(), StatusCode::kInvalidArgument);
}

TEST_F(TenantIndexTest, SelectsExactlyWhatTheMatchersSay) {
  std::mt19937 random(42);
  const std::vector<std::string> values{"", "a", "b", "ab", "prod-1", "prod-2", "x.y"};
  Source source;
  std::vector<model::Labels> sets;
  for (int i = 0; i < 500; ++i) {
    std::vector<std::pair<std::string, std::string>> labels{{"__name__", i % 3 == 0 ? "up" : "down"}};
    std::vector<model::LabelView> views;
    for (const char* name : {"app", "env", "pod"}) labels.push_back({name, values[random() % values.size()]});
    for (const auto& [name, value] : labels) views.push_back({name, value});
    sets.emplace_back(views);
    source.Add(labels);
  }
  const std::vector<uint32_t> ids = Resolve(source);
  index_.Remove(std::vector<SeriesId>{ids[7], ids[100]});
  const std::vector<MatcherSpec> pool{{MatchType::kEqual, "app", "a"},       {MatchType::kEqual, "app", ""},
                                      {MatchType::kEqual, "app", "never"},   {MatchType::kNotEqual, "env", "b"},
                                      {MatchType::kNotEqual, "env", ""},     {MatchType::kNotEqual, "env", "never"},
                                      {MatchType::kRegex, "pod", "prod-.*"}, {MatchType::kRegex, "pod", "a|b|"},
                                      {MatchType::kRegex, "pod", "p.*[12]"}, {MatchType::kNotRegex, "pod", "p.*[12]"},
                                      {MatchType::kRegex, "pod", ".*"},      {MatchType::kRegex, "pod", ".+"},
                                      {MatchType::kNotRegex, "pod", ".+"},   {MatchType::kNotRegex, "pod", ".*"},
                                      {MatchType::kEqual, "__name__", "up"}, {MatchType::kRegex, "__name__", "u.|x"},
                                      {MatchType::kNotEqual, "__name__", "up"}, {MatchType::kEqual, "absent", ""},
                                      {MatchType::kNotEqual, "absent", ""},  {MatchType::kEqual, "__name__", ""}};
  for (int round = 0; round < 2000; ++round) {
    MatcherSet set;
    for (size_t n = 1 + random() % 3; n > 0; --n) set.push_back(pool[random() % pool.size()]);

    std::vector<SeriesId> expected;
    for (size_t i = 0; i < sets.size(); ++i) {
      if (ids[i] == ids[7] || ids[i] == ids[100]) continue;
      bool all = true;
      for (const MatcherSpec& m : set) all = all && model::Matcher::Make(m.type, m.name, m.value)->Matches(sets[i].Get(m.name));
      if (all) expected.push_back(ids[i]);
    }
    std::sort(expected.begin(), expected.end());
    expected.erase(std::unique(expected.begin(), expected.end()), expected.end());

    ASSERT_EQ(Select(set), expected) << "round " << round;
  }
}

TEST_F(TenantIndexTest, SelectsWhileOthersAdd) {
  std::thread writer([this] {
    for (int i = 0; i < 200; ++i) {
      Source source;
      for (int k = 0; k < 20; ++k) source.Add({{"__name__", "m"}, {"n", StrCat(i, "-", k)}});
      Resolve(source);
    }
  });
  size_t last = 0;
  while (last < 4000) {
    const std::vector<SeriesId> ids = Select({{MatchType::kRegex, "n", ".*-.*[0-9]"}});
    ASSERT_GE(ids.size(), last);
    ASSERT_TRUE(std::is_sorted(ids.begin(), ids.end()));
    last = ids.size();
  }
  writer.join();
}

}  // namespace
}  // namespace kvs::index::memory
