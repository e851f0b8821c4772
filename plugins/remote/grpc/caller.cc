// SPDX-License-Identifier: Apache-2.0
#include "caller.h"

#include <chrono>
#include <utility>

#include <grpc/grpc_security_constants.h>

#include "kvs/abi/port/object_store.h"
#include "kvs/abi/port/series_sink.h"
#include "kvs/sdk/identity.h"
#include "kvs/sdk/str.h"
#include "kvs/sdk/traceparent.h"

#include "reply.h"

namespace kvs::remote::grpc {
namespace {

std::string MetadataOf(const ::grpc::CallbackServerContext& context, const char* key) {
  const auto found = context.client_metadata().find(key);
  return found == context.client_metadata().end()
             ? ""
             : std::string(found->second.data(), found->second.size());
}

uint32_t RightFor(const v1::Request& request) {
  if (request.interface() == KVS_SERIES_SINK_V1) return KVS_RIGHT_WRITE;
  if (request.interface() != KVS_OBJECT_STORE_V1) return KVS_RIGHT_READ;
  return request.method() == "put" || request.method() == "remove" ? KVS_RIGHT_WRITE
                                                                   : KVS_RIGHT_READ;
}

}  // namespace

Caller::Caller(::grpc::CallbackServerContext* context)
    : context_(context),
      owned_(MetadataOf(*context, kTenantKey), cancel_.raw()),
      ext_(sdk::Record<kvs_ext_t>()),
      labels_(MetadataOf(*context, kLabelsKey)) {
  const auto deadline = context->deadline();
  if (deadline != std::chrono::system_clock::time_point::max()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::system_clock::now());
    owned_.WithTimeoutMs(left.count());
  }
  raw_ = *owned_.call().raw();
  sdk::ReadTraceparent(MetadataOf(*context, kTraceKey), raw_);
}

Status Caller::Admit(const std::vector<sdk::AuthenticatorRef>& auth, const v1::Request& request) {
  if (!auth.empty()) {
    KVS_RETURN_IF_ERROR(Identify(auth));
    const uint32_t right = RightFor(request);
    if ((identity_->rights & right) != right)
      return PermissionDenied("access denied: these credentials lack the right");
    if (!sdk::MayActFor(*identity_, call().tenant()))
      return PermissionDenied("access denied: these credentials do not cover the tenant");
  }
  if (!labels_.empty()) KVS_RETURN_IF_ERROR(Bind());
  ext_.id = KVS_EXT_IDENTITY;
  ext_.value = &*identity_;
  raw_.ext = &ext_;
  return OkStatus();
}

Status Caller::Identify(const std::vector<sdk::AuthenticatorRef>& auth) {
  const std::string authorization = MetadataOf(*context_, kAuthorizationKey);
  const std::string remote = context_->peer();
  std::string subject;
  std::vector<std::string> names;
  if (const auto peer = context_->auth_context(); peer != nullptr && peer->IsPeerAuthenticated()) {
    const auto texts = [&peer](const char* property) { return peer->FindPropertyValues(property); };
    for (const auto& text : texts("x509_subject")) subject.assign(text.data(), text.size());
    for (const auto& [property, kind] : {std::pair(GRPC_PEER_DNS_PROPERTY_NAME, "DNS:"),
                                         std::pair(GRPC_PEER_URI_PROPERTY_NAME, "URI:"),
                                         std::pair(GRPC_PEER_EMAIL_PROPERTY_NAME, "EMAIL:"),
                                         std::pair(GRPC_PEER_IP_PROPERTY_NAME, "IP:")}) {
      for (const auto& text : texts(property))
        names.push_back(StrCat(kind, std::string_view(text.data(), text.size())));
    }
  }
  std::vector<kvs_str_t> raw_names;
  for (const std::string& name : names) raw_names.push_back(sdk::Str(name));
  auto shown = sdk::Record<kvs_credentials_t>();
  shown.authorization = sdk::Str(authorization);
  shown.peer_subject = sdk::Str(subject);
  shown.peer_names = raw_names.data();
  shown.n_peer_names = raw_names.size();
  shown.remote = sdk::Str(remote);
  for (const sdk::AuthenticatorRef& authenticator : auth) {
    const Status status = sdk::Await(authenticator.identify(), call(), &shown, identity_.out());
    if (status.ok()) return status;
    if (status.code() == StatusCode::kPermissionDenied) return PermissionDenied("access denied");
    if (status.code() != StatusCode::kUnauthenticated) return status;
  }
  return Unauthenticated("no valid credentials");
}

// What binds whoever the caller calls for binds this call too, beside what binds the caller.
Status Caller::Bind() {
  KVS_ASSIGN_OR_RETURN(std::vector<sdk::OwnedMatcher> matchers, sdk::DecodeMatchers(labels_));
  std::vector<std::string> tenants{"*"};
  uint32_t rights = KVS_RIGHT_READ | KVS_RIGHT_WRITE;
  std::string subject;
  if (identity_->release != nullptr) {
    subject = sdk::Text(identity_->subject);
    rights = identity_->rights;
    tenants.clear();
    for (uint64_t i = 0; i < identity_->n_tenants; ++i)
      tenants.push_back(sdk::Text(identity_->tenants[i]));
    for (uint64_t i = 0; i < identity_->matchers.n; ++i) {
      const kvs_matcher_t& m = identity_->matchers.matchers[i];
      matchers.push_back({sdk::Text(m.name), m.type, sdk::Text(m.value)});
    }
  }
  sdk::Identity::HandOut(std::make_shared<const sdk::Identity>(
                             std::move(subject), rights, std::move(tenants), std::move(matchers)),
                         *identity_.out());
  return OkStatus();
}

}  // namespace kvs::remote::grpc
