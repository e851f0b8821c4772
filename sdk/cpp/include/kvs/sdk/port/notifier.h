// SPDX-License-Identifier: Apache-2.0
// kvs.notifier/1 from C++: derive from Notifier to provide it, hold a NotifierRef to use it. The contract of each function
// stands in kvs/abi/port/notifier.h.
#pragma once

#include <string_view>

#include "kvs/abi/port/notifier.h"
#include "kvs/sdk/ref.h"
#include "kvs/sdk/str.h"
#include "kvs/sdk/thunk.h"

namespace kvs::sdk {

/// Tells people about alerts, in one way.
class Notifier {
 public:
  using Table = kvs_notifier_table_t;
  static constexpr const char* kId = KVS_NOTIFIER_V1;
  virtual ~Notifier() = default;

  /// Static text: "webhook".
  virtual std::string_view Type() const noexcept = 0;
  virtual Outcome CheckReceiver(const Call& call, const kvs_receiver_t& in, Completer& completer) = 0;
  virtual Outcome Notify(const Call& call, const kvs_notification_t& in, kvs_delivery_t& out, Completer& completer) = 0;

  static const Table* table() {
    static constexpr Table kTable = {
        sizeof(Table), 0, [](void* self) noexcept -> kvs_str_t { return Str(static_cast<Notifier*>(self)->Type()); },
        &Thunk<&Notifier::CheckReceiver>::Entry, &Thunk<&Notifier::Notify>::Entry};
    return &kTable;
  }
};

class NotifierRef : public RefBase<Notifier> {
 public:
  using RefBase::RefBase;
  std::string_view type() const { return View(table()->type(self())); }
  Method<kvs_receiver_t, void> check() const { return {table()->check, self()}; }
  Method<kvs_notification_t, kvs_delivery_t> notify() const { return {table()->notify, self()}; }
};

}  // namespace kvs::sdk
