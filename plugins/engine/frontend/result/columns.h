// SPDX-License-Identifier: Apache-2.0
// ResultColumns: makes a kvs_query_result_t, series after series.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kvs/abi/port/query_engine.h"
#include "kvs/records/histogram_columns.h"
#include "kvs/sdk/owned.h"

#include "result/notes.h"
#include "result/series_labels.h"

namespace kvs::engine::frontend {

class ResultColumns {
 public:
  void AddPoint(int64_t t_ms, double value) {
    t_.push_back(t_ms);
    v_.push_back(value);
  }
  void AddHistogram(const kvs_histogram_columns_t& from, uint32_t i) { histograms_.Copy(from, i); }
  /// Ends a series, whose labels are those of `like`. Its points stand before.
  void EndSeries(const SeriesRef& like) {
    const kvs_label_columns_t& labels = like.result->labels;
    for (uint32_t i = labels.begin[like.series]; i < labels.begin[like.series + 1]; ++i)
      refs_.push_back(Symbol(sdk::View(labels.symbols[labels.refs[i]])));
    label_begin_.push_back(static_cast<uint32_t>(refs_.size()));
    point_begin_.push_back(static_cast<uint32_t>(t_.size()));
    histograms_.EndSeries();
  }

  /// Makes `out` own `columns`.
  static void HandOut(std::unique_ptr<ResultColumns> columns, int32_t value_type, bool sorted,
                      const Notes& notes, std::string stats_json, kvs_query_result_t& out) {
    ResultColumns& c = *columns;
    c.notes_ = notes;
    c.stats_json_ = std::move(stats_json);
    for (const std::string& text : c.notes_.warnings) c.warnings_.push_back(sdk::Str(text));
    for (const std::string& text : c.notes_.infos) c.infos_.push_back(sdk::Str(text));
    for (const std::string* symbol : c.symbols_) c.symbol_refs_.push_back(sdk::Str(*symbol));
    out.value_type = value_type;
    out.sorted = sorted ? 1 : 0;
    out.n_series = static_cast<uint32_t>(c.point_begin_.size() - 1);
    out.labels = sdk::Record<kvs_label_columns_t>();
    out.labels.n_series = out.n_series;
    out.labels.symbols = c.symbol_refs_.data();
    out.labels.n_symbols = c.symbol_refs_.size();
    out.labels.begin = c.label_begin_.data();
    out.labels.refs = c.refs_.data();
    out.point_begin = c.point_begin_.data();
    out.timestamp_ms = c.t_.data();
    out.value = c.v_.data();
    out.histograms = c.histograms_.empty() ? nullptr : c.histograms_.Finish();
    out.warnings = c.warnings_.data();
    out.n_warnings = c.warnings_.size();
    out.infos = c.infos_.data();
    out.n_infos = c.infos_.size();
    out.stats_json = sdk::Str(c.stats_json_);
    sdk::HandOut(out, std::move(columns));
  }

 private:
  uint32_t Symbol(std::string_view text) {
    const auto found = symbol_of_.find(text);
    if (found != symbol_of_.end()) return found->second;
    const auto number = static_cast<uint32_t>(symbols_.size());
    symbols_.push_back(kept_.emplace_back(std::make_unique<std::string>(text)).get());
    symbol_of_.emplace(*symbols_.back(), number);
    return number;
  }

  std::unordered_map<std::string_view, uint32_t> symbol_of_;  ///< Keys are those of kept_.
  std::vector<std::unique_ptr<std::string>> kept_;
  std::vector<const std::string*> symbols_;
  std::vector<kvs_str_t> symbol_refs_;
  std::vector<uint32_t> label_begin_{0}, refs_, point_begin_{0};
  std::vector<int64_t> t_;
  std::vector<double> v_;
  records::HistogramColumns histograms_;
  Notes notes_;
  std::vector<kvs_str_t> warnings_, infos_;
  std::string stats_json_;
};

}  // namespace kvs::engine::frontend
