// SPDX-License-Identifier: Apache-2.0
// What a ruler needs around it: an engine with a script, a sink that remembers, routes to be
// called.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "kvs/base/str_cat.h"
#include "kvs/model/label_cursor.h"
#include "kvs/model/labels.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/port/http_routes.h"
#include "kvs/sdk/port/query_engine.h"
#include "kvs/sdk/port/series_sink.h"
#include "kvs/sdk/query_priority.h"
#include "kvs/sdk/write_batch.h"

namespace kvs::ruler {

class FakeRoutes final : public sdk::HttpRoutes {
 public:
  Status Add(std::string_view, const kvs_http_route_t& route) override {
    routes[StrCat(sdk::View(route.methods), " ", sdk::View(route.pattern))] = route;
    return OkStatus();
  }
  void RemoveAll(std::string_view) override { routes.clear(); }
  std::map<std::string, kvs_http_route_t> routes;
};

// Answers a query with what the script holds for its text; others with nothing.
class FakeEngine final : public sdk::QueryEngine {
 public:
  struct Row {
    std::vector<std::pair<std::string, std::string>> labels;
    double value;
  };
  sdk::Outcome Query(const sdk::Call& call, const kvs_query_t& in, kvs_query_result_t& out,
                     sdk::Completer&) override {
    before();
    const std::lock_guard lock(mutex_);
    asked.push_back(StrCat(call.tenant(), " ", sdk::View(in.text), " @", in.start_ms));
    lowest_priority = std::min(lowest_priority, sdk::PriorityOf(in));
    if (const auto error = errors.find(sdk::Text(in.text)); error != errors.end())
      return error->second;
    struct Held {
      std::vector<Row> rows;
      std::vector<kvs_str_t> symbols;
      std::vector<uint32_t> begin{0}, refs, points{0};
      std::vector<int64_t> times;
      std::vector<double> values;
    };
    auto held = std::make_unique<Held>();
    held->rows = script[sdk::Text(in.text)];
    for (const Row& row : held->rows) {
      for (const auto& [name, value] : row.labels) {
        for (const std::string* text : {&name, &value}) {
          held->refs.push_back(static_cast<uint32_t>(held->symbols.size()));
          held->symbols.push_back(sdk::Str(*text));
        }
      }
      held->begin.push_back(static_cast<uint32_t>(held->refs.size()));
      held->times.push_back(in.start_ms);
      held->values.push_back(row.value);
      held->points.push_back(static_cast<uint32_t>(held->values.size()));
    }
    out.value_type = KVS_VALUE_VECTOR;
    out.n_series = static_cast<uint32_t>(held->rows.size());
    out.labels.symbols = held->symbols.data();
    out.labels.begin = held->begin.data();
    out.labels.refs = held->refs.data();
    out.point_begin = held->points.data();
    out.timestamp_ms = held->times.data();
    out.value = held->values.data();
    sdk::HandOut(out, std::move(held));
    return OkStatus();
  }
  sdk::Outcome QueryBatch(const sdk::Call& call, const kvs_query_batch_t& in,
                          kvs_query_answers_t& out, sdk::Completer& completer) override {
    std::string texts;
    for (uint64_t i = 0; i < in.n_queries; ++i) {
      StrAppend(texts, i == 0 ? "" : ", ", sdk::View(in.queries[i]->text));
      kvs_query_answer_t& answer = out.answers[i];
      const sdk::Outcome outcome = Query(call, *in.queries[i], *answer.result, completer);
      answer.code = sdk::Export(outcome.status(), answer.error);
      answer.wall_ns = 1'000'000;
    }
    const std::lock_guard lock(mutex_);
    batches.push_back(texts);
    return OkStatus();
  }
  void Set(const std::string& query, std::vector<Row> rows) {
    const std::lock_guard lock(mutex_);
    script[query] = std::move(rows);
  }
  std::vector<std::string> TakeAsked() {
    const std::lock_guard lock(mutex_);
    return std::exchange(asked, {});
  }
  std::function<void()> before = [] {};  // Called before a query is answered.
  std::map<std::string, std::vector<Row>> script;
  std::map<std::string, Status> errors;
  std::vector<std::string> asked;
  std::vector<std::string> batches;  // Queries that were asked together.
  int32_t lowest_priority = INT32_MAX;

 private:
  std::mutex mutex_;
};

class FakeSink final : public sdk::SeriesSink {
 public:
  sdk::Outcome Write(const sdk::Call& call, const kvs_write_view_t& in, kvs_write_result_t&,
                     sdk::Completer&) override {
    const std::lock_guard lock(mutex_);
    for (uint32_t i = 0; i < in.batch->n_series; ++i) {
      model::LabelCursor cursor(sdk::LabelSourceOf(*in.batch), i);
      std::vector<model::LabelView> labels;
      for (model::LabelView label; cursor.Next(&label);) labels.push_back(label);
      const double value = in.batch->value[in.batch->sample_begin[i]];
      lines.push_back(StrCat(call.tenant(), " ", model::FormatSeries(model::Labels(labels)), " ",
                             std::isnan(value) ? "stale" : StrCat(static_cast<int64_t>(value))));
      last_ms = in.batch->timestamp_ms[in.batch->sample_begin[i]];
    }
    return error;
  }
  std::vector<std::string> Take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(lines, {});
  }
  std::vector<std::string> lines;
  int64_t last_ms = 0;
  Status error;

 private:
  std::mutex mutex_;
};

}  // namespace kvs::ruler
