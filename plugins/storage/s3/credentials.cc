// SPDX-License-Identifier: Apache-2.0
#include "credentials.h"

#include <cstdio>
#include <memory>
#include <utility>

#include "answers.h"
#include "errors.h"
#include "signing.h"

namespace kvs::storage::s3 {
namespace {

constexpr int64_t kRenewBeforeMs =
    5 * 60'000;  // Of the end: renewed in the background from here on.
constexpr int64_t kUsableBeforeMs =
    30'000;                          // Nearer to the end they are not used: a request takes time.
constexpr int64_t kAgainMs = 2'000;  // Between two renewals, failed or not.
constexpr int64_t kStsTimeoutMs = 20'000;
constexpr size_t kTokenBytesMax = 64 << 10;

std::string FirstOf(const std::string& configured, const std::string& otherwise) {
  return configured.empty() ? otherwise : configured;
}

// A small file of a mounted volume. [worker]
StatusOr<std::string> ReadToken(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"),
                                                             &std::fclose);
  if (file == nullptr)
    return FailedPrecondition("the web identity token ", path, " cannot be read");
  std::string out(kTokenBytesMax, '\0');
  out.resize(std::fread(out.data(), 1, out.size(), file.get()));
  while (out.ends_with('\n')) out.pop_back();
  if (out.empty()) return FailedPrecondition("the web identity token ", path, " is empty");
  return out;
}

}  // namespace

StatusOr<CredentialPlan> PlanCredentials(const Config& config, const std::string& region,
                                         const Environment& environment) {
  CredentialPlan plan;
  if (!config.access_key_id.empty()) {
    plan.fixed = Credentials{config.access_key_id, config.secret_access_key.value,
                             config.session_token.value};
    return plan;
  }
  plan.role_arn = FirstOf(config.role_arn, environment("AWS_ROLE_ARN"));
  plan.token_file =
      FirstOf(config.web_identity_token_file, environment("AWS_WEB_IDENTITY_TOKEN_FILE"));
  const std::string key = environment("AWS_ACCESS_KEY_ID");
  const std::string secret = environment("AWS_SECRET_ACCESS_KEY");
  // A role that the configuration names is meant more than keys which happen to be around.
  const bool role_is_meant = !config.role_arn.empty() || !config.web_identity_token_file.empty();
  if (!role_is_meant && !key.empty() && !secret.empty()) {
    plan.fixed = Credentials{key, secret, environment("AWS_SESSION_TOKEN")};
    return plan;
  }
  if (plan.role_arn.empty() || plan.token_file.empty()) {
    return FailedPrecondition(
        "no credentials: set access_key_id and secret_access_key, or AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY, or role_arn and web_identity_token_file");
  }
  plan.role_session_name =
      FirstOf(config.role_session_name, FirstOf(environment("AWS_ROLE_SESSION_NAME"), "kvasir"));
  plan.sts_url = FirstOf(config.sts_endpoint, StrCat("https://sts.", region, ".amazonaws.com",
                                                     region.starts_with("cn-") ? ".cn" : ""));
  if (plan.sts_url.find("://") == std::string::npos) plan.sts_url = "https://" + plan.sts_url;
  if (!plan.sts_url.ends_with('/')) plan.sts_url += "/";
  return plan;
}

CredentialSource::CredentialSource(sdk::Host host, HttpClient& http, sdk::Gate& gate,
                                   const Metrics& metrics, CredentialPlan plan)
    : host_(host), http_(http), gate_(gate), metrics_(metrics), plan_(std::move(plan)) {}

std::optional<StatusOr<Credentials>> CredentialSource::Look(sdk::Pause* pause, bool waited,
                                                            bool* renew) {
  const int64_t now = host_.clock().NowMs();
  const MutexLock lock(mutex_);
  const bool fresh = current_.has_value() && now < current_->expires_ms - kRenewBeforeMs;
  if (!fresh && !renewing_ && now >= next_try_ms_) *renew = renewing_ = true;
  // Near their end they are used when there is no renewal to wait for, and what a renewal has just
  // given is used however short its life is: waiting for better could last for ever.
  const int64_t margin_ms = renewing_ ? kUsableBeforeMs : 0;
  const bool usable = current_.has_value() && (waited || now < current_->expires_ms - margin_ms);
  if (usable) return StatusOr<Credentials>(*current_);
  if (!renewing_) return StatusOr<Credentials>(last_error_);
  waiters_.push_back(pause);
  return std::nullopt;
}

void CredentialSource::Forget(sdk::Pause* pause) {
  const MutexLock lock(mutex_);
  std::erase(waiters_, pause);
}

sdk::Co<StatusOr<Credentials>> CredentialSource::Get(const sdk::Call& call) {
  if (plan_.fixed.has_value()) co_return *plan_.fixed;
  for (bool waited = false;; waited = true) {
    sdk::Pause pause(host_, call, -1);
    bool renew = false;
    std::optional<StatusOr<Credentials>> found = Look(&pause, waited, &renew);
    if (renew) Renew(sdk::Gate::Hold(&gate_));
    if (found.has_value()) co_return std::move(*found);
    const Status end = co_await pause;
    Forget(&pause);
    if (!end.ok()) co_return end;
  }
}

void CredentialSource::Expired(const Credentials& credentials) {
  const MutexLock lock(mutex_);
  if (current_.has_value() && current_->access_key_id == credentials.access_key_id) {
    current_.reset();
    next_try_ms_ = 0;
  }
}

sdk::Detached CredentialSource::Renew(sdk::Gate::Hold hold) {
  sdk::Co<StatusOr<Credentials>> assume = AssumeRole(static_cast<bool>(hold));
  const StatusOr<Credentials> assumed = co_await assume;
  metrics_.credential_refreshes.With({assumed.ok() ? "success" : "failure"}).Add();
  if (!assumed.ok())
    host_.log().Warn("the role cannot be assumed",
                     {{"role", plan_.role_arn}, {"error", assumed.status().ToString()}});
  const MutexLock lock(mutex_);
  renewing_ = false;
  next_try_ms_ = host_.clock().NowMs() + kAgainMs;
  if (assumed.ok()) {
    current_ = *assumed;
  } else {
    last_error_ = assumed.status();
  }
  for (sdk::Pause* waiter : waiters_) waiter->Wake();
  waiters_.clear();
}

sdk::Co<StatusOr<Credentials>> CredentialSource::AssumeRole(bool may) {
  if (!may) co_return Unavailable("the store stops");
  sdk::OnWorker to_worker(host_.executor());
  co_await to_worker;
  const StatusOr<std::string> token = ReadToken(plan_.token_file);
  if (!token.ok()) co_return token.status();
  const std::string form = CanonicalQuery({{"Action", "AssumeRoleWithWebIdentity"},
                                           {"Version", "2011-06-15"},
                                           {"RoleArn", plan_.role_arn},
                                           {"RoleSessionName", plan_.role_session_name},
                                           {"WebIdentityToken", *token}});
  sdk::OwnedCall call("kvasir");
  call.WithTimeoutMs(kStsTimeoutMs);
  HttpRequest request;
  request.method = "POST";
  request.url = plan_.sts_url;
  request.headers = {"content-type: application/x-www-form-urlencoded"};
  request.body = form;
  request.answer_bytes_max = 1 << 20;
  HttpClient::Exchange exchange(http_, call.call(), std::move(request));
  const Status sent = co_await exchange;
  if (!sent.ok()) co_return Annotate(sent, "assuming the role ", plan_.role_arn);
  if (exchange.answer.code != 200) {
    co_return Annotate(StatusOf(exchange.answer, ParseError(exchange.answer.body)),
                       "assuming the role ", plan_.role_arn);
  }
  co_return ParseAssumedRole(exchange.answer.body);
}

}  // namespace kvs::storage::s3
