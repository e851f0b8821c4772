// SPDX-License-Identifier: Apache-2.0
// kvs.limiter/1 from C++: derive from Limiter to provide it, hold a LimiterRef to use it. The contract of each function
// stands in kvs/abi/port/limiter.h.
#pragma once

#include "kvs/abi/port/limiter.h"
#include "kvs/sdk/ref.h"
#include "kvs/sdk/thunk.h"

namespace kvs::sdk {

/// What a tenant may do.
class Limiter {
 public:
  using Table = kvs_limiter_table_t;
  static constexpr const char* kId = KVS_LIMITER_V1;
  virtual ~Limiter() = default;

  virtual uint64_t Epoch() noexcept = 0;
  virtual Outcome Limits(const Call& call, const kvs_limit_names_t& in, kvs_limit_values_t& out, Completer& completer) = 0;
  virtual Outcome Take(const Call& call, const kvs_limit_take_t& in, Completer& completer) = 0;
  /// Those who know numbers only leave it: nothing is set.
  virtual Outcome Texts(const Call& /*call*/, const kvs_limit_names_t& /*in*/, kvs_limit_texts_t& /*out*/, Completer& /*completer*/) {
    return Unimplemented("this limiter has no texts");
  }

  static const Table* table() {
    static constexpr Table kTable = {
        sizeof(Table), 0, [](void* self) noexcept -> uint64_t { return static_cast<Limiter*>(self)->Epoch(); },
        &Thunk<&Limiter::Limits>::Entry, &Thunk<&Limiter::Take>::Entry, &Thunk<&Limiter::Texts>::Entry};
    return &kTable;
  }
};

class LimiterRef : public RefBase<Limiter> {
 public:
  using RefBase::RefBase;
  uint64_t epoch() const { return table()->epoch(self()); }
  Method<kvs_limit_names_t, kvs_limit_values_t> limits() const { return {table()->limits, self()}; }
  Method<kvs_limit_take_t, void> take() const { return {table()->take, self()}; }
  Method<kvs_limit_names_t, kvs_limit_texts_t> texts() const { return {table()->texts, self()}; }
};

}  // namespace kvs::sdk
