// SPDX-License-Identifier: Apache-2.0
#include "exchange.h"

#include <algorithm>
#include <utility>

#include "kvs/sdk/str.h"
#include "kvs/sdk/traceparent.h"

namespace kvs::net::http {

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
  sdk::ReadTraceparent(Header("traceparent"), call);
}

void Exchange::AnswerPlain(int status, std::string_view text) {
  own_status = status;
  own_body = text;
  if (!own_body.empty()) own_body.push_back('\n');  // As Go's servers end their texts.
  own_headers = {{"Content-Type", "text/plain; charset=utf-8"},
                 {"X-Content-Type-Options", "nosniff"}};
}

}  // namespace kvs::net::http
