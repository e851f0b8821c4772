// SPDX-License-Identifier: Apache-2.0
#include "merge/chunk_merger.h"

#include <algorithm>

namespace kvs::compactor {
namespace {

using tsdb::ChunkData;
using tsdb::DeletedRange;

bool Touches(std::span<const DeletedRange> ranges, int64_t mint, int64_t maxt) {
  return std::any_of(ranges.begin(), ranges.end(), [=](const DeletedRange& range) {
    return range.mint <= maxt && mint <= range.maxt;
  });
}

bool IsDeleted(std::span<const DeletedRange> ranges, int64_t t) {
  return Touches(ranges, t, t);
}

bool AreCopies(const ChunkData& a, const ChunkData& b) {
  return a.mint == b.mint && a.maxt == b.maxt && a.encoding == b.encoding &&
         std::equal(a.bytes.begin(), a.bytes.end(), b.bytes.begin(), b.bytes.end());
}

// A chunk that is being read, and how early it stands among the others.
struct Source {
  SampleReader samples;
  size_t rank;
};

// For a heap whose top is the earliest sample, of equal times that of the earliest chunk.
bool HasLaterSample(const Source* a, const Source* b) {
  if (a->samples.t() != b->samples.t()) return a->samples.t() > b->samples.t();
  return a->rank > b->rank;
}

}  // namespace

bool CoversAll(std::span<const DeletedRange> ranges, int64_t mint, int64_t maxt) {
  return std::any_of(ranges.begin(), ranges.end(), [=](const DeletedRange& range) {
    return range.mint <= mint && maxt <= range.maxt;
  });
}

Status ChunkMerger::Merge(std::vector<ChunkData> chunks, std::span<const DeletedRange> deleted) {
  out_.clear();
  cut_.clear();
  recoders_used_ = 0;
  std::stable_sort(chunks.begin(), chunks.end(),
                   [](const ChunkData& a, const ChunkData& b) { return a.mint < b.mint; });
  for (size_t begin = 0; begin < chunks.size();) {
    int64_t maxt = chunks[begin].maxt;
    size_t end = begin + 1;
    for (; end < chunks.size() && chunks[end].mint <= maxt; ++end) {
      maxt = std::max(maxt, chunks[end].maxt);
    }
    KVS_RETURN_IF_ERROR(MergeGroup(std::span(chunks).subspan(begin, end - begin), deleted));
    begin = end;
  }
  return OkStatus();
}

Status ChunkMerger::MergeGroup(std::span<const ChunkData> group,
                               std::span<const DeletedRange> deleted) {
  const ChunkData& first = group.front();
  uint64_t samples = 0;
  int64_t maxt = first.maxt;
  bool are_copies = true;
  for (const ChunkData& chunk : group) {
    samples += CountSamples(chunk.encoding, chunk.bytes);
    maxt = std::max(maxt, chunk.maxt);
    are_copies = are_copies && AreCopies(first, chunk);
  }
  if (CoversAll(deleted, first.mint, maxt)) {
    stats_.samples_in += samples;
    stats_.deleted += samples;
    return OkStatus();
  }
  if (are_copies && !Touches(deleted, first.mint, maxt)) {
    stats_.samples_in += samples;
    stats_.duplicates += samples - CountSamples(first.encoding, first.bytes);
    ++stats_.chunks_copied;
    out_.push_back(first);
    return OkStatus();
  }
  if (are_copies && first.encoding == chunk::Encoding::kAggregates) return Cut(first, deleted);
  return Recode(are_copies ? group.first(1) : group, deleted);
}

// Aggregates are no samples that could be written one by one.
Status ChunkMerger::Cut(const ChunkData& chunk, std::span<const DeletedRange> deleted) {
  std::vector<tsdb::Tombstone> stones;
  for (const DeletedRange& range : deleted) stones.push_back({0, range});
  std::vector<blocks::OwnedChunk>& left = cut_.emplace_back();
  KVS_RETURN_IF_ERROR(blocks::CutChunk(chunk.encoding, chunk.bytes, stones, &left));
  const uint64_t samples = CountSamples(chunk.encoding, chunk.bytes);
  stats_.samples_in += samples;
  stats_.deleted += samples;
  for (const blocks::OwnedChunk& part : left) {
    stats_.deleted -= CountSamples(part.encoding, part.bytes);
    out_.push_back({part.min_ms, part.max_ms, part.encoding, part.bytes});
  }
  ++stats_.chunks_recoded;
  return OkStatus();
}

Status ChunkMerger::Recode(std::span<const ChunkData> group,
                           std::span<const DeletedRange> deleted) {
  if (recoders_used_ == recoders_.size()) recoders_.emplace_back();
  Recoder& recoder = recoders_[recoders_used_++];
  recoder.Clear();
  std::deque<Source> sources;
  std::vector<Source*> heap;
  for (size_t i = 0; i < group.size(); ++i) {
    Source& source = sources.emplace_back(Source{{group[i].encoding, group[i].bytes}, i});
    if (source.samples.Next()) heap.push_back(&source);
  }
  std::make_heap(heap.begin(), heap.end(), HasLaterSample);
  bool any = false;
  int64_t last = 0;
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), HasLaterSample);
    Source& source = *heap.back();
    const int64_t t = source.samples.t();
    ++stats_.samples_in;
    if (any && t == last) {
      ++stats_.duplicates;
    } else if (any && t < last) {
      return DataLoss("a chunk from ", group[source.rank].mint, " is not in the order of time: ", t,
                      " comes after ", last);
    } else {
      any = true;
      last = t;
      if (IsDeleted(deleted, t)) {
        ++stats_.deleted;
      } else {
        recoder.Append(source.samples);
      }
    }
    if (source.samples.Next()) {
      std::push_heap(heap.begin(), heap.end(), HasLaterSample);
    } else {
      heap.pop_back();
    }
  }
  for (const Source& source : sources) KVS_RETURN_IF_ERROR(source.samples.status());
  recoder.Cut();
  recoder.AppendChunksTo(&out_);
  stats_.chunks_recoded += group.size();
  return OkStatus();
}

}  // namespace kvs::compactor
