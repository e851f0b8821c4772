// SPDX-License-Identifier: Apache-2.0
// Blocks in memory, for the tests of this folder.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "kvs/chunk/xor.h"
#include "kvs/model/labels.h"
#include "kvs/tsdb/block_writer.h"
#include "kvs/tsdb/verify.h"

namespace kvs::tsdb::testing {

/// Segments that are kept in memory.
class MemorySegments final : public SegmentOpener {
 public:
  StatusOr<ByteSink*> Open(uint32_t segment) override {
    KVS_CHECK(segment == sinks_.size());
    return &sinks_.emplace_back();
  }
  size_t size() const { return sinks_.size(); }
  const Bytes& bytes(size_t i) const { return sinks_[i].bytes(); }

 private:
  std::deque<MemorySink> sinks_;
};

/// As an object store: answers with nothing but what was asked for, in memory that the next read
/// takes away.
class StingySource final : public ByteSource {
 public:
  explicit StingySource(const Bytes& bytes) : bytes_(bytes) {}
  uint64_t size() const override { return bytes_.size(); }
  StatusOr<std::span<const uint8_t>> Read(uint64_t offset, size_t size,
                                          Bytes* scratch) const override {
    KVS_CHECK(offset + size <= bytes_.size());
    Bytes fresh(bytes_.begin() + static_cast<ptrdiff_t>(offset),
                bytes_.begin() + static_cast<ptrdiff_t>(offset + size));
    std::fill(scratch->begin(), scratch->end(), uint8_t{0xee});
    scratch->swap(fresh);
    return std::span<const uint8_t>(*scratch);
  }

 private:
  const Bytes& bytes_;
};

struct TestSeries {
  model::Labels labels;
  std::vector<ChunkData> chunks;
};

struct TestBlock {
  Bytes index;
  std::vector<Bytes> segments;
  BlockContents contents;
};

/// Chunks of constant floats; the bytes live in the maker.
class ChunkMaker {
 public:
  ChunkData Make(int64_t mint, int64_t step, int n, double v = 1) {
    chunk::XorChunkBuilder builder;
    for (int i = 0; i < n; ++i) builder.Append(mint + i * step, v + i);
    const Bytes& bytes = kept_.emplace_back(builder.bytes().begin(), builder.bytes().end());
    return {mint, mint + (n - 1) * step, chunk::Encoding::kXor, bytes};
  }

 private:
  std::deque<Bytes> kept_;
};

/// The symbol table of these series, and their labels as numbers.
class TestSymbols {
 public:
  explicit TestSymbols(const std::vector<TestSeries>& series) {
    for (const TestSeries& s : series) {
      for (const model::LabelView& label : s.labels) {
        numbers_[std::string(label.name)];
        numbers_[std::string(label.value)];
      }
    }
    uint32_t next = 0;
    for (auto& [text, number] : numbers_) number = next++;
  }
  const std::map<std::string, uint32_t>& all() const { return numbers_; }
  std::vector<SymbolPair> Of(const model::Labels& labels) const {
    std::vector<SymbolPair> out;
    for (const model::LabelView& l : labels) {
      out.push_back({numbers_.at(std::string(l.name)), numbers_.at(std::string(l.value))});
    }
    return out;
  }

 private:
  std::map<std::string, uint32_t> numbers_;
};

/// `series` in any order, each once.
inline TestBlock MakeBlock(std::vector<TestSeries> series) {
  std::sort(series.begin(), series.end(),
            [](const TestSeries& a, const TestSeries& b) { return a.labels < b.labels; });
  const TestSymbols symbols(series);
  MemorySink index;
  MemorySegments segments;
  BlockWriter writer(index, segments);
  for (const auto& [text, number] : symbols.all()) KVS_CHECK(writer.AddSymbol(text).ok());
  for (const TestSeries& s : series) {
    KVS_CHECK(writer.AddSeries(symbols.Of(s.labels), s.chunks).ok());
  }
  TestBlock out;
  out.contents = writer.Finish().value();
  out.index = index.Take();
  for (size_t i = 0; i < segments.size(); ++i) out.segments.push_back(segments.bytes(i));
  return out;
}

/// VerifyBlock() of bytes in memory.
inline StatusOr<BlockContents> Verify(const Bytes& index, const std::vector<Bytes>& segments,
                                      std::span<const uint8_t> tombstones = {},
                                      const BlockMeta* meta = nullptr) {
  const MemorySource index_source(index);
  std::deque<MemorySource> sources;
  std::vector<const ByteSource*> pointers;
  for (const Bytes& segment : segments) pointers.push_back(&sources.emplace_back(segment));
  return VerifyBlock({&index_source, SegmentSet(pointers), tombstones}, meta);
}

}  // namespace kvs::tsdb::testing
