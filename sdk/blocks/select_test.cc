// SPDX-License-Identifier: Apache-2.0
#include "kvs/blocks/select.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/blocks/block.h"
#include "kvs/chunk/xor.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/str.h"
#include "kvs/testkit/blocks/block_maker.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_batch.h"

namespace kvs::blocks {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int64_t kEver = INT64_MAX / 2;

/// Gives every read in the scratch, as a source does that keeps nothing.
class ScratchSource final : public tsdb::ByteSource {
 public:
  explicit ScratchSource(tsdb::Bytes bytes) : bytes_(std::move(bytes)) {}
  uint64_t size() const override { return bytes_.size(); }
  StatusOr<std::span<const uint8_t>> Read(uint64_t offset, size_t size,
                                          tsdb::Bytes* scratch) const override {
    const uint8_t* const at = bytes_.data() + offset;
    scratch->assign(at, at + size);
    return std::span<const uint8_t>(*scratch);
  }

 private:
  const tsdb::Bytes bytes_;
};

StatusOr<std::shared_ptr<const Block>> OpenMade(const testkit::MadeBlock& made) {
  BlockFiles files;
  files.name = made.ulid();
  files.meta = made.meta;
  files.index = std::make_unique<ScratchSource>(made.files.at("index"));
  for (uint32_t i = 0; made.files.contains("chunks/" + tsdb::SegmentName(i)); ++i) {
    files.segments.push_back(
        std::make_unique<ScratchSource>(made.files.at("chunks/" + tsdb::SegmentName(i))));
  }
  if (made.files.contains("tombstones")) {
    KVS_ASSIGN_OR_RETURN(files.tombstones, tsdb::Tombstones::Decode(made.files.at("tombstones")));
  }
  return Block::Open(std::move(files));
}

struct Series {
  std::string labels;
  std::vector<std::pair<int64_t, double>> samples;
  std::vector<bool> overlaps;  // Of the chunks.
  std::vector<std::pair<int64_t, int64_t>> bounds;
};

struct Selection {
  std::vector<Series> series;
  std::vector<size_t> batches;
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const Series& s : series) out.push_back(s.labels);
    return out;
  }
};

struct Question {
  std::vector<testkit::Match> matches;
  uint32_t flags = 0;
  int64_t min_ms = -kEver, max_ms = kEver;
  uint64_t limit = 0;
  uint32_t shard_index = 0, shard_count = 0;
  std::vector<std::string> labels;
};

Series ReadRow(const kvs_series_batch_t& batch, uint32_t row) {
  Series out{testkit::ToString(batch.labels, row), {}, {}, {}};
  if (batch.chunk_begin == nullptr) return out;
  for (uint32_t c = batch.chunk_begin[row]; c < batch.chunk_begin[row + 1]; ++c) {
    const kvs_chunk_t& chunk = batch.chunks[c];
    out.overlaps.push_back((chunk.flags & KVS_CHUNK_OVERLAPS) != 0);
    out.bounds.emplace_back(chunk.min_ms, chunk.max_ms);
    chunk::XorDecoder decoder({chunk.data, chunk.size});
    EXPECT_EQ(decoder.remaining(), chunk.n_samples);
    int64_t t;
    double v;
    while (decoder.Next(&t, &v)) out.samples.emplace_back(t, v);
    EXPECT_TRUE(decoder.status().ok());
  }
  return out;
}

StatusOr<Selection> Ask(const std::shared_ptr<const Block>& block, const Question& question) {
  const testkit::MatchSet set(question.matches);
  auto in = sdk::Record<kvs_select_t>();
  in.flags = question.flags;
  in.min_ms = question.min_ms;
  in.max_ms = question.max_ms;
  in.matchers = *set.raw();
  in.limit = question.limit;
  in.shard_index = question.shard_index;
  in.shard_count = question.shard_count;
  std::vector<kvs_str_t> labels;
  for (const std::string& label : question.labels) labels.push_back(sdk::Str(label));
  in.labels = labels.data();
  in.n_labels = labels.size();
  const sdk::OwnedCall call("t");
  KVS_ASSIGN_OR_RETURN(auto cursor, SelectSeries(std::make_unique<LocalReads>(block), call, in));
  sdk::OpenSelection open;
  sdk::HandOutCursor(*open.out(), std::move(cursor));
  Selection out;
  std::vector<sdk::BatchPtr> batches;  // All are read at the end: none depends on the cursor.
  while (true) {
    KVS_ASSIGN_OR_RETURN(sdk::BatchPtr batch, open.Next(call));
    if (batch == nullptr) break;
    batches.push_back(std::move(batch));
  }
  open = sdk::OpenSelection();
  for (const sdk::BatchPtr& batch : batches) {
    out.batches.push_back(batch->n_series);
    for (uint32_t i = 0; i < batch->n_series; ++i) out.series.push_back(ReadRow(*batch, i));
  }
  return out;
}

testkit::MadeBlock TruthBlock() {
  testkit::BlockMaker maker;
  double v = 0;
  for (const testkit::LabelPairs& pairs : testkit::MatchTruthSeries()) {
    model::LabelsBuilder labels;
    for (const auto& [name, value] : pairs) labels.Set(name, value);
    maker.AddFloats(labels.Build(), 1000, 1000, {v, v + 1, v + 2, v + 3}, 2);
    v += 10;
  }
  return maker.Make(1);
}

TEST(SelectTest, MatchersObeyTheTruthTable) {
  const auto block = OpenMade(TruthBlock()).value();
  for (const testkit::MatchTruth& truth : testkit::MatchTruthTable()) {
    std::vector<testkit::LabelPairs> want;
    for (const uint32_t i : truth.series) want.push_back(testkit::MatchTruthSeries()[i]);
    std::sort(want.begin(), want.end());
    std::vector<std::string> texts;
    for (const testkit::LabelPairs& labels : want) texts.push_back(testkit::ToString(labels));

    EXPECT_EQ(Ask(block, {.matches = truth.matches}).value().names(), texts)
        << testkit::ToString(truth.matches);
  }
}

TEST(SelectTest, ABrokenExpressionIsInvalid) {
  const auto block = OpenMade(TruthBlock()).value();

  EXPECT_EQ(Ask(block, {.matches = {{KVS_MATCH_REGEX, "job", "("}}}).status().code(),
            StatusCode::kInvalidArgument);
}

TEST(SelectTest, ChunksAreThoseOfTheRange) {
  testkit::BlockMaker maker;
  maker.AddFloats({{"a", "1"}}, 0, 1000, {0, 1, 2, 3, 4, 5}, 2);
  maker.AddFloats({{"a", "2"}}, 0, 1000, {0, 1}, 2);
  const auto block = OpenMade(maker.Make(1)).value();

  const Selection found = Ask(block, {.min_ms = 2500, .max_ms = 4000}).value();

  ASSERT_EQ(found.series.size(), 1u);  // The other has nothing in the range.
  EXPECT_THAT(found.series[0].bounds, ElementsAre(std::pair(2000, 3000), std::pair(4000, 5000)));
  EXPECT_THAT(found.series[0].overlaps, ElementsAre(false, false));
}

TEST(SelectTest, BytesOfAMappedBlockAreBorrowedAndOutliveIt) {
  const testkit::TempDir dir;
  testkit::BlockMaker maker;
  maker.AddFloats({{"a", "1"}}, 0, 1000, {1, 2, 3});
  std::shared_ptr<const Block> block = OpenBlockFolder(maker.Make(1).WriteTo(dir.path())).value();
  auto in = sdk::Record<kvs_select_t>();
  in.max_ms = kEver;
  const sdk::OwnedCall call("t");
  sdk::OpenSelection open;
  sdk::HandOutCursor(*open.out(),
                     SelectSeries(std::make_unique<LocalReads>(block), call, in).value());
  const sdk::BatchPtr batch = open.Next(call).value();
  const auto segment = block->segments().segment(0).Read(0, 8, nullptr).value();
  EXPECT_GE(batch->chunks[0].data, segment.data());
  EXPECT_LT(batch->chunks[0].data, segment.data() + block->segments().segment(0).size());

  open = sdk::OpenSelection();
  block.reset();

  EXPECT_EQ(ReadRow(*batch, 0).samples.size(), 3u);
}

TEST(SelectTest, BatchesAreCutBySeriesAndByBytes) {
  testkit::BlockMaker many, large;
  for (int i = 0; i < 2500; ++i) {
    many.AddFloats({{"a", StrCat(10000 + i)}}, 0, 1000, {1});
  }
  std::vector<double> noise;
  for (int i = 0; i < 60000; ++i) noise.push_back(1.0 / (i + 3));
  for (int i = 0; i < 6; ++i) large.AddFloats({{"a", StrCat(i)}}, 0, 1000, noise, 120);

  EXPECT_THAT(Ask(OpenMade(many.Make(1)).value(), {}).value().batches,
              ElementsAre(1024, 1024, 452));
  EXPECT_GT(Ask(OpenMade(large.Make(1)).value(), {}).value().batches.size(), 1u);
}

TEST(SelectTest, LimitsAndShardsAndProjection) {
  const auto block = OpenMade(TruthBlock()).value();
  const size_t all = testkit::MatchTruthSeries().size();

  EXPECT_EQ(Ask(block, {.limit = 2}).value().series.size(), 2u);
  size_t sharded = 0;
  for (uint32_t shard = 0; shard < 3; ++shard) {
    sharded += Ask(block, {.shard_index = shard, .shard_count = 3}).value().series.size();
  }
  EXPECT_EQ(sharded, all);
  const Selection projected = Ask(block, {.matches = {{KVS_MATCH_EQUAL, "job", "db"}},
                                          .flags = KVS_SELECT_HAS_LABELS,
                                          .labels = {"zone", "job"}})
                                  .value();
  for (const Series& series : projected.series) {
    EXPECT_THAT(series.labels, HasSubstr("job=\"db\""));
    EXPECT_THAT(series.labels, ::testing::Not(HasSubstr("__name__")));
  }
  EXPECT_THAT(projected.series, ::testing::Not(IsEmpty()));
}

TEST(SelectTest, WithoutChunksThereAreOnlyLabels) {
  const auto block = OpenMade(TruthBlock()).value();

  const Selection found = Ask(block, {.flags = KVS_SELECT_NO_CHUNKS, .max_ms = 999}).value();
  const Selection later = Ask(block, {.flags = KVS_SELECT_NO_CHUNKS, .max_ms = 1000}).value();

  EXPECT_THAT(found.series, IsEmpty());
  EXPECT_EQ(later.series.size(), testkit::MatchTruthSeries().size());
}

TEST(SelectTest, DeletedSamplesAreNotGivenOut) {
  testkit::BlockMaker maker;
  maker.AddFloats({{"a", "1"}}, 0, 1000, {0, 1, 2, 3, 4, 5}, 3);
  maker.AddFloats({{"a", "2"}}, 0, 1000, {0, 1, 2}, 3);
  maker.AddFloats({{"a", "3"}}, 0, 1000, {7}, 3);
  maker.Delete({{"a", "1"}}, 1000, 1999);
  maker.Delete({{"a", "1"}}, 4000, 9000);
  maker.Delete({{"a", "2"}}, 0, 2000);
  const auto block = OpenMade(maker.Make(1)).value();

  const Selection found = Ask(block, {}).value();

  EXPECT_THAT(found.names(), ElementsAre("{a=\"1\"}", "{a=\"3\"}"));
  EXPECT_THAT(found.series[0].samples,
              ElementsAre(std::pair(0, 0.0), std::pair(2000, 2.0), std::pair(3000, 3.0)));
  EXPECT_THAT(found.series[0].bounds, ElementsAre(std::pair(0, 2000), std::pair(3000, 3000)));
  EXPECT_THAT(found.series[1].samples, ElementsAre(std::pair(0, 7.0)));
}

TEST(SelectTest, ACancelledCallEnds) {
  const auto block = OpenMade(TruthBlock()).value();
  auto in = sdk::Record<kvs_select_t>();
  in.max_ms = kEver;
  sdk::CancelSource cancel;
  const sdk::OwnedCall call("t", cancel.raw());
  sdk::OpenSelection open;
  sdk::HandOutCursor(*open.out(),
                     SelectSeries(std::make_unique<LocalReads>(block), call, in).value());

  cancel.Cancel();

  EXPECT_EQ(open.Next(call).status().code(), StatusCode::kCancelled);
}

TEST(SelectTest, DamageNamesBlockFileAndOffset) {
  testkit::MadeBlock made = TruthBlock();
  made.files["chunks/000001"][20] ^= 1;

  const Status status = Ask(OpenMade(made).value(), {}).status();

  EXPECT_EQ(status.code(), StatusCode::kDataLoss);
  EXPECT_THAT(status.message(),
              ::testing::StartsWith(made.ulid() + "/chunks: segment 000001: chunk at offset 8"));
}

TEST(SelectTest, EveryFlippedBitOfAnIndexIsAnAnswerOrDataLoss) {
  const testkit::MadeBlock made = TruthBlock();
  const std::vector<std::string> whole = Ask(OpenMade(made).value(), {}).value().names();
  for (size_t bit = 0; bit < 8 * made.files.at("index").size(); ++bit) {
    testkit::MadeBlock flipped = made;
    flipped.files["index"][bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);

    const auto block = OpenMade(flipped);
    const StatusOr<Selection> found = block.ok() ? Ask(*block, {}) : block.status();

    if (found.ok()) {
      ASSERT_EQ(found->names(), whole) << bit;
    } else {
      ASSERT_EQ(found.status().code(), StatusCode::kDataLoss) << bit;
    }
  }
}

kvs_label_query_t LabelQuery(const char* name, const kvs_matchers_t* set) {
  auto query = sdk::Record<kvs_label_query_t>();
  query.max_ms = kEver;
  query.name = sdk::Str(name);
  query.sets = set;
  query.n_sets = set == nullptr ? 0 : 1;
  return query;
}

TEST(LabelsTest, NamesAndValuesOfAllAndOfSome) {
  testkit::BlockMaker maker;
  maker.AddFloats({{"job", "a"}, {"zone", "x"}}, 0, 1000, {1});
  maker.AddFloats({{"job", "b"}, {"host", "h"}}, 0, 1000, {1});
  maker.AddFloats({{"job", "c"}, {"zone", "y"}}, 0, 1000, {1});
  LocalReads reads(OpenMade(maker.Make(1)).value());
  const sdk::OwnedCall call("t");
  const std::vector<testkit::Match> matches{{KVS_MATCH_NOT_EQUAL, "job", "b"}};
  const testkit::MatchSet set(matches);

  EXPECT_THAT(LabelNames(reads, call, LabelQuery("", nullptr)).value(),
              ElementsAre("host", "job", "zone"));
  EXPECT_THAT(LabelNames(reads, call, LabelQuery("", set.raw())).value(),
              ElementsAre("job", "zone"));
  EXPECT_THAT(LabelValues(reads, call, LabelQuery("job", nullptr)).value(),
              ElementsAre("a", "b", "c"));
  EXPECT_THAT(LabelValues(reads, call, LabelQuery("job", set.raw())).value(),
              ElementsAre("a", "c"));
  EXPECT_THAT(LabelValues(reads, call, LabelQuery("none", set.raw())).value(), IsEmpty());
}

TEST(LabelsTest, ValuesOfFewSeriesOfManyAreRightToo) {
  testkit::BlockMaker maker;
  for (int i = 0; i < 2000; ++i) {
    maker.AddFloats({{"id", StrCat(10000 + i)}, {"job", i < 2 ? "few" : "many"}}, 0, 1000, {1});
  }
  LocalReads reads(OpenMade(maker.Make(1)).value());
  const sdk::OwnedCall call("t");
  const std::vector<testkit::Match> few{{KVS_MATCH_EQUAL, "job", "few"}};
  const testkit::MatchSet set(few);

  EXPECT_THAT(LabelValues(reads, call, LabelQuery("id", set.raw())).value(),
              ElementsAre("10000", "10001"));
}

TEST(LabelsTest, ListsAreUnitedAndCut) {
  sdk::Owned<kvs_strings_t> all, some;

  HandOutStrings({{"b", "c"}, {"a", "c"}}, 0, *all.out());
  HandOutStrings({{"b", "c"}, {"a", "c"}}, 2, *some.out());

  EXPECT_EQ(all->n_items, 3u);
  EXPECT_EQ(all->truncated, 0u);
  EXPECT_EQ(some->n_items, 2u);
  EXPECT_EQ(some->truncated, 1u);
  EXPECT_EQ(sdk::View(some->items[0]), "a");
}

TEST(BlockTest, AFolderWithoutIndexSaysSo) {
  const testkit::TempDir dir;
  testkit::BlockMaker maker;
  maker.AddFloats({{"a", "1"}}, 0, 1000, {1});
  testkit::MadeBlock made = maker.Make(1);
  made.files.erase("index");

  const Status status = OpenBlockFolder(made.WriteTo(dir.path())).status();

  EXPECT_EQ(status.code(), StatusCode::kNotFound);
  EXPECT_THAT(status.message(), HasSubstr("/index: there is no such file"));
}

}  // namespace
}  // namespace kvs::blocks
