// SPDX-License-Identifier: Apache-2.0
// kvs.authenticator/1 from C++: derive from Authenticator to provide it, hold an AuthenticatorRef
// to use it. The contract of each function stands in kvs/abi/port/authenticator.h; identities are
// made and read with kvs/sdk/identity.h.
#pragma once

#include <string_view>

#include "kvs/abi/port/authenticator.h"
#include "kvs/sdk/ref.h"
#include "kvs/sdk/str.h"
#include "kvs/sdk/thunk.h"

namespace kvs::sdk {

/// Who is behind a request.
class Authenticator {
 public:
  using Table = kvs_authenticator_table_t;
  static constexpr const char* kId = KVS_AUTHENTICATOR_V1;
  virtual ~Authenticator() = default;

  virtual Outcome Identify(const Call& call, const kvs_credentials_t& in, kvs_identity_t& out,
                           Completer& completer) = 0;
  /// Static text.
  virtual std::string_view Challenge() const noexcept = 0;

  static const Table* table() {
    static constexpr Table kTable = {sizeof(Table), 0, &Thunk<&Authenticator::Identify>::Entry,
                                     [](void* self) noexcept -> kvs_str_t {
                                       return Str(static_cast<Authenticator*>(self)->Challenge());
                                     }};
    return &kTable;
  }
};

class AuthenticatorRef : public RefBase<Authenticator> {
 public:
  using RefBase::RefBase;
  Method<kvs_credentials_t, kvs_identity_t> identify() const { return {table()->identify, self()}; }
  std::string_view challenge() const { return View(table()->challenge(self())); }
};

}  // namespace kvs::sdk
