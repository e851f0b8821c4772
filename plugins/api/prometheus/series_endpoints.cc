// SPDX-License-Identifier: Apache-2.0
// series, labels and label values.
#include <algorithm>
#include <set>
#include <string>

#include "kvs/base/quote.h"
#include "kvs/http/json.h"
#include "kvs/http/time_params.h"
#include "kvs/model/utf8.h"
#include "kvs/sdk/limits.h"
#include "kvs/sdk/owned.h"

#include "api.h"
#include "parameters.h"
#include "result_json.h"

namespace kvs::api::prometheus {
namespace {

constexpr std::string_view kTruncated = "results truncated due to limit";

// One more than asked for tells whether there are more.
uint64_t OneMore(uint64_t limit) {
  return limit == 0 ? 0 : limit + 1;
}

Answer AnswerOf(const kvs_strings_t& texts, uint64_t limit) {
  Answer answer;
  uint64_t n = texts.n_items;
  if (limit != 0 && (n > limit || texts.truncated != 0)) {
    n = std::min(n, limit);
    answer.warnings.emplace_back(kTruncated);
  }
  http::JsonWriter json(answer.body);
  json.BeginArray();
  for (uint64_t i = 0; i < n; ++i) json.HtmlSafeString(sdk::View(texts.items[i]));
  json.EndArray();
  return answer;
}

// U__name_20_x is how a name that is not legacy stands in a path: U__, then _XX_ for what is not a
// letter, digit or _.
std::string DecodeName(std::string_view name) {
  if (!name.starts_with("U__")) return std::string(name);
  std::string out;
  for (size_t i = 3; i < name.size(); ++i) {
    if (name[i] != '_') {
      out.push_back(name[i]);
      continue;
    }
    if (i + 1 < name.size() && name[i + 1] == '_') {
      out.push_back('_');
      ++i;
      continue;
    }
    const size_t end = name.find('_', i + 1);
    if (end == std::string_view::npos || end == i + 1) return std::string(name);
    uint32_t code = 0;
    for (size_t k = i + 1; k < end; ++k) {
      const char c = name[k];
      const int digit =
          c >= '0' && c <= '9'
              ? c - '0'
              : (c >= 'a' && c <= 'f' ? c - 'a' + 10 : (c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1));
      if (digit < 0 || code > 0x10ffff) return std::string(name);
      code = code * 16 + static_cast<uint32_t>(digit);
    }
    if (code < 0x80) {
      out.push_back(static_cast<char>(code));
    } else if (code < 0x800) {
      out.push_back(static_cast<char>(0xc0 | (code >> 6)));
      out.push_back(static_cast<char>(0x80 | (code & 0x3f)));
    } else if (code < 0x10000) {
      out.push_back(static_cast<char>(0xe0 | (code >> 12)));
      out.push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3f)));
      out.push_back(static_cast<char>(0x80 | (code & 0x3f)));
    } else {
      out.push_back(static_cast<char>(0xf0 | (code >> 18)));
      out.push_back(static_cast<char>(0x80 | ((code >> 12) & 0x3f)));
      out.push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3f)));
      out.push_back(static_cast<char>(0x80 | (code & 0x3f)));
    }
    i = end;
  }
  return out;
}

kvs_label_query_t LabelQueryOf(const TimeRange& range, const MatchParams& match, uint64_t limit) {
  auto query = sdk::Record<kvs_label_query_t>();
  query.min_ms = range.start_ms;
  query.max_ms = range.end_ms;
  query.sets = match.sets().data();
  query.n_sets = match.sets().size();
  query.limit = OneMore(limit);
  return query;
}

}  // namespace

// Mimir's max_labels_query_length: what is further back is left out without a word.
StatusOr<TimeRange> Api::LabelsRange(const sdk::Call& call, const Request& request) const {
  KVS_ASSIGN_OR_RETURN(TimeRange range, RangeParams(request.params));
  if (!limits) return range;
  KVS_ASSIGN_OR_RETURN(const double most_ms,
                       sdk::AskLimit(limits, call, "max_labels_query_length"));
  constexpr double kMost = 9007199254740992.0;  // A double holds it exactly.
  if (!(most_ms > 0) || most_ms >= kMost) return range;
  // A read without an end is one until now.
  const int64_t end_ms = range.end_ms == http::kMaxTimeMs ? host_.clock().NowMs() : range.end_ms;
  range.start_ms = std::max(range.start_ms, end_ms - static_cast<int64_t>(most_ms));
  return range;
}

// Mimir clips without a word; a warning says what Prometheus says of a limit of the request.
StatusOr<uint64_t> Api::LabelsLimit(const sdk::Call& call, const Request& request,
                                    std::string_view name) const {
  KVS_ASSIGN_OR_RETURN(const uint64_t asked, LimitParam(request.params));
  if (!limits) return asked;
  KVS_ASSIGN_OR_RETURN(const double most, sdk::AskLimit(limits, call, name));
  if (!(most >= 1) || (asked != 0 && static_cast<double>(asked) <= most)) return asked;
  return static_cast<uint64_t>(std::min(most, 4294967295.0));
}

StatusOr<Answer> Api::Series(const sdk::Call& call, const Request& request) {
  const http::Params& params = request.params;
  KVS_ASSIGN_OR_RETURN(const uint64_t limit, LabelsLimit(call, request, "max_series_query_limit"));
  if (params.All("match[]").empty()) return InvalidArgument("no match[] parameter provided");
  KVS_ASSIGN_OR_RETURN(const TimeRange range, LabelsRange(call, request));
  const StatusOr<MatchParams> parsed = MatchParams::Parse(params);
  if (!parsed.ok()) return InvalidParameter("match[]", parsed.status());
  const MatchParams& match = *parsed;

  // Each selector gives its series once; only the union of several needs to look for repetitions.
  std::set<std::string> seen;
  Answer answer;
  answer.body += "[";
  uint64_t n = 0;
  for (const kvs_matchers_t& set : match.sets()) {
    auto select = sdk::Record<kvs_select_t>();
    select.flags = KVS_SELECT_NO_CHUNKS | KVS_SELECT_SORTED;
    select.min_ms = range.start_ms;
    select.max_ms = range.end_ms;
    select.matchers = set;
    select.limit = OneMore(limit);
    sdk::OpenSelection selection;
    KVS_RETURN_IF_ERROR(sdk::Await(source.select(), call, &select, selection.out()));
    while (limit == 0 || n <= limit) {
      KVS_RETURN_IF_ERROR(call.CheckAlive());
      KVS_ASSIGN_OR_RETURN(const sdk::BatchPtr batch, selection.Next(call));
      if (batch == nullptr) break;
      for (uint32_t row = 0; row < batch->n_series && (limit == 0 || n <= limit); ++row) {
        std::string labels;
        AppendLabels(labels, batch->labels, row);
        if (match.sets().size() > 1 && !seen.insert(labels).second) continue;
        if (limit != 0 && n == limit) {
          answer.warnings.emplace_back(kTruncated);
          ++n;
          break;
        }
        if (n++ > 0) answer.body.push_back(',');
        answer.body += labels;
      }
    }
    selection.AddWarnings(&answer.warnings);
    selection.AddLateWarnings(&answer.warnings);
    if (limit != 0 && n > limit) break;
  }
  answer.body.push_back(']');
  return answer;
}

StatusOr<Answer> Api::Labels(const sdk::Call& call, const Request& request) {
  KVS_ASSIGN_OR_RETURN(const uint64_t limit, LabelsLimit(call, request, "max_label_names_limit"));
  KVS_ASSIGN_OR_RETURN(const TimeRange range, LabelsRange(call, request));
  KVS_ASSIGN_OR_RETURN(const MatchParams match, MatchParams::Parse(request.params));
  const kvs_label_query_t query = LabelQueryOf(range, match, limit);
  sdk::Owned<kvs_strings_t> names;
  KVS_RETURN_IF_ERROR(sdk::Await(source.label_names(), call, &query, names.out()));
  return AnswerOf(*names, limit);
}

StatusOr<Answer> Api::LabelValues(const sdk::Call& call, const Request& request) {
  const std::string name = DecodeName(sdk::View(request.raw.params[0]));
  if (!model::IsValidLabelName(name, model::NameScheme::kUtf8)) {
    return InvalidArgument("invalid label name: ", Quote(name));
  }
  KVS_ASSIGN_OR_RETURN(const uint64_t limit, LabelsLimit(call, request, "max_label_values_limit"));
  KVS_ASSIGN_OR_RETURN(const TimeRange range, LabelsRange(call, request));
  KVS_ASSIGN_OR_RETURN(const MatchParams match, MatchParams::Parse(request.params));
  kvs_label_query_t query = LabelQueryOf(range, match, limit);
  query.name = sdk::Str(name);
  sdk::Owned<kvs_strings_t> values;
  KVS_RETURN_IF_ERROR(sdk::Await(source.label_values(), call, &query, values.out()));
  return AnswerOf(*values, limit);
}

}  // namespace kvs::api::prometheus
