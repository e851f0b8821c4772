// SPDX-License-Identifier: Apache-2.0
#include "kvs/testkit/blocks/block_maker.h"

#include <filesystem>
#include <fstream>

#include "kvs/chunk/xor.h"
#include "kvs/tsdb/selection.h"
#include "kvs/tsdb/series_cursor.h"

namespace kvs::testkit {
namespace {

class MemorySegments final : public tsdb::SegmentOpener {
 public:
  StatusOr<tsdb::ByteSink*> Open(uint32_t segment) override {
    KVS_CHECK(segment == sinks_.size());
    return &sinks_.emplace_back();
  }
  std::deque<tsdb::MemorySink>& sinks() { return sinks_; }

 private:
  std::deque<tsdb::MemorySink> sinks_;
};

// Numbers of series by labels, as the index has them.
std::map<model::Labels, uint32_t> NumbersOf(const tsdb::Bytes& index) {
  const tsdb::MemorySource source(index);
  const tsdb::IndexHeader header = tsdb::IndexHeader::Read(source).value();
  const tsdb::SelectionPlan plan = tsdb::PlanSelection(header, {}).value();
  const tsdb::SeriesSet all = tsdb::RunSelection(plan, source).value();
  tsdb::SymbolResolver symbols(header);
  tsdb::SeriesCursor cursor(header.layout(), source, all);
  std::map<model::Labels, uint32_t> out;
  while (cursor.Next()) out[tsdb::ResolveLabels(cursor.entry(), symbols).value()] = cursor.number();
  KVS_CHECK(cursor.status().ok());
  return out;
}

}  // namespace

tsdb::Ulid NumberedUlid(uint64_t number) {
  tsdb::Ulid out;
  for (size_t i = 0; i < 8; ++i) out.bytes[15 - i] = static_cast<uint8_t>(number >> (8 * i));
  return out;
}

std::string MadeBlock::WriteTo(const std::string& folder) const {
  const std::string path = folder + "/" + ulid();
  for (const auto& [name, bytes] : files) {
    const std::filesystem::path file = path + "/" + name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream out(file, std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes.data()),
              static_cast<std::streamsize>(bytes.size()));
    out.close();
    KVS_CHECK(out.good());
  }
  return path;
}

void BlockMaker::Add(const model::Labels& labels, const std::vector<tsdb::ChunkData>& chunks) {
  std::vector<tsdb::ChunkData>& to = series_[labels];
  for (tsdb::ChunkData chunk : chunks) {
    chunk.bytes = bytes_.emplace_back(chunk.bytes.begin(), chunk.bytes.end());
    to.push_back(chunk);
  }
}

void BlockMaker::AddFloats(const model::Labels& labels, int64_t first_ms, int64_t step_ms,
                           const std::vector<double>& values, size_t per_chunk) {
  for (size_t begin = 0; begin < values.size(); begin += per_chunk) {
    const size_t end = std::min(values.size(), begin + per_chunk);
    chunk::XorChunkBuilder builder;
    const auto time = [&](size_t i) { return first_ms + static_cast<int64_t>(i) * step_ms; };
    for (size_t i = begin; i < end; ++i) builder.Append(time(i), values[i]);
    Add(labels, {{time(begin), time(end - 1), chunk::Encoding::kXor, builder.bytes()}});
  }
}

void BlockMaker::Delete(const model::Labels& labels, int64_t min_ms, int64_t max_ms) {
  deletions_.push_back({labels, {min_ms, max_ms}});
}

MadeBlock BlockMaker::Make(uint64_t number, int64_t level) const {
  std::map<std::string, uint32_t> symbols;
  for (const auto& [labels, chunks] : series_) {
    for (const model::LabelView& label : labels) {
      symbols[std::string(label.name)];
      symbols[std::string(label.value)];
    }
  }
  tsdb::MemorySink index;
  MemorySegments segments;
  tsdb::BlockWriter writer(index, segments);
  uint32_t next = 0;
  for (auto& [text, at] : symbols) {
    at = next++;
    KVS_CHECK(writer.AddSymbol(text).ok());
  }
  for (const auto& [labels, chunks] : series_) {
    std::vector<tsdb::SymbolPair> pairs;
    for (const model::LabelView& l : labels) {
      pairs.push_back({symbols.at(std::string(l.name)), symbols.at(std::string(l.value))});
    }
    KVS_CHECK(writer.AddSeries(pairs, chunks).ok());
  }
  MadeBlock out;
  writer.Finish().value().FillMeta(&out.meta);
  out.meta.ulid = NumberedUlid(number);
  out.meta.compaction.level = level;
  out.meta.compaction.sources = sources_.empty() ? std::vector{out.meta.ulid} : sources_;
  out.files["index"] = index.Take();
  for (uint32_t i = 0; i < segments.sinks().size(); ++i) {
    out.files["chunks/" + tsdb::SegmentName(i)] = segments.sinks()[i].Take();
  }
  if (!deletions_.empty()) {
    const auto numbers = NumbersOf(out.files["index"]);
    std::vector<tsdb::Tombstone> stones;
    for (const Deletion& deletion : deletions_) {
      stones.push_back({numbers.at(deletion.labels), deletion.range});
    }
    out.meta.stats.tombstones = stones.size();
    out.files["tombstones"] = tsdb::Tombstones(std::move(stones)).Encode();
  }
  const std::string meta = tsdb::FormatMeta(out.meta);
  out.files["meta.json"].assign(meta.begin(), meta.end());
  return out;
}

}  // namespace kvs::testkit
