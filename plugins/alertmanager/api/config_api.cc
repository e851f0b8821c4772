// SPDX-License-Identifier: Apache-2.0
// The API of the configuration, in Mimir's shape and words: GET, POST and DELETE /api/v1/alerts. A
// POST takes Mimir's wrapper or Alertmanager's file as it is.
#include "kvs/http/status_code.h"

#include "alertmanager.h"

namespace kvs::alertmanager {
namespace {

sdk::HttpReply Refused(std::string_view front, const Status& status) {
  constexpr http::CodeOverride kCodes[] = {{StatusCode::kResourceExhausted, 400},
                                           {StatusCode::kFailedPrecondition, 400}};
  return sdk::HttpReply::PlainText(http::HttpCode(status, kCodes),
                                   StrCat(front, ": ", status.message(), "\n"));
}

}  // namespace

sdk::HttpReply Alertmanager::GetConfig(const sdk::Call& call, const Request&) {
  const StatusOr<StoredConfig> stored = configs_->Get(call, call.tenant());
  if (stored.status().code() == StatusCode::kNotFound)
    return sdk::HttpReply::PlainText(404, "alertmanager storage object not found\n");
  if (!stored.ok()) return Refused("unable to read the Alertmanager config", stored.status());
  return {200, {{"content-type", "application/yaml"}}, FormatBody(*stored)};
}

Status Alertmanager::CheckConfig(const sdk::Call& call, const StoredConfig& stored) const {
  const TenantLimits limits = LimitsOf(call.tenant());
  const auto n_templates = static_cast<int64_t>(stored.templates.size());
  if (limits.max_templates > 0 && n_templates > limits.max_templates)
    return ResourceExhausted("too many templates in the configuration: ", n_templates,
                             " (limit: ", limits.max_templates, ")");
  for (const auto& [name, text] : stored.templates) {
    const auto size = static_cast<int64_t>(text.size());
    if (limits.max_template_bytes > 0 && size > limits.max_template_bytes)
      return ResourceExhausted("template ", name, " is too big: ", size,
                               " bytes (limit: ", limits.max_template_bytes, " bytes)");
  }
  KVS_ASSIGN_OR_RETURN(const TenantConfigPtr config, TenantConfig::Make(stored, Now()));
  return notifiers_.Check(call, *config, config_.external_url);
}

sdk::HttpReply Alertmanager::SetConfig(const sdk::Call& call, const Request& request) {
  const TenantLimits limits = LimitsOf(call.tenant());
  if (limits.max_config_bytes > 0 &&
      static_cast<int64_t>(request.body().size()) > limits.max_config_bytes)
    return sdk::HttpReply::PlainText(400, StrCat("Alertmanager configuration is too big, limit: ",
                                                 limits.max_config_bytes, " bytes\n"));
  const StatusOr<StoredConfig> stored = ParseBody(request.body());
  const Status status = stored.ok() ? CheckConfig(call, *stored) : stored.status();
  if (!status.ok()) return Refused("error validating Alertmanager config", status);
  const MutexLock syncing(syncing_);
  if (const Status written = configs_->Set(call, call.tenant(), *stored); !written.ok())
    return Refused("unable to store the Alertmanager config", written);
  ApplyConfig(std::string(call.tenant()), &*stored);
  return {201, {}, {}};
}

sdk::HttpReply Alertmanager::DeleteConfig(const sdk::Call& call, const Request&) {
  if (const Status status = Forget(call); !status.ok())
    return Refused("unable to delete the Alertmanager config", status);
  return {200, {}, {}};
}

}  // namespace kvs::alertmanager
