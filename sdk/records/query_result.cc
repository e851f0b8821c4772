// SPDX-License-Identifier: Apache-2.0
#include "kvs/records/query_result.h"

#include <memory>
#include <utility>
#include <vector>

#include "kvs/records/codec.h"
#include "kvs/records/histograms.h"
#include "kvs/records/labels.h"
#include "kvs/sdk/owned.h"

namespace kvs::records {

// A scalar has one point and no row of labels; what it has is told by the first offset array's
// length.
std::string EncodeQueryResult(const kvs_query_result_t& result) {
  Encoder out;
  const bool rows = result.value_type == KVS_VALUE_VECTOR || result.value_type == KVS_VALUE_MATRIX;
  const uint64_t points =
      rows ? (result.n_series == 0 ? 0 : result.point_begin[result.n_series]) : 1;
  out.Number(result.value_type);
  out.Number(result.sorted);
  out.Number(result.n_series);
  if (rows) EncodeLabels(out, result.labels);
  out.Array(result.timestamp_ms, result.timestamp_ms == nullptr ? 0 : points);
  out.Array(result.value, result.value == nullptr ? 0 : points);
  out.Array(result.point_begin, rows && result.n_series > 0 ? result.n_series + 1 : 0);
  EncodeHistograms(out, rows ? result.histograms : nullptr, result.n_series);
  out.Text(result.text);
  out.Texts(result.warnings, result.n_warnings);
  out.Texts(result.infos, result.n_infos);
  out.Text(result.stats_json);
  out.Text(result.explain_json);
  return out.Take();
}

Status DecodeQueryResult(std::string message, kvs_query_result_t* out) {
  struct Kept : Message {
    std::vector<kvs_str_t> symbols, warnings, infos;
    kvs_histogram_columns_t histograms = sdk::Record<kvs_histogram_columns_t>();
  };
  auto kept = std::make_unique<Kept>();
  kept->bytes = std::move(message);
  Decoder in(kept->bytes);
  out->value_type = static_cast<int32_t>(in.Signed());
  out->sorted = in.Small();
  out->n_series = in.Small();
  const bool rows = out->value_type == KVS_VALUE_VECTOR || out->value_type == KVS_VALUE_MATRIX;
  if (rows) DecodeLabels(in, &kept->symbols, &out->labels);
  if (rows && out->labels.n_series != out->n_series) in.Damaged();
  const auto times = in.Array<int64_t>();
  out->timestamp_ms = times.data();
  out->value = in.ArrayOf<double>(times.size());
  out->point_begin = in.Offsets(out->n_series, times.size());
  static constexpr uint32_t kNone[] = {0};
  if (rows && out->n_series == 0) out->point_begin = kNone;
  if (rows && out->point_begin == nullptr) in.Damaged();
  // A text has a time, and no value.
  const bool is_text = out->value_type == KVS_VALUE_STRING;
  if (!is_text && out->value == nullptr && !times.empty()) in.Damaged();
  const bool has_point = rows || is_text || !times.empty();
  if (!has_point) in.Damaged();
  if (DecodeHistograms(in, &kept->histograms, out->n_series)) out->histograms = &kept->histograms;
  out->text = sdk::Str(in.Text());
  kept->warnings = in.Texts();
  kept->infos = in.Texts();
  out->warnings = kept->warnings.data();
  out->n_warnings = kept->warnings.size();
  out->infos = kept->infos.data();
  out->n_infos = kept->infos.size();
  out->stats_json = sdk::Str(in.Text());
  out->explain_json = sdk::Str(in.Text());
  KVS_RETURN_IF_ERROR(in.status());
  kept->copies = in.TakeCopies();
  sdk::HandOut(*out, std::move(kept));
  return OkStatus();
}

}  // namespace kvs::records
