// SPDX-License-Identifier: Apache-2.0
#include "otlp_value.h"

#include <algorithm>
#include <cmath>

#include "kvs/http/json.h"
#include "kvs/wire/number_text.h"

namespace kvs::wire::otlp {

void AppendBase64(std::string& out, std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t n = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < n ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    }
    for (size_t k = 0; k < 4; ++k) out += k <= n ? kDigits[group >> (18 - 6 * k) & 63] : '=';
  }
}

void AppendDouble(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "json: unsupported value: ";
    AppendDecimal(out, value);
    return;
  }
  std::string text;
  http::AppendFloat(text, value);
  // Exponents have no zeros in front, as in other JSON.
  if (const size_t at = text.find("e-0"); at != text.npos) text.erase(at + 2, 1);
  out += text;
}

void JsonMap::AppendTo(std::string& out) {
  std::stable_sort(members_.begin(), members_.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  out += '{';
  bool first = true;
  for (size_t i = 0; i < members_.size(); ++i) {
    if (i + 1 < members_.size() && members_[i].first == members_[i + 1].first) continue;
    if (!first) out += ',';
    first = false;
    http::AppendJsonString(out, members_[i].first);
    out += ':';
    out += members_[i].second;
  }
  out += '}';
}

}  // namespace kvs::wire::otlp
