// SPDX-License-Identifier: Apache-2.0
#include "limits/limited_source.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "kvs/base/str_cat.h"
#include "kvs/base/units.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/str.h"

namespace kvs::engine::promql {
namespace {

/// Mimir's refusal. `what`: "the query exceeded …".
Status TooMuch(std::string_view what, std::string_view id, std::string_view flag, int64_t amount) {
  return ResourceExhausted(
             what, " (", id,
             "). Consider reducing the time range and/or number of series selected by the query. "
             "One way to reduce the number of selected series is to add more label matchers to the "
             "query. Otherwise, to adjust the related per-tenant limit, configure ",
             flag, ", or contact your service administrator. It had read ", amount,
             " when it was stopped")
      .WithReason(std::string(id));
}

/// Adds `n`, and whether the sum is above `limit`, if there is one.
bool Exceeds(std::atomic<int64_t>& sum, int64_t n, int64_t limit, int64_t* amount) {
  *amount = sum.fetch_add(n, std::memory_order_relaxed) + n;
  return limit > 0 && *amount > limit;
}

}  // namespace

class LimitedSource::Cursor final : public sdk::SeriesCursor {
 public:
  Cursor(LimitedSource& source, sdk::OpenSelection selection)
      : source_(source), selection_(std::move(selection)) {}

  sdk::Outcome Next(const sdk::Call& call, kvs_series_batch_t*& out,
                    sdk::Completer& /*completer*/) override {
    StatusOr<sdk::BatchPtr> batch = selection_.Next(call);
    if (!batch.ok()) return batch.status();
    if (*batch == nullptr) return sdk::End();
    if (Status status = source_.Count(**batch); !status.ok()) return status;
    out = batch->release();
    return OkStatus();
  }
  void AddLateWarnings(std::vector<std::string>* warnings) override {
    selection_.AddLateWarnings(warnings);
  }

 private:
  LimitedSource& source_;
  const sdk::OpenSelection selection_;
};

Status LimitedSource::Count(const kvs_series_batch_t& batch) {
  int64_t amount = 0;
  if (Exceeds(series_, batch.n_series, limits_.max_series, &amount)) {
    return TooMuch(
        StrCat("the query exceeded the maximum number of series (limit: ", limits_.max_series,
               " series)"),
        "err-mimir-max-series-per-query", "-querier.max-fetched-series-per-query", amount);
  }
  if (batch.chunk_begin == nullptr) return OkStatus();
  const uint32_t n_chunks = batch.chunk_begin[batch.n_series] - batch.chunk_begin[0];
  if (Exceeds(chunks_, n_chunks, limits_.max_chunks, &amount)) {
    return TooMuch(
        StrCat("the query exceeded the maximum number of chunks (limit: ", limits_.max_chunks,
               " chunks)"),
        "err-mimir-max-chunks-per-query", "-querier.max-fetched-chunks-per-query", amount);
  }
  int64_t bytes = 0;
  for (uint32_t c = batch.chunk_begin[0]; c < batch.chunk_begin[batch.n_series]; ++c)
    bytes += batch.chunks[c].size;
  if (Exceeds(chunk_bytes_, bytes, limits_.max_chunk_bytes, &amount)) {
    return TooMuch(StrCat("the query exceeded the aggregated chunks size limit (limit: ",
                          limits_.max_chunk_bytes, " bytes)"),
                   "err-mimir-max-chunks-bytes-per-query",
                   "-querier.max-fetched-chunk-bytes-per-query", amount);
  }
  return OkStatus();
}

sdk::Outcome LimitedSource::Select(const sdk::Call& call, const kvs_select_t& in,
                                   kvs_series_cursor_t& out, sdk::Completer& /*completer*/) {
  kvs_select_t select = sdk::CopyOf(in);
  select.min_ms = std::max(in.min_ms, oldest_ms_);
  if (const uint64_t length =
          static_cast<uint64_t>(select.max_ms) - static_cast<uint64_t>(select.min_ms);
      limits_.max_partial_length_ms > 0 && select.max_ms > select.min_ms &&
      length > static_cast<uint64_t>(limits_.max_partial_length_ms)) {
    return ResourceExhausted(
               "the query time range exceeds the limit (query length: ",
               FormatDurationMs(static_cast<int64_t>(
                   std::min<uint64_t>(length, uint64_t{std::numeric_limits<int64_t>::max()}))),
               ", limit: ", FormatDurationMs(limits_.max_partial_length_ms),
               ") (err-mimir-max-query-length). To adjust the related per-tenant limit, configure "
               "-querier.max-partial-query-length, or contact your service administrator.")
        .WithReason("err-mimir-max-query-length");
  }
  sdk::OpenSelection selection;
  KVS_RETURN_IF_ERROR(sdk::Await(source_.select(), call, &select, selection.out()));
  const kvs_series_cursor_t behind = selection.raw();
  sdk::HandOutCursor(out, std::make_unique<Cursor>(*this, std::move(selection)));
  out.n_warnings = behind.n_warnings;
  out.warnings = behind.warnings;
  return OkStatus();
}

}  // namespace kvs::engine::promql
