// SPDX-License-Identifier: Apache-2.0
// Identities: who is behind a call. Authenticators make them once, for as many requests as come;
// whoever has to narrow a call to what its caller may see finds the identity in the call's extras.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kvs/abi/port/authenticator.h"
#include "kvs/base/status.h"
#include "kvs/sdk/call.h"

namespace kvs::sdk {

/// A condition on a label, as kvs_matcher_t has it, with texts of its own.
struct OwnedMatcher {
  std::string name;
  int32_t type = KVS_MATCH_EQUAL;
  std::string value;

  friend bool operator==(const OwnedMatcher&, const OwnedMatcher&) = default;
};

/// What a kvs_identity_t points at. Immutable; one serves all requests of its subject.
class Identity {
 public:
  Identity(std::string subject, uint32_t rights, std::vector<std::string> tenants,
           std::vector<OwnedMatcher> matchers);
  Identity(const Identity&) = delete;
  Identity& operator=(const Identity&) = delete;

  const std::string& subject() const { return subject_; }
  uint32_t rights() const { return rights_; }
  const std::vector<std::string>& tenants() const { return tenants_; }
  const std::vector<OwnedMatcher>& matchers() const { return matchers_; }

  /// Fills `out`, which keeps `identity` until its release. [any]
  static void HandOut(std::shared_ptr<const Identity> identity, kvs_identity_t& out);

 private:
  const std::string subject_;
  const uint32_t rights_;
  const std::vector<std::string> tenants_;
  const std::vector<OwnedMatcher> matchers_;
  std::vector<kvs_str_t> raw_tenants_;
  std::vector<kvs_matcher_t> raw_matchers_;
};

/// Of what a file grants: anything with rights, tenants and matchers (name, type, value).
template <typename Grant>
std::shared_ptr<const Identity> MakeIdentity(std::string subject, const Grant& grant) {
  std::vector<OwnedMatcher> matchers;
  for (const auto& m : grant.matchers) matchers.push_back({m.name, m.type, m.value});
  return std::make_shared<const Identity>(std::move(subject), grant.rights, grant.tenants,
                                          std::move(matchers));
}

/// The identity in the extras of a call; NULL when nobody asked who it is. Borrowed with the call.
/// [any]
const kvs_identity_t* IdentityOf(const Call& call);
/// The matchers that bind the caller; none when it is not bound. Borrowed with the call. [any]
kvs_matchers_t BindingMatchers(const Call& call);

/// Whether the identity may act for this tenant; of several, as "a|b", for each of them. [any]
bool MayActFor(const kvs_identity_t& identity, std::string_view tenant);

/// Matchers as one line for a header or a key of a cache: "job=api&env=~prod%7Cdev". Equal matchers
/// in equal order give equal text; empty: none. [any]
std::string EncodeMatchers(const kvs_matchers_t& matchers);
/// The reverse. InvalidArgument for what is no such line. [any]
StatusOr<std::vector<OwnedMatcher>> DecodeMatchers(std::string_view text);

}  // namespace kvs::sdk
