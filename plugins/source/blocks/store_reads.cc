// SPDX-License-Identifier: Apache-2.0
#include "store_reads.h"

#include <algorithm>

#include "kvs/bucket/layout.h"

namespace kvs::source::blocks {
namespace {

// As many bytes as most series take in an index, and most chunks.
constexpr uint64_t kUsualSeriesBytes = 512;
constexpr uint64_t kUsualChunkBytes = 4096;
// Lists of postings are few and far apart, one place for each matcher, and all are waited for
// before anything else can be asked: reading what lies between costs less than reading once more.
constexpr uint64_t kPostingsGap = 1 << 20;

Status Missing(uint64_t offset) {
  return DataLoss("ends before offset ", offset, ", where something is said to be");
}

}  // namespace

StoreReads::StoreReads(const sdk::StoreRef& store, const Config& config,
                       const StoreMetrics& metrics, std::string_view tenant,
                       const bucket::IndexBlock& block, std::shared_ptr<Budget> budget)
    : store_(store),
      config_(config),
      metrics_(metrics),
      tenant_(tenant),
      block_(block.id),
      resolution_ms_(block.resolution_ms),
      name_("block " + block.id.ToString()),
      budget_(std::move(budget)),
      fetcher_(store, static_cast<uint64_t>(config.fetch_gap.bytes), config.fetch_concurrency) {}

StoreReads::~StoreReads() {
  metrics_.gets.Observe(static_cast<double>(fetcher_.gets()));
  const auto tell = [](const StoreMetrics::Data& data, const Taken& taken) {
    data.Observe(taken.items, taken.touched_bytes, taken.fetched_bytes);
  };
  tell(metrics_.postings, postings_);
  tell(metrics_.series, series_);
  tell(metrics_.chunks, chunk_data_);
}

Status StoreReads::Open(const sdk::Call& call, Headers& headers) {
  KVS_ASSIGN_OR_RETURN(header_, headers.Get(call, store_, tenant_, block_, fetcher_, budget_));
  return OkStatus();
}

StatusOr<std::span<const uint8_t>> StoreReads::FetchedIndex::Read(uint64_t offset, size_t size,
                                                                  tsdb::Bytes*) const {
  const auto bytes = pieces == nullptr ? std::span<const uint8_t>() : pieces->From(offset);
  if (bytes.size() < size) return Missing(offset + size);
  return bytes.first(size);
}

Status StoreReads::FetchIndexPart(const sdk::Call& call, std::vector<tsdb::ByteRange> ranges,
                                  Taken* taken, uint64_t min_gap) {
  const std::string key = bucket::BlockFileKey(tenant_, block_, bucket::kIndexFile);
  const uint64_t before = index_.pieces->bytes();
  KVS_RETURN_IF_ERROR(fetcher_.Fetch(call, key, std::move(ranges), index_.pieces.get(), min_gap));
  taken->fetched_bytes += index_.pieces->bytes() - before;
  return OkStatus();
}

Status StoreReads::FetchIndex(const sdk::Call& call, std::span<const tsdb::ByteRange> ranges) {
  index_.pieces.reset();  // Gives its bytes back before others are taken.
  index_.pieces = std::make_unique<Pieces>(budget_);
  postings_.items += ranges.size();
  for (const tsdb::ByteRange& range : ranges) postings_.touched_bytes += range.end - range.begin;
  return FetchIndexPart(call, {ranges.begin(), ranges.end()}, &postings_, kPostingsGap);
}

Status StoreReads::FetchSeries(const sdk::Call& call, std::span<const uint32_t> numbers) {
  index_.pieces.reset();
  index_.pieces = std::make_unique<Pieces>(budget_);
  const tsdb::ByteRange part = header().layout().series;
  const auto offset_of = [](uint32_t number) { return tsdb::kSeriesAlignment * number; };
  std::vector<tsdb::ByteRange> ranges;
  for (const uint32_t number : numbers) {
    const uint64_t begin = offset_of(number);
    if (begin < part.begin || begin >= part.end) continue;  // Who reads it says what is wrong.
    ranges.push_back({begin, std::min(begin + kUsualSeriesBytes, part.end)});
  }
  KVS_RETURN_IF_ERROR(FetchIndexPart(call, std::move(ranges), &series_));
  std::vector<tsdb::ByteRange> larger;
  for (const uint32_t number : numbers) {
    const uint64_t begin = offset_of(number);
    if (begin < part.begin || begin >= part.end) continue;
    const std::span<const uint8_t> bytes = index_.pieces->From(begin);
    if (bytes.empty()) return Missing(begin);
    KVS_ASSIGN_OR_RETURN(const uint64_t size, tsdb::SeriesSize(bytes, begin));
    ++series_.items;
    series_.touched_bytes += size;
    if (size > bytes.size() && size <= part.end - begin) larger.push_back({begin, begin + size});
  }
  return FetchIndexPart(call, std::move(larger), &series_);
}

Status StoreReads::FetchSegments(const sdk::Call& call,
                                 std::map<uint32_t, std::vector<tsdb::ByteRange>> ranges) {
  for (auto& [segment, wanted] : ranges) {
    std::unique_ptr<Pieces>& pieces = (*chunks_)[segment];
    if (pieces == nullptr) pieces = std::make_unique<Pieces>(budget_);
    const std::string key =
        bucket::BlockFileKey(tenant_, block_, bucket::SegmentPath(uint64_t{segment} + 1));
    const uint64_t before = pieces->bytes();
    KVS_RETURN_IF_ERROR(fetcher_.Fetch(call, key, std::move(wanted), pieces.get()));
    chunk_data_.fetched_bytes += pieces->bytes() - before;
  }
  return OkStatus();
}

StatusOr<uint64_t> StoreReads::ChunkSize(const Segments& segments, uint64_t ref) {
  const auto segment = segments.find(tsdb::ChunkSegment(ref));
  const uint64_t offset = tsdb::ChunkOffset(ref);
  if (segment == segments.end()) return Missing(offset);
  const std::span<const uint8_t> bytes = segment->second->From(offset);
  if (bytes.empty()) return Missing(offset);
  return tsdb::ChunkSizeInSegment(bytes, offset);
}

StatusOr<size_t> StoreReads::FetchChunks(const sdk::Call& call,
                                         std::span<const tsdb::ChunkMeta> chunks, size_t at_least) {
  chunks_ = std::make_shared<Segments>();  // The ones before live as long as their batches.
  std::map<uint32_t, std::vector<tsdb::ByteRange>> ranges;
  uint64_t bytes = 0;
  size_t n = 0;
  for (; n < chunks.size(); ++n) {
    const uint64_t offset = tsdb::ChunkOffset(chunks[n].ref);
    // Where the next chunk follows closely, this one ends there at the latest.
    uint64_t size = kUsualChunkBytes;
    if (n + 1 < chunks.size() && chunks[n + 1].ref > chunks[n].ref) {
      size = std::min(size, chunks[n + 1].ref - chunks[n].ref);
    }
    if (n >= at_least && bytes + size > static_cast<uint64_t>(config_.fetch_ahead.bytes)) break;
    bytes += size;
    ranges[tsdb::ChunkSegment(chunks[n].ref)].push_back({offset, offset + size});
  }
  KVS_RETURN_IF_ERROR(FetchSegments(call, std::move(ranges)));
  std::map<uint32_t, std::vector<tsdb::ByteRange>> larger;
  for (const tsdb::ChunkMeta& chunk : chunks.first(n)) {
    const uint32_t segment = tsdb::ChunkSegment(chunk.ref);
    const uint64_t offset = tsdb::ChunkOffset(chunk.ref);
    const StatusOr<uint64_t> size = ChunkSize(*chunks_, chunk.ref);
    if (!size.ok()) return Annotate(size.status(), "segment ", tsdb::SegmentName(segment));
    ++chunk_data_.items;
    chunk_data_.touched_bytes += *size;
    if (*size <= (*chunks_)[segment]->From(offset).size()) continue;
    if (*size > static_cast<uint64_t>(config_.max_bytes_per_query.bytes)) {
      return DataLoss("segment ", tsdb::SegmentName(segment), ": chunk at offset ", offset, ": ",
                      *size, " bytes");
    }
    larger[segment].push_back({offset, offset + *size});
  }
  KVS_RETURN_IF_ERROR(FetchSegments(call, std::move(larger)));
  return n;
}

StatusOr<tsdb::ChunkView> StoreReads::ReadChunk(uint64_t ref, tsdb::Bytes*) const {
  const uint32_t segment = tsdb::ChunkSegment(ref);
  const uint64_t offset = tsdb::ChunkOffset(ref);
  const auto pieces = chunks_->find(segment);
  const std::span<const uint8_t> bytes =
      pieces == chunks_->end() ? std::span<const uint8_t>() : pieces->second->From(offset);
  StatusOr<tsdb::ChunkView> chunk = tsdb::DecodeChunk(bytes, offset);
  if (!chunk.ok()) return Annotate(chunk.status(), "segment ", tsdb::SegmentName(segment));
  return chunk;
}

}  // namespace kvs::source::blocks
