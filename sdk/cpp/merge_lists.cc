// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/merge_lists.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include "kvs/sdk/merge_cursor.h"

namespace kvs::sdk {

void HandOutUnion(std::vector<Owned<kvs_strings_t>> parts, std::vector<std::string> more,
                  uint64_t limit, kvs_strings_t& out) {
  struct Kept {
    std::vector<Owned<kvs_strings_t>> parts;
    std::vector<std::string> more;
    std::vector<kvs_str_t> items;
  };
  auto kept = std::make_unique<Kept>();
  kept->parts = std::move(parts);
  kept->more = std::move(more);
  for (const auto& part : kept->parts) {
    kept->items.insert(kept->items.end(), part->items, part->items + part->n_items);
    out.truncated |= part->truncated;
  }
  for (const std::string& text : kept->more) kept->items.push_back(Str(text));
  const auto less = [](const kvs_str_t& a, const kvs_str_t& b) { return View(a) < View(b); };
  const auto same = [](const kvs_str_t& a, const kvs_str_t& b) { return View(a) == View(b); };
  std::sort(kept->items.begin(), kept->items.end(), less);
  kept->items.erase(std::unique(kept->items.begin(), kept->items.end(), same), kept->items.end());
  if (limit != 0 && kept->items.size() > limit) {
    kept->items.resize(limit);
    out.truncated = 1;
  }
  out.items = kept->items.data();
  out.n_items = kept->items.size();
  HandOut(out, std::move(kept));
}

void HandOutMetadata(std::vector<Owned<kvs_metadata_list_t>> parts, const kvs_metadata_query_t& in,
                     kvs_metadata_list_t& out) {
  struct Kept {
    std::vector<Owned<kvs_metadata_list_t>> parts;
    std::vector<kvs_metadata_t> items;
  };
  auto kept = std::make_unique<Kept>();
  kept->parts = std::move(parts);
  std::map<std::string_view, std::vector<kvs_metadata_t>> by_metric;
  for (const auto& part : kept->parts) {
    for (uint64_t i = 0; i < part->n_items; ++i) {
      const kvs_metadata_t& item = part->items[i];
      auto& known = by_metric[View(item.metric)];
      const bool repeated = std::any_of(known.begin(), known.end(), [&](const kvs_metadata_t& k) {
        return k.type == item.type && View(k.help) == View(item.help) &&
               View(k.unit) == View(item.unit);
      });
      if (!repeated && (in.limit_per_metric == 0 || known.size() < in.limit_per_metric))
        known.push_back(item);
    }
  }
  uint64_t metrics = 0;
  for (const auto& [metric, items] : by_metric) {
    if (in.limit != 0 && metrics++ == in.limit) break;
    kept->items.insert(kept->items.end(), items.begin(), items.end());
  }
  out.items = kept->items.data();
  out.n_items = kept->items.size();
  HandOut(out, std::move(kept));
}

void HandOutExemplars(std::vector<Owned<kvs_exemplar_list_t>> parts, kvs_exemplar_list_t& out) {
  struct Kept {
    std::vector<Owned<kvs_exemplar_list_t>> parts;
    std::vector<kvs_str_t> symbols;
    std::vector<uint32_t> label_begin{0}, refs, begin{0}, exemplar_label_begin{0};
    std::vector<int64_t> timestamp_ms;
    std::vector<double> value;
    std::vector<kvs_pair_t> label;
  };
  auto kept = std::make_unique<Kept>();
  // Rows of all parts in label order, so that equal series stand together.
  struct Row {
    const kvs_exemplar_list_t* list;
    uint32_t row;
  };
  std::vector<Row> rows;
  for (const auto& part : parts) {
    for (uint32_t row = 0; row < part->series.n_series; ++row) rows.push_back({&*part, row});
  }
  const auto order = [](const Row& a, const Row& b) {
    return CompareLabels(a.list->series, a.row, b.list->series, b.row);
  };
  std::stable_sort(rows.begin(), rows.end(),
                   [&](const Row& a, const Row& b) { return order(a, b) < 0; });
  for (size_t first = 0; first < rows.size();) {
    size_t last = first + 1;
    while (last < rows.size() && order(rows[first], rows[last]) == 0) ++last;
    const kvs_label_columns_t& labels = rows[first].list->series;
    for (uint32_t i = labels.begin[rows[first].row]; i < labels.begin[rows[first].row + 1]; ++i) {
      kept->refs.push_back(static_cast<uint32_t>(kept->symbols.size()));
      kept->symbols.push_back(labels.symbols[labels.refs[i]]);
    }
    kept->label_begin.push_back(static_cast<uint32_t>(kept->refs.size()));
    // Replicas have the same exemplars: by time and value, each once.
    std::map<std::pair<int64_t, double>, std::pair<const kvs_exemplar_columns_t*, uint32_t>>
        distinct;
    for (size_t r = first; r < last; ++r) {
      const kvs_exemplar_columns_t& e = rows[r].list->exemplars;
      for (uint32_t i = e.begin[rows[r].row]; i < e.begin[rows[r].row + 1]; ++i)
        distinct.try_emplace({e.timestamp_ms[i], e.value[i]}, &e, i);
    }
    for (const auto& [key, at] : distinct) {
      kept->timestamp_ms.push_back(key.first);
      kept->value.push_back(key.second);
      kept->label.insert(kept->label.end(), at.first->label + at.first->label_begin[at.second],
                         at.first->label + at.first->label_begin[at.second + 1]);
      kept->exemplar_label_begin.push_back(static_cast<uint32_t>(kept->label.size()));
    }
    kept->begin.push_back(static_cast<uint32_t>(kept->timestamp_ms.size()));
    first = last;
  }
  out.series = Record<kvs_label_columns_t>();
  out.series.n_series = static_cast<uint32_t>(kept->label_begin.size() - 1);
  out.series.symbols = kept->symbols.data();
  out.series.n_symbols = kept->symbols.size();
  out.series.begin = kept->label_begin.data();
  out.series.refs = kept->refs.data();
  out.exemplars = Record<kvs_exemplar_columns_t>();
  out.exemplars.n_exemplars = static_cast<uint32_t>(kept->value.size());
  out.exemplars.begin = kept->begin.data();
  out.exemplars.timestamp_ms = kept->timestamp_ms.data();
  out.exemplars.value = kept->value.data();
  out.exemplars.label_begin = kept->exemplar_label_begin.data();
  out.exemplars.label = kept->label.data();
  kept->parts = std::move(parts);
  HandOut(out, std::move(kept));
}

}  // namespace kvs::sdk
