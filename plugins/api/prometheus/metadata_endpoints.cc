// SPDX-License-Identifier: Apache-2.0
// metadata, query_exemplars and status/buildinfo.
#include <string_view>

#include "api.h"
#include "kvs/http/build_info.h"
#include "kvs/http/json.h"
#include "kvs/promql/walk.h"
#include "kvs/sdk/owned.h"
#include "parameters.h"
#include "result_json.h"

namespace kvs::api::prometheus {
namespace {

std::string_view TypeName(uint32_t type) {
  constexpr std::string_view kNames[] = {"unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset"};
  return type < std::size(kNames) ? kNames[type] : kNames[0];
}

// A limit of metadata: negative means none, as in Prometheus.
StatusOr<uint64_t> SignedLimit(const http::Params& params, std::string_view name) {
  if (params.Get(name).starts_with("-")) return uint64_t{0};
  const StatusOr<uint64_t> limit = LimitParam(params, name);
  if (!limit.ok()) return InvalidArgument(name, " must be a number");
  return limit;
}

}  // namespace

StatusOr<Answer> Api::Metadata(const sdk::Call& call, const Request& request) {
  auto query = sdk::Record<kvs_metadata_query_t>();
  query.metric = sdk::Str(request.params.Get("metric"));
  KVS_ASSIGN_OR_RETURN(query.limit, SignedLimit(request.params, "limit"));
  KVS_ASSIGN_OR_RETURN(query.limit_per_metric, SignedLimit(request.params, "limit_per_metric"));
  sdk::Owned<kvs_metadata_list_t> list;
  KVS_RETURN_IF_ERROR(sdk::Await(source.metadata(), call, &query, list.out()));

  Answer answer;
  http::JsonWriter json(answer.body);
  json.BeginObject();
  for (uint64_t i = 0; i < list->n_items; ++i) {
    const kvs_metadata_t& item = list->items[i];
    const bool first_of_metric = i == 0 || sdk::View(list->items[i - 1].metric) != sdk::View(item.metric);
    const bool last_of_metric = i + 1 == list->n_items || sdk::View(list->items[i + 1].metric) != sdk::View(item.metric);
    if (first_of_metric) {
      json.Key(sdk::View(item.metric));
      json.BeginArray();
    }
    json.BeginObject();
    json.Key("type");
    json.HtmlSafeString(TypeName(item.type));
    json.Key("help");
    json.HtmlSafeString(sdk::View(item.help));
    json.Key("unit");
    json.HtmlSafeString(sdk::View(item.unit));
    json.EndObject();
    if (last_of_metric) json.EndArray();
  }
  json.EndObject();
  return answer;
}

StatusOr<Answer> Api::QueryExemplars(const sdk::Call& call, const Request& request) {
  KVS_ASSIGN_OR_RETURN(const TimeRange range, RangeParams(request.params));
  if (range.end_ms < range.start_ms) {
    return InvalidArgument("end timestamp must not be before start timestamp");
  }
  const StatusOr<promql::ExprPtr> expr = promql::ParseExpr(request.params.Get("query"), syntax_);
  if (!expr.ok()) return expr.status();
  const auto selectors = promql::ExtractSelectors(**expr);
  if (selectors.empty()) return Answer();  // 204
  const MatchParams match = MatchParams::FromSelectors(selectors);
  auto query = sdk::Record<kvs_label_query_t>();
  query.min_ms = range.start_ms;
  query.max_ms = range.end_ms;
  query.sets = match.sets().data();
  query.n_sets = match.sets().size();
  sdk::Owned<kvs_exemplar_list_t> list;
  KVS_RETURN_IF_ERROR(sdk::Await(source.exemplars(), call, &query, list.out()));

  Answer answer;
  std::string& out = answer.body;
  const kvs_exemplar_columns_t& e = list->exemplars;
  out += "[";
  for (uint32_t row = 0; row < list->series.n_series; ++row) {
    out += row == 0 ? "{\"seriesLabels\":" : ",{\"seriesLabels\":";
    AppendLabels(out, list->series, row);
    out += ",\"exemplars\":[";
    for (uint32_t i = e.begin[row]; i < e.begin[row + 1]; ++i) {
      out += i == e.begin[row] ? "{\"labels\":{" : ",{\"labels\":{";
      for (uint32_t k = e.label_begin[i]; k < e.label_begin[i + 1]; ++k) {
        if (k != e.label_begin[i]) out.push_back(',');
        http::AppendJsonString(out, sdk::View(e.label[k].name));
        out.push_back(':');
        http::AppendJsonString(out, sdk::View(e.label[k].value));
      }
      out += "},\"value\":\"";
      http::AppendFloat(out, e.value[i]);
      out += "\",\"timestamp\":";
      http::AppendTimestamp(out, e.timestamp_ms[i]);
      out.push_back('}');
    }
    out += "]}";
  }
  out.push_back(']');
  return answer;
}

StatusOr<Answer> Api::BuildInfo(const sdk::Call&, const Request&) {
  Answer answer;
  answer.body += kvs::http::BuildInfo(KVS_PLUGIN_VERSION, {});
  return answer;
}

}  // namespace kvs::api::prometheus
