// SPDX-License-Identifier: Apache-2.0
// KnownLabels: what a server keeps of the labels that its peers have told, by the keys of their
// series, so that a write brings labels only of series that it has not brought before. A sink still
// gets labels with every series: they are lent from here.
//
// It is only a cache. Label sets lie in slabs in the order in which they were told; when
// `max_bytes` are full, the oldest slab is dropped, and who writes one of its series is asked for
// the labels again. Equal labels under several keys, as several distributors give them, lie here
// once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <shared_mutex>
#include <span>
#include <string_view>
#include <vector>

#include "kvs/model/elements.h"
#include "kvs/model/series_key.h"

namespace kvs::remote::grpc {

/// [any]
class KnownLabels {
  struct Slab {
    explicit Slab(size_t size) : bytes(std::make_unique_for_overwrite<uint8_t[]>(size)) {}
    const std::unique_ptr<uint8_t[]> bytes;
  };

 public:
  /// Keeps what Find() gave where it is.
  using Lease = std::vector<std::shared_ptr<const Slab>>;

  /// Keeps label sets of so many bytes together, and 16 for each; its table takes about a third of
  /// that on top.
  explicit KnownLabels(size_t max_bytes);

  /// For each series that is known: its label records, lent by `lease`, and in place of its key one
  /// that all who write these labels share, so that sinks take it for one series. Of the others,
  /// the index of those whose labels[i] has no data is in `missing`.
  void Find(std::string_view tenant, std::span<model::Key128> keys,
            std::span<model::BytesRef> labels, Lease* lease, std::vector<uint32_t>* missing) const;
  /// From now on series keys[rows[i]] of the tenant has the label records labels[rows[i]].
  void Learn(std::string_view tenant, std::span<const uint32_t> rows,
             std::span<const model::Key128> keys, std::span<const model::BytesRef> labels);

  /// In slabs: of label sets, and 16 for each.
  size_t bytes() const;

 private:
  // 96 bits of a key, and where its labels stand. A slot whose slab was dropped is free, but the
  // search goes on.
  struct Slot {
    uint64_t tag_hi = 0;
    uint32_t tag_lo = 0;
    uint32_t slab = 0;  // 0: nothing was ever here. Others count slabs from the first on.
    uint32_t offset = 0;
    uint32_t size = 0;
  };
  static constexpr size_t kSlabs = 64;

  uint64_t SaltOf(std::string_view tenant) const { return hasher_.Hash(tenant).lo; }
  static model::Key128 Salted(model::Key128 key, uint64_t salt) {
    return {key.lo ^ salt, key.hi ^ salt};
  }
  bool IsLive(const Slot& slot) const { return slot.slab >= oldest_; }
  const Slot* Search(model::Key128 key) const;
  void Place(model::Key128 key, const Slot& place);
  Slot Append(model::Key128 shared, std::span<const uint8_t> labels);
  void Grow(size_t more);

  const model::KeyHasher hasher_;  // Under a secret of this table's.
  const size_t slab_bytes_;
  mutable std::shared_mutex mutex_;
  std::vector<Slot> slots_;  // A power of two, at most three quarters taken.
  size_t taken_ = 0;
  std::deque<std::shared_ptr<Slab>> slabs_;  // The last is being filled.
  uint32_t oldest_ = 1;
  size_t filled_ = 0;  // Of the last slab.
};

}  // namespace kvs::remote::grpc
