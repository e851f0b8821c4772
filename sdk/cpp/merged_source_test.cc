// SPDX-License-Identifier: Apache-2.0
// Merging: one series from several sources, label order, limits, unions, and that one failure fails all.
#include "kvs/sdk/merged_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>
#include <vector>

#include "kvs/base/str_cat.h"
#include "kvs/sdk/merge_cursor.h"
#include "kvs/sdk/owned.h"

namespace kvs::sdk {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

struct FakeSeries {
  std::vector<std::string> labels;  // name, value, name, value, ...; sorted.
  struct Chunk {
    int64_t min, max;
    std::string bytes{};
  };
  std::vector<Chunk> chunks;
};

// Gives its series, in their order, in batches of `batch_size`.
class FakeSource final : public SeriesSource {
 public:
  explicit FakeSource(std::vector<FakeSeries> series, size_t batch_size = 2) : series_(std::move(series)), batch_size_(batch_size) {}

  Outcome Select(const Call&, const kvs_select_t& in, kvs_series_cursor_t& out, Completer&) override {
    if (!error.ok()) return error;
    flags = in.flags;
    HandOutWarned(out, std::make_unique<Cursor>(*this), warning.empty() ? std::vector<std::string>() : std::vector{warning});
    return OkStatus();
  }
  Outcome LabelNames(const Call&, const kvs_label_query_t&, kvs_strings_t& out, Completer&) override {
    auto kept = std::make_unique<std::vector<kvs_str_t>>();
    for (const FakeSeries& s : series_) kept->push_back(Str(s.labels[0]));
    out.items = kept->data();
    out.n_items = kept->size();
    HandOut(out, std::move(kept));
    return error;
  }
  Outcome LabelValues(const Call& c, const kvs_label_query_t& in, kvs_strings_t& out, Completer& d) override {
    return LabelNames(c, in, out, d);
  }
  Outcome Metadata(const Call&, const kvs_metadata_query_t&, kvs_metadata_list_t& out, Completer&) override {
    auto kept = std::make_unique<std::vector<kvs_metadata_t>>();
    for (const FakeSeries& s : series_) kept->push_back({Str(s.labels[1]), Str("help"), {}, KVS_TYPE_GAUGE, 0});
    out.items = kept->data();
    out.n_items = kept->size();
    HandOut(out, std::move(kept));
    return OkStatus();
  }
  Outcome Exemplars(const Call&, const kvs_label_query_t&, kvs_exemplar_list_t&, Completer&) override {
    return Unimplemented("not needed here");
  }

  Status error;
  std::string warning, late_warning;
  uint32_t flags = 0;

 private:
  struct Kept {
    kvs_series_batch_t batch = Record<kvs_series_batch_t>();
    std::vector<kvs_str_t> symbols;
    std::vector<uint32_t> begin{0}, refs, chunk_begin{0};
    std::vector<kvs_chunk_t> chunks;
  };
  class Cursor final : public SeriesCursor {
   public:
    explicit Cursor(const FakeSource& source) : source_(source) {}
    Outcome Next(const Call&, kvs_series_batch_t*& out, Completer&) override {
      if (at_ == source_.series_.size()) return End();
      auto kept = std::make_unique<Kept>();
      for (size_t n = 0; n < source_.batch_size_ && at_ < source_.series_.size(); ++n, ++at_) {
        for (const std::string& text : source_.series_[at_].labels) {
          kept->refs.push_back(static_cast<uint32_t>(kept->symbols.size()));
          kept->symbols.push_back(Str(text));
        }
        kept->begin.push_back(static_cast<uint32_t>(kept->refs.size()));
        for (const FakeSeries::Chunk& c : source_.series_[at_].chunks) {
          kept->chunks.push_back({c.min, c.max, Bytes(std::string_view(c.bytes)).data, static_cast<uint32_t>(c.bytes.size()), 0, KVS_CHUNK_XOR, 0});
        }
        kept->chunk_begin.push_back(static_cast<uint32_t>(kept->chunks.size()));
      }
      kvs_series_batch_t& batch = kept->batch;
      batch.n_series = static_cast<uint32_t>(kept->begin.size() - 1);
      batch.labels = Record<kvs_label_columns_t>();
      batch.labels.n_series = batch.n_series;
      batch.labels.symbols = kept->symbols.data();
      batch.labels.n_symbols = kept->symbols.size();
      batch.labels.begin = kept->begin.data();
      batch.labels.refs = kept->refs.data();
      batch.chunk_begin = kept->chunk_begin.data();
      batch.chunks = kept->chunks.data();
      batch.producer = kept.get();
      batch.release = [](kvs_series_batch_t* self) noexcept { delete static_cast<Kept*>(self->producer); };
      out = &kept.release()->batch;
      return OkStatus();
    }
    void AddLateWarnings(std::vector<std::string>* warnings) override {
      if (at_ == source_.series_.size() && !source_.late_warning.empty()) warnings->push_back(source_.late_warning);
    }

   private:
    const FakeSource& source_;
    size_t at_ = 0;
  };

  std::vector<FakeSeries> series_;
  size_t batch_size_;
};

class MergedSourceTest : public ::testing::Test {
 protected:
  void Wire(std::vector<FakeSource*> sources) {
    for (FakeSource* s : sources) merge_.sources.emplace_back(IfaceOf<SeriesSource>(s));
  }
  // Each series as "name=value ... | min-max ..." with a ! behind chunks marked as overlapping.
  StatusOr<std::vector<std::string>> Select(uint64_t limit = 0, const std::vector<kvs_str_t>* labels = nullptr) {
    auto select = Record<kvs_select_t>();
    select.limit = limit;
    if (labels != nullptr) {
      select.flags = KVS_SELECT_HAS_LABELS;
      select.labels = labels->data();
      select.n_labels = labels->size();
    }
    OpenSelection selection;
    const SourceRef ref(IfaceOf<SeriesSource>(&merge_));
    KVS_RETURN_IF_ERROR(Await(ref.select(), call_, &select, selection.out()));
    std::vector<std::string> out;
    while (true) {
      KVS_ASSIGN_OR_RETURN(const BatchPtr batch, selection.Next(call_));
      if (batch == nullptr) {
        selection.AddWarnings(&warnings_);
        selection.AddLateWarnings(&warnings_);
        return out;
      }
      for (uint32_t s = 0; s < batch->n_series; ++s) {
        std::string text;
        for (uint32_t i = batch->labels.begin[s]; i < batch->labels.begin[s + 1]; i += 2) {
          StrAppend(text, View(batch->labels.symbols[batch->labels.refs[i]]), "=",
                    View(batch->labels.symbols[batch->labels.refs[i + 1]]), " ");
        }
        text += "|";
        for (uint32_t c = batch->chunk_begin[s]; c < batch->chunk_begin[s + 1]; ++c) {
          StrAppend(text, " ", batch->chunks[c].min_ms, "-", batch->chunks[c].max_ms, (batch->chunks[c].flags & KVS_CHUNK_OVERLAPS) != 0 ? "!" : "");
        }
        out.push_back(text);
      }
    }
  }

  MergedSource merge_;
  std::vector<std::string> warnings_;  // Of the last selection.
  OwnedCall call_{"tenant"};
};

TEST_F(MergedSourceTest, SeriesOfSeveralSourcesBecomeOne) {
  FakeSource a(std::vector<FakeSeries>{{{"a", "1"}, {{0, 10}}}, {{"a", "2"}, {{0, 10}}}, {{"b", "1"}, {{5, 9}}}});
  FakeSource b({{{"a", "1"}, {{11, 20}}}, {{"a", "3"}, {{0, 1}}}, {{"b", "1"}, {{8, 12}, {20, 30}}}}, 1);
  Wire({&a, &b});

  EXPECT_THAT(*Select(), ElementsAre("a=1 | 0-10 11-20", "a=2 | 0-10", "a=3 | 0-1", "b=1 | 5-9! 8-12! 20-30"));
  EXPECT_NE(a.flags & KVS_SELECT_SORTED, 0u);
}

TEST_F(MergedSourceTest, OnlyLabelsThatSomebodyLooksAtAreGiven) {
  FakeSource a(std::vector<FakeSeries>{{{"a", "1", "b", "1", "c", "1"}, {{0, 10}}}, {{"a", "1", "b", "2"}, {{0, 10}}}});
  FakeSource b(std::vector<FakeSeries>{{{"a", "1", "b", "1", "c", "1"}, {{11, 20}}}, {{"a", "1", "b", "1", "c", "2"}, {{0, 10}}}});
  Wire({&a, &b});
  const std::vector<kvs_str_t> some{Str("a"), Str("c")}, none;

  EXPECT_THAT(*Select(0, &some), ElementsAre("a=1 c=1 | 0-10 11-20", "a=1 c=2 | 0-10", "a=1 | 0-10"));
  EXPECT_THAT(*Select(0, &none), ElementsAre("| 0-10 11-20", "| 0-10", "| 0-10"));
  EXPECT_EQ(a.flags & KVS_SELECT_HAS_LABELS, 0u) << "series are found by all their labels";
}

TEST_F(MergedSourceTest, AChunkThatSeveralSourcesHaveIsGivenOnce) {
  FakeSource a(std::vector<FakeSeries>{{{"a", "1"}, {{0, 10, "same"}, {11, 20, "this"}}}});
  FakeSource b(std::vector<FakeSeries>{{{"a", "1"}, {{0, 10, "same"}, {11, 20, "that"}}}});
  FakeSource c(std::vector<FakeSeries>{{{"a", "1"}, {{0, 10, "same"}}}});
  Wire({&a, &b, &c});

  EXPECT_THAT(*Select(), ElementsAre("a=1 | 0-10 11-20! 11-20!"));
}

TEST_F(MergedSourceTest, ManyBatchesAreMergedInOrder) {
  // Batches of inputs and of the output end at different series.
  std::vector<FakeSeries> odd, even;
  std::vector<std::string> expected;
  for (int i = 0; i < 5000; ++i) {
    const FakeSeries series{{"n", StrCat(10000 + i)}, {{i, i}}};
    if (i % 3 != 0) odd.push_back(series);
    if (i % 2 == 0) even.push_back({series.labels, {{i + 1, i + 1}}});
    if (i % 3 == 0 && i % 2 != 0) continue;
    expected.push_back(StrCat("n=", 10000 + i, " |", i % 3 != 0 ? StrCat(" ", i, "-", i) : "",
                              i % 2 == 0 ? StrCat(" ", i + 1, "-", i + 1) : ""));
  }
  FakeSource a(odd, 700), b(even, 1);
  Wire({&a, &b});

  EXPECT_THAT(*Select(), ElementsAreArray(expected));
}

// Every pair of neighbours in LabelOrder() of these sets is in order.
void ExpectOrdered(const std::vector<std::vector<std::string>>& sets) {
  std::vector<kvs_str_t> symbols;
  std::vector<uint32_t> begin{0}, refs;
  for (const auto& set : sets) {
    for (const std::string& text : set) {
      refs.push_back(static_cast<uint32_t>(symbols.size()));
      symbols.push_back(Str(text));
    }
    begin.push_back(static_cast<uint32_t>(refs.size()));
  }
  auto columns = Record<kvs_label_columns_t>();
  columns.n_series = static_cast<uint32_t>(sets.size());
  columns.symbols = symbols.data();
  columns.n_symbols = symbols.size();
  columns.begin = begin.data();
  columns.refs = refs.data();

  const std::vector<uint32_t> order = LabelOrder(columns);

  ASSERT_EQ(std::set<uint32_t>(order.begin(), order.end()).size(), sets.size());
  for (size_t i = 1; i < order.size(); ++i) {
    EXPECT_LE(CompareLabels(columns, order[i - 1], columns, order[i]), 0) << order[i - 1] << " before " << order[i];
  }
}

TEST(LabelOrderTest, IsThatOfTheTexts) {
  // Texts that agree in their first eight bytes, are prefixes, and have bytes above 127.
  ExpectOrdered({{"a", "12345678b"}, {"a", "12345678a", "b", "1"}, {"a", "12345678a"}, {"a", "12345678"},    {"a", "1234567"},
                 {"a", "\xc3\xa9"},  {"a", "z"},                   {},                 {"b", ""},            {"a", "12345678a", "a", "0"}});
}

TEST(LabelOrderTest, ManyTextsMayBeEqualBeforeOneIsNot) {
  std::mt19937 random(7);
  for (const uint32_t n_texts : {1, 2, 3, 300}) {
    std::vector<std::vector<std::string>> sets(500);
    for (auto& set : sets) {
      set.resize(random() % 40);
      for (std::string& text : set) text = StrCat(random() % 8 == 0 ? random() % n_texts : 0);
    }
    ExpectOrdered(sets);
  }
}

TEST_F(MergedSourceTest, APrefixOfALabelSetSortsFirst) {
  FakeSource a(std::vector<FakeSeries>{{{"a", "1"}, {}}, {{"a", "1", "b", "1"}, {}}});
  FakeSource b(std::vector<FakeSeries>{{{"a", "1", "b", "0"}, {}}});
  Wire({&a, &b});

  EXPECT_THAT(*Select(), ElementsAre("a=1 |", "a=1 b=0 |", "a=1 b=1 |"));
}

TEST_F(MergedSourceTest, TheLimitCutsTheMergedSeries) {
  FakeSource a(std::vector<FakeSeries>{{{"a", "1"}, {}}, {{"a", "3"}, {}}});
  FakeSource b(std::vector<FakeSeries>{{{"a", "2"}, {}}});
  Wire({&a, &b});

  EXPECT_THAT(*Select(2), ElementsAre("a=1 |", "a=2 |"));
}

TEST_F(MergedSourceTest, OneFailureFailsTheSelection) {
  FakeSource a(std::vector<FakeSeries>{{{"a", "1"}, {}}});
  FakeSource b(std::vector<FakeSeries>{});
  b.error = Unavailable("gone");
  Wire({&a, &b});

  EXPECT_EQ(Select().status().ToString(), "UNAVAILABLE: gone");
}

TEST_F(MergedSourceTest, TheFirstAloneIsAskedAsItIs) {
  FakeSource a(std::vector<FakeSeries>{{{"b", "1"}, {{0, 10}}}, {{"a", "1"}, {{0, 10}}}}, 1);
  FakeSource b(std::vector<FakeSeries>{});
  FakeSource c(std::vector<FakeSeries>{});
  Wire({&a, &b, &c});
  merge_.first_alone = true;
  b.warning = "a block is gone";
  c.late_warning = "the rest of it is gone";

  EXPECT_THAT(*Select(), ElementsAre("b=1 | 0-10", "a=1 | 0-10"));
  EXPECT_EQ(a.flags & KVS_SELECT_SORTED, 0u);
  EXPECT_NE(b.flags & KVS_SELECT_SORTED, 0u);
  EXPECT_THAT(warnings_, ElementsAre("a block is gone", "the rest of it is gone"));
}

TEST_F(MergedSourceTest, TheFirstIsMergedWhenAnotherHasSomething) {
  FakeSource a(std::vector<FakeSeries>{{{"a", "1"}, {{0, 10}}}, {{"a", "2"}, {{0, 10}}}});
  FakeSource b(std::vector<FakeSeries>{});
  FakeSource c({{{"a", "1"}, {{11, 20}}}, {{"a", "3"}, {{0, 1}}}}, 1);
  Wire({&a, &b, &c});
  merge_.first_alone = true;
  c.warning = "half of it";
  c.late_warning = "the rest of it is gone";

  EXPECT_THAT(*Select(), ElementsAre("a=1 | 0-10 11-20", "a=2 | 0-10", "a=3 | 0-1"));
  EXPECT_NE(a.flags & KVS_SELECT_SORTED, 0u);
  EXPECT_THAT(warnings_, ElementsAre("half of it", "the rest of it is gone"));
}

TEST_F(MergedSourceTest, NamesAndMetadataAreUnions) {
  FakeSource a(std::vector<FakeSeries>{{{"a", "m1"}, {}}, {{"c", "m2"}, {}}});
  FakeSource b(std::vector<FakeSeries>{{{"a", "m1"}, {}}, {{"b", "m3"}, {}}});
  Wire({&a, &b});
  const SourceRef ref(IfaceOf<SeriesSource>(&merge_));
  auto query = Record<kvs_label_query_t>();
  auto metadata_query = Record<kvs_metadata_query_t>();
  Owned<kvs_strings_t> names;
  Owned<kvs_metadata_list_t> metadata;

  ASSERT_TRUE(Await(ref.label_names(), call_, &query, names.out()).ok());
  ASSERT_TRUE(Await(ref.metadata(), call_, &metadata_query, metadata.out()).ok());

  ASSERT_EQ(names->n_items, 3u);
  EXPECT_EQ(View(names->items[1]), "b");
  EXPECT_EQ(metadata->n_items, 3u);
}

}  // namespace
}  // namespace kvs::sdk
