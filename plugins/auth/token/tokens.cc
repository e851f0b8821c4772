// SPDX-License-Identifier: Apache-2.0
#include "tokens.h"

#include <cstring>
#include <utility>

#include "kvs/auth/grants.h"

namespace kvs::auth::token {
namespace {

// Shorter ones can be guessed over a network.
constexpr size_t kMinTokenBytes = 16;

StatusOr<Digest> DigestOf(const Grant& grant) {
  const auto plain = grant.more.find("token");
  const auto hashed = grant.more.find("sha256");
  if ((plain == grant.more.end()) == (hashed == grant.more.end())) {
    return InvalidArgument("line ", grant.line, ": an entry has either token or sha256");
  }
  if (hashed != grant.more.end()) {
    auto digest = ParseDigest(hashed->second);
    if (!digest.ok()) return Annotate(digest.status(), "line ", grant.line, ": sha256");
    return *digest;
  }
  if (plain->second.size() < kMinTokenBytes) {
    return InvalidArgument("line ", grant.line, ": the token has ", plain->second.size(),
                           " characters, fewer than ", kMinTokenBytes);
  }
  return Sha256(plain->second);
}

}  // namespace

size_t Tokens::DigestHash::operator()(const Digest& digest) const {
  size_t out = 0;
  std::memcpy(&out, digest.data(), sizeof(out));
  return out;
}

StatusOr<std::shared_ptr<const Tokens>> Tokens::Parse(const std::string& yaml) {
  KVS_ASSIGN_OR_RETURN(const std::vector<Grant> grants,
                       ParseGrants(yaml, {"tokens", {"token", "sha256"}}));
  auto out = std::make_shared<Tokens>();
  for (const Grant& grant : grants) {
    KVS_ASSIGN_OR_RETURN(const Digest digest, DigestOf(grant));
    if (!out->by_digest_.emplace(digest, sdk::MakeIdentity(grant.subjects[0], grant)).second) {
      return InvalidArgument("line ", grant.line, ": another entry has the same token");
    }
  }
  return std::shared_ptr<const Tokens>(std::move(out));
}

std::shared_ptr<const sdk::Identity> Tokens::Find(std::string_view token) const {
  const auto found = by_digest_.find(Sha256(token));
  return found == by_digest_.end() ? nullptr : found->second;
}

}  // namespace kvs::auth::token
