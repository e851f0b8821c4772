// SPDX-License-Identifier: Apache-2.0
#include "kvs/query/query_rules.h"

#include <algorithm>
#include <utility>

#include <re2/re2.h>

#include "kvs/base/quote.h"
#include "kvs/base/trim.h"
#include "kvs/base/units.h"
#include "kvs/http/json_members.h"
#include "kvs/sdk/each_tenant.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/str.h"

namespace kvs::query {
namespace {

/// What a regular expression may take when it is compiled.
constexpr int64_t kRegexBytesMax = 1 << 20;

/// A duration as Prometheus writes it; of numbers only 0 is one.
StatusOr<int64_t> DurationOf(const simdjson::dom::object& rule, std::string_view key) {
  simdjson::dom::element value;
  if (rule.at_key(key).get(value) != simdjson::SUCCESS || value.is_null()) return int64_t{0};
  int64_t number = 0;
  if (value.get(number) == simdjson::SUCCESS && number == 0) return int64_t{0};
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) return InvalidArgument(key, " is no duration");
  StatusOr<int64_t> ms = ParseDurationMs(text);
  if (!ms.ok()) return InvalidArgument(key, ": ", ms.status().message());
  return ms;
}

std::string TextOf(const simdjson::dom::object& rule, std::string_view key) {
  std::string_view text;
  int64_t number = 0;
  if (rule.at_key(key).get(text) == simdjson::SUCCESS) return std::string(text);
  if (rule.at_key(key).get(number) == simdjson::SUCCESS) return StrCat(number);
  return {};
}

bool IsSet(const simdjson::dom::object& rule, std::string_view key) {
  bool flag = false;
  return rule.at_key(key).get(flag) == simdjson::SUCCESS && flag;
}

StatusOr<QueryRules::Blocked> ParseBlocked(const simdjson::dom::object& json) {
  QueryRules::Blocked rule;
  const std::string pattern = TextOf(json, "pattern");
  rule.pattern = Trimmed(pattern, kGoSpaces);
  rule.reason = TextOf(json, "reason");
  rule.id = TextOf(json, "id");
  rule.unaligned_only = IsSet(json, "unaligned_range_queries");
  KVS_ASSIGN_OR_RETURN(rule.longer_than_ms, DurationOf(json, "time_range_longer_than"));
  KVS_ASSIGN_OR_RETURN(rule.step_shorter_than_ms, DurationOf(json, "step_size_shorter_than"));
  if (rule.pattern.empty() && rule.longer_than_ms == 0 && rule.step_shorter_than_ms == 0)
    return InvalidArgument("pattern is required");
  if (!IsSet(json, "regex")) return rule;
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_max_mem(kRegexBytesMax);
  options.set_dot_nl(true);
  // Matched as a whole, as matchers of labels are.
  auto regex = std::make_shared<const re2::RE2>(StrCat("^(?:", pattern, ")$"), options);
  if (!regex->ok())
    return InvalidArgument("invalid regex pattern ", Quote(pattern), ": ", regex->error());
  rule.regex = std::move(regex);
  return rule;
}

StatusOr<QueryRules::Limited> ParseLimited(const simdjson::dom::object& json) {
  QueryRules::Limited rule;
  const std::string query = TextOf(json, "query");
  rule.query = Trimmed(query, kGoSpaces);
  rule.id = TextOf(json, "id");
  if (rule.query.empty()) return InvalidArgument("query is required");
  KVS_ASSIGN_OR_RETURN(rule.allowed_frequency_ms, DurationOf(json, "allowed_frequency"));
  return rule;
}

template <typename Rule>
void ParseList(std::string_view name, std::string_view json,
               StatusOr<Rule> (*parse)(const simdjson::dom::object& json), std::vector<Rule>* out,
               std::vector<std::string>* problems) {
  if (json.empty() || json == "[]" || json == "null") return;
  simdjson::dom::parser parser;
  simdjson::dom::array list;
  if (parser.parse(json.data(), json.size()).get(list) != simdjson::SUCCESS) {
    problems->push_back(StrCat(name, " is no list"));
    return;
  }
  size_t index = 0;
  for (const simdjson::dom::element item : list) {
    simdjson::dom::object fields;
    StatusOr<Rule> rule = InvalidArgument("a rule is a table");
    if (item.get(fields) == simdjson::SUCCESS) rule = parse(fields);
    if (rule.ok()) {
      out->push_back(*std::move(rule));
    } else {
      problems->push_back(StrCat(name, "[", index, "]: ", rule.status().message()));
    }
    ++index;
  }
}

bool IsAligned(const kvs_query_t& in) {
  return in.step_ms <= 0 || (in.start_ms % in.step_ms == 0 && in.end_ms % in.step_ms == 0);
}

bool Matches(const QueryRules::Blocked& rule, const QueryRules::Texts& texts) {
  if (rule.pattern.empty() || rule.pattern == Trimmed(texts.sent, kGoSpaces) ||
      rule.pattern == texts.printed)
    return true;
  const auto matches = [&](std::string_view text) {
    return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *rule.regex);
  };
  return rule.regex != nullptr && (matches(texts.sent) || matches(texts.printed));
}

}  // namespace

QueryRules QueryRules::Parse(std::string_view blocked, std::string_view limited,
                             std::vector<std::string>* problems) {
  QueryRules rules;
  ParseList("blocked_queries", blocked, &ParseBlocked, &rules.blocked_, problems);
  ParseList("limited_queries", limited, &ParseLimited, &rules.limited_, problems);
  return rules;
}

const QueryRules::Blocked* QueryRules::FindBlocked(const kvs_query_t& in,
                                                   const Texts& texts) const {
  const bool is_range = (in.flags & KVS_QUERY_RANGE) != 0;
  const int64_t length = is_range ? in.end_ms - in.start_ms : 0;
  for (const Blocked& rule : blocked_) {
    if (rule.unaligned_only && (!is_range || IsAligned(in))) continue;
    if (rule.longer_than_ms > 0 && length <= rule.longer_than_ms) continue;
    const bool has_short_step =
        is_range && in.step_ms > 0 && in.step_ms < rule.step_shorter_than_ms;
    if (rule.step_shorter_than_ms > 0 && !has_short_step) continue;
    if (Matches(rule, texts)) return &rule;
  }
  return nullptr;
}

const QueryRules::Limited* QueryRules::FindLimited(const Texts& texts) const {
  const Limited* found = nullptr;
  for (const Limited& rule : limited_) {
    if (rule.query != Trimmed(texts.sent, kGoSpaces) && rule.query != texts.printed) continue;
    if (found == nullptr || rule.allowed_frequency_ms > found->allowed_frequency_ms) found = &rule;
  }
  return found;
}

QueryRuleBook::QueryRuleBook(const sdk::Host& host)
    : log_(host.log()),
      clock_(host.clock()),
      rejected_(host.metrics().CounterFamily("cortex_query_frontend_rejected_queries_total",
                                             "Queries that a rule of their tenant refused",
                                             {"user", "reason"})) {}

std::shared_ptr<const QueryRules> QueryRuleBook::RulesOf(std::string_view tenant) {
  const MutexLock lock(mutex_);
  const auto found = tenants_.find(std::string(tenant));
  return found == tenants_.end() ? nullptr : found->second.rules;
}

Status QueryRuleBook::Refresh(const sdk::LimiterRef& limiter, const sdk::Call& call,
                              std::string_view tenant) {
  const uint64_t epoch = limiter.epoch();
  {
    const MutexLock lock(mutex_);
    const auto found = tenants_.find(std::string(tenant));
    if (found != tenants_.end() && found->second.epoch == epoch) return OkStatus();
  }
  const kvs_str_t names[] = {sdk::Str("blocked_queries"), sdk::Str("limited_queries")};
  auto asked = sdk::Record<kvs_limit_names_t>();
  asked.names = names;
  asked.n_names = std::size(names);
  sdk::Owned<kvs_limit_texts_t> texts;
  const sdk::OwnedCall own(call, tenant);
  const Status got = sdk::Await(limiter.texts(), own, &asked, texts.out());
  if (!got.ok() && got.code() != StatusCode::kUnimplemented) return got;
  std::shared_ptr<const QueryRules> rules;
  if (got.ok() && texts->n_texts == std::size(names)) {
    std::vector<std::string> problems;
    QueryRules parsed =
        QueryRules::Parse(sdk::View(texts->texts[0]), sdk::View(texts->texts[1]), &problems);
    for (const std::string& problem : problems) {
      log_.Error("a rule for queries cannot be used and is left out",
                 {{"user", tenant}, {"error", problem}});
    }
    if (!parsed.empty()) rules = std::make_shared<const QueryRules>(std::move(parsed));
  }
  const MutexLock lock(mutex_);
  Entry& entry = tenants_[std::string(tenant)];
  entry.epoch = epoch;
  entry.rules = std::move(rules);
  // Of rules that are no more.
  std::erase_if(entry.last_run_ms, [&](const auto& run) {
    return entry.rules == nullptr || entry.rules->FindLimited({run.first, run.first}) == nullptr;
  });
  return OkStatus();
}

StatusOr<bool> QueryRuleBook::HasRules(const sdk::LimiterRef& limiter, const sdk::Call& call) {
  if (!limiter) return false;
  bool has_any = false;
  KVS_RETURN_IF_ERROR(sdk::ForEachTenant(call.tenant(), [&](std::string_view tenant) {
    KVS_RETURN_IF_ERROR(Refresh(limiter, call, tenant));
    has_any = has_any || RulesOf(tenant) != nullptr;
    return OkStatus();
  }));
  return has_any;
}

Status QueryRuleBook::Check(const sdk::Call& call, const kvs_query_t& in,
                            std::string_view printed) {
  const QueryRules::Texts texts{sdk::View(in.text), printed};
  return sdk::ForEachTenant(call.tenant(),
                            [&](std::string_view tenant) { return CheckOf(tenant, in, texts); });
}

Status QueryRuleBook::CheckOf(std::string_view tenant, const kvs_query_t& in,
                              const QueryRules::Texts& texts) {
  const std::shared_ptr<const QueryRules> rules = RulesOf(tenant);
  if (rules == nullptr) return OkStatus();
  if (const QueryRules::Blocked* const rule = rules->FindBlocked(in, texts)) {
    rejected_.With({tenant, "blocked"}).Add();
    log_.Info(
        "query blocked",
        {{"user", tenant}, {"query", texts.printed}, {"id", rule->id}, {"reason", rule->reason}});
    return InvalidArgument("the request has been blocked by the cluster administrator",
                           rule->reason.empty() ? "" : " ", rule->reason,
                           " (err-mimir-query-blocked)")
        .WithReason("err-mimir-query-blocked");
  }
  const QueryRules::Limited* const rule = rules->FindLimited(texts);
  if (rule == nullptr) return OkStatus();
  const int64_t now_ms = clock_.NowMs();
  int64_t wait_ms = 0;
  {
    const MutexLock lock(mutex_);
    const auto [at, is_first] =
        tenants_[std::string(tenant)].last_run_ms.try_emplace(rule->query, now_ms);
    // One that was refused does not put off the next one.
    if (!is_first) wait_ms = at->second + rule->allowed_frequency_ms - now_ms;
    if (wait_ms <= 0) at->second = now_ms;
  }
  if (wait_ms <= 0) return OkStatus();
  rejected_.With({tenant, "limited"}).Add();
  log_.Info("query limited", {{"user", tenant}, {"query", texts.printed}, {"id", rule->id}});
  return ResourceExhausted(
             "the query has been limited by the cluster administrator, and is being "
             "run more frequently than the allowed frequency ",
             FormatDurationMs(rule->allowed_frequency_ms), " against tenant ", tenant,
             " (err-mimir-query-limited)")
      .WithReason("err-mimir-query-limited")
      .WithRetryAfterMs(static_cast<uint32_t>(std::min<int64_t>(wait_ms, UINT32_MAX)));
}

}  // namespace kvs::query
