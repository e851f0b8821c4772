// SPDX-License-Identifier: Apache-2.0
#include "kvs/tsdb/tombstones.h"

#include <algorithm>

#include "kvs/base/crc32c.h"

#include "codec.h"

namespace kvs::tsdb {
namespace {

using internal::Damaged;

constexpr uint32_t kTombstonesMagic = 0x0130ba30;
constexpr uint8_t kTombstonesVersion = 1;
constexpr size_t kHeaderBytes = 5;
constexpr std::string_view kTombstonesHeaderPart = "tombstones header";
constexpr std::string_view kEntriesPart = "tombstones";

// Whether `next` begins no later than right behind `range`.
bool Touches(const DeletedRange& range, const DeletedRange& next) {
  return range.maxt == INT64_MAX || next.mint <= range.maxt + 1;
}

}  // namespace

Tombstones::Tombstones(std::vector<Tombstone> stones) {
  std::erase_if(stones, [](const Tombstone& s) { return s.range.mint > s.range.maxt; });
  std::sort(stones.begin(), stones.end(), [](const Tombstone& a, const Tombstone& b) {
    return a.series != b.series ? a.series < b.series : a.range.mint < b.range.mint;
  });
  for (const Tombstone& stone : stones) {
    if (!stones_.empty() && stones_.back().series == stone.series &&
        Touches(stones_.back().range, stone.range)) {
      DeletedRange& last = stones_.back().range;
      last.maxt = std::max(last.maxt, stone.range.maxt);
    } else {
      stones_.push_back(stone);
    }
  }
}

StatusOr<Tombstones> Tombstones::Decode(std::span<const uint8_t> file) {
  if (file.size() < kHeaderBytes + internal::kCrcBytes) {
    return Damaged(kTombstonesHeaderPart, file.size(), "ends too early");
  }
  internal::FieldReader header(file, 0);
  if (header.Be32() != kTombstonesMagic) {
    return Damaged(kTombstonesHeaderPart, 0, "these are no tombstones: wrong magic number");
  }
  if (const uint8_t version = header.Byte(); version != kTombstonesVersion) {
    return Damaged(kTombstonesHeaderPart, 4, "unknown version ", version);
  }
  const std::span<const uint8_t> entries =
      file.subspan(kHeaderBytes, file.size() - kHeaderBytes - internal::kCrcBytes);
  if (Crc32c(entries) != internal::LoadBe32(entries.data() + entries.size())) {
    return Damaged(kEntriesPart, kHeaderBytes, "wrong checksum");
  }
  std::vector<Tombstone> stones;
  internal::FieldReader in(entries, kHeaderBytes);
  while (!in.done()) {
    const uint64_t offset = in.offset();
    Tombstone stone;
    stone.series = in.Uvarint();
    stone.range.mint = in.Varint();
    stone.range.maxt = in.Varint();
    KVS_RETURN_IF_ERROR(in.status(kEntriesPart));
    if (stone.range.mint > stone.range.maxt) {
      return Damaged(kEntriesPart, offset, "a range that ends before it begins");
    }
    stones.push_back(stone);
  }
  return Tombstones(std::move(stones));
}

Bytes Tombstones::Encode() const {
  Bytes out;
  internal::PutBe32(out, kTombstonesMagic);
  internal::PutByte(out, kTombstonesVersion);
  for (const Tombstone& stone : stones_) {
    internal::PutUvarint(out, stone.series);
    internal::PutVarint(out, stone.range.mint);
    internal::PutVarint(out, stone.range.maxt);
  }
  internal::PutBe32(out, Crc32c(std::span(out).subspan(kHeaderBytes)));
  return out;
}

std::span<const Tombstone> Tombstones::Of(uint64_t series) const {
  struct BySeries {
    bool operator()(const Tombstone& s, uint64_t n) const { return s.series < n; }
    bool operator()(uint64_t n, const Tombstone& s) const { return n < s.series; }
  };
  const auto [begin, end] = std::equal_range(stones_.begin(), stones_.end(), series, BySeries{});
  return {begin, end};
}

bool IsDeleted(std::span<const Tombstone> stones, int64_t t) {
  const auto after =
      std::upper_bound(stones.begin(), stones.end(), t,
                       [](int64_t time, const Tombstone& s) { return time < s.range.mint; });
  return after != stones.begin() && t <= std::prev(after)->range.maxt;
}

}  // namespace kvs::tsdb
