// SPDX-License-Identifier: Apache-2.0
#include "pages.h"

#include <memory>

#include "kvs/http/status_code.h"

#include "limiter.h"

namespace kvs::limiter::static_limits {
namespace {

constexpr uint64_t kMaxBodyBytes = 64 << 10;

sdk::HttpReply ErrorReply(const Status& status) {
  constexpr http::CodeOverride kCodes[] = {{StatusCode::kFailedPrecondition, 501},
                                           {StatusCode::kAborted, 409}};
  return sdk::HttpReply::PlainText(http::HttpCode(status, kCodes), StrCat(status.message(), "\n"));
}

}  // namespace

LimitPages::LimitPages(StaticLimiter& limiter, sdk::Host host, bool has_file)
    : limiter_(limiter), host_(host), has_file_(has_file) {}

Status LimitPages::HangUp(const sdk::RoutesRef& http) {
  const char* const me = host_.component();
  constexpr char kLimits[] = "/api/v1/user_limits";
  KVS_RETURN_IF_ERROR(
      http.Add(me, "GET", kLimits, &get_, {.flags = KVS_HTTP_NEEDS_TENANT | KVS_HTTP_READS}));
  KVS_RETURN_IF_ERROR(http.Add(me, "PUT", kLimits, &put_,
                               {.flags = KVS_HTTP_NEEDS_TENANT | KVS_HTTP_ADMIN,
                                .max_body_bytes = kMaxBodyBytes,
                                .max_decoded_bytes = kMaxBodyBytes}));
  if (!has_file_) return OkStatus();
  return http.Add(me, "GET", "/runtime_config", &runtime_config_, {.flags = KVS_HTTP_ADMIN});
}

sdk::Outcome LimitPages::Get::Handle(const sdk::Call& call, const kvs_http_request_t& /*in*/,
                                     kvs_http_reply_t& out, sdk::Completer& /*completer*/) {
  sdk::Send(sdk::HttpReply::Json(200, ToJson(pages_.limiter_.table()->Of(call.tenant()))), out);
  return OkStatus();
}

sdk::Outcome LimitPages::RuntimeConfig::Handle(const sdk::Call& /*call*/,
                                               const kvs_http_request_t& /*in*/,
                                               kvs_http_reply_t& out,
                                               sdk::Completer& /*completer*/) {
  sdk::HttpReply reply;
  reply.headers = {{"content-type", "application/yaml"}};
  reply.body = pages_.limiter_.file_text();
  sdk::Send(std::move(reply), out);
  return OkStatus();
}

sdk::Outcome LimitPages::Put::Handle(const sdk::Call& call, const kvs_http_request_t& in,
                                     kvs_http_reply_t& out, sdk::Completer& completer) {
  auto done = std::make_shared<sdk::Completion>(completer.Defer());
  // Call, request and reply stay valid until the completion.
  pages_.host_.executor().PostWorker([this, call, &in, &out, done] {
    sdk::Send(pages_.Set(call, in), out);
    (*done)(OkStatus());
  });
  return sdk::Pending();
}

sdk::HttpReply LimitPages::Set(const sdk::Call& call, const kvs_http_request_t& in) {
  std::vector<std::string> removed;
  auto set = ParseLimitSet(std::string(sdk::TextOf(in.body)), &removed);
  if (!set.ok()) return ErrorReply(set.status());
  if (!set->limit_class.empty())
    return ErrorReply(InvalidArgument(
        "class cannot be set here: classes of tenants stand in the overrides file"));
  std::vector<std::string> changed = removed;
  for (const auto& [name, unused] : set->numbers) changed.push_back(name);
  for (const auto& [name, unused] : set->texts) changed.push_back(name);
  std::erase(changed, "name_validation_utf8");
  std::erase(changed, "label_value_length_over_limit_action");
  for (const std::string& name : changed) {
    // A file may name what only others know; what a person sets now is meant to have an effect.
    if (FindLimit(name) == nullptr)
      return ErrorReply(
          InvalidArgument("no limit is called ", name, "; GET shows those there are"));
  }
  const LimitSet before = limiter_.table()->Of(call.tenant());
  if (const Status status = limiter_.SetOverHttp(call, *set, removed); !status.ok()) {
    host_.log().Warn(
        "limits were not changed over HTTP",
        {{"tenant", call.tenant()}, {"remote", sdk::View(in.remote)}, {"error", status.message()}});
    return ErrorReply(status);
  }
  const LimitSet now = limiter_.table()->Of(call.tenant());
  for (const std::string& name : changed) {
    host_.log().Info("audit: a limit was changed over HTTP", {{"tenant", call.tenant()},
                                                              {"limit", name},
                                                              {"before", ToJson(before, name)},
                                                              {"now", ToJson(now, name)},
                                                              {"remote", sdk::View(in.remote)}});
  }
  return sdk::HttpReply::Json(200, ToJson(now));
}

}  // namespace kvs::limiter::static_limits
