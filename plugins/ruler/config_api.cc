// SPDX-License-Identifier: Apache-2.0
// The API of the configuration, in Mimir's shape: YAML in and out, 202 for what has been stored. A
// POST takes one group, as Mimir, or a whole rule file, which is stored as a whole or not at all.
#include <algorithm>
#include <set>

#include "kvs/http/status_code.h"
#include "kvs/sdk/limits.h"

#include "ruler.h"

namespace kvs::ruler {
namespace {

sdk::HttpReply Accepted() {
  return sdk::HttpReply::Json(202, R"({"status":"success","data":null,"errorType":"","error":""})");
}

sdk::HttpReply Failed(const Status& status) {
  constexpr http::CodeOverride kCodes[] = {{StatusCode::kFailedPrecondition, 400},
                                           {StatusCode::kResourceExhausted, 400},
                                           {StatusCode::kAlreadyExists, 409}};
  return sdk::HttpReply::PlainText(http::HttpCode(status, kCodes), StrCat(status.message(), "\n"));
}

sdk::HttpReply Yaml(std::string body) {
  return {200, {{"content-type", "application/yaml"}}, std::move(body)};
}

// Mimir's headers: the one tells who reads that a namespace cannot be changed, the other lets who
// knows better change it.
constexpr const char* kProtectedHeader = "x-mimir-ruler-protected-namespaces";
constexpr std::string_view kOverrideHeader = "x-mimir-ruler-override-namespace-protection";

std::set<std::string, std::less<>> SetOf(std::string_view list) {
  std::set<std::string, std::less<>> out;
  for (size_t at = 0; at < list.size();) {
    const size_t end = std::min(list.find(',', at), list.size());
    if (end > at) out.emplace(list.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

}  // namespace

StatusOr<std::set<std::string, std::less<>>> Ruler::ProtectedOf(const sdk::Call& call) const {
  if (!limiter) return std::set<std::string, std::less<>>();
  KVS_ASSIGN_OR_RETURN(const std::string names,
                       sdk::AskTextLimit(limiter, call, "ruler_protected_namespaces"));
  return SetOf(names);
}

Status Ruler::MayChange(const sdk::Call& call, const Request& request) const {
  KVS_ASSIGN_OR_RETURN(const auto protected_names, ProtectedOf(call));
  const std::string name = request.part(0);
  if (!protected_names.contains(name) ||
      SetOf(sdk::HeaderOf(request.raw, kOverrideHeader)).contains(name))
    return OkStatus();
  return PermissionDenied("namespace is protected, no modification allowed");
}

sdk::HttpReply Ruler::ListRules(const sdk::Call& call, const Request& request) {
  const std::string namespace_name = request.part(0);
  const StatusOr<TenantGroups> groups =
      rules_->Load(call, call.tenant(), request.raw.n_params > 0 ? &namespace_name : nullptr);
  if (!groups.ok()) return Failed(groups.status());
  if (groups->empty()) return sdk::HttpReply::PlainText(404, "no rule groups found\n");
  std::map<std::string, std::vector<rules::Group>> namespaces;
  for (const auto& [id, group] : *groups) namespaces[id.first].push_back(group);
  sdk::HttpReply reply = Yaml(rules::NamespacesToYaml(namespaces));
  const auto protected_names = ProtectedOf(call);
  if (!protected_names.ok()) return Failed(protected_names.status());
  for (const std::string& name : *protected_names) {
    if (namespaces.contains(name)) reply.headers.emplace_back(kProtectedHeader, name);
  }
  return reply;
}

sdk::HttpReply Ruler::GetGroup(const sdk::Call& call, const Request& request) {
  const StatusOr<rules::Group> group =
      rules_->Get(call, call.tenant(), request.part(0), request.part(1));
  if (group.status().code() == StatusCode::kNotFound)
    return sdk::HttpReply::PlainText(404, "group does not exist\n");
  if (!group.ok()) return Failed(group.status());
  sdk::HttpReply reply = Yaml(rules::GroupToYaml(*group));
  const auto protected_names = ProtectedOf(call);
  if (!protected_names.ok()) return Failed(protected_names.status());
  if (protected_names->contains(request.part(0)))
    reply.headers.emplace_back(kProtectedHeader, request.part(0));
  return reply;
}

Status Ruler::CheckGroups(const std::string& tenant, const std::string& namespace_name,
                          const std::vector<rules::Group>& groups,
                          const TenantGroups& existing) const {
  const TenantLimits limits = LimitsOf(tenant);
  size_t n_groups = existing.size();
  for (const rules::Group& group : groups) {
    const auto n_rules = static_cast<int64_t>(group.rules.size());
    if (limits.max_rules_per_group > 0 && n_rules > limits.max_rules_per_group) {
      return ResourceExhausted(
          "per-user rules per rule group limit (limit: ", limits.max_rules_per_group,
          " actual: ", n_rules, ") exceeded: group \"", group.name,
          "\"; raise ruler_max_rules_per_rule_group or split the group");
    }
    if (limits.min_interval_ms > 0 && group.interval_ms > 0 &&
        group.interval_ms < limits.min_interval_ms) {
      return InvalidArgument("group \"", group.name, "\": interval ", group.interval_ms,
                             "ms is below ruler_min_rule_evaluation_interval, ",
                             limits.min_interval_ms, "ms");
    }
    if (!group.source_tenants.empty() && !config_.tenant_federation) {
      return InvalidArgument(
          "group \"", group.name,
          "\": source_tenants are not allowed here; the operator can set tenant_federation");
    }
    if (!existing.contains({namespace_name, group.name})) ++n_groups;
  }
  if (limits.max_groups > 0 && static_cast<int64_t>(n_groups) > limits.max_groups) {
    return ResourceExhausted("per-user rule groups limit (limit: ", limits.max_groups,
                             " actual: ", n_groups,
                             ") exceeded; raise ruler_max_rule_groups_per_tenant");
  }
  return OkStatus();
}

sdk::HttpReply Ruler::SetGroups(const sdk::Call& call, const Request& request) {
  const std::string tenant(call.tenant());
  const std::string namespace_name = request.part(0);
  if (const Status may = MayChange(call, request); !may.ok()) return Failed(may);
  rules::ParseOptions options;
  options.syntax = syntax_;
  const rules::ParsedRules parsed = rules::ParseGroups(sdk::TextOf(request.raw.body), options);
  if (!parsed.errors.empty()) {
    std::string all;
    for (const std::string& error : parsed.errors) StrAppend(all, all.empty() ? "" : ", ", error);
    return sdk::HttpReply::PlainText(400, all + "\n");
  }
  if (parsed.groups.empty())
    return sdk::HttpReply::PlainText(
        400, "there is no rule group in the body: neither groups: nor name: and rules:\n");
  const StatusOr<TenantGroups> existing = rules_->Load(call, tenant);
  if (!existing.ok()) return Failed(existing.status());
  if (const Status status = CheckGroups(tenant, namespace_name, parsed.groups, *existing);
      !status.ok())
    return Failed(status);
  if (const Status status = rules_->Set(call, tenant, namespace_name, parsed.groups); !status.ok())
    return Failed(status);
  if (const Status status = SpreadChange(call, tenant); !status.ok()) return Failed(status);
  return Accepted();
}

sdk::HttpReply Ruler::DeleteGroup(const sdk::Call& call, const Request& request) {
  if (const Status may = MayChange(call, request); !may.ok()) return Failed(may);
  Status status = rules_->Delete(call, call.tenant(), request.part(0), request.part(1));
  if (status.code() == StatusCode::kNotFound)
    return sdk::HttpReply::PlainText(404, "group does not exist\n");
  if (status.ok()) status = SpreadChange(call, std::string(call.tenant()));
  return status.ok() ? Accepted() : Failed(status);
}

sdk::HttpReply Ruler::DeleteNamespace(const sdk::Call& call, const Request& request) {
  if (const Status may = MayChange(call, request); !may.ok()) return Failed(may);
  Status status = rules_->DeleteNamespace(call, call.tenant(), request.part(0));
  if (status.ok()) status = SpreadChange(call, std::string(call.tenant()));
  return status.ok() ? Accepted() : Failed(status);
}

sdk::HttpReply Ruler::DeleteTenant(const sdk::Call& call, const Request&) {
  Status status = rules_->DeleteTenant(call, call.tenant());
  if (status.ok()) status = SpreadChange(call, std::string(call.tenant()));
  return status.ok() ? sdk::HttpReply{200, {}, {}} : Failed(status);
}

// Another ruler has changed the rules of a tenant.
sdk::HttpReply Ruler::SyncOnRequest(const sdk::Call& call, const Request&) {
  const Status status = SyncTenant(call, std::string(call.tenant()));
  return status.ok() ? sdk::HttpReply{200, {}, {}} : Failed(status);
}

}  // namespace kvs::ruler
