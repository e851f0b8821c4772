// SPDX-License-Identifier: Apache-2.0
// kvs.ring/1 from C++: derive from Ring to provide it, hold a RingRef to use it. The contract of each function stands in
// kvs/abi/port/ring.h.
#pragma once

#include "kvs/abi/port/ring.h"
#include "kvs/sdk/ref.h"
#include "kvs/sdk/thunk.h"

namespace kvs::sdk {

/// Which instances there are, and which of them own what.
class Ring {
 public:
  using Table = kvs_ring_table_t;
  static constexpr const char* kId = KVS_RING_V1;
  virtual ~Ring() = default;

  virtual uint64_t Epoch() = 0;
  virtual Outcome Snapshot(const Call& call, const kvs_ring_query_t& in, kvs_ring_snapshot_t& out, Completer& completer) = 0;

  static const Table* table() {
    static constexpr Table kTable = {sizeof(Table), 0, [](void* self) noexcept { return static_cast<Ring*>(self)->Epoch(); },
                                     &Thunk<&Ring::Snapshot>::Entry};
    return &kTable;
  }
};

class RingRef : public RefBase<Ring> {
 public:
  using RefBase::RefBase;
  uint64_t epoch() const { return table()->epoch(self()); }
  Method<kvs_ring_query_t, kvs_ring_snapshot_t> snapshot() const { return {table()->snapshot, self()}; }
};

}  // namespace kvs::sdk
