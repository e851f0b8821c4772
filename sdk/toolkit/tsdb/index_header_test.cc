// SPDX-License-Identifier: Apache-2.0
#include "kvs/tsdb/index_header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "golden_block.h"
#include "test_block.h"

namespace kvs::tsdb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Padded(int n) {
  std::string digits = std::to_string(n);
  return std::string(5 - digits.size(), '0') + digits;
}

// Has 3000 values of one name, 3 of another, and 1 of each of 100.
Bytes WideIndex() {
  std::vector<testing::TestSeries> series;
  for (int i = 0; i < 3000; ++i) {
    const std::string id = "id" + Padded(i), env = "env" + std::to_string(i % 3);
    model::LabelsBuilder labels;
    labels.Set("__name__", "m").Set("id", id).Set("env", env);
    if (i < 100) labels.Set("only" + Padded(i), "here");
    series.push_back({labels.Build(), {}});
  }
  return testing::MakeBlock(std::move(series)).index;
}

TEST(IndexHeaderTest, ReadsWhatPrometheusWrote) {
  const Bytes golden = testing::FromHex(testing::kGoldenIndexHex);
  const MemorySource source(golden);

  const StatusOr<IndexHeader> header = IndexHeader::Read(source);

  ASSERT_TRUE(header.ok()) << header.status().ToString();
  EXPECT_EQ(header->n_symbols(), 14u);
  Bytes scratch;
  EXPECT_EQ(header->Symbol(13, &scratch).value(), "é\"x");
  std::vector<std::string> names;
  for (const IndexHeader::Name& name : header->names()) names.push_back(name.name);
  EXPECT_THAT(names, ElementsAre("__name__", "code", "instance", "job"));
  EXPECT_EQ(header->FindName("job")->n_values, 3u);
  EXPECT_EQ(header->layout().series, (ByteRange{0x5e, 0xd7}));
}

TEST(IndexHeaderTest, EverySymbolAndEveryValueIsFoundBetweenTheSamples) {
  const Bytes index = WideIndex();
  const testing::StingySource source(index);
  const StatusOr<IndexHeader> header = IndexHeader::Read(source);
  ASSERT_TRUE(header.ok()) << header.status().ToString();
  SymbolResolver symbols(*header);

  std::string last;
  for (uint32_t i = 0; i < header->n_symbols(); ++i) {
    const std::string text(symbols.Resolve(i).value());
    ASSERT_TRUE(i == 0 || last < text) << i;
    last = text;
  }
  std::vector<uint32_t> list;
  Bytes scratch;
  for (int i = 0; i < 3000; ++i) {
    const ByteRange range = header->FindPostings("id", "id" + Padded(i)).value();
    ASSERT_FALSE(range.empty()) << i;
    const auto bytes = source.Read(range.begin, range.size(), &scratch).value();
    ASSERT_TRUE(DecodePostings(bytes, range.begin, &list).ok());
    ASSERT_EQ(list.size(), 1u);
  }
  EXPECT_TRUE(header->FindPostings("id", "id00100x").value().empty());
  EXPECT_TRUE(header->FindPostings("id", "").value().empty());
  EXPECT_TRUE(header->FindPostings("id", "zzz").value().empty());
  EXPECT_TRUE(header->FindPostings("nobody", "x").value().empty());
  EXPECT_FALSE(header->FindPostings("only00042", "here").value().empty());
}

TEST(IndexHeaderTest, ValuesBeginAnywhere) {
  const Bytes index = WideIndex();
  const testing::StingySource source(index);
  const IndexHeader header = IndexHeader::Read(source).value();
  const auto count_from = [&](std::string_view from) {
    ValueCursor values = header.Values("id", from);
    size_t n = 0;
    while (values.Next()) ++n;
    EXPECT_TRUE(values.status().ok()) << values.status().ToString();
    return n;
  };

  EXPECT_EQ(count_from(""), 3000u);
  EXPECT_EQ(count_from("id00031"), 3000u - 31);
  EXPECT_EQ(count_from("id00032"), 3000u - 32);
  EXPECT_EQ(count_from("id00032x"), 3000u - 33);
  EXPECT_EQ(count_from("id02999"), 1u);
  EXPECT_EQ(count_from("id03"), 0u);
}

TEST(IndexHeaderTest, HoldsLittleOfALargeIndex) {
  const Bytes index = WideIndex();
  const MemorySource source(index);

  const IndexHeader header = IndexHeader::Read(source).value();

  EXPECT_LT(header.MemoryBytes(), index.size() / 8);
}

TEST(IndexHeaderTest, ASymbolThatDoesNotExistIsDamage) {
  const Bytes golden = testing::FromHex(testing::kGoldenIndexHex);
  const MemorySource source(golden);
  const IndexHeader header = IndexHeader::Read(source).value();
  SymbolResolver symbols(header);

  EXPECT_THAT(symbols.Resolve(14).status().ToString(),
              HasSubstr("DATA_LOSS: symbol 14 is named, and there are 14"));
}

TEST(IndexHeaderTest, OtherVersionsAndOtherFilesAreNamed) {
  Bytes index = testing::FromHex(testing::kGoldenIndexHex);
  const auto read = [&index] { return IndexHeader::Read(MemorySource(index)).status(); };

  index[4] = 3;
  EXPECT_TRUE(read().ok());
  index[4] = 1;
  EXPECT_EQ(read().code(), StatusCode::kUnimplemented);
  index[4] = 4;
  EXPECT_THAT(read().message(), HasSubstr("index header at offset 4: unknown version 4"));
  index[0] = 0;
  EXPECT_THAT(read().message(), HasSubstr("wrong magic number"));
}

}  // namespace
}  // namespace kvs::tsdb
