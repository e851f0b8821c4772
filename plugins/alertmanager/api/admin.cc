// SPDX-License-Identifier: Apache-2.0
// Pages for the operator, and probes.
#include <yaml-cpp/yaml.h>

#include "kvs/http/build_info.h"
#include "kvs/http/json.h"
#include "kvs/http/status_code.h"
#include "kvs/http/tenant_id.h"

#include "alertmanager.h"

namespace kvs::alertmanager {

// Every configuration as a YAML document of its own, by tenant, as Mimir answers.
sdk::HttpReply Alertmanager::ListConfigs(const sdk::Call& call, const Request&) {
  std::vector<std::string> damaged;
  const StatusOr<std::map<std::string, StoredConfig>> stored = configs_->LoadAll(call, &damaged);
  if (!stored.ok())
    return sdk::HttpReply::PlainText(
        http::HttpCode(stored.status()),
        StrCat("unable to list the Alertmanager users: ", stored.status().message(), "\n"));
  std::string body;
  for (const auto& [tenant, config] : *stored) {
    YAML::Emitter out;
    out << YAML::BeginMap << YAML::Key << tenant << YAML::Value << YAML::Load(FormatBody(config))
        << YAML::EndMap;
    StrAppend(body, "---\n", out.c_str(), "\n");
  }
  return {200, {{"content-type", "application/yaml"}}, std::move(body)};
}

sdk::HttpReply Alertmanager::ShowTenants(const sdk::Call&, const Request&) {
  std::string body;
  http::JsonWriter json(body);
  json.BeginObject();
  json.Key("tenants");
  json.BeginArray();
  const MutexLock lock(mutex_);
  for (const auto& [name, known] : tenants_) {
    json.BeginObject();
    json.Key("tenant");
    json.HtmlSafeString(name);
    json.Key("config");
    json.String(known.config != nullptr ? "own" : fallback_ != nullptr ? "fallback" : "none");
    json.Key("running");
    json.Bool(known.running != nullptr);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
  return sdk::HttpReply::Json(200, std::move(body));
}

sdk::HttpReply Alertmanager::Healthy(const sdk::Call&, const Request&) {
  return sdk::HttpReply::PlainText(200, "OK");
}

sdk::HttpReply Alertmanager::IsReady(const sdk::Call&, const Request&) {
  const MutexLock lock(mutex_);
  return loaded_ ? sdk::HttpReply::PlainText(200, "OK")
                 : sdk::HttpReply::PlainText(503, "the Alertmanager is starting\n");
}

// What another replica knows of some tenants; with ?exchange=true the answer is what is known here
// of them. A tenant that has no configuration here (yet), or whose state cannot be kept, which has
// been logged, is not in the answer: the others are not held up by it.
sdk::HttpReply Alertmanager::TakeStates(const sdk::Call& call, const Request& request) {
  size_t skipped = 0;
  const StatusOr<std::map<std::string, FullState>> theirs =
      DecodeFullStates(request.body(), &skipped);
  if (!theirs.ok()) return sdk::HttpReply::PlainText(400, theirs.status().message() + "\n");
  for (const auto& [name, state] : *theirs) {
    if (const Status status = http::CheckTenantId(name); !status.ok())
      return sdk::HttpReply::PlainText(400, status.message() + "\n");
  }
  if (skipped > 0)
    host_.log().Warn("silences of another Alertmanager are not understood, and do not hold here",
                     {{"silences", StrCat(skipped)}});
  const bool wants_ours = request.params.Get("exchange") == "true";
  std::string body;
  for (const auto& [name, state] : *theirs) {
    const StatusOr<std::shared_ptr<Tenant>> tenant = Find(sdk::OwnedCall(call, name));
    if (tenant.status().code() == StatusCode::kNotFound) continue;
    if (!tenant.ok())
      return sdk::HttpReply::PlainText(http::HttpCode(tenant.status()),
                                       tenant.status().message() + "\n");
    if ((*tenant)->Merge(state).ok() && wants_ours)
      body += EncodeFullState(name, (*tenant)->StateForOthers());
  }
  return {200, {{"content-type", "application/x-protobuf"}}, std::move(body)};
}

sdk::HttpReply Alertmanager::BuildInfo(const sdk::Call&, const Request&) {
  return sdk::HttpReply::Json(
      200,
      StrCat(R"({"status":"success","data":)",
             http::BuildInfo(KVS_PLUGIN_VERSION, {.alertmanager_config_api = config_.config_api}),
             "}"));
}

}  // namespace kvs::alertmanager
