// SPDX-License-Identifier: Apache-2.0
// Writes blocks through the library's writers, for blocks_test.py.
//
//   tsdb_block_maker make FOLDER ULID    a block of floats and native histograms, see MakeSeries()
//   tsdb_block_maker copy BLOCK FOLDER   the series and chunks of a block, written anew
#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include <sys/stat.h>

#include "kvs/base/str_cat.h"
#include "kvs/chunk/histogram_builder.h"
#include "kvs/chunk/nan.h"
#include "kvs/chunk/xor.h"
#include "kvs/model/labels.h"
#include "kvs/tsdb/block_writer.h"
#include "kvs/tsdb/selection.h"
#include "kvs/tsdb/series_cursor.h"
#include "kvs/tsdb/tombstones.h"

namespace kvs::tsdb {
namespace {

constexpr int64_t kBegin = 1'700'000'000'000;
constexpr int64_t kStep = 15'000;
constexpr int kSamples = 300;

// Ends the program with a message: there is nothing to go on with.
void Must(const Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "tsdb_block_maker: %s\n", status.ToString().c_str());
  std::exit(1);
}

class FileSink final : public ByteSink {
 public:
  explicit FileSink(const std::string& path) : path_(path), file_(std::fopen(path.c_str(), "wb")) {
    if (file_ == nullptr) Must(Unavailable(path, ": ", std::strerror(errno)));
  }
  ~FileSink() override { std::fclose(file_); }
  Status Append(std::span<const uint8_t> bytes) override {
    const size_t n = std::fwrite(bytes.data(), 1, bytes.size(), file_);
    return n == bytes.size() ? OkStatus() : Unavailable(path_, ": ", std::strerror(errno));
  }

 private:
  const std::string path_;
  std::FILE* const file_;
};

class FolderSegments final : public SegmentOpener {
 public:
  explicit FolderSegments(std::string folder) : folder_(std::move(folder)) {}
  StatusOr<ByteSink*> Open(uint32_t segment) override {
    sink_ = std::make_unique<FileSink>(StrCat(folder_, "/", SegmentName(segment)));
    return sink_.get();
  }

 private:
  const std::string folder_;
  std::unique_ptr<FileSink> sink_;
};

void WriteFile(const std::string& path, std::span<const uint8_t> bytes) {
  Must(FileSink(path).Append(bytes));
}

Bytes ReadFile(const std::string& path) {
  Bytes out;
  std::FILE* const file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return out;
  uint8_t buffer[65536];
  while (const size_t n = std::fread(buffer, 1, sizeof(buffer), file)) {
    out.insert(out.end(), buffer, buffer + n);
  }
  std::fclose(file);
  return out;
}

struct OwnedChunk {
  int64_t mint;
  int64_t maxt;
  chunk::Encoding encoding;
  Bytes bytes;
};
using Series = std::map<model::Labels, std::vector<OwnedChunk>>;

// Chunks of 120 samples at kBegin + i * kStep, of value(i).
template <typename Value>
std::vector<OwnedChunk> Floats(Value value) {
  std::vector<OwnedChunk> out;
  chunk::XorChunkBuilder builder;
  int64_t mint = 0, t = 0;
  const auto cut = [&] {
    out.push_back(
        {mint, t, chunk::Encoding::kXor, {builder.bytes().begin(), builder.bytes().end()}});
    builder.Clear();
  };
  for (int i = 0; i < kSamples; ++i) {
    t = kBegin + i * kStep;
    if (builder.empty()) mint = t;
    builder.Append(t, value(i));
    if (builder.count() == 120) cut();
  }
  if (!builder.empty()) cut();
  return out;
}

template <typename H>
std::vector<OwnedChunk> Histograms(chunk::ResetHint hint) {
  std::vector<OwnedChunk> out;
  chunk::BasicHistogramChunkBuilder<H> builder;
  int64_t mint = 0;
  const auto cut = [&] {
    out.push_back({mint,
                   builder.last_t(),
                   builder.encoding(),
                   {builder.bytes().begin(), builder.bytes().end()}});
    builder.Cut();
  };
  for (int i = 0; i < kSamples; ++i) {
    H h;
    h.reset_hint = hint;
    h.schema = 1;
    h.zero_threshold = 0.001;
    h.zero_count = 2;
    h.positive_spans = {{0, 2}, {1, 1}};
    h.negative_spans = {{-1, 1}};
    // Integers are differences to the bucket before; of floats these are the counts.
    h.positive_buckets = {static_cast<typename H::BucketType>(i + 1), 1, 1};
    h.negative_buckets = {3};
    const bool integers = std::is_same_v<H, chunk::Histogram>;
    h.count = static_cast<typename H::CountType>(integers ? 5 + 3 * (i + 1) + 3 : 5 + i + 1 + 2);
    h.sum = 18.5 * i;
    const int64_t t = kBegin + i * kStep;
    if (builder.count() == 120 ||
        (!builder.empty() && builder.Append(t, h) == chunk::AppendOutcome::kNewChunk)) {
      cut();
    } else if (!builder.empty()) {
      continue;
    }
    mint = t;
    (void)builder.Append(t, h);
  }
  cut();
  return out;
}

Series MakeSeries() {
  Series out;
  for (int k = 1; k <= 5; ++k) {
    const std::string instance = StrCat("host", k);
    out[model::Labels{{"__name__", "test_total"}, {"instance", instance}, {"job", "a"}}] =
        Floats([k](int i) { return static_cast<double>(i) * k; });
  }
  out[model::Labels{{"__name__", "test_gauge"}, {"odd", "quote \" back \\ line \n é 日本"}}] =
      Floats([](int i) { return std::sin(i) * 1e9; });
  out[model::Labels{{"__name__", "test_special"}, {"job", "b"}}] = Floats([](int i) {
    const double values[] = {INFINITY, -INFINITY, chunk::NormalNaN(), -0.0, 1e-300, 1};
    return values[i % 6];
  });
  out[model::Labels{{"__name__", "test_ends"}, {"job", "b"}}] =
      Floats([](int i) { return i < 200 ? i : chunk::StaleNaN(); });
  out[model::Labels{{"__name__", "test_deleted"}, {"job", "b"}}] =
      Floats([](int i) { return static_cast<double>(i); });
  out[model::Labels{{"__name__", "test_histogram"}, {"kind", "int"}}] =
      Histograms<chunk::Histogram>(chunk::ResetHint::kUnknown);
  out[model::Labels{{"__name__", "test_histogram"}, {"kind", "float"}}] =
      Histograms<chunk::FloatHistogram>(chunk::ResetHint::kGauge);
  return out;
}

void Make(const std::string& folder, const Ulid& ulid) {
  const Series series = MakeSeries();
  std::map<std::string, uint32_t> symbols = {{"", 0}};
  for (const auto& [labels, chunks] : series) {
    for (const model::LabelView& label : labels) {
      symbols[std::string(label.name)];
      symbols[std::string(label.value)];
    }
  }
  FileSink index(folder + "/index");
  FolderSegments segments(folder + "/chunks");
  BlockWriter writer(index, segments);
  uint32_t next = 0;
  for (auto& [text, number] : symbols) {
    number = next++;
    Must(writer.AddSymbol(text));
  }
  for (const auto& [labels, owned] : series) {
    std::vector<SymbolPair> pairs;
    for (const model::LabelView& label : labels) {
      pairs.push_back({symbols[std::string(label.name)], symbols[std::string(label.value)]});
    }
    std::vector<ChunkData> chunks;
    for (const OwnedChunk& c : owned) chunks.push_back({c.mint, c.maxt, c.encoding, c.bytes});
    Must(writer.AddSeries(pairs, chunks));
  }
  const StatusOr<BlockContents> contents = writer.Finish();
  Must(contents.status());

  BlockMeta meta;
  meta.ulid = ulid;
  contents->FillMeta(&meta);
  meta.compaction.sources = {ulid};
  meta.thanos.emplace();
  meta.thanos->labels = {{"__compactor_shard_id__", "1_of_2"}};
  meta.thanos->source = "compactor";
  meta.stats.tombstones = 1;
  const std::string json = FormatMeta(meta);
  WriteFile(folder + "/meta.json", {reinterpret_cast<const uint8_t*>(json.data()), json.size()});
}

// Deletes the samples 100 to 199 of test_deleted.
void Delete(const std::string& folder) {
  const Bytes index = ReadFile(folder + "/index");
  const MemorySource source(index);
  const StatusOr<IndexHeader> header = IndexHeader::Read(source);
  Must(header.status());
  const StatusOr<ByteRange> list = header->FindPostings("__name__", "test_deleted");
  Must(list.status());
  SeriesSet series;
  Must(DecodePostings(std::span(index).subspan(list->begin, list->size()), list->begin, &series));
  const Tombstones stones(
      std::vector<Tombstone>{{series.at(0), {kBegin + 100 * kStep, kBegin + 199 * kStep}}});
  WriteFile(folder + "/tombstones", stones.Encode());
}

void Copy(const std::string& from, const std::string& to) {
  const Bytes index = ReadFile(from + "/index");
  const MemorySource source(index);
  std::vector<Bytes> files;
  for (uint32_t i = 0;; ++i) {
    files.push_back(ReadFile(StrCat(from, "/chunks/", SegmentName(i))));
    if (files.back().empty()) break;
  }
  files.pop_back();
  std::vector<MemorySource> sources(files.begin(), files.end());
  std::vector<const ByteSource*> pointers;
  for (const MemorySource& s : sources) pointers.push_back(&s);
  const SegmentSet chunks(pointers);

  const StatusOr<IndexHeader> header = IndexHeader::Read(source);
  Must(header.status());
  const StatusOr<SelectionPlan> plan = PlanSelection(*header, {});
  Must(plan.status());
  const StatusOr<SeriesSet> all = RunSelection(*plan, source);
  Must(all.status());
  FileSink index_out(to + "/index");
  FolderSegments segments_out(to + "/chunks");
  BlockWriter writer(index_out, segments_out);
  SymbolResolver symbols(*header);
  for (uint32_t i = 0; i < header->n_symbols(); ++i) {
    Must(writer.AddSymbol(symbols.Resolve(i).value()));
  }
  SeriesCursor cursor(header->layout(), source, *all);
  while (cursor.Next()) {
    std::vector<ChunkData> data;
    Bytes scratch;  // Unused: the sources lend their memory.
    for (const ChunkMeta& c : cursor.entry().chunks) {
      const StatusOr<ChunkView> view = chunks.Read(c.ref, &scratch);
      Must(view.status());
      data.push_back({c.mint, c.maxt, view->encoding, view->data});
    }
    Must(writer.AddSeries(cursor.entry().labels, data));
  }
  Must(cursor.status());
  const StatusOr<BlockContents> contents = writer.Finish();
  Must(contents.status());

  const Bytes json = ReadFile(from + "/meta.json");
  StatusOr<BlockMeta> meta = ParseMeta({reinterpret_cast<const char*>(json.data()), json.size()});
  Must(meta.status());
  const std::string again = FormatMeta(*meta);
  WriteFile(to + "/meta.json", {reinterpret_cast<const uint8_t*>(again.data()), again.size()});
  if (const Bytes stones = ReadFile(from + "/tombstones"); !stones.empty()) {
    const StatusOr<Tombstones> decoded = Tombstones::Decode(stones);
    Must(decoded.status());
    WriteFile(to + "/tombstones", decoded->Encode());
  }
}

int Main(const std::vector<std::string>& words) {
  if (words.size() != 3 || (words[0] != "make" && words[0] != "copy")) {
    std::fputs("usage: tsdb_block_maker make FOLDER ULID | copy BLOCK FOLDER\n", stderr);
    return 2;
  }
  const std::string& folder = words[0] == "make" ? words[1] : words[2];
  mkdir(folder.c_str(), 0777);
  mkdir((folder + "/chunks").c_str(), 0777);
  if (words[0] == "copy") {
    Copy(words[1], folder);
    return 0;
  }
  const StatusOr<Ulid> ulid = Ulid::Parse(words[2]);
  Must(ulid.status());
  Make(folder, *ulid);
  Delete(folder);
  return 0;
}

}  // namespace
}  // namespace kvs::tsdb

int main(int argc, char** argv) {
  return kvs::tsdb::Main({argv + (argc > 0 ? 1 : 0), argv + argc});
}
