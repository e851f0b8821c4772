// SPDX-License-Identifier: Apache-2.0
// Series keys: 128-bit hashes of label bytes as they arrived. Equal keys mean equal labels;
// different keys mean nothing. They reach no disk, and no two processes make the same: the seed is
// the process's secret mixed with the tenant, so that nobody outside can construct a collision and
// tenants cannot share keys. The hash that is stored is SeriesHasher of labels.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "kvs/model/elements.h"

namespace kvs::model {

/// Hashes under one seed. Costs 50 ns to make; make one a request. Immutable. [any]
class KeyHasher {
 public:
  explicit KeyHasher(uint64_t seed);

  /// Layout protobuf: the key of a series is the hash of its label records; also the hash of a
  /// symbol.
  Key128 Hash(std::span<const uint8_t> bytes) const;
  Key128 Hash(std::string_view text) const;

 private:
  uint64_t seed_;
  Key128 (*hash_)(const uint8_t* data, size_t size, const uint8_t* secret, uint64_t seed);
  alignas(64) uint8_t secret_[192];
};

/// Layout symbols: the key of a series from the hashes of all symbols and its references, each
/// below the number of hashes. Order counts. Keys do not depend on how symbols are numbered, so two
/// requests with other tables give equal keys.
Key128 FoldSymbolHashes(const Key128* symbol_hashes, const uint32_t* refs, size_t n_refs);

}  // namespace kvs::model
