// SPDX-License-Identifier: Apache-2.0
#include "password.h"

#include <crypt.h>

#include <memory>

#include <openssl/sha.h>

#include "kvs/auth/crypto.h"

namespace kvs::auth::htpasswd {
namespace {

constexpr std::string_view kOldSha = "{SHA}";
constexpr size_t kSha1Bytes = 20;

}  // namespace

Status CheckHashKind(std::string_view hash) {
  for (const std::string_view kind : {"$2a$", "$2b$", "$2y$", "$5$", "$6$"}) {
    if (hash.starts_with(kind)) return OkStatus();
  }
  if (hash.starts_with(kOldSha)) {
    const auto digest = DecodeBase64(hash.substr(kOldSha.size()));
    if (digest.ok() && digest->size() == kSha1Bytes) return OkStatus();
    return InvalidArgument("{SHA} is followed by no digest");
  }
  if (hash.starts_with("$apr1$") || hash.starts_with("$1$")) {
    return InvalidArgument("MD5 is no protection; write the entry anew with htpasswd -B");
  }
  return InvalidArgument(
      "the password is hashed in no way that is known here; write it anew with htpasswd -B");
}

bool PasswordFits(const std::string& password, const std::string& hash) {
  // C's functions would see another password.
  if (password.find('\0') != std::string::npos) return false;
  if (hash.starts_with(kOldSha)) {
    unsigned char digest[kSha1Bytes];
    SHA1(reinterpret_cast<const unsigned char*>(password.data()), password.size(), digest);
    const auto wanted = DecodeBase64(std::string_view(hash).substr(kOldSha.size()));
    return wanted.ok() &&
           EqualInConstantTime(*wanted, {reinterpret_cast<const char*>(digest), sizeof(digest)});
  }
  // Large: not for a stack.
  const auto scratch = std::make_unique<crypt_data>();
  const char* const made =
      crypt_rn(password.c_str(), hash.c_str(), scratch.get(), sizeof(*scratch));
  return made != nullptr && EqualInConstantTime(made, hash);
}

}  // namespace kvs::auth::htpasswd
