// SPDX-License-Identifier: Apache-2.0
#include "parameters.h"

#include <charconv>

#include "kvs/base/quote.h"
#include "kvs/http/time_params.h"
#include "kvs/http/url.h"
#include "kvs/promql/matcher.h"
#include "kvs/sdk/port/http_routes.h"
#include "kvs/sdk/str.h"

namespace kvs::api::prometheus {

Status InvalidParameter(std::string_view name, const Status& reason) {
  return InvalidArgument("invalid parameter \"", name, "\": ", reason.message());
}

StatusOr<http::Params> ReadParams(const kvs_http_request_t& request) {
  std::string_view form;
  if (sdk::View(request.method) == "POST" && http::IsFormContentType(sdk::HeaderOf(request, "content-type"))) {
    form = sdk::TextOf(request.body);
  }
  return http::Params::Parse(sdk::View(request.query), form);
}

StatusOr<int64_t> TimeParam(const http::Params& params, std::string_view name) {
  StatusOr<int64_t> time = http::ParseTimeMs(params.Get(name));
  if (!time.ok()) return InvalidParameter(name, time.status());
  return time;
}

StatusOr<int64_t> TimeParam(const http::Params& params, std::string_view name, int64_t otherwise) {
  if (params.Get(name).empty()) return otherwise;
  StatusOr<int64_t> time = http::ParseTimeMs(params.Get(name));
  if (!time.ok()) {
    return InvalidParameter(name, InvalidArgument("invalid time value for '", name, "': ", time.status().message()));
  }
  return time;
}

StatusOr<uint64_t> LimitParam(const http::Params& params, std::string_view name) {
  const std::string_view text = params.Get(name);
  if (text.empty()) return uint64_t{0};
  int64_t limit = 0;
  const std::string_view digits = text.front() == '+' ? text.substr(1) : text;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), limit);
  if (error == std::errc::result_out_of_range) {
    return InvalidParameter(name, InvalidArgument("strconv.Atoi: parsing ", Quote(text), ": value out of range"));
  }
  if (error != std::errc() || end != digits.data() + digits.size()) {
    return InvalidParameter(name, InvalidArgument("strconv.Atoi: parsing ", Quote(text), ": invalid syntax"));
  }
  if (limit < 0) return InvalidParameter(name, InvalidArgument("limit must be non-negative"));
  return static_cast<uint64_t>(limit);
}

StatusOr<TimeRange> RangeParams(const http::Params& params) {
  TimeRange range{};
  KVS_ASSIGN_OR_RETURN(range.start_ms, TimeParam(params, "start", http::kMinTimeMs));
  KVS_ASSIGN_OR_RETURN(range.end_ms, TimeParam(params, "end", http::kMaxTimeMs));
  return range;
}

void MatchParams::Add(std::vector<promql::Matcher> matchers) {
  owned_.push_back(std::move(matchers));
  std::vector<kvs_matcher_t> raw;
  for (const promql::Matcher& m : owned_.back()) {
    raw.push_back({sdk::Str(m.name), sdk::Str(m.value), static_cast<int32_t>(m.op), 0});
  }
  raw_.push_back(std::move(raw));
  sets_.push_back({raw_.back().data(), raw_.back().size()});
}

// The texts live in the inner vectors' own memory, which stays where it is when the outer ones grow or move.
StatusOr<MatchParams> MatchParams::Parse(const http::Params& params) {
  MatchParams out;
  for (const std::string_view text : params.All("match[]")) {
    StatusOr<std::vector<promql::Matcher>> matchers = promql::ParseMetricSelector(text);
    if (!matchers.ok()) return matchers.status();
    if (!promql::HasNonEmptyMatcher(*matchers)) return InvalidArgument("match[] must contain at least one non-empty matcher");
    out.Add(std::move(*matchers));
  }
  return out;
}

MatchParams MatchParams::FromSelectors(const std::vector<const promql::VectorSelector*>& selectors) {
  MatchParams out;
  for (const promql::VectorSelector* selector : selectors) out.Add(selector->matchers);
  return out;
}

}  // namespace kvs::api::prometheus
