// SPDX-License-Identifier: Apache-2.0
#include "kvs/tsdb/index_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/tsdb/selection.h"
#include "kvs/tsdb/series_cursor.h"

#include "golden_block.h"
#include "postings_collector.h"
#include "test_block.h"

namespace kvs::tsdb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kSymbols[] = {
    "",         "200", "201", "202", "__name__", "code", "http_requests_total",
    "instance", "j0",  "j1",  "j2",  "job",      "up",   "é\"x"};

// One of three symbols a, b, c, for what is refused.
class SmallIndex {
 public:
  SmallIndex() : writer(sink) {
    for (const char* text : {"a", "b", "c"}) KVS_CHECK(writer.AddSymbol(text).ok());
  }
  Status Add(std::vector<SymbolPair> labels, std::vector<ChunkMeta> chunks = {}) {
    return writer.AddSeries(labels, chunks);
  }
  MemorySink sink;
  IndexWriter writer;
};

TEST(IndexWriterTest, TheSeriesOfABlockOfPrometheusMakeItsVeryBytes) {
  MemorySink sink;
  IndexWriter writer(sink);
  for (const char* text : kSymbols) ASSERT_TRUE(writer.AddSymbol(text).ok());
  constexpr int64_t kMint = 1700000000000, kMaxt = 1700006360000;
  uint64_t ref = 8;
  for (uint32_t j = 0; j < 3; ++j) {
    const SymbolPair labels[] = {{4, 6}, {5, 1 + j}, {11, 8 + j}};
    const ChunkMeta chunks[] = {{kMint, kMaxt, ref}};
    ASSERT_TRUE(writer.AddSeries(labels, chunks).ok());
    ref = j == 0 ? 168 : j == 1 ? 325 : 506;
  }
  const SymbolPair labels[] = {{4, 12}, {7, 13}};
  const ChunkMeta chunks[] = {{kMint, kMaxt, 506}};
  ASSERT_TRUE(writer.AddSeries(labels, chunks).ok());

  ASSERT_TRUE(writer.Finish().ok());

  EXPECT_EQ(sink.bytes(), testing::FromHex(testing::kGoldenIndexHex));
  EXPECT_EQ(writer.size_bytes(), sink.bytes().size());
}

TEST(IndexWriterTest, WhatIsOutOfOrderIsRefused) {
  SmallIndex index;
  EXPECT_THAT(index.writer.AddSymbol("c").message(), HasSubstr("\"c\" does not come after \"c\""));
  EXPECT_THAT(index.Add({{1, 1}, {0, 0}}).message(), HasSubstr("\"a\" does not come after \"b\""));
  EXPECT_THAT(index.Add({{1, 1}, {1, 0}}).message(), HasSubstr("\"b\" does not come after \"b\""));
  EXPECT_THAT(index.Add({{0, 3}}).message(), HasSubstr("symbol 3 of 3"));
  EXPECT_TRUE(index.Add({{0, 1}, {1, 1}}).ok());
  EXPECT_THAT(index.Add({{0, 1}, {1, 1}}).message(), HasSubstr("series 1 does not come after"));
  EXPECT_THAT(index.Add({{0, 1}}).message(), HasSubstr("series 1 does not come after"));
  EXPECT_THAT(index.writer.AddSymbol("d").message(), HasSubstr("after the first series"));
  EXPECT_TRUE(index.Add({{0, 1}, {1, 1}, {2, 0}}).ok());
}

TEST(IndexWriterTest, LabelsWithoutValuesAreRefused) {
  MemorySink sink;
  IndexWriter writer(sink);
  ASSERT_TRUE(writer.AddSymbol("").ok() && writer.AddSymbol("a").ok());
  const SymbolPair labels[] = {{1, 0}};

  EXPECT_THAT(writer.AddSeries(labels, {}).message(), HasSubstr("label \"a\" without a value"));
}

TEST(IndexWriterTest, ChunksThatOverlapAreRefused) {
  SmallIndex index;
  EXPECT_THAT(index.Add({{0, 1}}, {{5, 4, 8}}).message(), HasSubstr("chunk 0 ends at 4"));
  EXPECT_THAT(index.Add({{0, 1}}, {{1, 4, 8}, {4, 9, 8}}).message(),
              HasSubstr("chunk 1 begins at 4"));
}

TEST(IndexWriterTest, ChunksSurviveWithTheGreatestTimesAndReferences) {
  SmallIndex index;
  const std::vector<ChunkMeta> chunks = {{INT64_MIN, -3, UINT64_MAX},
                                         {-2, 1'700'000'000'000, 8},
                                         {1'700'000'000'001, INT64_MAX, uint64_t{5} << 32 | 77}};
  ASSERT_TRUE(index.Add({{0, 1}}, chunks).ok());
  ASSERT_TRUE(index.writer.Finish().ok());

  const MemorySource source(index.sink.bytes());
  const IndexHeader header = IndexHeader::Read(source).value();
  const SeriesSet all = RunSelection(PlanSelection(header, {}).value(), source).value();
  SeriesCursor cursor(header.layout(), source, all);

  ASSERT_TRUE(cursor.Next()) << cursor.status().ToString();
  EXPECT_EQ(cursor.entry().chunks, chunks);
}

TEST(IndexWriterTest, AnEmptyIndexIsWhole) {
  MemorySink sink;
  IndexWriter writer(sink);

  ASSERT_TRUE(writer.Finish().ok());

  const MemorySource source(sink.bytes());
  EXPECT_TRUE(VerifyIndex(source).ok()) << VerifyIndex(source).ToString();
}

// A sink on a full disk.
class FullSink final : public ByteSink {
 public:
  Status Append(std::span<const uint8_t>) override { return ResourceExhausted("disk is full"); }
};

TEST(IndexWriterTest, AnErrorOfTheSinkReachesTheCaller) {
  FullSink sink;
  IndexWriter writer(sink);

  EXPECT_EQ(writer.Finish().code(), StatusCode::kResourceExhausted);
}

TEST(PostingsCollectorTest, ListsAreTheSameWhateverTheBuffer) {
  std::vector<std::vector<std::pair<SymbolPair, SeriesSet>>> results;
  for (const size_t buffer : {1, 7, 1000, 1 << 20}) {
    internal::PostingsCollector collector(buffer);
    for (uint32_t i = 0; i < 3000; ++i) {
      const SymbolPair labels[] = {{1, i % 3}, {2, i / 2}, {7 - i % 5, 0}};
      collector.AddSeries(2 * i, labels);
    }
    auto& lists = results.emplace_back();
    const Status status = collector.ForEachList([&](SymbolPair label, auto series) {
      lists.emplace_back(label, SeriesSet(series.begin(), series.end()));
      return OkStatus();
    });
    EXPECT_TRUE(status.ok());
  }

  EXPECT_EQ(results[0].size(), 3u + 1500u + 5u);
  EXPECT_EQ(results[0][0].first, (SymbolPair{1, 0}));
  EXPECT_EQ(results[0][0].second.size(), 1000u);
  EXPECT_THAT(results[0][3 + 10].second, ElementsAre(40, 42));
  for (const auto& lists : results) EXPECT_EQ(lists, results[0]);
}

}  // namespace
}  // namespace kvs::tsdb
