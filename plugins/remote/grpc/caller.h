// SPDX-License-Identifier: Apache-2.0
// Caller: the context of one call from outside: its tenant, its deadline, its trace, its
// cancellation, and who makes it.
#pragma once

#include <vector>

#include <grpcpp/grpcpp.h>

#include "kvs/base/status.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/port/authenticator.h"

#include "remote.pb.h"

namespace kvs::remote::grpc {

class Caller {
 public:
  explicit Caller(::grpc::CallbackServerContext* context);
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  sdk::Call call() const { return sdk::Call(&raw_); }
  void Cancel() { cancel_.Cancel(); }

  /// Whether Admit() has anything to do. Cheap.
  bool NeedsAdmission(const std::vector<sdk::AuthenticatorRef>& auth) const {
    return !auth.empty() || !labels_.empty();
  }
  /// Finds out who calls, and whether they may; from then on call() carries the identity.
  /// Unauthenticated or PermissionDenied. [worker]
  Status Admit(const std::vector<sdk::AuthenticatorRef>& auth, const v1::Request& request);

 private:
  Status Identify(const std::vector<sdk::AuthenticatorRef>& auth);
  Status Bind();

  ::grpc::CallbackServerContext* const context_;
  sdk::CancelSource cancel_;
  sdk::OwnedCall owned_;
  kvs_call_t raw_;
  kvs_ext_t ext_;
  std::string labels_;  // What binds whoever the caller calls for.
  sdk::Owned<kvs_identity_t> identity_;
};

}  // namespace kvs::remote::grpc
