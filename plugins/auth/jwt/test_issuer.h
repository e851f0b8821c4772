// SPDX-License-Identifier: Apache-2.0
// An issuer for tests: makes keys, publishes them as a key set, and signs tokens with them.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "kvs/base/str_cat.h"

namespace kvs::auth::jwt {

inline std::string Base64Url(std::string_view bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  uint32_t bits = 0;
  int have = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    have += 8;
    while (have >= 6) out.push_back(kDigits[bits >> (have -= 6) & 63]);
  }
  if (have > 0) out.push_back(kDigits[bits << (6 - have) & 63]);
  return out;
}

class TestIssuer {
 public:
  explicit TestIssuer(int rsa_bits = 2048)
      : rsa_(EVP_RSA_gen(static_cast<unsigned>(rsa_bits)), &EVP_PKEY_free),
        ec_(EVP_EC_gen("P-256"), &EVP_PKEY_free) {}

  std::string RsaJwk(std::string_view id = "rsa",
                     std::string_view more = R"(,"use":"sig","alg":"RS256")") const {
    return StrCat(R"({"kty":"RSA","kid":")", id, R"(","n":")", Number(*rsa_, OSSL_PKEY_PARAM_RSA_N),
                  R"(","e":")", Number(*rsa_, OSSL_PKEY_PARAM_RSA_E), "\"", more, "}");
  }
  std::string EcJwk(std::string_view id = "ec", std::string_view more = "") const {
    return StrCat(R"({"kty":"EC","crv":"P-256","kid":")", id, R"(","x":")",
                  Number(*ec_, OSSL_PKEY_PARAM_EC_PUB_X, 32), R"(","y":")",
                  Number(*ec_, OSSL_PKEY_PARAM_EC_PUB_Y, 32), "\"", more, "}");
  }
  std::string KeySet() const { return StrCat(R"({"keys":[)", RsaJwk(), ",", EcJwk(), "]}"); }

  std::string Rs256(std::string_view claims,
                    std::string_view header = R"({"alg":"RS256","kid":"rsa","typ":"JWT"})") const {
    const std::string text = StrCat(Base64Url(header), ".", Base64Url(claims));
    return StrCat(text, ".", Base64Url(Sign(*rsa_, text)));
  }
  std::string Es256(std::string_view claims,
                    std::string_view header = R"({"alg":"ES256","kid":"ec"})") const {
    const std::string text = StrCat(Base64Url(header), ".", Base64Url(claims));
    const std::string der = Sign(*ec_, text);
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    ECDSA_SIG* const signature = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
    std::string raw(64, '\0');
    BN_bn2binpad(ECDSA_SIG_get0_r(signature), reinterpret_cast<unsigned char*>(raw.data()), 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(signature), reinterpret_cast<unsigned char*>(raw.data()) + 32,
                 32);
    ECDSA_SIG_free(signature);
    return StrCat(text, ".", Base64Url(raw));
  }

 private:
  static std::string Number(EVP_PKEY& key, const char* name, int size = 0) {
    BIGNUM* number = nullptr;
    EVP_PKEY_get_bn_param(&key, name, &number);
    std::string out(static_cast<size_t>(size > 0 ? size : BN_num_bytes(number)), '\0');
    BN_bn2binpad(number, reinterpret_cast<unsigned char*>(out.data()),
                 static_cast<int>(out.size()));
    BN_free(number);
    return Base64Url(out);
  }
  static std::string Sign(EVP_PKEY& key, std::string_view text) {
    EVP_MD_CTX* const context = EVP_MD_CTX_new();
    size_t size = 0;
    EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, &key);
    const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
    EVP_DigestSign(context, nullptr, &size, bytes, text.size());
    std::string out(size, '\0');
    EVP_DigestSign(context, reinterpret_cast<unsigned char*>(out.data()), &size, bytes,
                   text.size());
    out.resize(size);
    EVP_MD_CTX_free(context);
    return out;
  }

  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> rsa_;
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> ec_;
};

}  // namespace kvs::auth::jwt
