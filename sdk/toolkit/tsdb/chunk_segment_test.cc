// SPDX-License-Identifier: Apache-2.0
#include "kvs/tsdb/chunk_segment.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "golden_block.h"
#include "test_block.h"

namespace kvs::tsdb {
namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::SizeIs;

Bytes Pattern(size_t n) {
  Bytes out(n);
  for (size_t i = 0; i < n; ++i) out[i] = static_cast<uint8_t>(i * 7);
  return out;
}

TEST(ChunkSegmentTest, SegmentsAreNumberedFromOneWithSixDigits) {
  EXPECT_EQ(SegmentName(0), "000001");
  EXPECT_EQ(SegmentName(41), "000042");
  EXPECT_EQ(SegmentName(999'999), "1000000");
}

TEST(ChunkSegmentTest, ChunksThatPrometheusWroteAreWrittenTheSame) {
  const Bytes golden = testing::FromHex(testing::kGoldenSegmentHex);
  const MemorySource source(golden);
  testing::MemorySegments segments;
  ChunkWriter writer(segments);

  SegmentWalker walker(source);
  ChunkView chunk;
  int n = 0;
  for (; walker.Next(&chunk); ++n) {
    const StatusOr<uint64_t> ref = writer.Add(chunk.encoding, chunk.data);
    ASSERT_TRUE(ref.ok());
    EXPECT_EQ(*ref, walker.offset());
  }

  EXPECT_TRUE(walker.status().ok()) << walker.status().ToString();
  EXPECT_EQ(n, 4);
  ASSERT_TRUE(writer.Finish().ok());
  ASSERT_THAT(segments, SizeIs(1));
  EXPECT_EQ(segments.bytes(0), golden);
}

TEST(ChunkSegmentTest, ASegmentEndsBeforeItsLimitAndTheNextReferenceNamesTheNextOne) {
  testing::MemorySegments segments;
  ChunkWriter writer(segments, 300);
  std::vector<Bytes> chunks;
  std::vector<uint64_t> refs;
  for (const size_t n : {100, 100, 100, 500, 1, 0}) {
    chunks.push_back(Pattern(n));
    const StatusOr<uint64_t> ref = writer.Add(chunk::Encoding::kXor, chunks.back());
    ASSERT_TRUE(ref.ok());
    refs.push_back(*ref);
  }
  ASSERT_TRUE(writer.Finish().ok());

  // Two of 100 fit; 500 exceeds any segment and has its own.
  EXPECT_EQ(segments.size(), 4u);
  EXPECT_EQ(writer.n_segments(), 4u);
  EXPECT_EQ(refs[1], MakeChunkRef(0, 8 + 106));
  EXPECT_EQ(refs[2], MakeChunkRef(1, 8));
  EXPECT_EQ(refs[3], MakeChunkRef(2, 8));
  std::deque<MemorySource> sources;
  std::vector<const ByteSource*> pointers;
  for (size_t i = 0; i < 4; ++i) pointers.push_back(&sources.emplace_back(segments.bytes(i)));
  const SegmentSet set(pointers);
  Bytes scratch;
  for (size_t i = 0; i < chunks.size(); ++i) {
    const StatusOr<ChunkView> view = set.Read(refs[i], &scratch);
    ASSERT_TRUE(view.ok()) << view.status().ToString();
    EXPECT_EQ(view->encoding, chunk::Encoding::kXor);
    EXPECT_THAT(view->data, ElementsAreArray(chunks[i]));
  }
}

TEST(ChunkSegmentTest, ChunksLargerThanAnyBufferAreCopiedWhole) {
  testing::MemorySegments segments;
  ChunkWriter writer(segments);
  const Bytes large = Pattern(3 << 20);
  ASSERT_TRUE(writer.Add(static_cast<chunk::Encoding>(99), Pattern(1000)).ok());
  const StatusOr<uint64_t> ref = writer.Add(static_cast<chunk::Encoding>(99), large);
  ASSERT_TRUE(ref.ok() && writer.Finish().ok());

  const MemorySource source(segments.bytes(0));
  Bytes scratch;
  const StatusOr<ChunkView> view = SegmentSet({&source}).Read(*ref, &scratch);

  ASSERT_TRUE(view.ok()) << view.status().ToString();
  EXPECT_EQ(view->encoding, static_cast<chunk::Encoding>(99));
  EXPECT_TRUE(std::equal(large.begin(), large.end(), view->data.begin(), view->data.end()));
}

TEST(ChunkSegmentTest, NothingIsOpenedBeforeTheFirstChunk) {
  testing::MemorySegments segments;
  ChunkWriter writer(segments);

  EXPECT_TRUE(writer.Finish().ok());
  EXPECT_EQ(segments.size(), 0u);
}

// A sink on a full disk.
class FullSegments final : public SegmentOpener, public ByteSink {
 public:
  StatusOr<ByteSink*> Open(uint32_t) override { return this; }
  Status Append(std::span<const uint8_t>) override { return ResourceExhausted("disk is full"); }
};

TEST(ChunkSegmentTest, AnErrorOfTheSinkReachesTheCaller) {
  FullSegments segments;
  ChunkWriter writer(segments);

  (void)writer.Add(chunk::Encoding::kXor, Pattern(10));

  EXPECT_EQ(writer.Finish().code(), StatusCode::kResourceExhausted);
}

TEST(ChunkSegmentTest, EveryTruncationAndEveryFlippedBitIsDamage) {
  const Bytes golden = testing::FromHex(testing::kGoldenSegmentHex);
  const auto walk = [](std::span<const uint8_t> bytes) {
    const MemorySource source(bytes);
    SegmentWalker walker(source);
    ChunkView chunk;
    while (walker.Next(&chunk)) {
    }
    return walker.status();
  };
  std::set<size_t> ends;  // A segment that ends behind a chunk is whole.
  {
    const MemorySource source(golden);
    SegmentWalker walker(source);
    for (ChunkView chunk; walker.Next(&chunk);) ends.insert(walker.offset());
  }

  for (size_t n = 0; n < golden.size(); ++n) {
    EXPECT_EQ(walk(std::span(golden).first(n)).ok(), ends.contains(n)) << n;
  }
  for (size_t bit = 0; bit < 8 * golden.size(); ++bit) {
    Bytes flipped = golden;
    flipped[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    EXPECT_EQ(walk(flipped).code(), StatusCode::kDataLoss) << bit;
  }
}

TEST(ChunkSegmentTest, ReferencesToNowhereAreDamageThatNamesThem) {
  const Bytes golden = testing::FromHex(testing::kGoldenSegmentHex);
  const MemorySource source(golden);
  const SegmentSet set({&source});
  Bytes scratch;

  EXPECT_THAT(set.Read(MakeChunkRef(1, 8), &scratch).status().message(),
              HasSubstr("names segment 000002 of 1"));
  EXPECT_THAT(set.Read(MakeChunkRef(0, 3), &scratch).status().message(),
              HasSubstr("segment 000001: chunk at offset 3: outside"));
  EXPECT_THAT(set.Read(MakeChunkRef(0, 100'000), &scratch).status().message(),
              HasSubstr("chunk at offset 100000: outside"));
  EXPECT_THAT(set.Read(MakeChunkRef(0, 9), &scratch).status().message(),
              HasSubstr("chunk at offset 9"));
}

}  // namespace
}  // namespace kvs::tsdb
