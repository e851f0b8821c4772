// SPDX-License-Identifier: Apache-2.0
#include "api.h"

#include <algorithm>
#include <charconv>

#include "kvs/http/json.h"
#include "kvs/http/status_code.h"
#include "kvs/http/time_params.h"
#include "kvs/model/utf8.h"
#include "kvs/sdk/owned.h"

#include "counts.h"
#include "histogram_buckets.h"
#include "search.h"

namespace kvs::api::cardinality {
namespace {

constexpr char kJson[] = "application/json";
constexpr char kLines[] = "application/x-ndjson";

sdk::HttpReply ErrorReply(const Status& status) {
  constexpr http::CodeOverride kCodes[] = {{StatusCode::kFailedPrecondition, 422},
                                           {StatusCode::kResourceExhausted, 422}};
  std::string body;
  http::JsonWriter json(body);
  json.BeginObject();
  json.Key("status");
  json.String("error");
  json.Key("errorType");
  json.String(status.code() == StatusCode::kInvalidArgument ? "bad_data" : "execution");
  json.Key("error");
  json.HtmlSafeString(status.message());
  json.EndObject();
  return sdk::HttpReply::Json(http::HttpCode(status, kCodes), std::move(body));
}

void WriteLabels(const kvs_label_columns_t& labels, uint32_t row, http::JsonWriter& json) {
  json.BeginObject();
  for (uint32_t i = labels.begin[row]; i < labels.begin[row + 1]; i += 2) {
    json.Key(sdk::View(labels.symbols[labels.refs[i]]));
    json.String(sdk::View(labels.symbols[labels.refs[i + 1]]));
  }
  json.EndObject();
}

// What is missing from an answer; nothing where it is complete.
void WriteWarnings(const std::vector<std::string>& warnings, http::JsonWriter& json) {
  if (warnings.empty()) return;
  json.Key("warnings");
  json.BeginArray();
  for (const std::string& warning : warnings) json.HtmlSafeString(warning);
  json.EndArray();
}

}  // namespace

Api::Api(sdk::Host host, Config config) : host_(host), config_(std::move(config)), rules_(host) {}

Status Api::AddRoute(std::string_view methods, const std::string& path, Method method,
                     const char* content_type) {
  sdk::WorkerHandler& handler = handlers_.emplace_back(
      host_.executor(),
      [this, method, content_type](const sdk::Call& call,
                                   const kvs_http_request_t& in) -> StatusOr<sdk::HttpReply> {
        StatusOr<std::string> body = Answer(call, in, method);
        if (!body.ok()) return ErrorReply(body.status());
        return sdk::HttpReply{200, {{"content-type", content_type}}, *std::move(body)};
      });
  return http.Add(
      host_.component(), methods, config_.prefix + "/api/v1/" + path, &handler,
      {.flags = KVS_HTTP_NEEDS_TENANT | KVS_HTTP_FEDERATION | KVS_HTTP_READS | KVS_HTTP_LABELS});
}

StatusOr<std::string> Api::Answer(const sdk::Call& call, const kvs_http_request_t& in,
                                  Method method) {
  std::string_view form;
  if (sdk::View(in.method) == "POST" && http::IsFormContentType(sdk::HeaderOf(in, "content-type")))
    form = sdk::TextOf(in.body);
  KVS_ASSIGN_OR_RETURN(const auto params, http::Params::Parse(sdk::View(in.query), form));
  KVS_RETURN_IF_ERROR(rules_.Check(limits, call, in, params));
  KVS_ASSIGN_OR_RETURN(const TenantBounds bounds, TenantBounds::Ask(limits, call, config_));
  return (this->*method)(call, {params, bounds});
}

sdk::Outcome Api::Start(const sdk::Call&, sdk::Completer&) {
  KVS_RETURN_IF_ERROR(AddRoute("GET,POST", "cardinality/label_names", &Api::LabelNames, kJson));
  KVS_RETURN_IF_ERROR(AddRoute("GET,POST", "cardinality/label_values", &Api::LabelValues, kJson));
  KVS_RETURN_IF_ERROR(AddRoute("GET,POST", "cardinality/active_series", &Api::ActiveSeries, kJson));
  KVS_RETURN_IF_ERROR(AddRoute("GET,POST", "cardinality/active_native_histogram_metrics",
                               &Api::ActiveHistograms, kJson));
  KVS_RETURN_IF_ERROR(AddRoute("GET,POST", "search/metric_names", &Api::SearchMetricNames, kLines));
  KVS_RETURN_IF_ERROR(AddRoute("GET,POST", "search/label_names", &Api::SearchLabelNames, kLines));
  KVS_RETURN_IF_ERROR(AddRoute("GET,POST", "search/label_values", &Api::SearchLabelValues, kLines));
  return OkStatus();
}

sdk::Outcome Api::Stop(const sdk::Call&, sdk::Completer&) {
  http.RemoveAll(host_.component());
  return OkStatus();
}

StatusOr<Api::Window> Api::WindowOf(const http::Params& params) const {
  const std::string_view method = params.Get("count_method");
  if (!method.empty() && method != "inmemory" && method != "active")
    return InvalidArgument("invalid 'count_method' param '", method,
                           "': valid options are: [inmemory, active]");
  Window window{};
  window.end_ms = host_.clock().NowMs();
  window.start_ms =
      window.end_ms - (method == "active" ? config_.active_window.ms : config_.inmemory_window.ms);
  if (!params.Get("start").empty()) {
    KVS_ASSIGN_OR_RETURN(window.start_ms, http::ParseTimeMs(params.Get("start")));
  }
  if (!params.Get("end").empty()) {
    KVS_ASSIGN_OR_RETURN(window.end_ms, http::ParseTimeMs(params.Get("end")));
  }
  if (window.end_ms < window.start_ms) return InvalidArgument("end is before start");
  return window;
}

StatusOr<size_t> Api::LimitOf(const Request& request) const {
  constexpr int64_t kDefault = 20;
  const std::string_view text = request.params.Get("limit");
  if (text.empty()) return static_cast<size_t>(kDefault);
  int64_t limit = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (error != std::errc() || end != text.data() + text.size() || limit < 0)
    return InvalidArgument("invalid 'limit' param: \"", text, "\" is no number from 0 on");
  if (limit > request.bounds.max_results)
    return InvalidArgument("'limit' param cannot be greater than '", request.bounds.max_results,
                           "'");
  return static_cast<size_t>(limit);
}

StatusOr<std::string> Api::LabelNames(const sdk::Call& call, const Request& request) {
  KVS_RETURN_IF_ERROR(request.bounds.CheckEnabled(call.tenant()));
  const http::Params& params = request.params;
  KVS_ASSIGN_OR_RETURN(const size_t limit, LimitOf(request));
  KVS_ASSIGN_OR_RETURN(const Window window, WindowOf(params));
  KVS_ASSIGN_OR_RETURN(const Selector selector, Selector::Parse(params.Get("selector")));
  const kvs_matchers_t set = selector.raw();
  auto query = sdk::Record<kvs_label_query_t>();
  query.min_ms = window.start_ms;
  query.max_ms = window.end_ms;
  query.sets = &set;
  query.n_sets = selector.empty() ? 0 : 1;
  sdk::Owned<kvs_strings_t> names;
  KVS_RETURN_IF_ERROR(sdk::Await(source.label_names(), call, &query, names.out()));
  struct Count {
    std::string_view name;
    uint64_t values;
  };
  std::vector<Count> counts;
  uint64_t total = 0;
  uint64_t bytes = 0;
  for (uint64_t i = 0; i < names->n_items; ++i) {
    KVS_RETURN_IF_ERROR(call.CheckAlive());
    query.name = names->items[i];
    sdk::Owned<kvs_strings_t> values;
    KVS_RETURN_IF_ERROR(sdk::Await(source.label_values(), call, &query, values.out()));
    counts.push_back({sdk::View(names->items[i]), values->n_items});
    total += values->n_items;
    bytes += names->items[i].size;
    for (uint64_t k = 0; k < values->n_items; ++k) bytes += values->items[k].size;
    if (bytes > request.bounds.max_names_and_values_bytes)
      return ResourceExhausted("label names and values are larger than ",
                               request.bounds.max_names_and_values_bytes,
                               " bytes together, see "
                               "label_names_and_values_results_max_size_bytes: use a narrower "
                               "selector");
  }
  std::stable_sort(counts.begin(), counts.end(),
                   [](const Count& a, const Count& b) { return a.values > b.values; });
  std::string body;
  http::JsonWriter json(body);
  json.BeginObject();
  json.Key("label_values_count_total");
  json.Uint(total);
  json.Key("label_names_count");
  json.Uint(counts.size());
  json.Key("cardinality");
  json.BeginArray();
  for (size_t i = 0; i < std::min(limit, counts.size()); ++i) {
    json.BeginObject();
    json.Key("label_name");
    json.String(counts[i].name);
    json.Key("label_values_count");
    json.Uint(counts[i].values);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
  return body;
}

StatusOr<std::string> Api::LabelValues(const sdk::Call& call, const Request& request) {
  KVS_RETURN_IF_ERROR(request.bounds.CheckEnabled(call.tenant()));
  const http::Params& params = request.params;
  std::vector<std::string> names;
  for (const std::string_view name : params.All("label_names[]")) {
    if (!model::IsValidLabelName(name, model::NameScheme::kUtf8))
      return InvalidArgument("invalid 'label_names' param '", name, "'");
    if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
  }
  if (names.empty()) return InvalidArgument("'label_names[]' param is required");
  if (names.size() > static_cast<size_t>(request.bounds.max_label_names))
    return InvalidArgument("label_names[] has ", names.size(), " names, more than ",
                           request.bounds.max_label_names, ": ask in several requests");
  KVS_ASSIGN_OR_RETURN(const size_t limit, LimitOf(request));
  KVS_ASSIGN_OR_RETURN(const Window window, WindowOf(params));
  KVS_ASSIGN_OR_RETURN(const Selector selector, Selector::Parse(params.Get("selector")));
  std::vector<kvs_str_t> wanted;
  for (const std::string& name : names) wanted.push_back(sdk::Str(name));
  auto select = sdk::Record<kvs_select_t>();
  select.flags = KVS_SELECT_NO_CHUNKS | KVS_SELECT_HAS_LABELS;
  select.min_ms = window.start_ms;
  select.max_ms = window.end_ms;
  select.matchers = selector.raw();
  select.labels = wanted.data();
  select.n_labels = wanted.size();
  sdk::OpenSelection selection;
  KVS_RETURN_IF_ERROR(sdk::Await(source.select(), call, &select, selection.out()));
  Counts counts(names);
  while (true) {
    KVS_RETURN_IF_ERROR(call.CheckAlive());
    KVS_ASSIGN_OR_RETURN(const sdk::BatchPtr batch, selection.Next(call));
    if (batch == nullptr) break;
    counts.Add(batch->labels);
    if (counts.series() > static_cast<uint64_t>(config_.max_series))
      return ResourceExhausted("more than ", config_.max_series,
                               " series match: use a narrower selector, or a shorter time");
  }
  std::vector<std::string> warnings;
  selection.AddWarnings(&warnings);
  selection.AddLateWarnings(&warnings);
  std::string body;
  http::JsonWriter json(body);
  json.BeginObject();
  json.Key("series_count_total");
  json.Uint(counts.series());
  json.Key("labels");
  json.BeginArray();
  auto labels = counts.Top(limit);
  std::stable_sort(labels.begin(), labels.end(),
                   [](const auto& a, const auto& b) { return a.series > b.series; });
  for (const Counts::OfLabel& label : labels) {
    json.BeginObject();
    json.Key("label_name");
    json.String(label.name);
    json.Key("label_values_count");
    json.Uint(label.values);
    json.Key("series_count");
    json.Uint(label.series);
    json.Key("cardinality");
    json.BeginArray();
    for (const auto& [value, series] : label.top) {
      json.BeginObject();
      json.Key("label_value");
      json.String(value);
      json.Key("series_count");
      json.Uint(series);
      json.EndObject();
    }
    json.EndArray();
    json.EndObject();
  }
  json.EndArray();
  WriteWarnings(warnings, json);
  json.EndObject();
  return body;
}

// Calls on_batch(batch), which may fail, for what `select` asks of the active series of the
// request.
template <typename OnBatch>
Status Api::EachActiveBatch(const sdk::Call& call, const http::Params& params, kvs_select_t& select,
                            std::vector<std::string>* warnings, OnBatch on_batch) {
  if (params.Get("selector").empty()) return InvalidArgument("'selector' param is required");
  KVS_ASSIGN_OR_RETURN(const Selector selector, Selector::Parse(params.Get("selector")));
  select.max_ms = host_.clock().NowMs();
  select.min_ms = select.max_ms - config_.active_window.ms;
  select.matchers = selector.raw();
  sdk::OpenSelection selection;
  KVS_RETURN_IF_ERROR(sdk::Await(source.select(), call, &select, selection.out()));
  uint64_t n = 0;
  while (true) {
    KVS_RETURN_IF_ERROR(call.CheckAlive());
    KVS_ASSIGN_OR_RETURN(const sdk::BatchPtr batch, selection.Next(call));
    if (batch == nullptr) break;
    n += batch->n_series;
    if (n > static_cast<uint64_t>(config_.max_series))
      return ResourceExhausted("more than ", config_.max_series,
                               " series match: use a narrower selector");
    KVS_RETURN_IF_ERROR(on_batch(*batch));
  }
  selection.AddWarnings(warnings);
  selection.AddLateWarnings(warnings);
  return OkStatus();
}

StatusOr<std::string> Api::ActiveSeries(const sdk::Call& call, const Request& request) {
  KVS_RETURN_IF_ERROR(request.bounds.CheckEnabled(call.tenant()));
  const http::Params& params = request.params;
  auto select = sdk::Record<kvs_select_t>();
  select.flags = KVS_SELECT_NO_CHUNKS;
  std::string body;
  http::JsonWriter json(body);
  json.BeginObject();
  json.Key("data");
  json.BeginArray();
  std::vector<std::string> warnings;
  KVS_RETURN_IF_ERROR(EachActiveBatch(call, params, select, &warnings,
                                      [&](const kvs_series_batch_t& batch) -> Status {
                                        for (uint32_t row = 0; row < batch.n_series; ++row)
                                          WriteLabels(batch.labels, row, json);
                                        return request.bounds.CheckActiveSeries(body.size());
                                      }));
  json.EndArray();
  WriteWarnings(warnings, json);
  json.EndObject();
  return body;
}

StatusOr<std::string> Api::ActiveHistograms(const sdk::Call& call, const Request& request) {
  KVS_RETURN_IF_ERROR(request.bounds.CheckEnabled(call.tenant()));
  const http::Params& params = request.params;
  const kvs_str_t name = sdk::Str("__name__");
  auto select = sdk::Record<kvs_select_t>();
  select.flags = KVS_SELECT_HAS_LABELS;
  select.labels = &name;
  select.n_labels = 1;
  HistogramBuckets buckets;
  std::vector<std::string> warnings;
  KVS_RETURN_IF_ERROR(
      EachActiveBatch(call, params, select, &warnings,
                      [&buckets](const kvs_series_batch_t& batch) { return buckets.Add(batch); }));
  std::string body;
  http::JsonWriter json(body);
  json.BeginObject();
  json.Key("data");
  json.BeginArray();
  for (const auto& [metric, of] : buckets.metrics()) {
    json.BeginObject();
    json.Key("metric");
    json.String(metric);
    json.Key("series_count");
    json.Uint(of.series);
    json.Key("bucket_count");
    json.Uint(of.buckets);
    json.Key("avg_bucket_count");
    json.Number(static_cast<double>(of.buckets) / static_cast<double>(of.series));
    json.Key("min_bucket_count");
    json.Uint(of.least);
    json.Key("max_bucket_count");
    json.Uint(of.most);
    json.EndObject();
  }
  json.EndArray();
  WriteWarnings(warnings, json);
  json.EndObject();
  return body;
}

StatusOr<std::string> Api::SearchMetricNames(const sdk::Call& call, const Request& request) {
  return Search(call, request.params, "__name__");
}
StatusOr<std::string> Api::SearchLabelNames(const sdk::Call& call, const Request& request) {
  return Search(call, request.params, "");
}
StatusOr<std::string> Api::SearchLabelValues(const sdk::Call& call, const Request& request) {
  const std::string_view label = request.params.Get("label");
  if (label.empty()) return InvalidArgument("'label' param is required");
  return Search(call, request.params, label);
}

// Of label names, or of the values of one label. A line for each that fits, best first, and one of
// the status.
StatusOr<std::string> Api::Search(const sdk::Call& call, const http::Params& params,
                                  std::string_view label) {
  uint64_t limit = 100;
  if (const std::string_view text = params.Get("limit"); !text.empty()) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
    if (error != std::errc() || end != text.data() + text.size())
      return InvalidArgument("invalid 'limit' param: \"", text, "\"");
  }
  KVS_ASSIGN_OR_RETURN(const Window window, WindowOf(params));
  std::vector<Selector> selectors;
  std::vector<kvs_matchers_t> sets;
  for (const std::string_view text : params.All("match[]")) {
    KVS_ASSIGN_OR_RETURN(Selector selector, Selector::Parse(text));
    selectors.push_back(std::move(selector));
  }
  for (const Selector& selector : selectors) sets.push_back(selector.raw());
  auto query = sdk::Record<kvs_label_query_t>();
  query.min_ms = window.start_ms;
  query.max_ms = window.end_ms;
  query.name = sdk::Str(label);
  query.sets = sets.data();
  query.n_sets = sets.size();
  sdk::Owned<kvs_strings_t> texts;
  KVS_RETURN_IF_ERROR(sdk::Await(label.empty() ? source.label_names() : source.label_values(), call,
                                 &query, texts.out()));
  struct Hit {
    std::string_view name;
    double score;
  };
  std::vector<Hit> hits;
  const auto searches = params.All("search[]");
  for (uint64_t i = 0; i < texts->n_items; ++i) {
    const std::string_view name = sdk::View(texts->items[i]);
    double score = searches.empty() ? 1 : 0;
    for (const std::string_view search : searches) score = std::max(score, ScoreOf(name, search));
    if (score > 0) hits.push_back({name, score});
  }
  std::stable_sort(hits.begin(), hits.end(),
                   [](const Hit& a, const Hit& b) { return a.score > b.score; });
  const bool truncated = limit != 0 && hits.size() > limit;
  if (truncated) hits.resize(limit);
  std::string body;
  for (const Hit& hit : hits) {
    http::JsonWriter json(body);
    json.BeginObject();
    json.Key("name");
    json.String(hit.name);
    json.Key("score");
    json.Number(hit.score);
    json.EndObject();
    body.push_back('\n');
  }
  http::JsonWriter json(body);
  json.BeginObject();
  json.Key("status");
  json.String("success");
  json.Key("has_more");
  json.Bool(truncated);
  json.EndObject();
  body.push_back('\n');
  return body;
}

}  // namespace kvs::api::cardinality
