// SPDX-License-Identifier: Apache-2.0
// Entries come back as they were kept, and nothing else is ever believed.
#include "cache/entry.h"

#include <random>

#include <gtest/gtest.h>

#include "kvs/base/crc32c.h"

namespace kvs::engine::frontend {
namespace {

constexpr int64_t kStep = 10;

/// One series up{job="a"} with points at these times.
struct EntryResult {
  explicit EntryResult(std::vector<int64_t> t) : times(std::move(t)), values(times.size(), 1.5) {
    points[1] = static_cast<uint32_t>(times.size());
    result.value_type = KVS_VALUE_MATRIX;
    result.sorted = 1;
    result.n_series = 1;
    result.labels = sdk::Record<kvs_label_columns_t>();
    result.labels.n_series = 1;
    result.labels.symbols = symbols;
    result.labels.n_symbols = 2;
    result.labels.begin = begin;
    result.labels.refs = refs;
    result.point_begin = points;
    result.timestamp_ms = times.data();
    result.value = values.data();
  }
  const kvs_str_t symbols[2] = {sdk::Str("job"), sdk::Str("a")};
  const uint32_t begin[2] = {0, 2}, refs[2] = {0, 1};
  uint32_t points[2] = {0, 0};
  const std::vector<int64_t> times;
  const std::vector<double> values;
  kvs_query_result_t result = sdk::Record<kvs_query_result_t>();
};

std::string Kept(const EntryResult& made, StepRange steps, std::string_view text = {}) {
  const ExtentToKeep extents[] = {{steps, text, &made.result}};
  return EncodeEntry("key", extents);
}

TEST(CacheEntry, ExtentsComeBack) {
  const EntryResult first({0, 20}), second({40});
  const ExtentToKeep extents[] = {{{0, 20}, "", &first.result}, {{40, 50}, "up ", &second.result}};

  auto read = DecodeEntry(EncodeEntry("key", extents), "key", kStep);

  ASSERT_TRUE(read.ok()) << read.status().ToString();
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ((*read)[0].steps, (StepRange{0, 20}));
  EXPECT_EQ((*read)[1].text, "up ");
  EXPECT_EQ((*read)[1].result->timestamp_ms[0], 40);
}

TEST(CacheEntry, AnEntryOfAnotherKeyIsNone) {
  EXPECT_EQ(DecodeEntry(Kept(EntryResult({0}), {0, 0}), "other", kStep).status().code(),
            StatusCode::kDataLoss);
}

TEST(CacheEntry, WhatNoAnswerCouldSayIsNone) {
  for (const auto& [times, steps] :
       std::vector<std::pair<std::vector<int64_t>, StepRange>>{{{0, 30}, {0, 20}},
                                                               {{-10}, {0, 20}},
                                                               {{5}, {0, 20}},
                                                               {{20, 10}, {0, 20}},
                                                               {{}, {20, 0}},
                                                               {{}, {0, 15}}}) {
    EXPECT_EQ(DecodeEntry(Kept(EntryResult(times), steps), "key", kStep).status().code(),
              StatusCode::kDataLoss);
  }
  const EntryResult first({20}), second({0});
  const ExtentToKeep extents[] = {{{20, 20}, "", &first.result}, {{0, 0}, "", &second.result}};
  EXPECT_FALSE(DecodeEntry(EncodeEntry("key", extents), "key", kStep).ok());
}

TEST(CacheEntry, EveryFlippedOrMissingByteIsNoticed) {
  const std::string whole = Kept(EntryResult({0, 10, 20}), {0, 20});
  ASSERT_TRUE(DecodeEntry(whole, "key", kStep).ok());
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x20);
    EXPECT_FALSE(DecodeEntry(damaged, "key", kStep).ok()) << i;
    EXPECT_FALSE(DecodeEntry(std::string_view(whole).substr(0, i), "key", kStep).ok()) << i;
  }
}

TEST(CacheEntry, WhoForgesTheChecksumTooDoesNoHarm) {
  const std::string whole = Kept(EntryResult({0, 10, 20}), {0, 20});
  std::mt19937 random(11);
  for (int round = 0; round < 20'000; ++round) {
    std::string forged = whole.substr(0, whole.size() - 8);
    for (int n = 0; n < 1 + round % 3; ++n)
      forged[random() % forged.size()] = static_cast<char>(random());
    const uint64_t checksum =
        Crc32c({reinterpret_cast<const uint8_t*>(forged.data()), forged.size()});
    forged.append(reinterpret_cast<const char*>(&checksum), sizeof checksum);
    auto read = DecodeEntry(forged, "key", kStep);
    if (!read.ok()) continue;
    for (const Extent& extent : *read) {
      for (uint32_t s = 0; s < extent.result->n_series; ++s) {
        for (uint32_t p = extent.result->point_begin[s]; p < extent.result->point_begin[s + 1]; ++p)
          EXPECT_GE(extent.result->timestamp_ms[p], extent.steps.start_ms);
      }
    }
  }
}

}  // namespace
}  // namespace kvs::engine::frontend
