// SPDX-License-Identifier: Apache-2.0
#include "text_blocks.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <unordered_map>

#include "kvs/base/str_cat.h"
#include "kvs/chunk/xor.h"
#include "kvs/model/labels.h"
#include "kvs/wire/openmetrics.h"

namespace kvs::tools {
namespace {

constexpr int64_t kBlockMs = 2 * 3600 * 1000;
constexpr unsigned kSamplesPerChunk = 120;

int64_t WindowOf(int64_t t_ms) {
  return t_ms / kBlockMs - (t_ms % kBlockMs < 0 ? 1 : 0);
}

void AppendVarint(uint64_t n, std::string* out) {
  for (; n >= 0x80; n >>= 7) out->push_back(static_cast<char>(n | 0x80));
  out->push_back(static_cast<char>(n));
}

uint64_t NextVarint(const char** at) {
  uint64_t out = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<uint8_t>(*(*at)++);
    out |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return out;
  }
}

struct Sample {
  int64_t t;
  double v;
};

// The series of one block.
class SeriesTable {
 public:
  void Add(const wire::OpenMetricsSample& sample) {
    auto [written, is_new] = by_text_.try_emplace(sample.series, nullptr);
    // The same labels may be written in another order.
    if (is_new) written->second = &by_labels_[model::Labels::FromSorted(sample.labels)];
    written->second->push_back({*sample.t_ms, sample.value});
  }
  using ByLabels = std::map<model::Labels, std::vector<Sample>>;
  ByLabels& by_labels() { return by_labels_; }

 private:
  std::unordered_map<std::string_view, std::vector<Sample>*> by_text_;
  ByLabels by_labels_;
};

// In the order of time, each time once.
Status Order(const model::Labels& labels, std::vector<Sample>* samples) {
  const auto before = [](const Sample& a, const Sample& b) { return a.t < b.t; };
  if (!std::is_sorted(samples->begin(), samples->end(), before))
    std::stable_sort(samples->begin(), samples->end(), before);
  for (size_t i = 1; i < samples->size(); ++i) {
    const Sample &a = (*samples)[i - 1], &b = (*samples)[i];
    if (a.t == b.t && std::bit_cast<uint64_t>(a.v) != std::bit_cast<uint64_t>(b.v))
      return InvalidArgument(labels.ToString(), " has two values at ", a.t, " ms: ", a.v, " and ",
                             b.v);
  }
  const auto same = [](const Sample& a, const Sample& b) { return a.t == b.t; };
  samples->erase(std::unique(samples->begin(), samples->end(), same), samples->end());
  return OkStatus();
}

struct Chunks {
  std::vector<tsdb::Bytes> bytes;
  std::vector<tsdb::ChunkData> data;
};

Chunks Encode(const std::vector<Sample>& samples) {
  Chunks out;
  out.bytes.reserve(samples.size() / kSamplesPerChunk + 1);
  for (size_t begin = 0; begin < samples.size(); begin += kSamplesPerChunk) {
    const size_t end = std::min(samples.size(), begin + kSamplesPerChunk);
    chunk::XorChunkBuilder builder;
    for (size_t i = begin; i < end; ++i) builder.Append(samples[i].t, samples[i].v);
    const auto& bytes = out.bytes.emplace_back(builder.bytes().begin(), builder.bytes().end());
    out.data.push_back({samples[begin].t, samples[end - 1].t, chunk::Encoding::kXor, bytes});
  }
  return out;
}

class MemorySegments final : public tsdb::SegmentOpener {
 public:
  explicit MemorySegments(std::deque<tsdb::MemorySink>* sinks) : sinks_(sinks) {}
  StatusOr<tsdb::ByteSink*> Open(uint32_t /*segment*/) override { return &sinks_->emplace_back(); }

 private:
  std::deque<tsdb::MemorySink>* const sinks_;
};

std::string_view TextOf(const uint64_t& number) {
  return {reinterpret_cast<const char*>(&number), sizeof number};
}

// A hash of everything that is in a block, fed series by series.
class ContentHash {
 public:
  void Add(const model::Labels& labels, const Chunks& chunks) {
    for (const tsdb::Bytes& bytes : chunks.bytes) {
      model::SeriesHasher hasher;
      hasher.Add(TextOf(hash_), labels.encoded());
      hasher.Add("", {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
      hash_ = hasher.Finish();
    }
  }
  // Of the time of the samples, so that a block does not look younger than it is.
  tsdb::Ulid ToUlid(int64_t maxt, uint64_t n_series) const {
    std::array<uint8_t, 10> random;
    std::memcpy(random.data(), &hash_, sizeof hash_);
    random[8] = static_cast<uint8_t>(n_series >> 8);
    random[9] = static_cast<uint8_t>(n_series);
    const auto most = static_cast<int64_t>(tsdb::Ulid::kMaxTimeMs);
    return tsdb::Ulid::Make(static_cast<uint64_t>(std::clamp<int64_t>(maxt, 0, most)), random);
  }

 private:
  uint64_t hash_ = 0;
};

}  // namespace

tsdb::BlockParts TextBlock::parts() const {
  std::vector<const tsdb::ByteSource*> segments;
  for (size_t i = 1; i < sources_.size(); ++i) segments.push_back(&sources_[i]);
  return {&sources_[0], tsdb::SegmentSet(std::move(segments)), {}};
}

StatusOr<TextBlocks> TextBlocks::Open(std::string_view text) {
  TextBlocks out(text);
  wire::OpenMetricsReader reader(text);
  wire::OpenMetricsSample sample;
  while (true) {
    KVS_ASSIGN_OR_RETURN(const bool more, reader.Next(&sample));
    if (!more) return out;
    if (!sample.t_ms.has_value())
      return InvalidArgument("expected timestamp for series ", sample.series, ", got none");
    Window& window = out.windows_[WindowOf(*sample.t_ms)];
    AppendVarint(sample.offset - window.last, &window.distances);
    window.last = sample.offset;
  }
}

Status TextBlocks::ForEach(const std::function<Status(const TextBlock&)>& visit) const {
  for (const auto& [number, window] : windows_) {
    KVS_ASSIGN_OR_RETURN(const TextBlock block, Make(window));
    KVS_RETURN_IF_ERROR(visit(block));
  }
  return OkStatus();
}

StatusOr<TextBlock> TextBlocks::Make(const Window& window) const {
  SeriesTable table;
  const wire::OpenMetricsReader reader(text_);
  wire::OpenMetricsSample sample;
  size_t offset = 0;
  const char* const end = window.distances.data() + window.distances.size();
  for (const char* at = window.distances.data(); at != end;) {
    offset += NextVarint(&at);
    KVS_RETURN_IF_ERROR(reader.ReadAt(offset, &sample));
    table.Add(sample);
  }

  TextBlock out;
  MemorySegments segments(&out.segments_);
  tsdb::BlockWriter writer(out.index_, segments);
  std::map<std::string_view, uint32_t> symbols;
  for (const auto& [labels, samples] : table.by_labels()) {
    for (const model::LabelView& label : labels) symbols[label.name] = symbols[label.value] = 0;
  }
  uint32_t next = 0;
  for (auto& [text, number] : symbols) {
    number = next++;
    KVS_RETURN_IF_ERROR(writer.AddSymbol(text));
  }
  ContentHash hash;
  std::vector<tsdb::SymbolPair> pairs;
  for (auto& [labels, samples] : table.by_labels()) {
    KVS_RETURN_IF_ERROR(Order(labels, &samples));
    const Chunks chunks = Encode(samples);
    hash.Add(labels, chunks);
    pairs.clear();
    for (const model::LabelView& label : labels)
      pairs.push_back({symbols.at(label.name), symbols.at(label.value)});
    KVS_RETURN_IF_ERROR(writer.AddSeries(pairs, chunks.data));
  }
  KVS_ASSIGN_OR_RETURN(const tsdb::BlockContents contents, writer.Finish());
  contents.FillMeta(&out.meta_);
  out.meta_.ulid = hash.ToUlid(out.meta_.maxt, table.by_labels().size());
  out.meta_.compaction.sources = {out.meta_.ulid};
  out.sources_.emplace_back(out.index_.bytes());
  for (const tsdb::MemorySink& segment : out.segments_) out.sources_.emplace_back(segment.bytes());
  return out;
}

}  // namespace kvs::tools
