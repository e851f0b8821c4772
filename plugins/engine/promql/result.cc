// SPDX-License-Identifier: Apache-2.0
// The columns of a result.

#include "result.h"

#include <algorithm>
#include <bit>

#include "kvs/records/histogram_columns.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/str.h"

#include "value/pulse.h"

namespace kvs::engine::promql {
namespace {

void AddHistogramTo(records::HistogramColumns& columns, int64_t t, const FloatHistogram& h) {
  columns.Begin({.timestamp_ms = t,
                 .reset_hint = static_cast<uint8_t>(h.reset_hint),
                 .schema = h.schema,
                 .zero_threshold = h.zero_threshold,
                 .zero_count = std::bit_cast<uint64_t>(h.zero_count),
                 .count = std::bit_cast<uint64_t>(h.count),
                 .sum = h.sum});
  const auto add = [](records::HistogramColumns::Side& side, const auto& spans,
                      const auto& buckets) {
    for (const chunk::Span& span : spans) side.AddSpan(span.offset, span.length);
    for (const double b : buckets) side.AddBucket(std::bit_cast<uint64_t>(b));
  };
  add(columns.positive(), h.positive_spans, h.positive_buckets);
  add(columns.negative(), h.negative_spans, h.negative_buckets);
  for (const double bound : h.custom_values) columns.AddCustomBound(bound);
  columns.End();
}

/// Times and values of points. Unlike vectors they are not cleared before they are written: of a
/// large result that costs as much as writing it.
class Points {
 public:
  size_t size() const { return n_; }
  int64_t bytes() const { return static_cast<int64_t>(16 * capacity_); }
  const int64_t* times() const { return t_.get(); }
  const double* values() const { return v_.get(); }

  void Reserve(size_t n) {
    if (n <= capacity_) return;
    std::unique_ptr<int64_t[]> t(new int64_t[n]);
    std::unique_ptr<double[]> v(new double[n]);
    std::copy_n(t_.get(), n_, t.get());
    std::copy_n(v_.get(), n_, v.get());
    t_ = std::move(t);
    v_ = std::move(v);
    capacity_ = n;
  }
  void Add(int64_t t, double v) {
    if (n_ == capacity_) Reserve(2 * n_ + 16);
    t_[n_] = t;
    v_[n_++] = v;
  }
  /// All those of `values` that are there, one a step of `grid`; Reserve() has made room for each.
  void AddPresent(const Grid& grid, const double* values) {
    int64_t* const t = t_.get();
    double* const v = v_.get();
    size_t n = n_;
    for (uint32_t i = 0; i < grid.n; ++i) {
      t[n] = grid.at(i);
      v[n] = values[i];
      n += Present(values[i]) ? 1 : 0;
    }
    n_ = n;
  }

 private:
  std::unique_ptr<int64_t[]> t_;
  std::unique_ptr<double[]> v_;
  size_t n_ = 0;
  size_t capacity_ = 0;
};

/// All that a result points at.
class Holder {
 public:
  Holder() = default;
  ~Holder() {
    if (pool_ != nullptr) pool_->Add(-bytes_);
  }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;

  void TakeNotes(const Annotations& notes) {
    warnings_ = notes.warnings();
    infos_ = notes.infos();
    for (const std::string& w : warnings_) warning_refs_.push_back(sdk::Str(w));
    for (const std::string& i : infos_) info_refs_.push_back(sdk::Str(i));
  }

  /// Points of a series.
  Points& points() { return points_; }
  void AddHistogram(int64_t t, const FloatHistogram& h) { AddHistogramTo(histograms_, t, h); }
  void EndSeries(const LabelStore& store, LabelSet labels) {
    for (const uint32_t symbol : labels.span()) refs_.push_back(Local(store, symbol));
    label_begin_.push_back(static_cast<uint32_t>(refs_.size()));
    point_begin_.push_back(static_cast<uint32_t>(points_.size()));
    histograms_.EndSeries();
  }

  void SetText(std::string text) { text_ = std::move(text); }
  ResultNotes& notes() { return notes_; }
  /// Texts are copied once a symbol, not once a label: the store goes with the query.
  void TakeTexts(const LabelStore& store) {
    size_t bytes = 0;
    for (const uint32_t symbol : symbols_) bytes += store.text(symbol).size();
    symbol_text_.reserve(bytes);
    for (const uint32_t symbol : symbols_) {
      const std::string_view text = store.text(symbol);
      symbol_refs_.push_back({symbol_text_.data() + symbol_text_.size(), text.size()});
      symbol_text_.append(text);
    }
    local_ = {};
  }
  /// Of the columns, without small things.
  int64_t bytes() const {
    return static_cast<int64_t>(
               symbol_text_.capacity() + symbol_refs_.capacity() * sizeof(kvs_str_t) +
               4 * (label_begin_.capacity() + refs_.capacity() + point_begin_.capacity()) +
               histograms_.bytes()) +
           points_.bytes();
  }
  /// Charges the result to `pool` for as long as it lives.
  void ChargeTo(std::shared_ptr<MemoryPool> pool) {
    pool_ = std::move(pool);
    bytes_ = bytes();
    pool_->Add(bytes_);
  }
  void Reserve(size_t series, size_t points) {
    label_begin_.reserve(series + 1);
    point_begin_.reserve(series + 1);
    points_.Reserve(points);
  }

  void Fill(kvs_query_result_t& out) {
    out.n_series = static_cast<uint32_t>(point_begin_.size() - 1);
    out.labels = sdk::Record<kvs_label_columns_t>();
    out.labels.n_series = out.n_series;
    out.labels.symbols = symbol_refs_.data();
    out.labels.n_symbols = symbol_refs_.size();
    out.labels.begin = label_begin_.data();
    out.labels.refs = refs_.data();
    out.point_begin = point_begin_.data();
    out.timestamp_ms = points_.times();
    out.value = points_.values();
    out.histograms = histograms_.empty() ? nullptr : histograms_.Finish();
    out.text = sdk::Str(text_);
    out.warnings = warning_refs_.data();
    out.n_warnings = warning_refs_.size();
    out.infos = info_refs_.data();
    out.n_infos = info_refs_.size();
    out.stats_json = sdk::Str(notes_.stats_json);
    out.explain_json = sdk::Str(notes_.explain_json);
  }

 private:
  uint32_t Local(const LabelStore& store, uint32_t symbol) {
    if (symbol >= local_.size()) local_.resize(store.n_symbols(), ~uint32_t{0});
    if (local_[symbol] == ~uint32_t{0}) {
      local_[symbol] = static_cast<uint32_t>(symbols_.size());
      symbols_.push_back(symbol);
    }
    return local_[symbol];
  }

  std::shared_ptr<MemoryPool> pool_;
  int64_t bytes_ = 0;
  std::vector<uint32_t> local_;
  std::vector<uint32_t> symbols_;
  std::string symbol_text_;
  std::vector<kvs_str_t> symbol_refs_;
  std::vector<uint32_t> label_begin_{0};
  std::vector<uint32_t> refs_;
  std::vector<uint32_t> point_begin_{0};
  Points points_;
  records::HistogramColumns histograms_;
  std::vector<std::string> warnings_, infos_;
  std::vector<kvs_str_t> warning_refs_, info_refs_;
  std::string text_;
  ResultNotes notes_;
};

Status AddVector(const Query& query, const Vector& vector, Holder& holder) {
  const uint32_t steps = vector.grid.n;
  holder.Reserve(vector.rows.size(), vector.rows.size() * steps);
  Pulse pulse(query);  // A large result takes as long as evaluating it did.
  const auto add = [&](const Row& row) {
    if (!pulse.Beat(steps + 2 * row.labels.size)) return Status(pulse.status());
    holder.points().AddPresent(vector.grid, row.values);
    for (uint32_t i = 0; row.histograms != nullptr && i < steps; ++i) {
      if (!Present(row.values[i]) && row.HasHistogram(i))
        holder.AddHistogram(vector.grid.at(i), *(*row.histograms)[i]);
    }
    holder.EndSeries(query.labels, row.labels);
    return OkStatus();
  };
  if (vector.ordered && !query.range) {
    for (const Row& row : vector.rows) KVS_RETURN_IF_ERROR(add(row));
  } else {
    for (const uint32_t r : LabelOrder(query.labels, vector.rows))
      KVS_RETURN_IF_ERROR(add(vector.rows[r]));
  }
  return OkStatus();
}

Status AddMatrix(const Query& query, const RangeVector& matrix, Holder& holder) {
  Pulse pulse(query);
  for (const uint32_t r : LabelOrder(query.labels, matrix.rows)) {
    const RangeRow& row = matrix.rows[r];
    if (!pulse.Beat(row.t.size() + row.histograms.size() + 2 * row.labels.size))
      return Status(pulse.status());
    for (size_t i = 0; i < row.t.size(); ++i) holder.points().Add(row.t[i], row.v[i]);
    for (size_t i = 0; i < row.histograms.size(); ++i)
      holder.AddHistogram(row.histogram_t[i], *row.histograms[i]);
    holder.EndSeries(query.labels, row.labels);
  }
  return OkStatus();
}

}  // namespace

Status HandOutResult(Query& query, Value value, kvs_query_result_t& out,
                     const std::function<void(ResultNotes&)>& describe) {
  Charge building;  // The account of the query; once handed out, the result is the pool's alone.
  auto holder = std::make_unique<Holder>();
  holder->TakeNotes(query.notes);
  out.sorted = 0;
  switch (value.type) {
    case ast::ValueType::kScalar:
      out.value_type = query.range ? KVS_VALUE_MATRIX : KVS_VALUE_SCALAR;
      for (uint32_t i = 0; i < query.grid.n; ++i)
        holder->points().Add(query.grid.at(i), value.scalar[i]);
      holder->EndSeries(query.labels, {});
      break;
    case ast::ValueType::kVector: {
      out.value_type = query.range ? KVS_VALUE_MATRIX : KVS_VALUE_VECTOR;
      out.sorted = value.vector.ordered || query.range ? 1 : 0;
      constexpr int64_t kPoint = sizeof(int64_t) + sizeof(double);
      const int64_t points = static_cast<int64_t>(value.vector.rows.size()) * query.grid.n;
      KVS_RETURN_IF_ERROR(query.CheckMemory(points * kPoint));
      building.Set(points * kPoint);
      KVS_RETURN_IF_ERROR(AddVector(query, value.vector, *holder));
      break;
    }
    case ast::ValueType::kMatrix:
      out.value_type = KVS_VALUE_MATRIX;
      KVS_RETURN_IF_ERROR(AddMatrix(query, value.matrix, *holder));
      break;
    case ast::ValueType::kString:
      out.value_type = KVS_VALUE_STRING;
      holder->SetText(std::move(value.text));
      holder->points().Add(query.grid.at(0), 0);  // For its time, as that of a scalar.
      holder->EndSeries(query.labels, {});
      break;
    case ast::ValueType::kNone:
      return Internal("the query has no value");
  }
  holder->TakeTexts(query.labels);
  building.Set(holder->bytes());
  KVS_RETURN_IF_ERROR(query.CheckMemory(0));
  describe(holder->notes());
  building.Set(0);
  holder->ChargeTo(query.memory.pool());
  holder->Fill(out);
  sdk::HandOut(out, std::move(holder));
  return OkStatus();
}

Status HandOutNothing(bool range, std::string explain_json, kvs_query_result_t& out) {
  auto holder = std::make_unique<Holder>();
  out.value_type = range ? KVS_VALUE_MATRIX : KVS_VALUE_VECTOR;
  out.sorted = 0;
  holder->notes().explain_json = std::move(explain_json);
  holder->Fill(out);
  sdk::HandOut(out, std::move(holder));
  return OkStatus();
}

}  // namespace kvs::engine::promql
