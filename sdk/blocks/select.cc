// SPDX-License-Identifier: Apache-2.0
#include "kvs/blocks/select.h"

#include <algorithm>
#include <limits>

#include "kvs/model/labels.h"
#include "kvs/sdk/str.h"
#include "kvs/tsdb/selection.h"

#include "series_batch.h"
#include "series_numbers.h"

namespace kvs::blocks {
namespace {

constexpr size_t kSeriesPerBatch = 1024;
constexpr size_t kChunkBytesPerBatch = 1 << 20;
// Series are read from the index so many at a time. Far blocks like large steps, and an entry takes
// some hundred bytes.
constexpr size_t kSeriesPerStretch = 8192;

// Whether all samples of a chunk are deleted; `stones` neither overlap nor touch.
bool IsGone(const tsdb::ChunkMeta& chunk, std::span<const tsdb::Tombstone> stones) {
  return std::any_of(stones.begin(), stones.end(), [&](const tsdb::Tombstone& stone) {
    return stone.range.mint <= chunk.mint && stone.range.maxt >= chunk.maxt;
  });
}

bool IsTouched(const tsdb::ChunkMeta& chunk, std::span<const tsdb::Tombstone> stones) {
  return std::any_of(stones.begin(), stones.end(), [&](const tsdb::Tombstone& stone) {
    return stone.range.mint <= chunk.maxt && stone.range.maxt >= chunk.mint;
  });
}

class Cursor final : public sdk::SeriesCursor {
 public:
  Cursor(std::unique_ptr<BlockReads> reads, const kvs_select_t& select)
      : reads_(std::move(reads)),
        symbols_(std::make_shared<tsdb::SymbolResolver>(reads_->header())),
        range_{select.min_ms, select.max_ms},
        with_chunks_((select.flags & KVS_SELECT_NO_CHUNKS) == 0),
        projects_((select.flags & KVS_SELECT_HAS_LABELS) != 0),
        shard_index_(select.shard_index),
        shard_count_(select.shard_count),
        left_(select.limit == 0 ? std::numeric_limits<uint64_t>::max() : select.limit) {
    if (!projects_) return;
    for (uint64_t i = 0; i < select.n_labels; ++i) wanted_.push_back(sdk::Text(select.labels[i]));
    std::sort(wanted_.begin(), wanted_.end());
  }

  Status Find(const sdk::Call& call, const kvs_matchers_t& matchers) {
    KVS_ASSIGN_OR_RETURN(series_, FindSeries(*reads_, call, matchers));
    return OkStatus();
  }

  sdk::Outcome Next(const sdk::Call& call, kvs_series_batch_t*& out, sdk::Completer&) override {
    KVS_RETURN_IF_ERROR(call.CheckAlive());
    auto batch = std::make_unique<SeriesBatch>(symbols_);
    KVS_RETURN_IF_ERROR(Fill(call, *batch));
    if (batch->n_added() == 0) return sdk::End();
    out = SeriesBatch::Finish(std::move(batch), with_chunks_, chunks_pin_);
    return OkStatus();
  }

 private:
  // A series that is read and not given out yet; its labels and chunks end where these say.
  struct Entry {
    uint32_t number;
    size_t labels_end;
    size_t chunks_end;
  };

  Status Fill(const sdk::Call& call, SeriesBatch& batch);
  Status ReadStretch(const sdk::Call& call);
  Status KeepSeries(const sdk::Call& call, uint32_t number);
  StatusOr<bool> IsInShard();
  Status AddLabels(std::span<const tsdb::SymbolPair> labels, SeriesBatch& batch);
  Status AddChunks(const Entry& entry, std::span<const tsdb::ChunkMeta> chunks, SeriesBatch& batch);
  StatusOr<bool> IsWanted(uint32_t name);

  const std::unique_ptr<BlockReads> reads_;
  const std::shared_ptr<tsdb::SymbolResolver> symbols_;  // Batches hold it for its texts.
  const tsdb::TimeRange range_;
  const bool with_chunks_;
  const bool projects_;
  const uint32_t shard_index_, shard_count_;
  uint64_t left_;  // Series still to be given out.
  std::vector<std::string> wanted_;
  std::vector<std::pair<uint32_t, bool>> known_names_;  // Numbers of names, and whether wanted.

  tsdb::SeriesSet series_;
  size_t next_ = 0;  // Of series_, not read yet.

  // The stretch: what is read of series_, up to next_.
  std::vector<Entry> stretch_;
  std::vector<tsdb::SymbolPair> labels_;
  std::vector<tsdb::ChunkMeta> chunks_;
  size_t at_ = 0;  // Of stretch_, to be given out next; its labels and chunks begin here:
  size_t labels_at_ = 0, chunks_at_ = 0;
  size_t chunks_fetched_ = 0;  // Of chunks_, up to here.
  std::shared_ptr<const void> chunks_pin_;

  tsdb::SeriesEntry entry_;
  tsdb::Bytes scratch_;
  std::vector<OwnedChunk> cut_;
};

Status Cursor::Fill(const sdk::Call& call, SeriesBatch& batch) {
  while (left_ > 0 && batch.n_added() < kSeriesPerBatch &&
         batch.chunk_bytes() < kChunkBytesPerBatch) {
    if (at_ == stretch_.size()) {
      // Chunks of two stretches have two pins.
      if (next_ == series_.size() || batch.n_added() > 0) return OkStatus();
      KVS_RETURN_IF_ERROR(ReadStretch(call));
      continue;
    }
    const Entry& entry = stretch_[at_];
    const size_t n_chunks = entry.chunks_end - chunks_at_;
    if (with_chunks_ && entry.chunks_end > chunks_fetched_) {
      if (batch.n_added() > 0) return OkStatus();
      const std::span<const tsdb::ChunkMeta> rest = std::span(chunks_).subspan(chunks_at_);
      StatusOr<size_t> n = reads_->FetchChunks(call, rest, n_chunks);
      if (!n.ok()) return Annotate(n.status(), reads_->name(), "/chunks");
      KVS_CHECK(*n >= n_chunks);
      chunks_fetched_ = chunks_at_ + *n;
      chunks_pin_ = reads_->Pin();
    }
    const auto labels = std::span(labels_).subspan(labels_at_, entry.labels_end - labels_at_);
    KVS_RETURN_IF_ERROR(Annotate(AddLabels(labels, batch), reads_->name(), "/index"));
    if (with_chunks_) {
      KVS_RETURN_IF_ERROR(
          Annotate(AddChunks(entry, std::span(chunks_).subspan(chunks_at_, n_chunks), batch),
                   reads_->name(), "/chunks"));
    }
    if (batch.FinishSeries(with_chunks_)) --left_;
    labels_at_ = entry.labels_end;
    chunks_at_ = entry.chunks_end;
    ++at_;
  }
  return OkStatus();
}

Status Cursor::ReadStretch(const sdk::Call& call) {
  stretch_.clear();
  labels_.clear();
  chunks_.clear();
  at_ = labels_at_ = chunks_at_ = chunks_fetched_ = 0;
  // With a small limit few series are wanted, though some of those read may have no chunks.
  const size_t n = static_cast<size_t>(std::min<uint64_t>(
      {series_.size() - next_, kSeriesPerStretch, std::max<uint64_t>(left_, 64)}));
  const std::span<const uint32_t> numbers = std::span(series_).subspan(next_, n);
  Status status = reads_->FetchSeries(call, numbers);
  for (size_t i = 0; status.ok() && i < n; ++i) status = KeepSeries(call, numbers[i]);
  next_ += n;
  return Annotate(status, reads_->name(), "/index");
}

// Puts a series at the end of the stretch if it has what is asked for.
Status Cursor::KeepSeries(const sdk::Call& /*call*/, uint32_t number) {
  KVS_RETURN_IF_ERROR(ReadSeries(*reads_, number, range_, &entry_, &scratch_));
  const std::span<const tsdb::Tombstone> stones = reads_->tombstones().Of(number);
  if (!stones.empty()) {
    std::erase_if(entry_.chunks,
                  [&](const tsdb::ChunkMeta& chunk) { return IsGone(chunk, stones); });
  }
  if (entry_.chunks.empty()) return OkStatus();
  if (shard_count_ > 1) {
    KVS_ASSIGN_OR_RETURN(const bool in_shard, IsInShard());
    if (!in_shard) return OkStatus();
  }
  labels_.insert(labels_.end(), entry_.labels.begin(), entry_.labels.end());
  if (with_chunks_) chunks_.insert(chunks_.end(), entry_.chunks.begin(), entry_.chunks.end());
  stretch_.push_back({number, labels_.size(), chunks_.size()});
  return OkStatus();
}

StatusOr<bool> Cursor::IsInShard() {
  model::SeriesHasher hasher;
  for (const tsdb::SymbolPair& label : entry_.labels) {
    KVS_ASSIGN_OR_RETURN(const std::string_view name, symbols_->Resolve(label.name));
    KVS_ASSIGN_OR_RETURN(const std::string_view value, symbols_->Resolve(label.value));
    hasher.Add(name, value);
  }
  return hasher.Finish() % shard_count_ == shard_index_;
}

StatusOr<bool> Cursor::IsWanted(uint32_t name) {
  for (const auto& [number, wanted] : known_names_) {
    if (number == name) return wanted;
  }
  KVS_ASSIGN_OR_RETURN(const std::string_view text, symbols_->Resolve(name));
  const bool wanted = std::binary_search(wanted_.begin(), wanted_.end(), text);
  known_names_.emplace_back(name, wanted);
  return wanted;
}

Status Cursor::AddLabels(std::span<const tsdb::SymbolPair> labels, SeriesBatch& batch) {
  for (const tsdb::SymbolPair& label : labels) {
    if (projects_) {
      KVS_ASSIGN_OR_RETURN(const bool wanted, IsWanted(label.name));
      if (!wanted) continue;
    }
    KVS_ASSIGN_OR_RETURN(const std::string_view name, symbols_->Resolve(label.name));
    KVS_ASSIGN_OR_RETURN(const std::string_view value, symbols_->Resolve(label.value));
    batch.AddLabel(label.name, name, label.value, value);
  }
  return OkStatus();
}

Status Cursor::AddChunks(const Entry& entry, std::span<const tsdb::ChunkMeta> chunks,
                         SeriesBatch& batch) {
  const std::span<const tsdb::Tombstone> stones = reads_->tombstones().Of(entry.number);
  for (const tsdb::ChunkMeta& chunk : chunks) {
    KVS_ASSIGN_OR_RETURN(const tsdb::ChunkView view, reads_->ReadChunk(chunk.ref, &scratch_));
    if (!stones.empty() && IsTouched(chunk, stones)) {
      cut_.clear();
      const Status status = CutChunk(view.encoding, view.data, stones, &cut_);
      if (!status.ok()) {
        return Annotate(status, "segment ", tsdb::SegmentName(tsdb::ChunkSegment(chunk.ref)),
                        ": chunk at offset ", tsdb::ChunkOffset(chunk.ref));
      }
      for (OwnedChunk& left : cut_) {
        const bool in_range = left.max_ms >= range_.mint && left.min_ms <= range_.maxt;
        if (in_range) batch.AddChunk(std::move(left), reads_->resolution_ms());
      }
    } else if (const uint8_t* const at = view.data.data();
               at >= scratch_.data() && at < scratch_.data() + scratch_.size()) {
      batch.AddChunk(
          {chunk.mint, chunk.maxt, view.encoding, tsdb::Bytes(view.data.begin(), view.data.end())},
          reads_->resolution_ms());
    } else {
      batch.AddChunk(chunk.mint, chunk.maxt, view.encoding, view.data, reads_->resolution_ms());
    }
  }
  return OkStatus();
}

}  // namespace

StatusOr<std::vector<model::Matcher>> CompileMatchers(const kvs_matchers_t& matchers) {
  std::vector<model::Matcher> out;
  for (uint64_t i = 0; i < matchers.n; ++i) {
    const kvs_matcher_t& m = matchers.matchers[i];
    KVS_ASSIGN_OR_RETURN(model::Matcher matcher,
                         model::Matcher::Make(static_cast<model::MatchType>(m.type),
                                              sdk::View(m.name), sdk::View(m.value)));
    out.push_back(std::move(matcher));
  }
  return out;
}

StatusOr<std::unique_ptr<sdk::SeriesCursor>> SelectSeries(std::unique_ptr<BlockReads> reads,
                                                          const sdk::Call& call,
                                                          const kvs_select_t& select) {
  auto cursor = std::make_unique<Cursor>(std::move(reads), select);
  KVS_RETURN_IF_ERROR(cursor->Find(call, select.matchers));
  return std::unique_ptr<sdk::SeriesCursor>(std::move(cursor));
}

}  // namespace kvs::blocks
