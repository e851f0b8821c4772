// SPDX-License-Identifier: Apache-2.0
#include "kvs/query/query_limits.h"

#include <algorithm>
#include <array>
#include <limits>

#include "kvs/base/units.h"
#include "kvs/sdk/limits.h"

namespace kvs::query {
namespace {

struct Limit {
  const char* name;
  int64_t QueryLimits::*field;
};
constexpr std::array<Limit, 9> kLimits = {{
    {"max_query_expression_size_bytes", &QueryLimits::max_expression_bytes},
    {"max_total_query_length", &QueryLimits::max_length_ms},
    {"max_partial_query_length", &QueryLimits::max_partial_length_ms},
    {"max_query_lookback", &QueryLimits::max_lookback_ms},
    {"max_fetched_series_per_query", &QueryLimits::max_series},
    {"max_fetched_chunks_per_query", &QueryLimits::max_chunks},
    {"max_fetched_chunk_bytes_per_query", &QueryLimits::max_chunk_bytes},
    {"max_estimated_memory_consumption_per_query", &QueryLimits::max_memory_bytes},
    {"query_max_source_resolution", &QueryLimits::max_source_resolution_ms},
}};

/// What no limit may exceed: a double holds it exactly.
constexpr double kMost = 9007199254740992.0;

}  // namespace

StatusOr<QueryLimits> QueryLimits::Of(const sdk::LimiterRef& limiter, const sdk::Call& call) {
  QueryLimits out;
  if (!limiter) return out;
  std::array<std::string_view, kLimits.size()> names;
  std::array<double, kLimits.size()> values;
  for (size_t i = 0; i < kLimits.size(); ++i) names[i] = kLimits[i].name;
  KVS_RETURN_IF_ERROR(sdk::AskLimits(limiter, call, names, values).status());
  for (size_t i = 0; i < kLimits.size(); ++i) {
    // Neither NaN, which is what a limiter leaves that does not know the name.
    if (values[i] > 0 && values[i] < kMost) out.*kLimits[i].field = static_cast<int64_t>(values[i]);
  }
  return out;
}

Status QueryLimits::Check(const kvs_query_t& in) const {
  const auto size = static_cast<int64_t>(in.text.size);
  if (max_expression_bytes > 0 && size > max_expression_bytes) {
    return InvalidArgument(
               "the raw query size in bytes exceeds the limit (query size: ", size,
               ", limit: ", max_expression_bytes,
               ") (err-mimir-max-query-expression-size-bytes). To adjust the related per-tenant "
               "limit, configure -query-frontend.max-query-expression-size-bytes, or contact your "
               "service administrator.")
        .WithReason("err-mimir-max-query-expression-size-bytes");
  }
  if ((in.flags & KVS_QUERY_RANGE) == 0 || max_length_ms <= 0 || in.end_ms < in.start_ms)
    return OkStatus();
  const uint64_t length = static_cast<uint64_t>(in.end_ms) - static_cast<uint64_t>(in.start_ms);
  if (length <= static_cast<uint64_t>(max_length_ms)) return OkStatus();
  const auto shown = static_cast<int64_t>(
      std::min<uint64_t>(length, uint64_t{std::numeric_limits<int64_t>::max()}));
  return InvalidArgument(
             "the total query time range exceeds the limit (query length: ",
             FormatDurationMs(shown), ", limit: ", FormatDurationMs(max_length_ms),
             ") (err-mimir-max-total-query-length). To adjust the related per-tenant limit, "
             "configure -query-frontend.max-total-query-length, or contact your service "
             "administrator.")
      .WithReason("err-mimir-max-total-query-length");
}

int64_t QueryLimits::OldestMs(int64_t now_ms) const {
  return max_lookback_ms > 0 ? now_ms - max_lookback_ms : std::numeric_limits<int64_t>::min();
}

bool QueryLimits::Clip(int64_t now_ms, kvs_query_t& in) const {
  const int64_t oldest = OldestMs(now_ms);
  const bool range = (in.flags & KVS_QUERY_RANGE) != 0;
  if (in.start_ms >= oldest) return true;
  if (!range || in.end_ms < oldest) return false;
  if (in.step_ms <= 0) return true;  // It is refused for that.
  // The steps that stay are those that there were.
  const uint64_t before = static_cast<uint64_t>(oldest) - static_cast<uint64_t>(in.start_ms);
  const auto step = static_cast<uint64_t>(in.step_ms);
  const uint64_t steps = before / step + (before % step != 0 ? 1 : 0);
  const uint64_t span = static_cast<uint64_t>(in.end_ms) - static_cast<uint64_t>(in.start_ms);
  if (steps > span / step) return false;
  in.start_ms = static_cast<int64_t>(static_cast<uint64_t>(in.start_ms) + steps * step);
  return true;
}

}  // namespace kvs::query
