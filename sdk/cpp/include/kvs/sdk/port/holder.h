// SPDX-License-Identifier: Apache-2.0
// kvs.holder/1 from C++: derive from Holder to provide it, hold a HolderRef to use it. The contract of each function stands in
// kvs/abi/draft/holder.h.
#pragma once

#include "kvs/abi/draft/holder.h"
#include "kvs/sdk/ref.h"
#include "kvs/sdk/thunk.h"

namespace kvs::sdk {

/// Has data that nobody else has, and can hand it over.
class Holder {
 public:
  using Table = kvs_holder_table_t;
  static constexpr const char* kId = KVS_HOLDER_V1;
  virtual ~Holder() = default;

  virtual Outcome HandOver(const Call& call, kvs_hand_over_t& out, Completer& completer) = 0;

  static const Table* table() {
    static constexpr Table kTable = {sizeof(Table), 0, &Thunk<&Holder::HandOver>::Entry};
    return &kTable;
  }
};

class HolderRef : public RefBase<Holder> {
 public:
  using RefBase::RefBase;
  Method<void, kvs_hand_over_t> hand_over() const { return {table()->hand_over, self()}; }
};

}  // namespace kvs::sdk
