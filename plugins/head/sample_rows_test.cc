// SPDX-License-Identifier: Apache-2.0
#include "sample_rows.h"

#include <map>
#include <random>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kvs::head {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Sample {
  uint64_t logged;
  int64_t t;
  double v;
  int64_t start = 0;
};

void Put(std::vector<uint8_t>& out, uint64_t value) {
  uint8_t bytes[wal::kMaxVarint];
  out.insert(out.end(), bytes, wal::PutVarint(bytes, value));
}

// The payload of a record, with a column of starts if `started`.
std::vector<uint8_t> PayloadOf(const std::vector<Sample>& samples, bool started = false) {
  std::vector<uint8_t> ids, times, values, starts;
  Sample last{};
  for (const Sample& sample : samples) {
    Put(ids, wal::ZigZag(static_cast<int64_t>(sample.logged - last.logged)));
    Put(times, wal::ZigZag(sample.t - last.t));
    Put(starts, wal::ZigZag(sample.start - last.start));
    const auto* const v = reinterpret_cast<const uint8_t*>(&sample.v);
    values.insert(values.end(), v, v + sizeof(double));
    last = sample;
  }
  if (!started) starts.clear();
  const wal::SamplesHeader header{.tenant = 0,
                                  .shard = 0,
                                  .n = static_cast<uint32_t>(samples.size()),
                                  .id_bytes = static_cast<uint32_t>(ids.size()),
                                  .time_bytes = static_cast<uint32_t>(times.size()),
                                  .start_bytes = static_cast<uint32_t>(starts.size())};
  const auto* const bytes = reinterpret_cast<const uint8_t*>(&header);
  std::vector<uint8_t> payload(bytes, bytes + sizeof(header));
  for (const auto* column : {&ids, &times, &values, &starts})
    payload.insert(payload.end(), column->begin(), column->end());
  return payload;
}

class SampleRowsTest : public ::testing::Test {
 protected:
  void Take(const std::vector<wal::Record>& records) {
    n_bad_ = 0;
    rows_.Take(records, ids_, [this](const wal::Record&) { ++n_bad_; });
  }

  LoggedIds ids_;
  SampleRows rows_;
  int n_bad_ = 0;
};

TEST_F(SampleRowsTest, HaveTheIdsOfNow) {
  ids_.Set(7, 70);
  ids_.Set(3, 30);
  const auto payload = PayloadOf({{7, 1000, 1.5}, {9, 1000, 2.5}, {3, 1001, -1}});

  Take({{wal::Kind::kSamples, payload}});

  ASSERT_THAT(rows_.rows(), SizeIs(2));
  std::map<uint32_t, std::pair<int64_t, double>> found;
  for (const SampleRows::Row& row : rows_.rows()) found[row.id] = {row.t, row.v};
  EXPECT_EQ(found,
            (std::map<uint32_t, std::pair<int64_t, double>>{{70, {1000, 1.5}}, {30, {1001, -1}}}));
  EXPECT_THAT(rows_.starts(), IsEmpty());
  EXPECT_EQ(rows_.n_lost(), 1u);
  EXPECT_EQ(n_bad_, 0);
}

TEST_F(SampleRowsTest, KeepTheOrderOfASeriesAndBringNeighboursTogether) {
  std::mt19937 random(1);
  constexpr uint32_t kSeries = 40'000;
  for (uint32_t i = 0; i < kSeries; ++i) ids_.Set(i, kSeries - 1 - i);
  std::vector<std::vector<uint8_t>> payloads;
  for (int64_t scrape = 0; scrape < 5; ++scrape) {
    for (uint32_t begin = 0; begin < kSeries; begin += 1000) {
      std::vector<Sample> samples;
      for (uint32_t i = begin; i < begin + 1000; ++i)
        samples.push_back({i, scrape * 1000, static_cast<double>(random())});
      payloads.push_back(PayloadOf(samples));
    }
  }
  std::vector<wal::Record> records;
  for (const auto& payload : payloads) records.push_back({wal::Kind::kSamples, payload});

  Take(records);

  ASSERT_THAT(rows_.rows(), SizeIs(5 * kSeries));
  std::vector<int64_t> last(kSeries, -1000);
  std::vector<size_t> first_at(kSeries);
  for (size_t i = 0; i < rows_.rows().size(); ++i) {
    const SampleRows::Row& row = rows_.rows()[i];
    ASSERT_EQ(row.t, last[row.id] + 1000);
    last[row.id] = row.t;
    if (row.t == 0) first_at[row.id] = i;
    // No further from the first one than some hundred neighbours allow.
    EXPECT_LT(i - first_at[row.id], 1000u);
  }
}

TEST_F(SampleRowsTest, HaveStartsWhereAnyHas) {
  ids_.Set(0, 0);
  ids_.Set(1, 1);
  const auto without = PayloadOf({{0, 1, 1}});
  const auto with = PayloadOf({{1, 1, 1, 0}, {1, 2, 2, -5}, {0, 3, 3, 7}}, true);

  Take({{wal::Kind::kSamples, without}, {wal::Kind::kStartedSamples, with}});

  EXPECT_THAT(rows_.starts(), ElementsAre(0, 0, -5, 7));
  // Nothing stays behind.
  Take({{wal::Kind::kSamples, without}});
  EXPECT_THAT(rows_.starts(), IsEmpty());
  EXPECT_THAT(rows_.rows(), SizeIs(1));
}

TEST_F(SampleRowsTest, ARecordThatMakesNoSenseIsLeftOutAsAWhole) {
  for (uint32_t i = 0; i < 4; ++i) ids_.Set(i, i);
  const auto good = PayloadOf({{0, 1, 1}, {1, 1, 1}});
  const auto whole = PayloadOf({{2, 1, 1, 4}, {3, 1, 1, 4}}, true);
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::vector<uint8_t> cut(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
    Take({{wal::Kind::kSamples, good},
          {wal::Kind::kStartedSamples, cut},
          {wal::Kind::kSamples, good}});
    EXPECT_THAT(rows_.rows(), SizeIs(4)) << size;
    EXPECT_EQ(n_bad_, 1) << size;
  }
  // A varint that goes on to the end of its column.
  auto torn = PayloadOf({{2, 1, 1}, {3, 1, 1}});
  torn[sizeof(wal::SamplesHeader) + 1] |= 0x80;
  Take({{wal::Kind::kSamples, torn}});
  EXPECT_THAT(rows_.rows(), IsEmpty());
  EXPECT_EQ(n_bad_, 1);
}

}  // namespace
}  // namespace kvs::head
