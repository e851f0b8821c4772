// SPDX-License-Identifier: Apache-2.0
#include "kvs/request_rules/request_rules.h"

#include <algorithm>
#include <utility>

#include <re2/re2.h>

#include "kvs/base/quote.h"
#include "kvs/http/json_members.h"
#include "kvs/sdk/each_tenant.h"
#include "kvs/sdk/limits.h"
#include "kvs/sdk/str.h"

namespace kvs::request_rules {
namespace {

/// What a regular expression may take when it is compiled.
constexpr int64_t kRegexBytesMax = 1 << 20;

std::string TextOf(const simdjson::dom::object& rule, std::string_view key) {
  std::string_view text;
  return rule.at_key(key).get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

/// A value, or a table of `value` and `is_regexp`.
StatusOr<RequestRules::Param> ParseParam(std::string_view name,
                                         const simdjson::dom::element& json) {
  RequestRules::Param param{std::string(name), {}, nullptr};
  std::string_view text;
  if (json.get(text) == simdjson::SUCCESS) {
    param.value = text;
    return param;
  }
  simdjson::dom::object fields;
  if (json.get(fields) != simdjson::SUCCESS)
    return InvalidArgument("query_params.", name, " is neither a text nor a table");
  param.value = TextOf(fields, "value");
  bool is_regex = false;
  if (fields.at_key("is_regexp").get(is_regex) != simdjson::SUCCESS || !is_regex) return param;
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_max_mem(kRegexBytesMax);
  options.set_dot_nl(true);
  auto regex = std::make_shared<const re2::RE2>(param.value, options);
  if (!regex->ok())
    return InvalidArgument("query_params.", name, " has the invalid regular expression ",
                           Quote(param.value), ": ", regex->error());
  param.regex = std::move(regex);
  return param;
}

StatusOr<RequestRules::Rule> ParseRule(const simdjson::dom::element& json) {
  simdjson::dom::object fields;
  if (json.get(fields) != simdjson::SUCCESS) return InvalidArgument("a rule is a table");
  RequestRules::Rule rule{TextOf(fields, "path"), TextOf(fields, "method"), {}};
  simdjson::dom::object params;
  if (fields.at_key("query_params").get(params) == simdjson::SUCCESS) {
    for (const auto field : params) {
      KVS_ASSIGN_OR_RETURN(RequestRules::Param param, ParseParam(field.key, field.value));
      rule.params.push_back(std::move(param));
    }
  }
  // It would block whatever the tenant reads, which is more likely a slip than a wish.
  if (rule.path.empty() && rule.method.empty() && rule.params.empty())
    return InvalidArgument("a rule names a path, a method or query_params");
  return rule;
}

bool Matches(const RequestRules::Param& rule, const http::Params& params) {
  if (!params.Has(rule.name)) return false;
  const std::vector<std::string_view> values = params.All(rule.name);
  return std::any_of(values.begin(), values.end(), [&](std::string_view value) {
    return rule.regex == nullptr
               ? value == rule.value
               : re2::RE2::PartialMatch(re2::StringPiece(value.data(), value.size()), *rule.regex);
  });
}

}  // namespace

RequestRules RequestRules::Parse(std::string_view json, std::vector<std::string>* problems) {
  RequestRules rules;
  if (json.empty() || json == "[]" || json == "null") return rules;
  simdjson::dom::parser parser;
  simdjson::dom::array list;
  if (parser.parse(json.data(), json.size()).get(list) != simdjson::SUCCESS) {
    problems->push_back("blocked_requests is no list");
    return rules;
  }
  size_t index = 0;
  for (const simdjson::dom::element item : list) {
    StatusOr<Rule> rule = ParseRule(item);
    if (rule.ok()) {
      rules.rules_.push_back(*std::move(rule));
    } else {
      problems->push_back(StrCat("blocked_requests[", index, "]: ", rule.status().message()));
    }
    ++index;
  }
  return rules;
}

bool RequestRules::Blocks(std::string_view method, std::string_view path,
                          const http::Params& params) const {
  return std::any_of(rules_.begin(), rules_.end(), [&](const Rule& rule) {
    if (!rule.path.empty() && rule.path != path) return false;
    if (!rule.method.empty() && rule.method != method) return false;
    return rule.params.empty() || std::any_of(rule.params.begin(), rule.params.end(),
                                              [&](const Param& p) { return Matches(p, params); });
  });
}

RequestRuleBook::RequestRuleBook(const sdk::Host& host)
    : log_(host.log()),
      rejected_(host.metrics().CounterFamily("cortex_query_frontend_rejected_requests_total",
                                             "Requests that a rule of their tenant refused",
                                             {"user"})) {}

StatusOr<std::shared_ptr<const RequestRules>> RequestRuleBook::RulesOf(
    const sdk::LimiterRef& limiter, const sdk::Call& call, std::string_view tenant) {
  const uint64_t epoch = limiter.epoch();
  {
    const MutexLock lock(mutex_);
    const auto found = tenants_.find(std::string(tenant));
    if (found != tenants_.end() && found->second.epoch == epoch) return found->second.rules;
  }
  const sdk::OwnedCall own(call, tenant);
  KVS_ASSIGN_OR_RETURN(const std::string json, sdk::AskTextLimit(limiter, own, "blocked_requests"));
  std::vector<std::string> problems;
  RequestRules parsed = RequestRules::Parse(json, &problems);
  for (const std::string& problem : problems)
    log_.Error("a rule for requests cannot be used and is left out",
               {{"user", tenant}, {"error", problem}});
  std::shared_ptr<const RequestRules> rules;
  if (!parsed.empty()) rules = std::make_shared<const RequestRules>(std::move(parsed));
  const MutexLock lock(mutex_);
  tenants_[std::string(tenant)] = {epoch, rules};
  return rules;
}

Status RequestRuleBook::Check(const sdk::LimiterRef& limiter, const sdk::Call& call,
                              const kvs_http_request_t& request, const http::Params& params) {
  if (!limiter) return OkStatus();
  return sdk::ForEachTenant(call.tenant(), [&](std::string_view tenant) -> Status {
    KVS_ASSIGN_OR_RETURN(const std::shared_ptr<const RequestRules> rules,
                         RulesOf(limiter, call, tenant));
    if (rules == nullptr ||
        !rules->Blocks(sdk::View(request.method), sdk::View(request.path), params))
      return OkStatus();
    rejected_.With({tenant}).Add();
    log_.Info("request blocked", {{"user", tenant},
                                  {"method", sdk::View(request.method)},
                                  {"url", sdk::View(request.target)}});
    return InvalidArgument(
               "the request has been blocked by the cluster administrator "
               "(err-mimir-request-blocked)")
        .WithReason("err-mimir-request-blocked");
  });
}

}  // namespace kvs::request_rules
