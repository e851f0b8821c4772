// SPDX-License-Identifier: Apache-2.0
// The states of rules and alerts, as Prometheus tells them: /api/v1/rules with its filters and
// pages, and /api/v1/alerts.
#include <algorithm>
#include <charconv>

#include <openssl/evp.h>

#include "kvs/gotemplate/function.h"
#include "kvs/http/json.h"
#include "kvs/model/matcher.h"
#include "kvs/promql/parser.h"

#include "ruler.h"

namespace kvs::ruler {
namespace {

using MatcherSets = std::vector<std::vector<model::Matcher>>;

sdk::HttpReply BadData(std::string_view what) {
  std::string body = R"({"status":"error","errorType":"bad_data","error":)";
  http::AppendHtmlSafeJsonString(body, what);
  return sdk::HttpReply::Json(400, body + "}");
}

sdk::HttpReply NotEvaluated() {
  return sdk::HttpReply::Json(
      422,
      R"({"status":"error","errorType":"execution","error":"rules evaluation is disabled for the tenant"})");
}

// Without a ring that is known there is no telling what the others have.
sdk::HttpReply Unknown(const Status& status) {
  std::string body = R"({"status":"error","errorType":"unavailable","error":)";
  http::AppendHtmlSafeJsonString(body, status.message());
  return sdk::HttpReply::Json(503, body + "}");
}

// `body` lacks the ends of data and of all.
sdk::HttpReply Success(std::string body, const std::vector<std::string>& warnings) {
  body += "}";
  for (size_t i = 0; i < warnings.size(); ++i) {
    body += i == 0 ? R"(,"warnings":[)" : ",";
    http::AppendHtmlSafeJsonString(body, warnings[i]);
  }
  return sdk::HttpReply::Json(200, body + (warnings.empty() ? "}" : "]}"));
}

std::string Time(int64_t ms) {
  if (ms == 0) return "0001-01-01T00:00:00Z";  // What Go prints of no time.
  return gotemplate::FormatTime(gotemplate::Value::Time::OfUnixMs(ms),
                                "2006-01-02T15:04:05.999999999Z07:00");
}

void WriteLabels(http::JsonWriter& json, const model::Labels& labels) {
  json.BeginObject();
  for (const model::LabelView& label : labels) {
    json.Key(label.name);
    json.HtmlSafeString(label.value);
  }
  json.EndObject();
}
void WritePairs(http::JsonWriter& json, std::string_view key, const rules::Pairs& pairs) {
  json.Key(key);
  json.BeginObject();
  for (const auto& [name, value] : pairs) {
    json.Key(name);
    json.HtmlSafeString(value);
  }
  json.EndObject();
}
void WriteText(http::JsonWriter& json, std::string_view key, std::string_view text) {
  json.Key(key);
  json.HtmlSafeString(text);
}
void WriteNumber(http::JsonWriter& json, std::string_view key, double number) {
  json.Key(key);
  json.Number(number);
}

void WriteAlert(http::JsonWriter& json, const rules::Alert& alert) {
  json.BeginObject();
  json.Key("labels");
  WriteLabels(json, alert.labels);
  json.Key("annotations");
  WriteLabels(json, alert.annotations);
  WriteText(json, "state", rules::AlertStateName(alert.state));
  WriteText(json, "activeAt", Time(alert.active_at_ms));
  if (alert.keep_firing_since_ms != 0)
    WriteText(json, "keepFiringSince", Time(alert.keep_firing_since_ms));
  WriteText(json, "value", gotemplate::FormatFloat(alert.value, 'e', -1));
  json.EndObject();
}

void WriteRule(http::JsonWriter& json, const RuleView& view, bool exclude_alerts) {
  json.BeginObject();
  if (view.rule.is_alert()) {
    WriteText(json, "state",
              view.health == Health::kUnknown ? "unknown" : rules::AlertStateName(view.state));
    WriteText(json, "name", view.rule.alert);
    WriteText(json, "query", view.query);
    WriteNumber(json, "duration", static_cast<double>(view.rule.for_ms) / 1000);
    WriteNumber(json, "keepFiringFor", static_cast<double>(view.rule.keep_firing_for_ms) / 1000);
    WritePairs(json, "labels", view.labels);
    WritePairs(json, "annotations", view.rule.annotations);
    json.Key("alerts");
    if (exclude_alerts) {
      json.Null();
    } else {
      json.BeginArray();
      for (const rules::Alert& alert : view.alerts) WriteAlert(json, alert);
      json.EndArray();
    }
  } else {
    WriteText(json, "name", view.rule.record);
    WriteText(json, "query", view.query);
    if (!view.labels.empty()) WritePairs(json, "labels", view.labels);
  }
  WriteText(json, "health", HealthName(view.health));
  if (!view.last_error.empty()) WriteText(json, "lastError", view.last_error);
  WriteNumber(json, "evaluationTime", view.evaluation_seconds);
  WriteText(json, "lastEvaluation", Time(view.last_evaluation_ms));
  WriteText(json, "type", view.rule.is_alert() ? "alerting" : "recording");
  json.EndObject();
}

// Names the first group of the next page.
std::string TokenOf(const GroupText& group) {
  const std::string text = StrCat(group.namespace_name, ";", group.name);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr);
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (unsigned int i = 0; i < size; ++i) {
    out.push_back(kHex[digest[i] >> 4]);
    out.push_back(kHex[digest[i] & 15]);
  }
  return out;
}

}  // namespace

struct Ruler::Filter {
  std::string type;
  std::vector<std::string_view> files, groups, names;
  MatcherSets matchers;
  bool exclude_alerts = false;
  uint64_t limit = 0;
  std::string_view token;
  bool local = false;  // Only what this ruler evaluates: another one asks.

  static bool Has(const std::vector<std::string_view>& wanted, std::string_view name) {
    return wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end();
  }
  bool Keeps(const GroupView& group) const {
    return Has(files, group.namespace_name) && Has(groups, group.name);
  }
  bool Keeps(const RuleView& view) const {
    if (!type.empty() && (type == "alert") != view.rule.is_alert()) return false;
    if (!Has(names, view.rule.name())) return false;
    if (matchers.empty()) return true;
    return std::any_of(matchers.begin(), matchers.end(), [&](const auto& set) {
      return std::all_of(set.begin(), set.end(), [&](const model::Matcher& matcher) {
        const auto label = std::find_if(view.labels.begin(), view.labels.end(),
                                        [&](const auto& l) { return l.first == matcher.name(); });
        return matcher.Matches(label == view.labels.end() ? std::string_view() : label->second);
      });
    });
  }
};

// In the order and the words of Prometheus.
StatusOr<Ruler::Filter> Ruler::ReadFilter(const http::Params& params) {
  Filter filter;
  const auto both = [&](std::string_view name, std::string_view old) {
    std::vector<std::string_view> all = params.All(name);
    // Mimir also takes the names without brackets, as they were once.
    for (const std::string_view value : params.All(old)) all.push_back(value);
    std::erase(all, std::string_view());
    return all;
  };
  filter.names = both("rule_name[]", "rule_name");
  filter.groups = both("rule_group[]", "rule_group");
  filter.files = both("file[]", "file");
  for (const std::string_view text : params.All("match[]")) {
    KVS_ASSIGN_OR_RETURN(const std::vector<promql::Matcher> set, promql::ParseMetricSelector(text));
    std::vector<model::Matcher>& compiled = filter.matchers.emplace_back();
    for (const promql::Matcher& matcher : set) {
      KVS_ASSIGN_OR_RETURN(model::Matcher made,
                           model::Matcher::Make(static_cast<model::MatchType>(matcher.op),
                                                matcher.name, matcher.value));
      compiled.push_back(std::move(made));
    }
  }
  filter.type = std::string(params.Get("type"));
  std::transform(filter.type.begin(), filter.type.end(), filter.type.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c; });
  if (!filter.type.empty() && filter.type != "alert" && filter.type != "record") {
    return InvalidArgument("invalid parameter \"type\": not supported value \"", filter.type, "\"");
  }
  if (const std::string_view text = params.Get("exclude_alerts"); !text.empty()) {
    const bool on = text == "1" || text == "t" || text == "T" || text == "true" || text == "TRUE" ||
                    text == "True";
    const bool off = text == "0" || text == "f" || text == "F" || text == "false" ||
                     text == "FALSE" || text == "False";
    if (!on && !off)
      return InvalidArgument(
          "invalid parameter \"exclude_alerts\": error converting exclude_alerts: "
          "strconv.ParseBool: parsing \"",
          text, "\": invalid syntax");
    filter.exclude_alerts = on;
  }
  filter.token = params.Get("group_next_token");
  const std::string_view limit = params.Get("group_limit");
  if (!filter.token.empty() && limit.empty()) {
    return InvalidArgument(
        "invalid parameter \"group_limit\": group_limit needs to be present in order to paginate "
        "over the groups");
  }
  if (!limit.empty()) {
    int64_t number = 0;
    const auto [end, error] = std::from_chars(limit.data(), limit.data() + limit.size(), number);
    if (error != std::errc() || end != limit.data() + limit.size()) {
      return InvalidArgument(
          "invalid parameter \"group_limit\": group_limit needs to be a valid number: "
          "strconv.ParseInt: parsing \"",
          limit, "\": invalid syntax");
    }
    if (number < 0)
      return InvalidArgument(
          "invalid parameter \"group_limit\": group_limit needs to be greater than 0");
    filter.limit = static_cast<uint64_t>(number);
  }
  filter.local = params.Get("local") == "true";
  if (filter.local) {  // Whoever puts the answer together makes the pages.
    filter.limit = 0;
    filter.token = {};
  }
  return filter;
}

std::string Ruler::GroupJson(const GroupView& group, const Filter& filter) {
  std::string out;
  http::JsonWriter json(out);
  json.BeginObject();
  WriteText(json, "name", group.name);
  WriteText(json, "file", group.namespace_name);
  json.Key("rules");
  json.BeginArray();
  for (const RuleView& rule : group.rules) {
    if (filter.Keeps(rule)) WriteRule(json, rule, filter.exclude_alerts);
  }
  json.EndArray();
  WriteNumber(json, "interval", static_cast<double>(group.interval_ms) / 1000);
  WriteNumber(json, "limit", static_cast<double>(group.limit));
  WriteNumber(json, "evaluationTime", group.evaluation_seconds);
  WriteText(json, "lastEvaluation", Time(group.last_evaluation_ms));
  if (!group.source_tenants.empty()) {
    json.Key("sourceTenants");
    json.BeginArray();
    for (const std::string& tenant : group.source_tenants) json.HtmlSafeString(tenant);
    json.EndArray();
  }
  json.EndObject();
  return out;
}

std::vector<GroupText> Ruler::LocalGroups(std::string_view tenant, const Filter& filter) const {
  std::vector<GroupText> out;
  for (const GroupView& group : ViewsOf(tenant, !filter.exclude_alerts)) {
    const bool any = std::any_of(group.rules.begin(), group.rules.end(),
                                 [&](const RuleView& rule) { return filter.Keeps(rule); });
    if (any && filter.Keeps(group))
      out.push_back({group.namespace_name, group.name, GroupJson(group, filter), {}});
  }
  return out;
}

sdk::HttpReply Ruler::Rules(const sdk::Call& call, const Request& request) {
  const StatusOr<Filter> filter = ReadFilter(request.params);
  if (!filter.ok()) return BadData(filter.status().message());
  if (const TenantLimits limits = LimitsOf(call.tenant());
      !limits.settings.recording_enabled && !limits.settings.alerting_enabled)
    return NotEvaluated();
  std::vector<GroupText> groups = LocalGroups(call.tenant(), *filter);
  std::vector<std::string> warnings;
  if (!filter->local) {
    const StatusOr<sharing::Share> share = ShareOf(call.tenant());
    if (!share.ok()) return Unknown(share.status());
    colleagues_.AddGroups(call, *share, sdk::View(request.raw.query), &groups, &warnings);
  }
  std::string body = R"({"status":"success","data":{"groups":[)";
  std::string next_token;
  uint64_t shown = 0;
  bool reached = filter->token.empty();
  for (const GroupText& group : groups) {
    reached = reached || TokenOf(group) == filter->token;
    if (!reached) continue;
    if (filter->limit > 0 && shown == filter->limit) {
      next_token = TokenOf(group);
      break;
    }
    StrAppend(body, shown++ > 0 ? "," : "", group.json);
  }
  if (!reached)
    return BadData(StrCat("invalid parameter \"group_next_token\": invalid group_next_token '",
                          filter->token, "'. were rule groups changed?"));
  body += "]";
  if (!next_token.empty()) StrAppend(body, R"(,"groupNextToken":")", next_token, "\"");
  return Success(std::move(body), warnings);
}

sdk::HttpReply Ruler::Alerts(const sdk::Call& call, const Request& request) {
  if (const TenantLimits limits = LimitsOf(call.tenant());
      !limits.settings.recording_enabled && !limits.settings.alerting_enabled)
    return NotEvaluated();
  std::vector<AlertText> alerts;
  for (const GroupView& group : ViewsOf(call.tenant(), true)) {
    for (const RuleView& rule : group.rules) {
      for (const rules::Alert& alert : rule.alerts) {
        AlertText& text = alerts.emplace_back();
        http::JsonWriter json(text.json), labels(text.labels);
        WriteAlert(json, alert);
        WriteLabels(labels, alert.labels);
      }
    }
  }
  std::vector<std::string> warnings;
  if (request.params.Get("local") != "true") {
    const StatusOr<sharing::Share> share = ShareOf(call.tenant());
    if (!share.ok()) return Unknown(share.status());
    colleagues_.AddAlerts(call, *share, &alerts, &warnings);
  }
  std::string body = R"({"status":"success","data":{"alerts":[)";
  for (size_t i = 0; i < alerts.size(); ++i) StrAppend(body, i > 0 ? "," : "", alerts[i].json);
  return Success(body + "]", warnings);
}

}  // namespace kvs::ruler
