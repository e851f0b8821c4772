// SPDX-License-Identifier: Apache-2.0
// BlockMaker: blocks for tests, in memory or in a folder.
//
//   BlockMaker maker;
//   maker.AddFloats({{"__name__", "up"}, {"job", "a"}}, 0, 15'000, {1, 1, 0});
//   const MadeBlock block = maker.Make(7);
//   block.WriteTo(dir.path());                        //
//   dir/0000...7/{meta.json,index,chunks/000001}
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "kvs/model/labels.h"
#include "kvs/tsdb/block_writer.h"
#include "kvs/tsdb/tombstones.h"

namespace kvs::testkit {

struct MadeBlock {
  tsdb::BlockMeta meta;
  std::map<std::string, tsdb::Bytes> files;  ///< By path within the block, meta.json too.

  std::string ulid() const { return meta.ulid.ToString(); }
  /// Into folder/ULID. Aborts when it cannot. Returns that path.
  std::string WriteTo(const std::string& folder) const;
};

class BlockMaker {
 public:
  /// A series with chunks of its own; each label set once, in any order. The bytes are copied.
  void Add(const model::Labels& labels, const std::vector<tsdb::ChunkData>& chunks);
  /// A series of floats in XOR chunks, the i-th value at first_ms + i * step_ms.
  void AddFloats(const model::Labels& labels, int64_t first_ms, int64_t step_ms,
                 const std::vector<double>& values, size_t per_chunk = 120);
  /// As a source of the block's contents; without, it is its own.
  void AddSource(tsdb::Ulid ulid) { sources_.push_back(ulid); }
  /// Deletes samples; both ends count.
  void Delete(const model::Labels& labels, int64_t min_ms, int64_t max_ms);

  /// The block that is named by this number. The maker stays as it is.
  MadeBlock Make(uint64_t number, int64_t level = 1) const;

 private:
  struct Deletion {
    model::Labels labels;
    tsdb::DeletedRange range;
  };
  std::map<model::Labels, std::vector<tsdb::ChunkData>> series_;
  std::deque<tsdb::Bytes> bytes_;
  std::vector<tsdb::Ulid> sources_;
  std::vector<Deletion> deletions_;
};

/// The ULID that Make() gives a block of this number.
tsdb::Ulid NumberedUlid(uint64_t number);

}  // namespace kvs::testkit
