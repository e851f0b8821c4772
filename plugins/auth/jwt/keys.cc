// SPDX-License-Identifier: Apache-2.0
#include "keys.h"

#include <simdjson.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include "kvs/auth/crypto.h"

namespace kvs::auth::jwt {
namespace {

constexpr int kMinRsaBits = 2048;
constexpr size_t kCoordinateBytes = 32;
constexpr size_t kMaxKeys = 100;  // Without a kid every one is tried.

template <typename T, void (*Release)(T*)>
struct Releaser {
  void operator()(T* value) const { Release(value); }
};
using Number = std::unique_ptr<BIGNUM, Releaser<BIGNUM, BN_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, Releaser<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Releaser<OSSL_PARAM, OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Releaser<EVP_PKEY_CTX, EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Releaser<EVP_MD_CTX, EVP_MD_CTX_free>>;

const unsigned char* BytesOf(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Number MakeNumber(std::string_view bytes) {
  return Number(BN_bin2bn(BytesOf(bytes), static_cast<int>(bytes.size()), nullptr));
}

std::string_view TextOf(const simdjson::dom::object& object, std::string_view name) {
  std::string_view out;
  return object[name].get(out) == simdjson::SUCCESS ? out : std::string_view();
}

EVP_PKEY* MakeKey(const char* type, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (params == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    ERR_clear_error();
    return nullptr;
  }
  return key;
}

EVP_PKEY* RsaKey(std::string_view n64, std::string_view e64) {
  const auto n = DecodeBase64Url(n64), e = DecodeBase64Url(e64);
  if (!n.ok() || !e.ok() || n->size() > 2048 || e->size() > 8) return nullptr;
  const Number modulus = MakeNumber(*n), exponent = MakeNumber(*e);
  if (BN_num_bits(modulus.get()) < kMinRsaBits || BN_is_odd(exponent.get()) == 0) return nullptr;
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  return MakeKey("RSA", builder.get());
}

EVP_PKEY* EcKey(std::string_view curve, std::string_view x64, std::string_view y64) {
  const auto x = DecodeBase64Url(x64), y = DecodeBase64Url(y64);
  if (curve != "P-256" || !x.ok() || !y.ok() || x->size() != kCoordinateBytes ||
      y->size() != kCoordinateBytes)
    return nullptr;
  const std::string point = StrCat("\x04", *x, *y);
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                   point.size());
  return MakeKey("EC", builder.get());
}

// OpenSSL wants r and s in DER; tokens have them one after the other.
std::string ToDer(std::string_view raw) {
  const std::unique_ptr<ECDSA_SIG, Releaser<ECDSA_SIG, ECDSA_SIG_free>> signature(ECDSA_SIG_new());
  ECDSA_SIG_set0(signature.get(), MakeNumber(raw.substr(0, kCoordinateBytes)).release(),
                 MakeNumber(raw.substr(kCoordinateBytes)).release());
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  std::string out;
  if (size > 0) out.assign(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return out;
}

}  // namespace

StatusOr<std::shared_ptr<const Keys>> Keys::Parse(const std::string& json) {
  simdjson::dom::parser parser;
  simdjson::dom::object root;
  simdjson::dom::array list;
  if (parser.parse(json).get(root) != simdjson::SUCCESS ||
      root["keys"].get(list) != simdjson::SUCCESS) {
    return InvalidArgument("not a JSON Web Key Set: an object with an array called keys");
  }
  auto out = std::make_shared<Keys>();
  for (const simdjson::dom::element element : list) {
    simdjson::dom::object object;
    if (element.get(object) != simdjson::SUCCESS || out->keys_.size() >= kMaxKeys) continue;
    const std::string_view use = TextOf(object, "use"), algorithm = TextOf(object, "alg"),
                           type = TextOf(object, "kty");
    if (!use.empty() && use != "sig") continue;
    Key key{std::string(TextOf(object, "kid")), Algorithm::kRs256, nullptr};
    if (type == "RSA" && (algorithm.empty() || algorithm == "RS256")) {
      key.key.reset(RsaKey(TextOf(object, "n"), TextOf(object, "e")));
    } else if (type == "EC" && (algorithm.empty() || algorithm == "ES256")) {
      key.algorithm = Algorithm::kEs256;
      key.key.reset(EcKey(TextOf(object, "crv"), TextOf(object, "x"), TextOf(object, "y")));
    }
    if (key.key != nullptr) out->keys_.push_back(std::move(key));
  }
  if (out->keys_.empty())
    return InvalidArgument("the key set holds no key for RS256 (of 2048 bits or more) or ES256");
  return std::shared_ptr<const Keys>(std::move(out));
}

bool Keys::Fits(const Key& key, const Token& token) {
  std::string der;
  std::string_view signature = token.signature;
  if (key.algorithm == Algorithm::kEs256) {
    if (signature.size() != 2 * kCoordinateBytes) return false;
    der = ToDer(signature);
    signature = der;
  }
  const DigestContext context(EVP_MD_CTX_new());
  const bool fits =
      context != nullptr &&
      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.key.get()) == 1 &&
      EVP_DigestVerify(context.get(), BytesOf(signature), signature.size(),
                       BytesOf(token.signed_part), token.signed_part.size()) == 1;
  ERR_clear_error();
  return fits;
}

Keys::Verdict Keys::Verify(const Token& token) const {
  bool known = false;
  for (const Key& key : keys_) {
    if (!token.key_id.empty() && key.id != token.key_id) continue;
    known = true;
    // Of another algorithm: a token does not choose what its key is used for.
    if (key.algorithm != token.algorithm) continue;
    if (Fits(key, token)) return Verdict::kGood;
  }
  return known ? Verdict::kBad : Verdict::kUnknownKey;
}

}  // namespace kvs::auth::jwt
