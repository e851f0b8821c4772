// SPDX-License-Identifier: Apache-2.0
// LabelSource: a source of label sets by tenant, without samples, for tests of what asks for series
// and their labels. Matchers bind; times do not. Needs kvs::model. [worker]
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "kvs/model/matcher.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/port/series_source.h"
#include "kvs/testkit/test_batch.h"

namespace kvs::testkit {

class LabelSource final : public sdk::SeriesSource {
 public:
  std::map<std::string, std::vector<LabelPairs>> series;
  std::vector<std::string> asked;  ///< Tenants, in order.
  Status error;                    ///< Of the tenant "bad".
  std::string warning;             ///< What selections say is missing; empty: nothing is.

  sdk::Outcome Select(const sdk::Call& call, const kvs_select_t& in, kvs_series_cursor_t& out,
                      sdk::Completer&) override {
    asked.emplace_back(call.tenant());
    if (call.tenant() == "bad") return error;
    sdk::HandOutCursor(out, std::make_unique<Cursor>(Matching(call, &in.matchers, 1), warning));
    return OkStatus();
  }
  sdk::Outcome LabelNames(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out,
                          sdk::Completer&) override {
    std::set<std::string> names;
    for (const LabelPairs& labels : Matching(call, in.sets, in.n_sets)) {
      for (const auto& [name, value] : labels) names.insert(name);
    }
    return HandOutTexts(names, out);
  }
  sdk::Outcome LabelValues(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out,
                           sdk::Completer&) override {
    std::set<std::string> values;
    for (const LabelPairs& labels : Matching(call, in.sets, in.n_sets)) {
      for (const auto& [name, value] : labels) {
        if (name == sdk::View(in.name)) values.insert(value);
      }
    }
    return HandOutTexts(values, out);
  }
  sdk::Outcome Metadata(const sdk::Call& call, const kvs_metadata_query_t&,
                        kvs_metadata_list_t& out, sdk::Completer&) override {
    auto kept = std::make_unique<std::vector<kvs_metadata_t>>();
    for (const LabelPairs& labels : series[std::string(call.tenant())])
      kept->push_back({sdk::Str(labels[0].second), sdk::Str("help"), {}, KVS_TYPE_GAUGE, 0});
    out.items = kept->data();
    out.n_items = kept->size();
    sdk::HandOut(out, std::move(kept));
    return OkStatus();
  }
  sdk::Outcome Exemplars(const sdk::Call& call, const kvs_label_query_t&, kvs_exemplar_list_t& out,
                         sdk::Completer&) override {
    struct Kept {
      std::vector<kvs_str_t> symbols;
      std::vector<uint32_t> begin, refs, exemplar_begin, label_begin;
      std::vector<int64_t> t;
      std::vector<double> v;
    };
    auto kept = std::make_unique<Kept>();
    kept->symbols = {sdk::Str("__name__"),
                     sdk::Str(series[std::string(call.tenant())][0][0].second)};
    kept->begin = {0, 2};
    kept->refs = {0, 1};
    kept->exemplar_begin = {0, 1};
    kept->label_begin = {0, 0};
    kept->t = {5};
    kept->v = {7};
    out.series = sdk::Record<kvs_label_columns_t>();
    out.series.n_series = 1;
    out.series.symbols = kept->symbols.data();
    out.series.n_symbols = 2;
    out.series.begin = kept->begin.data();
    out.series.refs = kept->refs.data();
    out.exemplars = sdk::Record<kvs_exemplar_columns_t>();
    out.exemplars.n_exemplars = 1;
    out.exemplars.begin = kept->exemplar_begin.data();
    out.exemplars.timestamp_ms = kept->t.data();
    out.exemplars.value = kept->v.data();
    out.exemplars.label_begin = kept->label_begin.data();
    sdk::HandOut(out, std::move(kept));
    return OkStatus();
  }
  sdk::Outcome Tenants(const sdk::Call&, const kvs_label_query_t& in, kvs_strings_t& out,
                       sdk::Completer&) override {
    std::set<std::string> names;
    for (const auto& [name, unused] : series) {
      if (name.starts_with(sdk::View(in.name))) names.insert(name);
    }
    return HandOutTexts(names, out);
  }

 private:
  struct Kept {
    kvs_series_batch_t batch = sdk::Record<kvs_series_batch_t>();
    std::vector<LabelPairs> series;
    std::vector<kvs_str_t> symbols;
    std::vector<uint32_t> begin{0}, refs;
  };
  class Cursor final : public sdk::SeriesCursor {
   public:
    Cursor(std::vector<LabelPairs> series, std::string warning)
        : series_(std::move(series)), warning_(std::move(warning)) {}
    void AddLateWarnings(std::vector<std::string>* warnings) override {
      if (!warning_.empty()) warnings->push_back(warning_);
    }
    sdk::Outcome Next(const sdk::Call&, kvs_series_batch_t*& out, sdk::Completer&) override {
      if (std::exchange(ended_, true) || series_.empty()) return sdk::End();
      auto kept = std::make_unique<Kept>();
      kept->series = std::move(series_);
      for (const LabelPairs& labels : kept->series) {
        for (const auto& [name, value] : labels) {
          for (const std::string* text : {&name, &value}) {
            kept->refs.push_back(static_cast<uint32_t>(kept->symbols.size()));
            kept->symbols.push_back(sdk::Str(*text));
          }
        }
        kept->begin.push_back(static_cast<uint32_t>(kept->refs.size()));
      }
      kvs_series_batch_t& batch = kept->batch;
      batch.n_series = static_cast<uint32_t>(kept->series.size());
      batch.labels = sdk::Record<kvs_label_columns_t>();
      batch.labels.n_series = batch.n_series;
      batch.labels.symbols = kept->symbols.data();
      batch.labels.n_symbols = kept->symbols.size();
      batch.labels.begin = kept->begin.data();
      batch.labels.refs = kept->refs.data();
      batch.producer = kept.get();
      batch.release = [](kvs_series_batch_t* self) noexcept {
        delete static_cast<Kept*>(self->producer);
      };
      out = &kept.release()->batch;
      return OkStatus();
    }

   private:
    std::vector<LabelPairs> series_;
    const std::string warning_;
    bool ended_ = false;
  };

  std::vector<LabelPairs> Matching(const sdk::Call& call, const kvs_matchers_t* sets,
                                   uint64_t n_sets) {
    std::vector<LabelPairs> out;
    for (const LabelPairs& labels : series[std::string(call.tenant())]) {
      bool any = n_sets == 0;
      for (uint64_t s = 0; s < n_sets; ++s) {
        bool all = true;
        for (uint64_t m = 0; m < sets[s].n; ++m) {
          std::string value;
          for (const auto& [name, v] : labels) {
            if (name == sdk::View(sets[s].matchers[m].name)) value = v;
          }
          all = all && model::Matcher::Make(static_cast<model::MatchType>(sets[s].matchers[m].type),
                                            "x", sdk::View(sets[s].matchers[m].value))
                           ->Matches(value);
        }
        any = any || all;
      }
      if (any) out.push_back(labels);
    }
    return out;
  }
  static sdk::Outcome HandOutTexts(const std::set<std::string>& texts, kvs_strings_t& out) {
    struct Texts {
      std::vector<std::string> texts;
      std::vector<kvs_str_t> items;
    };
    auto kept = std::make_unique<Texts>();
    kept->texts.assign(texts.begin(), texts.end());
    for (const std::string& text : kept->texts) kept->items.push_back(sdk::Str(text));
    out.items = kept->items.data();
    out.n_items = kept->items.size();
    sdk::HandOut(out, std::move(kept));
    return OkStatus();
  }
};

}  // namespace kvs::testkit
