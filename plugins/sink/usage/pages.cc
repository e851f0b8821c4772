// SPDX-License-Identifier: Apache-2.0
#include "pages.h"

#include "kvs/http/json.h"

#include "sink.h"

namespace kvs::sink::usage {
namespace {

void Write(const UsageSink::Stats& stats, bool with_name, http::JsonWriter& json) {
  json.BeginObject();
  if (with_name) {
    json.Key("userID");
    json.String(stats.tenant);
  }
  json.Key("ingestionRate");
  json.Number(stats.samples_per_second + stats.rule_samples_per_second);
  json.Key("numSeries");
  json.Uint(stats.active_series);
  json.Key("APIIngestionRate");
  json.Number(stats.samples_per_second);
  json.Key("RuleIngestionRate");
  json.Number(stats.rule_samples_per_second);
  json.EndObject();
}

}  // namespace

Status StatsPages::HangUp(const sdk::RoutesRef& http, const char* component) {
  KVS_RETURN_IF_ERROR(http.Add(component, "GET", "/api/v1/user_stats", &one_,
                               {.flags = KVS_HTTP_NEEDS_TENANT | KVS_HTTP_READS}));
  return http.Add(component, "GET", "/distributor/all_user_stats", &all_,
                  {.flags = KVS_HTTP_ADMIN});
}

sdk::Outcome StatsPages::One::Handle(const sdk::Call& call, const kvs_http_request_t& /*in*/,
                                     kvs_http_reply_t& out, sdk::Completer& /*completer*/) {
  std::string body;
  http::JsonWriter json(body);
  Write(sink_.StatsOf(call.tenant()), false, json);
  sdk::Send(sdk::HttpReply::Json(200, std::move(body)), out);
  return OkStatus();
}

sdk::Outcome StatsPages::All::Handle(const sdk::Call& /*call*/, const kvs_http_request_t& /*in*/,
                                     kvs_http_reply_t& out, sdk::Completer& /*completer*/) {
  std::string body;
  http::JsonWriter json(body);
  json.BeginArray();
  for (const UsageSink::Stats& stats : sink_.AllStats()) Write(stats, true, json);
  json.EndArray();
  sdk::Send(sdk::HttpReply::Json(200, std::move(body)), out);
  return OkStatus();
}

}  // namespace kvs::sink::usage
