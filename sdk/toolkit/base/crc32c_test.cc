// SPDX-License-Identifier: Apache-2.0
// CRC-32C against the vectors of RFC 3720, appendix B.4, and the two ways of computing it against
// each other.
#include "kvs/base/crc32c.h"

#include <numeric>
#include <vector>

#include <gtest/gtest.h>

namespace kvs {
namespace {

TEST(Crc32cTest, AgreesWithTheVectorsOfIscsi) {
  std::vector<uint8_t> bytes(32, 0x00);
  EXPECT_EQ(Crc32c(bytes), 0x8a9136aau);

  bytes.assign(32, 0xff);
  EXPECT_EQ(Crc32c(bytes), 0x62a8ab43u);

  std::iota(bytes.begin(), bytes.end(), uint8_t{0});
  EXPECT_EQ(Crc32c(bytes), 0x46dd794eu);
}

TEST(Crc32cTest, BothWaysAgreeAtEveryLength) {
  std::vector<uint8_t> bytes;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(Crc32c(bytes), internal::ExtendCrc32cPortable(0, bytes)) << i;
    bytes.push_back(static_cast<uint8_t>(i * 37 + 11));
  }
}

// Long inputs are gone through in three lanes of 1024 bytes at a time.
TEST(Crc32cTest, BothWaysAgreeAroundLanes) {
  std::vector<uint8_t> bytes(3 * 3072 + 20);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i * i * 31 + i / 7);
  const std::span<const uint8_t> all(bytes);
  for (const size_t rounds : {1, 2, 3}) {
    for (size_t size = rounds * 3072 - 9; size <= rounds * 3072 + 9; ++size) {
      EXPECT_EQ(ExtendCrc32c(7, all.subspan(3, size)),
                internal::ExtendCrc32cPortable(7, all.subspan(3, size)))
          << size;
    }
  }
}

TEST(Crc32cTest, ExtendsOverAnySplit) {
  std::vector<uint8_t> bytes(41);
  std::iota(bytes.begin(), bytes.end(), uint8_t{3});
  const std::span<const uint8_t> all(bytes);

  for (size_t split = 0; split <= bytes.size(); ++split) {
    EXPECT_EQ(ExtendCrc32c(Crc32c(all.first(split)), all.subspan(split)), Crc32c(all)) << split;
  }
}

}  // namespace
}  // namespace kvs
