// SPDX-License-Identifier: Apache-2.0
// kvs.dialer/1 from C++: derive from Dialer to provide it, hold a DialerRef to use it. The contract of each function stands in
// kvs/abi/draft/dialer.h.
#pragma once

#include <string_view>

#include "kvs/abi/draft/dialer.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/ref.h"
#include "kvs/sdk/thunk.h"

namespace kvs::sdk {

/// Ports of whoever listens at an address.
class Dialer {
 public:
  using Table = kvs_dialer_table_t;
  static constexpr const char* kId = KVS_DIALER_V1;
  virtual ~Dialer() = default;

  virtual Outcome Dial(const Call& call, const kvs_dial_t& in, kvs_connection_t& out, Completer& completer) = 0;

  static const Table* table() {
    static constexpr Table kTable = {sizeof(Table), 0, &Thunk<&Dialer::Dial>::Entry};
    return &kTable;
  }
};

class DialerRef : public RefBase<Dialer> {
 public:
  using RefBase::RefBase;
  Method<kvs_dial_t, kvs_connection_t> dial() const { return {table()->dial, self()}; }
};

/// A peer, and its ports as references: `peer.port<SinkRef>()`. Keep it for as long as calls are under way.
class Connection {
 public:
  kvs_connection_t* out() { return owned_.out(); }
  /// Empty when the connection does not carry it.
  template <typename Ref>
  Ref port() const {
    auto iface = Record<kvs_iface_t>();
    return owned_->get != nullptr && owned_->get(&*owned_, Ref::Port::kId, &iface) == KVS_OK ? Ref(iface) : Ref();
  }

 private:
  Owned<kvs_connection_t> owned_;
};

}  // namespace kvs::sdk
