// SPDX-License-Identifier: Apache-2.0
#include "merge/block_merger.h"

#include <deque>

#include "downsample/series_downsampler.h"
#include "merge/series_merge.h"
#include "merge/symbols.h"

namespace kvs::compactor {
namespace {

using tsdb::ChunkData;
using tsdb::DeletedRange;

constexpr uint16_t kDropped = UINT16_MAX;
constexpr uint64_t kAskEvery = 1024;  // Series between questions whether to go on.

class BlockMerge {
 public:
  BlockMerge(std::span<const MergeSource> sources, const MergeOptions& options, MergeOutput& output)
      : sources_(sources),
        options_(options),
        output_(output),
        downsampler_(options.resolution_ms, options.last_ms) {}

  StatusOr<MergeResult> Run() {
    KVS_RETURN_IF_ERROR(Open());
    KVS_RETURN_IF_ERROR(Assign());
    KVS_RETURN_IF_ERROR(Write());
    MergeResult result;
    for (Shard& shard : shards_) {
      tsdb::BlockContents& contents = result.shards.emplace_back();
      if (shard.writer == nullptr) continue;
      KVS_ASSIGN_OR_RETURN(contents, shard.writer->Finish());
    }
    result.stats = merger_.stats();
    result.stats.aggregated = downsampler_.samples_in();
    result.stats.aggregates = downsampler_.samples_out();
    for (const ChunkMerger& burier : buriers_) {
      const uint64_t taken = burier.stats().deleted + burier.stats().duplicates;
      result.stats.samples_in += taken;
      result.stats.deleted += taken;
    }
    return result;
  }

 private:
  struct Shard {
    explicit Shard(uint32_t n_symbols) : symbols(n_symbols) {}
    SymbolSubset symbols;
    bool has_series = false;
    std::unique_ptr<tsdb::BlockWriter> writer;
  };

  Status Open() {
    std::vector<const tsdb::IndexHeader*> headers;
    std::vector<std::string> names;
    for (const MergeSource& source : sources_) {
      KVS_ASSIGN_OR_RETURN(auto index, OpenIndex::Open(source.name, *source.index));
      indexes_.push_back(std::move(index));
      headers.push_back(&indexes_.back()->header);
      names.push_back(source.name + "/index");
    }
    KVS_ASSIGN_OR_RETURN(MergedSymbols symbols, MergedSymbols::Make(headers, names));
    symbols_ = std::make_unique<MergedSymbols>(std::move(symbols));
    for (uint64_t i = 0; i < options_.shard_count; ++i) shards_.emplace_back(symbols_->size());
    return OkStatus();
  }

  // The first pass: which shard each series goes to, and which symbols each shard needs.
  Status Assign() {
    SeriesMerge series(indexes_, *symbols_);
    while (series.Next()) {
      KVS_RETURN_IF_ERROR(AskWhetherToGoOn(shard_of_.size()));
      ReadLabels(series);
      const uint64_t shard = shards_.size() == 1 ? 0 : model::LabelsHash(labels_) % shards_.size();
      FindDeleted();
      if (!HasChunks(series)) {
        shard_of_.push_back(kDropped);
        continue;
      }
      shard_of_.push_back(static_cast<uint16_t>(shard));
      shards_[shard].has_series = true;
      for (const tsdb::SymbolPair& label : series.labels()) {
        shards_[shard].symbols.Mark(label.name);
        shards_[shard].symbols.Mark(label.value);
      }
    }
    return series.status();
  }

  Status Write() {
    for (uint64_t i = 0; i < shards_.size(); ++i) {
      if (shards_[i].has_series) KVS_RETURN_IF_ERROR(BeginShard(i));
    }
    SeriesMerge series(indexes_, *symbols_);
    for (size_t i = 0; series.Next(); ++i) {
      KVS_RETURN_IF_ERROR(AskWhetherToGoOn(i));
      ReadLabels(series);
      FindDeleted();
      KVS_RETURN_IF_ERROR(MergeChunks(series));
      KVS_RETURN_IF_ERROR(Downsample(series));
      if (ChunksOut().empty()) continue;
      KVS_RETURN_IF_ERROR(WriteSeries(series, shards_[shard_of_[i]]));
    }
    return series.status();
  }

  Status BeginShard(uint64_t i) {
    Shard& shard = shards_[i];
    KVS_ASSIGN_OR_RETURN(tsdb::ByteSink* const index, output_.OpenIndex(i));
    KVS_ASSIGN_OR_RETURN(tsdb::SegmentOpener* const chunks, output_.OpenChunks(i));
    shard.writer = std::make_unique<tsdb::BlockWriter>(*index, *chunks);
    shard.symbols.Freeze();
    for (uint32_t s = 0; s < symbols_->size(); ++s) {
      if (shard.symbols.Has(s)) KVS_RETURN_IF_ERROR(shard.writer->AddSymbol(symbols_->Text(s)));
    }
    return OkStatus();
  }

  Status WriteSeries(const SeriesMerge& series, Shard& shard) {
    numbers_.clear();
    for (const tsdb::SymbolPair& label : series.labels()) {
      numbers_.push_back({shard.symbols.Rank(label.name), shard.symbols.Rank(label.value)});
    }
    return shard.writer->AddSeries(numbers_, ChunksOut());
  }

  Status Downsample(const SeriesMerge& series) {
    if (options_.resolution_ms == 0) return OkStatus();
    return Annotate(downsampler_.Run(merger_.chunks()),
                    sources_[series.parts().front().source].name, "/chunks");
  }

  std::span<const ChunkData> ChunksOut() const {
    return options_.resolution_ms == 0 ? merger_.chunks() : downsampler_.chunks();
  }

  Status AskWhetherToGoOn(size_t n) const {
    if (n % kAskEvery != 0 || !options_.check_alive) return OkStatus();
    return options_.check_alive();
  }

  // Only who splits or filters needs to see texts.
  void ReadLabels(const SeriesMerge& series) {
    labels_.clear();
    if (shards_.size() == 1 && options_.filter == nullptr) return;
    for (const tsdb::SymbolPair& label : series.labels()) {
      labels_.push_back({symbols_->Text(label.name), symbols_->Text(label.value)});
    }
  }

  void FindDeleted() {
    deleted_.clear();
    if (options_.filter != nullptr) options_.filter->DeletedOf(labels_, &deleted_);
    of_all_parts_ = deleted_.size();
  }

  // What is deleted of one block's part of the series.
  std::span<const DeletedRange> DeletedOf(const SeriesMerge::Part& part) {
    deleted_.resize(of_all_parts_);
    if (const tsdb::Tombstones* const stones = sources_[part.source].tombstones) {
      for (const tsdb::Tombstone& stone : stones->Of(part.number)) deleted_.push_back(stone.range);
    }
    return deleted_;
  }

  bool HasChunks(const SeriesMerge& series) {
    for (const SeriesMerge::Part& part : series.parts()) {
      const std::span<const DeletedRange> deleted = DeletedOf(part);
      for (const tsdb::ChunkMeta& chunk : part.chunks) {
        if (!CoversAll(deleted, chunk.mint, chunk.maxt)) return true;
      }
    }
    return false;
  }

  Status MergeChunks(const SeriesMerge& series) {
    chunks_.clear();
    scratches_used_ = 0;
    buriers_used_ = 0;
    for (const SeriesMerge::Part& part : series.parts()) {
      const bool has_stones = sources_[part.source].tombstones != nullptr &&
                              !sources_[part.source].tombstones->Of(part.number).empty();
      const size_t begin = chunks_.size();
      for (const tsdb::ChunkMeta& chunk : part.chunks) {
        KVS_RETURN_IF_ERROR(ReadChunk(part.source, chunk));
      }
      if (has_stones) KVS_RETURN_IF_ERROR(BuryTombstones(part, begin));
    }
    deleted_.resize(of_all_parts_);
    const Status status = merger_.Merge(chunks_, deleted_);
    if (status.ok()) return OkStatus();
    return Annotate(status, sources_[series.parts().front().source].name, "/chunks");
  }

  Status ReadChunk(size_t source, const tsdb::ChunkMeta& chunk) {
    if (scratches_used_ == scratches_.size()) scratches_.emplace_back();
    const StatusOr<tsdb::ChunkView> view =
        sources_[source].chunks.Read(chunk.ref, &scratches_[scratches_used_++]);
    if (!view.ok()) return Annotate(view.status(), sources_[source].name);
    chunks_.push_back({chunk.mint, chunk.maxt, view->encoding, view->data});
    return OkStatus();
  }

  // Tombstones hold for the samples of their block alone, so they are applied before the blocks
  // meet.
  Status BuryTombstones(const SeriesMerge::Part& part, size_t begin) {
    if (buriers_used_ == buriers_.size()) buriers_.emplace_back();
    ChunkMerger& merger = buriers_[buriers_used_++];
    const std::vector<ChunkData> whole(chunks_.begin() + static_cast<ptrdiff_t>(begin),
                                       chunks_.end());
    const Status status = merger.Merge(whole, DeletedOf(part));
    if (!status.ok()) return Annotate(status, sources_[part.source].name, "/chunks");
    chunks_.resize(begin);
    chunks_.insert(chunks_.end(), merger.chunks().begin(), merger.chunks().end());
    return OkStatus();
  }

  const std::span<const MergeSource> sources_;
  const MergeOptions& options_;
  MergeOutput& output_;
  std::vector<std::unique_ptr<OpenIndex>> indexes_;
  std::unique_ptr<MergedSymbols> symbols_;
  std::vector<Shard> shards_;
  std::vector<uint16_t> shard_of_;

  // Of the series in work; kept for their memory.
  std::vector<model::LabelView> labels_;
  std::vector<DeletedRange> deleted_;
  size_t of_all_parts_ = 0;  // So many of deleted_ hold for every part.
  std::vector<ChunkData> chunks_;
  std::deque<tsdb::Bytes> scratches_;
  size_t scratches_used_ = 0;
  std::deque<ChunkMerger> buriers_;
  size_t buriers_used_ = 0;
  std::vector<tsdb::SymbolPair> numbers_;
  ChunkMerger merger_;
  SeriesDownsampler downsampler_;
};

}  // namespace

StatusOr<MergeResult> MergeBlocks(std::span<const MergeSource> sources, const MergeOptions& options,
                                  MergeOutput& output) {
  if (options.shard_count == 0 || options.shard_count > kShardsMax) {
    return InvalidArgument("a block cannot be split into ", options.shard_count, " shards; 1 to ",
                           kShardsMax, " are possible");
  }
  return BlockMerge(sources, options, output).Run();
}

}  // namespace kvs::compactor
