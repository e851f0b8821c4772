// SPDX-License-Identifier: Apache-2.0
// Restoring series from a checkpoint: bears any bytes behind checksums that are right, and what it
// made of them can be read, appended to and cut. The input is the payload of a record of series.
#include <fstream>

#include "kvs/chunk/xor.h"

#include "batch_labels.h"
#include "checkpoint/format.h"
#include "chunk_copies.h"
#include "head_testing.h"
#include "replay.h"

namespace kvs::head {
namespace {

void Restore(std::span<const uint8_t> payload) {
  static const TempFolder folder;
  wal::Encoder out;
  out.Begin(wal::Kind::kCheckpoint);
  out.PutFixed(kCheckpointVersion);
  out.PutFixed(uint32_t{1});
  out.End();
  out.Begin(wal::Kind::kSeries);
  out.PutFixed(uint32_t{1});
  out.PutText("a");
  for (uint32_t id = 0; id < 4; ++id) {
    const kvs_pair_t label = {sdk::Str("__name__"),
                              sdk::Str(id < 2 ? (id == 0 ? "a" : "b") : (id == 2 ? "c" : "d"))};
    std::string labels;
    AppendLabelRecords({&label, 1}, labels);
    out.PutVarint(id);
    out.PutText(labels);
  }
  out.End();
  out.Begin(wal::Kind::kSeriesState);
  out.PutFixed(uint32_t{1});
  out.PutFixed(uint32_t{0});
  out.PutBytes(payload);
  out.End();
  out.Begin(wal::Kind::kCheckpointEnd);
  out.PutFixed(uint64_t{1});
  out.End();
  std::ofstream(CheckpointPath(folder.path(), 1), std::ios::binary | std::ios::trunc)
      .write(reinterpret_cast<const char*>(out.bytes().data()),
             static_cast<std::streamsize>(out.bytes().size()));

  const sdk::Host host;
  const Metrics metrics(host.metrics());
  FakeIndex index;
  const sdk::IndexerRef indexer(sdk::IfaceOf<sdk::Indexer>(&index));
  TenantMap tenants(metrics);
  ExemplarBudget exemplars(1000);
  Generations generations;
  Replay replay(host, indexer, tenants, exemplars, generations);
  if (!replay.Run(sdk::OwnedCall(""), folder.path(), folder.path()).ok()) std::abort();
  Tenant& tenant = tenants.Get("a");
  for (uint32_t id = 0; id < 4; ++id) {
    const SeriesPlace place(id);
    Shard& shard = tenant.shards[place.shard];
    MutexLock lock(shard.mutex());
    Series& series = shard.Ensure(place);
    if (series.sampled() && series.state.t < std::numeric_limits<int64_t>::max())
      shard.Append(place, series, series.state.t + 1, 1, AppendRules::InOrder());
    ChunkCopies copies;
    PendingReads pending;
    shard.Read(place, {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()},
               copies, pending);
    shard.FinishReading(copies, pending);
    for (const ChunkCopies::Chunk& chunk : copies.chunks()) {
      if (chunk.encoding != chunk::Encoding::kXor) continue;
      chunk::XorDecoder decoder(copies.BytesOf(chunk));
      int64_t t = 0;
      double v = 0;
      while (decoder.Next(&t, &v)) {
      }
    }
  }
}

}  // namespace
}  // namespace kvs::head

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  kvs::head::Restore({data, size});
  return 0;
}
