// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/traceparent.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace kvs::sdk {
namespace {

// Reads lower-case hexadecimal. False, and zeros, when it is anything else or all zero.
bool ReadHex(std::string_view text, std::span<uint8_t> out) {
  bool any = false;
  for (size_t i = 0; i < 2 * out.size(); ++i) {
    const char c = text[i];
    const int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (value < 0) {
      std::ranges::fill(out, uint8_t{0});
      return false;
    }
    out[i / 2] = static_cast<uint8_t>(i % 2 == 0 ? value << 4 : out[i / 2] | value);
    any = any || value != 0;
  }
  return any;
}

void AddHex(std::span<const uint8_t> bytes, std::string& out) {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (const uint8_t byte : bytes) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
}

}  // namespace

// 00-<32 hex>-<16 hex>-<2 hex>
void ReadTraceparent(std::string_view header, kvs_call_t& call) {
  if (header.size() < 55 || header[2] != '-' || header[35] != '-' || header[52] != '-') return;
  if (!ReadHex(header.substr(3, 32), call.trace_id)) return;
  ReadHex(header.substr(36, 16), call.span_id);
}

std::string TraceparentOf(const kvs_call_t& call) {
  if (std::ranges::all_of(call.trace_id, [](uint8_t byte) { return byte == 0; })) return {};
  std::string header = "00-";
  AddHex(call.trace_id, header);
  header += '-';
  AddHex(call.span_id, header);
  return header += "-00";
}

}  // namespace kvs::sdk
