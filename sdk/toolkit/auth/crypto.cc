// SPDX-License-Identifier: Apache-2.0
#include "kvs/auth/crypto.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

namespace kvs::auth {
namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int Value64(char c, char c62, char c63) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == c62 ? 62 : c == c63 ? 63 : -1;
}

// Without padding.
StatusOr<std::string> Decode(std::string_view text, char c62, char c63) {
  if (text.size() % 4 == 1) return InvalidArgument("base64 of an impossible length");
  std::string out;
  out.reserve(text.size() * 3 / 4);
  uint32_t bits = 0;
  int have = 0;
  for (const char c : text) {
    const int value = Value64(c, c62, c63);
    if (value < 0) return InvalidArgument("a character that is not base64");
    bits = bits << 6 | static_cast<uint32_t>(value);
    have += 6;
    if (have < 8) continue;
    have -= 8;
    out.push_back(static_cast<char>(bits >> have & 0xFF));
  }
  if ((bits & ((1u << have) - 1)) != 0) return InvalidArgument("base64 with bits left over");
  return out;
}

}  // namespace

Digest Sha256(std::string_view bytes) {
  Digest out;
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), out.data());
  return out;
}

std::string ToHex(std::string_view bytes) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out.push_back(kHex[static_cast<unsigned char>(c) >> 4]);
    out.push_back(kHex[static_cast<unsigned char>(c) & 15]);
  }
  return out;
}

StatusOr<Digest> ParseDigest(std::string_view hex) {
  Digest out{};
  if (hex.size() != 2 * out.size())
    return InvalidArgument("a SHA-256 has 64 hexadecimal digits, not ", hex.size());
  for (size_t i = 0; i < out.size(); ++i) {
    const int high = HexValue(hex[2 * i]), low = HexValue(hex[2 * i + 1]);
    if (high < 0 || low < 0) return InvalidArgument("a SHA-256 has hexadecimal digits only");
    out[i] = static_cast<uint8_t>(high << 4 | low);
  }
  return out;
}

bool EqualInConstantTime(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

StatusOr<std::string> DecodeBase64(std::string_view text) {
  if (text.size() % 4 != 0) return InvalidArgument("base64 without its padding");
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return Decode(text, '+', '/');
}

StatusOr<std::string> DecodeBase64Url(std::string_view text) {
  return Decode(text, '-', '_');
}

std::string_view CredentialsOf(std::string_view authorization, std::string_view scheme) {
  if (authorization.size() <= scheme.size() || authorization[scheme.size()] != ' ') return {};
  for (size_t i = 0; i < scheme.size(); ++i) {
    if ((authorization[i] | 0x20) != (scheme[i] | 0x20)) return {};
  }
  authorization.remove_prefix(scheme.size());
  while (authorization.starts_with(' ')) authorization.remove_prefix(1);
  while (authorization.ends_with(' ')) authorization.remove_suffix(1);
  return authorization;
}

}  // namespace kvs::auth
