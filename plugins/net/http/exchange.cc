// SPDX-License-Identifier: Apache-2.0
#include "exchange.h"

#include <algorithm>
#include <utility>

#include "kvs/sdk/str.h"

namespace kvs::net::http {
namespace {

// Reads n bytes of lower-case hexadecimal. False, and zeros, when it is anything else or all zero.
bool ParseHex(std::string_view text, uint8_t* out, size_t n) {
  bool any = false;
  for (size_t i = 0; i < 2 * n; ++i) {
    const char c = text[i];
    const int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (value < 0) {
      std::fill(out, out + n, uint8_t{0});
      return false;
    }
    out[i / 2] = static_cast<uint8_t>(i % 2 == 0 ? value << 4 : out[i / 2] | value);
    any = any || value != 0;
  }
  return any;
}

// W3C trace context: 00-<32 hex>-<16 hex>-<2 hex>.
void ParseTraceparent(std::string_view header, kvs_call_t& call) {
  if (header.size() < 55 || header[2] != '-' || header[35] != '-' || header[52] != '-') return;
  if (!ParseHex(header.substr(3, 32), call.trace_id, 16)) return;
  ParseHex(header.substr(36, 16), call.span_id, 8);
}

}  // namespace

Exchange::Exchange()
    : call(sdk::Record<kvs_call_t>()),
      in(sdk::Record<kvs_http_request_t>()),
      out(sdk::Record<kvs_http_reply_t>()),
      error(sdk::Record<kvs_error_t>()),
      identity_ext_(sdk::Record<kvs_ext_t>()) {}

void Exchange::ReleaseAnswer() {
  if (out.release != nullptr) out.release(&out);
  out = sdk::Record<kvs_http_reply_t>();
  if (inside != nullptr) std::exchange(inside, nullptr)->Leave();
}

Exchange::~Exchange() {
  ReleaseAnswer();
  if (error.release != nullptr) error.release(&error);
}

std::string_view Exchange::Header(std::string_view name) const {
  for (const auto& [n, value] : headers) {
    if (n == name) return value;
  }
  return {};
}

void Exchange::FillRecords(std::string_view remote, int64_t request_timeout_ms, bool raw_body) {
  for (const auto& [name, value] : headers) {
    // The body is not encoded any more.
    if (!raw_body && name == "content-encoding") continue;
    raw_headers_.push_back({sdk::Str(name), sdk::Str(value)});
  }
  for (const std::string& param : match.params) raw_params_.push_back(sdk::Str(param));
  const size_t question = std::min(target.find('?'), target.size());
  in.n_headers = static_cast<uint32_t>(raw_headers_.size());
  in.headers = raw_headers_.data();
  in.method = sdk::Str(method);
  in.path = sdk::Str(match.path);
  in.query = sdk::Str(std::string_view(target).substr(std::min(question + 1, target.size())));
  in.body = {body.data(), body.size()};
  in.params = raw_params_.data();
  in.n_params = raw_params_.size();
  in.remote = sdk::Str(remote);
  in.target = sdk::Str(target);
  call.tenant = sdk::Str(tenant);
  call.cancel = cancel.raw();
  if (identified) {
    identity_ext_.id = KVS_EXT_IDENTITY;
    identity_ext_.value = &*identity;
    call.ext = &identity_ext_;
  }
  call.deadline_ns =
      request_timeout_ms > 0 ? sdk::MonotonicNs() + request_timeout_ms * 1'000'000 : 0;
  ParseTraceparent(Header("traceparent"), call);
}

void Exchange::AnswerPlain(int status, std::string_view text) {
  own_status = status;
  own_body = text;
  if (!own_body.empty()) own_body.push_back('\n');  // As Go's servers end their texts.
  own_headers = {{"Content-Type", "text/plain; charset=utf-8"},
                 {"X-Content-Type-Options", "nosniff"}};
}

}  // namespace kvs::net::http
