// SPDX-License-Identifier: Apache-2.0
// StoreReads: one query's view of a block in a bucket. What a step needs is fetched in few large
// reads; what the sizes of series and chunks are is guessed, and what turns out larger is read once
// more.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "kvs/blocks/block_reads.h"
#include "kvs/bucket/index.h"
#include "kvs/sdk/port/object_store.h"

#include "config.h"
#include "fetch.h"
#include "headers.h"
#include "metrics.h"

namespace kvs::source::blocks {

class StoreReads final : public kvs::blocks::BlockReads {
 public:
  /// All but `budget` outlive it.
  StoreReads(const sdk::StoreRef& store, const Config& config, const StoreMetrics& metrics,
             std::string_view tenant, const bucket::IndexBlock& block,
             std::shared_ptr<Budget> budget);
  ~StoreReads() override;

  /// Gets the header; before anything else. [worker]
  Status Open(const sdk::Call& call, Headers& headers);

  const std::string& name() const override { return name_; }
  const tsdb::IndexHeader& header() const override { return *header_->header; }
  const tsdb::Tombstones& tombstones() const override { return tombstones_; }
  int64_t resolution_ms() const override { return resolution_ms_; }
  const tsdb::ByteSource& index() const override { return index_; }
  StatusOr<tsdb::ChunkView> ReadChunk(uint64_t ref, tsdb::Bytes* scratch) const override;

  Status FetchIndex(const sdk::Call& call, std::span<const tsdb::ByteRange> ranges) override;
  Status FetchSeries(const sdk::Call& call, std::span<const uint32_t> numbers) override;
  StatusOr<size_t> FetchChunks(const sdk::Call& call, std::span<const tsdb::ChunkMeta> chunks,
                               size_t at_least) override;
  std::shared_ptr<const void> Pin() const override { return chunks_; }

 private:
  // The index as far as it was fetched.
  class FetchedIndex final : public tsdb::ByteSource {
   public:
    uint64_t size() const override { return UINT64_MAX; }
    StatusOr<std::span<const uint8_t>> Read(uint64_t offset, size_t size,
                                            tsdb::Bytes* scratch) const override;
    std::unique_ptr<Pieces> pieces;
  };
  using Segments = std::map<uint32_t, std::unique_ptr<Pieces>>;  // By number, from 0.

  // What a query took of one kind of data.
  struct Taken {
    uint64_t items = 0, touched_bytes = 0, fetched_bytes = 0;
  };
  Status FetchIndexPart(const sdk::Call& call, std::vector<tsdb::ByteRange> ranges, Taken* taken,
                        uint64_t min_gap = 0);
  Status FetchSegments(const sdk::Call& call,
                       std::map<uint32_t, std::vector<tsdb::ByteRange>> ranges);
  static StatusOr<uint64_t> ChunkSize(const Segments& segments, uint64_t ref);

  const sdk::StoreRef& store_;
  const Config& config_;
  const StoreMetrics& metrics_;
  const std::string tenant_;
  const tsdb::Ulid block_;
  const int64_t resolution_ms_;
  const std::string name_;
  const std::shared_ptr<Budget> budget_;
  Fetcher fetcher_;
  Taken postings_, series_, chunk_data_;
  std::shared_ptr<const OpenHeader> header_;
  const tsdb::Tombstones tombstones_;  // Nobody puts any into a bucket.
  FetchedIndex index_;
  std::shared_ptr<Segments> chunks_;
};

}  // namespace kvs::source::blocks
