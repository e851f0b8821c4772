// SPDX-License-Identifier: Apache-2.0
// HeaderStore: of each block's index the parts that say where everything else is, on the local
// disk: symbols, the table of label values with the places of their postings, and the table of
// contents. They are kept byte for byte, in pieces, so that they are read by the same code as a
// whole index, and a restart downloads nothing.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/lmdb/lmdb.h"
#include "kvs/tsdb/bytes.h"
#include "kvs/tsdb/ulid.h"

namespace kvs::source::blocks {

/// Parts of an index: its bytes [0, front.size()) and [index_bytes - tail.size(), index_bytes).
struct HeaderParts {
  uint64_t index_bytes = 0;
  std::span<const uint8_t> front;
  std::span<const uint8_t> tail;
};

/// One environment of LMDB. [worker]
class HeaderStore {
 public:
  /// Makes the folder when it is not there. The error names it.
  static StatusOr<std::unique_ptr<HeaderStore>> Open(const std::string& folder, uint64_t max_bytes);

  /// All of it or nothing. ResourceExhausted when it does not fit.
  Status Put(std::string_view tenant, const tsdb::Ulid& block, const HeaderParts& parts);
  /// The index as far as its parts are there; a null pointer when there are none. Borrows the
  /// store.
  StatusOr<std::unique_ptr<tsdb::ByteSource>> Find(std::string_view tenant,
                                                   const tsdb::Ulid& block) const;
  /// What is not there is removed already.
  Status Remove(std::string_view tenant, const tsdb::Ulid& block);
  /// Blocks of a tenant that are here.
  StatusOr<std::vector<tsdb::Ulid>> List(std::string_view tenant) const;
  uint64_t used_bytes() const { return env_.used_bytes(); }

 private:
  HeaderStore(lmdb::Env env, lmdb::Db db) : env_(std::move(env)), db_(db) {}
  lmdb::Env env_;
  lmdb::Db db_;
};

}  // namespace kvs::source::blocks
