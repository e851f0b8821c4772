// SPDX-License-Identifier: Apache-2.0
#include "kvs/tsdb/ulid.h"

#include <algorithm>

namespace kvs::tsdb {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

}  // namespace

Ulid Ulid::Make(uint64_t time_ms, std::span<const uint8_t, 10> random) {
  KVS_CHECK(time_ms <= kMaxTimeMs);
  Ulid out;
  for (int i = 0; i < 6; ++i) {
    out.bytes[static_cast<size_t>(i)] = static_cast<uint8_t>(time_ms >> (40 - 8 * i));
  }
  std::copy(random.begin(), random.end(), out.bytes.begin() + 6);
  return out;
}

StatusOr<Ulid> Ulid::Parse(std::string_view text) {
  if (text.size() != kTextBytes) {
    return InvalidArgument("a ULID has ", kTextBytes, " letters, not ", text.size());
  }
  // 26 letters carry 130 bits; the first may only use three of its five.
  if (text[0] > '7') return InvalidArgument("a ULID begins with 0 to 7, not ", text.substr(0, 1));
  Ulid out;
  unsigned held = 0;
  unsigned n_held = 0;
  size_t n = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const size_t digit = kAlphabet.find(text[i]);
    if (digit == std::string_view::npos) {
      return InvalidArgument("letter ", i + 1, " is none of a ULID");
    }
    held = (held << 5 | static_cast<unsigned>(digit)) & 0xfff;
    n_held += i == 0 ? 3 : 5;
    if (n_held >= 8) {
      n_held -= 8;
      out.bytes[n++] = static_cast<uint8_t>(held >> n_held);
    }
  }
  return out;
}

uint64_t Ulid::time_ms() const {
  uint64_t out = 0;
  for (size_t i = 0; i < 6; ++i) out = out << 8 | bytes[i];
  return out;
}

std::string Ulid::ToString() const {
  std::string out;
  unsigned held = 0;
  unsigned n_held = 2;  // Two zero bits in front make 130 of 128.
  for (const uint8_t byte : bytes) {
    held = (held << 8 | byte) & 0xfff;
    for (n_held += 8; n_held >= 5; n_held -= 5) out += kAlphabet[held >> (n_held - 5) & 31];
  }
  return out;
}

}  // namespace kvs::tsdb
