// SPDX-License-Identifier: Apache-2.0
// sort, sort_desc, sort_by_label, sort_by_label_desc.

#include <algorithm>
#include <cmath>
#include <utility>

#include "functions/functions.h"

namespace kvs::engine::promql {
namespace {

/// Natural order: runs of digits compare as numbers. Negative, 0 or positive.
int CompareNatural(std::string_view a, std::string_view b) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  size_t i = 0;
  size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (!digit(a[i]) || !digit(b[j])) {
      if (a[i] != b[j])
        return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[j]) ? -1 : 1;
      ++i;
      ++j;
      continue;
    }
    const auto run = [&](std::string_view text, size_t& at) {
      while (at < text.size() && text[at] == '0') ++at;
      const size_t begin = at;
      while (at < text.size() && digit(text[at])) ++at;
      return text.substr(begin, at - begin);
    };
    const std::string_view x = run(a, i);
    const std::string_view y = run(b, j);
    if (x.size() != y.size()) return x.size() < y.size() ? -1 : 1;
    if (const int order = x.compare(y); order != 0) return order;
  }
  if (i < a.size()) return 1;
  if (j < b.size()) return -1;
  return a.compare(b);
}

void SortByValue(const LabelStore& store, std::vector<Row>& rows, bool descending) {
  std::erase_if(rows, [](const Row& row) { return !Present(row.values[0]); });
  std::vector<Row> by_labels;  // Which is how equal values are sorted.
  by_labels.reserve(rows.size());
  for (const uint32_t r : LabelOrder(store, rows)) by_labels.push_back(rows[r]);
  rows = std::move(by_labels);
  std::stable_sort(rows.begin(), rows.end(), [descending](const Row& a, const Row& b) {
    const double x = a.values[0];
    const double y = b.values[0];
    if (std::isnan(x)) return false;  // NaN comes last in both directions.
    if (std::isnan(y)) return true;
    return descending ? x > y : x < y;
  });
}

void SortByLabel(const LabelStore& store, const std::vector<uint32_t>& names,
                 std::vector<Row>& rows, bool descending) {
  std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
    for (const uint32_t name : names) {
      const uint32_t x = a.labels.Get(name);
      const uint32_t y = b.labels.Get(name);
      if (x == y) continue;
      const int order = CompareNatural(store.text(x), store.text(y));
      if (order != 0) return descending ? order > 0 : order < 0;
    }
    return descending ? store.Less(b.labels, a.labels) : store.Less(a.labels, b.labels);
  });
}

}  // namespace

StatusOr<Value> EvalSort(Evaluator& eval, const ast::Call& call, const Grid& grid) {
  using enum ast::FunctionId;
  const ast::FunctionId id = call.function->id;
  if (id != kSort && id != kSortDesc && id != kSortByLabel && id != kSortByLabelDesc)
    return Value();
  KVS_ASSIGN_OR_RETURN(Vector vector, eval.EvalVector(*call.args[0], grid));
  Query& query = eval.query();
  const bool ends_apart =
      grid.n > 1 || (grid == query.grid && grid.start_ms != query.end_ms);  // One step of a range.
  if (ends_apart) {
    query.notes.Warn(
        "sort is ineffective for range queries since results are always ordered by labels",
        call.pos);
  }
  if (query.range ||
      grid.n != 1) {  // Several steps, such as those of a subquery, have no one order.
    if (id == kSort || id == kSortDesc) {
      for (Row& row : vector.rows) row.histograms = nullptr;
      vector.Compact();
    }
    return Value::Of(std::move(vector));
  }
  if (id == kSort || id == kSortDesc) {
    SortByValue(query.labels, vector.rows, id == kSortDesc);
  } else {
    std::vector<uint32_t> names;
    for (size_t i = 1; i < call.args.size(); ++i) {
      names.push_back(
          query.labels.Intern(ast::As<ast::StringLiteral>(Unwrap(*call.args[i])).value));
    }
    SortByLabel(query.labels, names, vector.rows, id == kSortByLabelDesc);
  }
  vector.ordered = true;
  return Value::Of(std::move(vector));
}

}  // namespace kvs::engine::promql
