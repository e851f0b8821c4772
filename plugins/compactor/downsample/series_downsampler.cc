// SPDX-License-Identifier: Apache-2.0
#include "downsample/series_downsampler.h"

#include <algorithm>

#include "merge/sample_reader.h"

namespace kvs::compactor {
namespace {

using chunk::Encoding;
using tsdb::ChunkData;

bool IsFloats(const ChunkData& chunk) {
  return chunk.encoding == Encoding::kXor || chunk.encoding == Encoding::kXor2 ||
         chunk.encoding == Encoding::kAggregates;
}

}  // namespace

Status SeriesDownsampler::Run(std::span<const ChunkData> in) {
  out_.clear();
  made_.clear();
  for (size_t i = 0; i < in.size();) {
    if (!IsFloats(in[i])) {
      samples_in_ += CountSamples(in[i].encoding, in[i].bytes);
      Keep(in[i++]);
      continue;
    }
    size_t end = i + 1;
    while (end < in.size() && IsFloats(in[end])) ++end;
    // What is made of floats must not reach into the histograms behind them.
    const int64_t last_ms = end < in.size() ? std::min(last_ms_, in[end].mint - 1) : last_ms_;
    KVS_RETURN_IF_ERROR(RunFloats(in.subspan(i, end - i), last_ms));
    i = end;
  }
  // Nothing but stale markers: a series that has chunks keeps some, so that no block comes out
  // empty and is made again and again.
  if (out_.empty()) {
    for (const ChunkData& chunk : in) Keep(chunk);
  }
  return OkStatus();
}

Status SeriesDownsampler::RunFloats(std::span<const ChunkData> in, int64_t last_ms) {
  chunk::Downsampler downsampler(resolution_ms_, last_ms);
  bool any = false;
  int64_t last = 0;
  for (const ChunkData& data : in) {
    samples_in_ += CountSamples(data.encoding, data.bytes);
    if (data.encoding == Encoding::kAggregates) {
      KVS_RETURN_IF_ERROR(downsampler.AddAggregates(data.bytes));
      continue;
    }
    SampleReader samples(data.encoding, data.bytes);
    while (samples.Next()) {
      if (any && samples.t() <= last) {
        return DataLoss("a chunk from ", data.mint, " is not in the order of time: ", samples.t(),
                        " comes after ", last);
      }
      any = true;
      last = samples.t();
      downsampler.Add(last, samples.value());
    }
    KVS_RETURN_IF_ERROR(samples.status());
  }
  for (chunk::AggregatesChunk& made : downsampler.Finish()) {
    const chunk::AggregatesChunk& kept = made_.emplace_back(std::move(made));
    Keep({kept.mint, kept.maxt, Encoding::kAggregates, kept.bytes});
  }
  return OkStatus();
}

void SeriesDownsampler::Keep(const ChunkData& chunk) {
  samples_out_ += CountSamples(chunk.encoding, chunk.bytes);
  out_.push_back(chunk);
}

}  // namespace kvs::compactor
