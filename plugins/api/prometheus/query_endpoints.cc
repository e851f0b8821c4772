// SPDX-License-Identifier: Apache-2.0
// query, query_range and format_query.
#include "api.h"

#include <thread>

#include "kvs/base/str_cat.h"
#include "kvs/http/json.h"
#include "kvs/http/time_params.h"
#include "kvs/promql/printer.h"
#include "kvs/sdk/owned.h"
#include "parameters.h"
#include "result_json.h"

namespace kvs::api::prometheus {
namespace {

// timeout, lookback_delta, max_source_resolution, stats and explain: what both kinds of query take.
struct Common {
  int64_t timeout_ms;
  int64_t lookback_ms = 0;
  int64_t max_resolution_ms = 0;
  uint32_t flags = 0;
  std::vector<std::string> warnings;
};

// Of many notes the first ones are shown, and how many there are beside them.
void Shorten(std::vector<std::string>* notes, std::string_view kind) {
  constexpr size_t kShown = 10;
  if (notes->size() <= kShown) return;
  const size_t more = notes->size() - kShown;
  notes->resize(kShown);
  notes->push_back(StrCat(more, " more ", kind, " annotations omitted"));
}

// As Thanos has it: "auto", or how long the windows of aggregates may be; 0: samples alone.
StatusOr<int64_t> ResolutionParam(std::string_view text) {
  if (text.empty()) return int64_t{0};
  if (text == "auto") return int64_t{KVS_RESOLUTION_AUTO};
  const StatusOr<int64_t> ms = http::ParseDurationParamMs(text);
  if (!ms.ok() || *ms < 0)
    return InvalidParameter("max_source_resolution",
                            InvalidArgument("must be auto, or a duration such as 0s, 5m or 1h, not \"", text, "\""));
  return *ms == 0 ? int64_t{KVS_RESOLUTION_SAMPLES} : *ms;
}

StatusOr<Common> CommonParams(const http::Params& params, int64_t timeout_max_ms) {
  Common out{.timeout_ms = timeout_max_ms};
  if (const std::string_view text = params.Get("timeout"); !text.empty()) {
    const StatusOr<int64_t> timeout = http::ParseDurationParamMs(text);
    if (!timeout.ok()) return InvalidParameter("timeout", timeout.status());
    out.timeout_ms = std::min(timeout_max_ms, *timeout);
  }
  if (const std::string_view text = params.Get("lookback_delta"); !text.empty()) {
    const StatusOr<int64_t> lookback = http::ParseDurationParamMs(text);
    if (!lookback.ok()) return InvalidArgument("error parsing lookback delta duration: ", lookback.status().message());
    out.lookback_ms = *lookback;
  }
  KVS_ASSIGN_OR_RETURN(out.max_resolution_ms, ResolutionParam(params.Get("max_source_resolution")));
  if (const std::string_view stats = params.Get("stats"); !stats.empty()) {
    out.flags |= KVS_QUERY_STATS;
    if (stats == "all") out.flags |= KVS_QUERY_STATS_PER_STEP;
    if (stats != "all" && stats != "true") {
      out.warnings.push_back(StrCat("value \"", stats, "\" for parameter \"stats\" is deprecated and will be rejected in the next "
                                    "major release, use \"true\" or \"all\""));
    }
  }
  if (const std::string_view explain = params.Get("explain"); !explain.empty()) {
    if (explain == "plan") {
      out.flags |= KVS_QUERY_EXPLAIN;
    } else if (explain == "analyze") {
      out.flags |= KVS_QUERY_ANALYZE;
    } else {
      return InvalidParameter("explain", InvalidArgument("must be plan or analyze, not \"", explain, "\""));
    }
  }
  return out;
}

}  // namespace

sdk::Co<StatusOr<Answer>> Api::Ask(Question question, uint32_t flags, sdk::Call call, Request request) {
  if (const Status may = MayAsk(flags, call, request); !may.ok()) co_return may;
  const StatusOr<Asked> asked = (this->*question)(request);
  if (!asked.ok()) co_return asked.status();
  StatusOr<Common> common = CommonParams(request.params, config_.query_timeout.ms);
  if (!common.ok()) co_return common.status();
  kvs_query_t query = asked->query;
  query.text = sdk::Str(request.params.Get("query"));
  query.flags |= common->flags;
  query.lookback_ms = common->lookback_ms;
  query.max_resolution_ms = common->max_resolution_ms;
  if (sdk::HeaderOf(request.raw, "cache-control").find("no-store") != std::string_view::npos) query.flags |= KVS_QUERY_NO_CACHE;
  sdk::OwnedCall timed(call, call.tenant());
  timed.WithTimeoutMs(common->timeout_ms);

  sdk::Owned<kvs_query_result_t> result;
  const auto asked_on = std::this_thread::get_id();
  const Status status = co_await sdk::Async(engine.query(), timed.call(), &query, result.out());
  // Whoever brought the answer is not to write it out.
  if (std::this_thread::get_id() != asked_on) co_await sdk::OnWorker(host_.executor());
  // What has an id is the refusal of a limit, in words of its own.
  if (status.code() == StatusCode::kInvalidArgument && status.reason().empty()) co_return InvalidParameter("query", status);
  if (!status.ok()) co_return status;

  Answer answer;
  const uint64_t limit = asked->limit;
  AppendResult(answer.body, answer.more, *result, limit, host_.executor());
  answer.warnings = std::move(common->warnings);
  for (uint64_t i = 0; i < result->n_warnings; ++i) answer.warnings.push_back(sdk::Text(result->warnings[i]));
  for (uint64_t i = 0; i < result->n_infos; ++i) answer.infos.push_back(sdk::Text(result->infos[i]));
  const bool has_series = result->value_type == KVS_VALUE_VECTOR || result->value_type == KVS_VALUE_MATRIX;
  if (limit != 0 && has_series && result->n_series > limit) answer.warnings.emplace_back("results truncated due to limit");
  Shorten(&answer.warnings, "warning");
  Shorten(&answer.infos, "info");
  co_return answer;
}

StatusOr<Api::Asked> Api::Query(const Request& request) const {
  KVS_ASSIGN_OR_RETURN(const uint64_t limit, LimitParam(request.params));
  auto query = sdk::Record<kvs_query_t>();
  KVS_ASSIGN_OR_RETURN(query.start_ms, TimeParam(request.params, "time", host_.clock().NowMs()));
  query.end_ms = query.start_ms;
  return Asked{query, limit};
}

StatusOr<Api::Asked> Api::QueryRange(const Request& request) const {
  KVS_ASSIGN_OR_RETURN(const uint64_t limit, LimitParam(request.params));
  auto query = sdk::Record<kvs_query_t>();
  query.flags = KVS_QUERY_RANGE;
  KVS_ASSIGN_OR_RETURN(query.start_ms, TimeParam(request.params, "start"));
  KVS_ASSIGN_OR_RETURN(query.end_ms, TimeParam(request.params, "end"));
  if (query.end_ms < query.start_ms) {
    return InvalidParameter("end", InvalidArgument("end timestamp must not be before start time"));
  }
  const StatusOr<int64_t> step = http::ParseDurationParamMs(request.params.Get("step"));
  if (!step.ok()) return InvalidParameter("step", step.status());
  if (*step <= 0) {
    return InvalidParameter("step", InvalidArgument("zero or negative query resolution step widths are not accepted. Try a "
                                                    "positive integer"));
  }
  query.step_ms = *step;
  if ((query.end_ms - query.start_ms) / *step > config_.max_points_per_series) {
    return InvalidArgument("exceeded maximum resolution of ", config_.max_points_per_series == 11000 ? "11,000" : StrCat(config_.max_points_per_series),
                           " points per timeseries. Try decreasing the query resolution (?step=XX)");
  }
  return Asked{query, limit};
}

StatusOr<Answer> Api::FormatQuery(const sdk::Call&, const Request& request) {
  const StatusOr<promql::ExprPtr> expr = promql::ParseExpr(request.params.Get("query"), syntax_);
  if (!expr.ok()) return InvalidParameter("query", expr.status());
  Answer answer;
  http::AppendHtmlSafeJsonString(answer.body, promql::Format(**expr));
  return answer;
}

}  // namespace kvs::api::prometheus
