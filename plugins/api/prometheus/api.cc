// SPDX-License-Identifier: Apache-2.0
#include "api.h"

namespace kvs::api::prometheus {

Api::Api(sdk::Host host, Config config) : host_(host), config_(std::move(config)), rules_(host) {
  for (const std::string& flag : config_.enable_features) syntax_.Enable(flag);
}

Status Api::AddRoute(std::string_view methods, std::string pattern, uint32_t flags, Endpoint::Function function) {
  endpoints_.push_back(std::make_unique<Endpoint>(host_.executor(), std::move(function)));
  return http.Add(host_.component(), methods, pattern, endpoints_.back().get(), {.flags = flags});
}

Status Api::AddRoute(std::string_view methods, std::string pattern, uint32_t flags, Method method) {
  return AddRoute(methods, std::move(pattern), flags,
                  Endpoint::Function([this, method, flags](sdk::Call call, Request request) { return Do(method, flags, call, request); }));
}

Status Api::AddRoute(std::string_view methods, std::string pattern, uint32_t flags, Question question) {
  return AddRoute(methods, std::move(pattern), flags,
                  Endpoint::Function([this, question, flags](sdk::Call call, Request request) { return Ask(question, flags, call, request); }));
}

Status Api::MayAsk(uint32_t flags, const sdk::Call& call, const Request& request) {
  if ((flags & KVS_HTTP_NEEDS_TENANT) == 0) return OkStatus();
  return rules_.Check(limits, call, request.raw, request.params);
}

sdk::Co<StatusOr<Answer>> Api::Do(Method method, uint32_t flags, sdk::Call call, Request request) {
  if (const Status may = MayAsk(flags, call, request); !may.ok()) co_return may;
  co_return (this->*method)(call, request);
}

sdk::Outcome Api::Start(const sdk::Call&, sdk::Completer&) {
  const std::string v1 = config_.prefix + "/api/v1";
  // Everything here reads, and reads series through its ports alone.
  constexpr uint32_t kTenant = KVS_HTTP_NEEDS_TENANT | KVS_HTTP_FEDERATION | KVS_HTTP_READS | KVS_HTTP_LABELS;
  KVS_RETURN_IF_ERROR(AddRoute("GET,POST", v1 + "/query", kTenant, &Api::Query));
  KVS_RETURN_IF_ERROR(AddRoute("GET,POST", v1 + "/query_range", kTenant, &Api::QueryRange));
  KVS_RETURN_IF_ERROR(AddRoute("GET,POST", v1 + "/query_exemplars", kTenant, &Api::QueryExemplars));
  KVS_RETURN_IF_ERROR(AddRoute("GET,POST", v1 + "/format_query", kTenant, &Api::FormatQuery));
  KVS_RETURN_IF_ERROR(AddRoute("GET,POST", v1 + "/series", kTenant, &Api::Series));
  KVS_RETURN_IF_ERROR(AddRoute("GET,POST", v1 + "/labels", kTenant, &Api::Labels));
  KVS_RETURN_IF_ERROR(AddRoute("GET", v1 + "/label/{name}/values", kTenant, &Api::LabelValues));
  KVS_RETURN_IF_ERROR(AddRoute("GET", v1 + "/metadata", kTenant, &Api::Metadata));
  KVS_RETURN_IF_ERROR(AddRoute("GET", v1 + "/status/buildinfo", 0, &Api::BuildInfo));
  // Mimir has it without the prefix as well.
  if (!config_.prefix.empty())
    KVS_RETURN_IF_ERROR(AddRoute("GET", "/api/v1/status/buildinfo", 0, &Api::BuildInfo));
  return OkStatus();
}

sdk::Outcome Api::Stop(const sdk::Call&, sdk::Completer&) {
  http.RemoveAll(host_.component());
  return OkStatus();
}

}  // namespace kvs::api::prometheus
