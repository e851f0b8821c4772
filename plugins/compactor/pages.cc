// SPDX-License-Identifier: Apache-2.0
#include "pages.h"

#include "kvs/blocks/bucket_tenants.h"
#include "kvs/http/html.h"
#include "kvs/http/json.h"

#include "compactor.h"

namespace kvs::compactor {
namespace {

bool WantsJson(const kvs_http_request_t& request) {
  return sdk::HeaderOf(request, "accept").find("application/json") != std::string_view::npos;
}

sdk::HttpReply Page(std::string_view title, std::string_view body) {
  return {200,
          {{"content-type", "text/html; charset=utf-8"}},
          StrCat("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>", title,
                 "</title></head>\n<body><h1>", title, "</h1>\n", body, "</body></html>\n")};
}

}  // namespace

Status Pages::HangUp(const sdk::RoutesRef& http, const char* component) {
  const auto add = [&](std::string_view method, std::string_view path, uint32_t flags,
                       sdk::WorkerHandler::Function function) {
    return http.Add(component, method, path,
                    &handlers_.emplace_back(executor_, std::move(function)), {.flags = flags});
  };
  using Request = const kvs_http_request_t&;
  KVS_RETURN_IF_ERROR(add("GET", "/compactor/tenants", KVS_HTTP_ADMIN,
                          [this](const sdk::Call&, Request in) { return Tenants(in); }));
  KVS_RETURN_IF_ERROR(add("GET", "/compactor/tenant/{tenant}/planned_jobs", KVS_HTTP_ADMIN,
                          [this](const sdk::Call&, Request in) { return PlannedJobs(in); }));
  KVS_RETURN_IF_ERROR(
      add("POST", "/compactor/delete_tenant", KVS_HTTP_ADMIN | KVS_HTTP_NEEDS_TENANT,
          [this](const sdk::Call& call, Request) { return DeleteTenant(call.tenant()); }));
  return add("GET", "/compactor/delete_tenant_status", KVS_HTTP_ADMIN | KVS_HTTP_NEEDS_TENANT,
             [this](const sdk::Call& call, Request) { return DeleteTenantStatus(call.tenant()); });
}

Pages::Reply Pages::Tenants(const kvs_http_request_t& request) const {
  KVS_ASSIGN_OR_RETURN(const std::vector<std::string> tenants,
                       blocks::ListTenants(compactor_.client()));
  if (WantsJson(request)) {
    std::string body;
    http::JsonWriter json(body);
    json.BeginObject();
    json.Key("tenants");
    json.BeginArray();
    for (const std::string& tenant : tenants) json.HtmlSafeString(tenant);
    json.EndArray();
    json.EndObject();
    return sdk::HttpReply::Json(200, std::move(body));
  }
  std::string body = "<ul>\n";
  for (const std::string& tenant : tenants) {
    const std::string name = http::EscapeHtml(tenant);
    StrAppend(body, "<li>", name, ": <a href=\"tenant/", name,
              "/planned_jobs\">planned jobs</a></li>\n");
  }
  return Page("Compactor: tenants", body + "</ul>\n");
}

Pages::Reply Pages::PlannedJobs(const kvs_http_request_t& request) const {
  const std::string_view tenant = sdk::View(request.params[0]);
  KVS_ASSIGN_OR_RETURN(const std::vector<Job> jobs, compactor_.Plan(tenant));
  if (WantsJson(request)) {
    std::string body;
    http::JsonWriter json(body);
    json.BeginObject();
    json.Key("jobs");
    json.BeginArray();
    for (const Job& job : jobs) {
      json.BeginObject();
      json.Key("stage");
      json.HtmlSafeString(StageName(job.stage));
      json.Key("shard");
      json.HtmlSafeString(job.shard);
      json.Key("min_time");
      json.Int(job.range_begin_ms);
      json.Key("max_time");
      json.Int(job.range_end_ms);
      json.Key("blocks");
      json.BeginArray();
      for (const PlanBlock& block : job.blocks) json.HtmlSafeString(block.meta.ulid.ToString());
      json.EndArray();
      json.EndObject();
    }
    json.EndArray();
    json.EndObject();
    return sdk::HttpReply::Json(200, std::move(body));
  }
  std::string body = StrCat("<p>", jobs.size(),
                            " jobs, in the order they will run.</p>\n<table "
                            "border=\"1\">\n<tr><th>Job</th><th>Blocks</th></tr>\n");
  for (const Job& job : jobs) {
    StrAppend(body, "<tr><td>", http::EscapeHtml(job.ToString()), "</td><td>");
    for (const PlanBlock& block : job.blocks) StrAppend(body, block.meta.ulid.ToString(), "<br>");
    StrAppend(body, "</td></tr>\n");
  }
  return Page(StrCat("Compactor: planned jobs of ", http::EscapeHtml(tenant)), body + "</table>\n");
}

Pages::Reply Pages::DeleteTenant(std::string_view tenant) const {
  const TenantBucket bucket = compactor_.BucketOf(tenant);
  KVS_ASSIGN_OR_RETURN(const auto mark, bucket.ReadTenantDeletion());
  if (!mark.has_value())
    KVS_RETURN_IF_ERROR(bucket.WriteTenantDeletion({compactor_.NowMs() / 1000, 0}));
  return sdk::HttpReply{200, {}, {}};
}

Pages::Reply Pages::DeleteTenantStatus(std::string_view tenant) const {
  MetaCache cache;
  KVS_ASSIGN_OR_RETURN(const TenantBlocks blocks, compactor_.BucketOf(tenant).Scan(&cache));
  std::string body;
  http::JsonWriter json(body);
  json.BeginObject();
  json.Key("tenant_id");
  json.HtmlSafeString(tenant);
  json.Key("blocks_deleted");
  json.Bool(blocks.complete.empty() && blocks.partial.empty());
  json.EndObject();
  return sdk::HttpReply::Json(200, std::move(body));
}

}  // namespace kvs::compactor
