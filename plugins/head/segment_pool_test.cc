// SPDX-License-Identifier: Apache-2.0
// Chunks in segments hold the very bytes of chunks in one piece, and their memory comes back.
#include "segment_pool.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include <gtest/gtest.h>

namespace kvs::head {
namespace {

// Values of every size, from one bit to nine bytes.
double ValueAt(std::mt19937_64& random, int shape, int i) {
  switch (shape) {
    case 0:
      return 7;
    case 1:
      return i * 100 + static_cast<double>(random() % 50);
    case 2:
      return static_cast<double>(random() % 10'000) / 100;
    default:
      return std::bit_cast<double>(random());
  }
}

TEST(OpenChunkTest, HasTheBytesOfAChunkInOnePiece) {
  std::mt19937_64 random(5);
  SegmentPool pool;
  for (int shape = 0; shape < 4; ++shape) {
    for (const int64_t jitter : {1, 11, 100'000, 2'000'000'000}) {
      OpenChunk open;
      chunk::XorState state;
      chunk::XorChunkBuilder expected;
      int64_t t = 1'700'000'000'000;
      for (int i = 0; i < 300; ++i) {
        t += 15'000 + static_cast<int64_t>(random() % static_cast<uint64_t>(jitter));
        const double v = ValueAt(random, shape, i);
        open.Append(pool, state, t, v);
        expected.Append(t, v);

        std::vector<uint8_t> bytes(open.size_bytes());
        open.CopyTo(pool, state.count, bytes.data());
        ASSERT_EQ(bytes, std::vector<uint8_t>(expected.bytes().begin(), expected.bytes().end()))
            << shape << " " << i;
      }
      open.Free(pool);
    }
  }
}

TEST(OpenChunkTest, CopiesManyChunksSideBySide) {
  SegmentPool pool;
  std::vector<OpenChunk> open(50);
  std::vector<chunk::XorState> states(open.size());
  std::mt19937_64 random(6);
  for (int i = 0; i < 100; ++i) {
    for (size_t c = 0; c < open.size(); ++c) {
      if (i < static_cast<int>(c) * 2 + 1)
        open[c].Append(pool, states[c], i * 15'000, ValueAt(random, static_cast<int>(c % 4), i));
    }
  }
  std::vector<std::vector<uint8_t>> bytes;
  std::vector<OpenChunk::Copy> copies;
  for (size_t c = 0; c < open.size(); ++c) bytes.emplace_back(open[c].size_bytes());
  for (size_t c = 0; c < open.size(); ++c)
    copies.push_back(open[c].CopyLater(pool, states[c].count, bytes[c].data()));

  OpenChunk::CopyAll(pool, copies);

  EXPECT_TRUE(copies.empty());
  for (size_t c = 0; c < open.size(); ++c) {
    std::vector<uint8_t> alone(open[c].size_bytes());
    open[c].CopyTo(pool, states[c].count, alone.data());
    EXPECT_EQ(bytes[c], alone) << c;
  }
}

TEST(SegmentPoolTest, UsesAgainWhatCameBack) {
  SegmentPool pool;
  std::mt19937_64 random(7);
  size_t high = 0;
  for (int round = 0; round < 10; ++round) {
    std::vector<OpenChunk> open(20);
    for (OpenChunk& chunk : open) {
      chunk::XorState state;
      for (int i = 0; i < 120; ++i) chunk.Append(pool, state, i, ValueAt(random, 3, i));
    }
    if (round == 0) high = pool.bytes();
    for (OpenChunk& chunk : open) chunk.Free(pool);
  }
  EXPECT_LE(pool.bytes(), high + (8 << 10));
}

TEST(SegmentPoolTest, BeginsSmallAndKeepsWhatIsInItWhenItGrows) {
  SegmentPool pool;
  std::vector<uint32_t> taken;
  for (uint32_t i = 0; i < 300; ++i) {
    taken.push_back(pool.Allocate());
    std::memset(pool.at(taken.back()).bytes, static_cast<int>(i), Segment::kBytes);
    if (i == 0) {
      EXPECT_EQ(pool.bytes(), 8 * sizeof(Segment));
    }
  }
  EXPECT_EQ(pool.bytes(), 384 * sizeof(Segment));
  for (uint32_t i = 0; i < taken.size(); ++i) {
    EXPECT_EQ(pool.at(taken[i]).bytes[0], static_cast<uint8_t>(i));
    EXPECT_EQ(std::count(taken.begin(), taken.end(), taken[i]), 1);
  }
}

}  // namespace
}  // namespace kvs::head
