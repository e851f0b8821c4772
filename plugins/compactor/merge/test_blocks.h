// SPDX-License-Identifier: Apache-2.0
// Blocks in memory, made of samples and read back as samples, for tests of merging.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "kvs/chunk/aggregates.h"
#include "kvs/model/labels.h"
#include "kvs/tsdb/block_writer.h"
#include "kvs/tsdb/selection.h"
#include "kvs/tsdb/series_cursor.h"
#include "kvs/tsdb/verify.h"

#include "merge/block_merger.h"
#include "merge/recoder.h"

namespace kvs::compactor::testing {

/// A sample of any kind as text that tells it from every other: "1.5", or all of a histogram.
using SeriesSamples = std::map<int64_t, std::string>;
using BlockSamples = std::map<model::Labels, SeriesSamples>;

class MemorySegments final : public tsdb::SegmentOpener {
 public:
  StatusOr<tsdb::ByteSink*> Open(uint32_t) override { return &sinks_.emplace_back(); }
  const std::deque<tsdb::MemorySink>& sinks() const { return sinks_; }

 private:
  std::deque<tsdb::MemorySink> sinks_;
};

/// The files of one block.
struct MemoryBlock {
  tsdb::Bytes index;
  std::vector<tsdb::Bytes> segments;
};

/// A block as a source of a merge, borrowed from `block`.
class OpenBlock {
 public:
  OpenBlock(std::string name, const MemoryBlock& block)
      : name_(std::move(name)), index_(block.index) {
    for (const tsdb::Bytes& segment : block.segments) segments_.emplace_back(segment);
  }
  MergeSource source() const {
    std::vector<const tsdb::ByteSource*> pointers;
    for (const tsdb::MemorySource& segment : segments_) pointers.push_back(&segment);
    return {name_, &index_, tsdb::SegmentSet(pointers), nullptr};
  }

 private:
  std::string name_;
  tsdb::MemorySource index_;
  std::deque<tsdb::MemorySource> segments_;
};

/// Keeps what a merge writes.
class MemoryOutput final : public MergeOutput {
 public:
  StatusOr<tsdb::ByteSink*> OpenIndex(uint64_t shard) override { return &files_[shard].index; }
  StatusOr<tsdb::SegmentOpener*> OpenChunks(uint64_t shard) override {
    return &files_[shard].segments;
  }
  std::map<uint64_t, MemoryBlock> Take() const {
    std::map<uint64_t, MemoryBlock> out;
    for (const auto& [shard, files] : files_) {
      MemoryBlock& block = out[shard];
      block.index = files.index.bytes();
      for (const auto& sink : files.segments.sinks()) block.segments.push_back(sink.bytes());
    }
    return out;
  }

 private:
  struct Files {
    tsdb::MemorySink index;
    MemorySegments segments;
  };
  std::map<uint64_t, Files> files_;
};

/// Chunks of series, made by whoever tests; the bytes live in the maker.
class BlockMaker {
 public:
  /// Adds a chunk of floats at `t`, `t` + `step` and so on.
  void AddFloats(const model::Labels& labels, int64_t t, int64_t step,
                 const std::vector<double>& values, bool with_starts = false) {
    chunk::XorChunkBuilder plain;
    chunk::Xor2ChunkBuilder started;
    for (size_t i = 0; i < values.size(); ++i) {
      const int64_t at = t + static_cast<int64_t>(i) * step;
      KVS_CHECK(with_starts ? started.Append(1000, at, values[i]) : plain.Append(at, values[i]));
    }
    const auto bytes = with_starts ? started.bytes() : plain.bytes();
    Add(labels, t, t + static_cast<int64_t>(values.size() - 1) * step,
        with_starts ? chunk::Encoding::kXor2 : chunk::Encoding::kXor, bytes);
  }
  /// Adds chunks of integer histograms whose counts grow.
  void AddHistograms(const model::Labels& labels, int64_t t, int64_t step, int n, int64_t first) {
    chunk::HistogramChunkBuilder builder;
    for (int i = 0; i < n; ++i) {
      chunk::Histogram h;
      h.schema = 1;
      h.positive_spans = {{0, 2}};
      h.positive_buckets = {first + i, 0};
      h.count = static_cast<uint64_t>(2 * (first + i));
      h.sum = static_cast<double>(first + i);
      KVS_CHECK(builder.Append(t + i * step, h) == chunk::AppendOutcome::kAppended);
    }
    Add(labels, t, t + (n - 1) * step, chunk::Encoding::kHistogram, builder.bytes());
  }
  void Add(const model::Labels& labels, int64_t mint, int64_t maxt, chunk::Encoding encoding,
           std::span<const uint8_t> bytes) {
    const tsdb::Bytes& kept = kept_.emplace_back(bytes.begin(), bytes.end());
    series_[labels].push_back({mint, maxt, encoding, kept});
  }

  MemoryBlock Build() const {
    std::map<std::string, uint32_t> numbers;
    for (const auto& [labels, chunks] : series_) {
      for (const model::LabelView& l : labels)
        numbers[std::string(l.name)], numbers[std::string(l.value)];
    }
    uint32_t next = 0;
    for (auto& [text, number] : numbers) number = next++;
    tsdb::MemorySink index;
    MemorySegments segments;
    tsdb::BlockWriter writer(index, segments);
    for (const auto& [text, number] : numbers) KVS_CHECK(writer.AddSymbol(text).ok());
    for (const auto& [labels, chunks] : series_) {
      std::vector<tsdb::SymbolPair> pairs;
      for (const model::LabelView& l : labels) {
        pairs.push_back({numbers.at(std::string(l.name)), numbers.at(std::string(l.value))});
      }
      KVS_CHECK(writer.AddSeries(pairs, chunks).ok());
    }
    KVS_CHECK(writer.Finish().ok());
    MemoryBlock out;
    out.index = index.bytes();
    for (const auto& sink : segments.sinks()) out.segments.push_back(sink.bytes());
    return out;
  }

 private:
  std::map<model::Labels, std::vector<tsdb::ChunkData>> series_;
  std::deque<tsdb::Bytes> kept_;
};

inline std::string SampleText(const SampleReader& sample) {
  if (sample.kind() == SampleKind::kFloat) return StrCat(sample.value(), "@", sample.start());
  chunk::Histogram h;
  KVS_CHECK(sample.kind() == SampleKind::kHistogram);
  sample.Read(&h);
  return StrCat("histogram ", h.count, " ", h.sum, " ", h.positive_buckets[0]);
}

/// All samples of a block, which is checked byte for byte on the way.
inline BlockSamples ReadBlock(const MemoryBlock& block) {
  const OpenBlock open("block", block);
  const MergeSource source = open.source();
  KVS_CHECK(tsdb::VerifyBlock({source.index, source.chunks, {}}, nullptr).ok());
  const tsdb::IndexHeader header = tsdb::IndexHeader::Read(*source.index).value();
  const tsdb::SeriesSet all =
      tsdb::RunSelection(tsdb::PlanSelection(header, {}).value(), *source.index).value();
  tsdb::SymbolResolver symbols(header);
  tsdb::SeriesCursor cursor(header.layout(), *source.index, all);
  BlockSamples out;
  tsdb::Bytes scratch;
  while (cursor.Next()) {
    SeriesSamples& samples = out[tsdb::ResolveLabels(cursor.entry(), symbols).value()];
    for (const tsdb::ChunkMeta& chunk : cursor.entry().chunks) {
      const tsdb::ChunkView view = source.chunks.Read(chunk.ref, &scratch).value();
      if (view.encoding == chunk::Encoding::kAggregates) {
        const auto parts = chunk::AggregateParts::Parse(view.data).value();
        chunk::AggregateReader windows(parts);
        for (chunk::AggregateWindow w; windows.Next(&w);)
          samples[w.t] = StrCat("count ", w.count, " sum ", w.sum, " min ", w.min, " max ", w.max);
        KVS_CHECK(windows.status().ok());
        continue;
      }
      SampleReader reader(view.encoding, view.data);
      while (reader.Next()) samples[reader.t()] = SampleText(reader);
      KVS_CHECK(reader.status().ok());
    }
  }
  KVS_CHECK(cursor.status().ok());
  return out;
}

}  // namespace kvs::compactor::testing
