// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/merged_source.h"

#include <algorithm>
#include <latch>
#include <map>
#include <memory>
#include <set>
#include <string_view>

#include "kvs/sdk/owned.h"
#include "kvs/sdk/merge_cursor.h"

namespace kvs::sdk {
namespace {

// Calls one method of every source at the same time, each into its own out-record, and waits for all. The first error in
// the order of the sources.
template <typename In, typename MethodOf, typename OutOf>
Status AskAll(const std::vector<SourceRef>& sources, const Call& call, const In& in, MethodOf method_of, OutOf out_of) {
  std::vector<Status> statuses(sources.size());
  std::latch ended(static_cast<ptrdiff_t>(sources.size()));
  for (size_t i = 0; i < sources.size(); ++i) {
    Start(method_of(sources[i]), call, &in, out_of(i), [&statuses, &ended, i](const Status& status) {
      statuses[i] = status;
      ended.count_down();
    });
  }
  ended.wait();
  for (const Status& status : statuses) KVS_RETURN_IF_ERROR(status);
  return OkStatus();
}

// The union of sorted lists, handed out together with the lists that own the texts.
struct KeptStrings {
  std::vector<Owned<kvs_strings_t>> parts;
  std::vector<kvs_str_t> items;
};

void HandOutUnion(std::unique_ptr<KeptStrings> kept, uint64_t limit, kvs_strings_t& out) {
  for (const auto& part : kept->parts) {
    kept->items.insert(kept->items.end(), part->items, part->items + part->n_items);
    out.truncated |= part->truncated;
  }
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

// Selections one after the other, of which the first batches have been read already; those without one have ended.
class PeekedCursor final : public SeriesCursor {
 public:
  Status Peek(const Call& call, OpenSelection selection) {
    KVS_ASSIGN_OR_RETURN(BatchPtr first, selection.Next(call));
    parts_.push_back({std::move(selection), std::move(first)});
    return OkStatus();
  }
  bool empty() const {
    return std::none_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.first != nullptr; });
  }
  Outcome Next(const Call& call, kvs_series_batch_t*& out, Completer&) override {
    for (; at_ < parts_.size(); ++at_) {
      Part& part = parts_[at_];
      const bool ended = part.first == nullptr && !part.read;
      if (ended) continue;
      BatchPtr batch = std::move(part.first);
      if (part.read) {
        KVS_ASSIGN_OR_RETURN(batch, part.selection.Next(call));
      }
      part.read = true;
      if (batch == nullptr) continue;
      out = batch.release();
      return OkStatus();
    }
    return End();
  }
  /// One cursor a selection.
  static std::vector<std::unique_ptr<SeriesCursor>> Split(std::unique_ptr<PeekedCursor> whole) {
    std::vector<std::unique_ptr<SeriesCursor>> out;
    for (Part& part : whole->parts_) {
      auto one = std::make_unique<PeekedCursor>();
      one->parts_.push_back(std::move(part));
      out.push_back(std::move(one));
    }
    return out;
  }
 private:
  struct Part {
    OpenSelection selection;
    BatchPtr first;
    bool read = false;  // `first` has been given out.
  };
  std::vector<Part> parts_;
  size_t at_ = 0;
};

}  // namespace

Outcome MergedSource::SelectFirstAlone(const Call& call, const kvs_select_t& in, const kvs_select_t& sorted,
                                       kvs_series_cursor_t& out) {
  std::vector<OpenSelection> selections(sources.size());
  std::vector<Status> statuses(sources.size());
  std::latch ended(static_cast<ptrdiff_t>(sources.size()));
  for (size_t i = sources.size(); i-- > 0;) {  // The first one last: where it runs right here, the others are under way.
    Start(sources[i].select(), call, i == 0 ? &in : &sorted, selections[i].out(), [&statuses, &ended, i](const Status& status) {
      statuses[i] = status;
      ended.count_down();
    });
  }
  ended.wait();
  for (const Status& status : statuses) KVS_RETURN_IF_ERROR(status);
  std::vector<std::string> warnings;
  for (const OpenSelection& selection : selections) AddWarnings(selection, &warnings);
  auto rest = std::make_unique<PeekedCursor>();
  for (size_t i = 1; i < selections.size(); ++i) KVS_RETURN_IF_ERROR(rest->Peek(call, std::move(selections[i])));
  if (rest->empty()) {
    KVS_RETURN_IF_ERROR(rest->Peek(call, std::move(selections[0])));
    HandOutWarned(out, std::move(rest), std::move(warnings));
    return OkStatus();
  }
  std::vector<OpenSelection> inputs;
  OpenSelection first;
  KVS_RETURN_IF_ERROR(Await(sources[0].select(), call, &sorted, first.out()));
  inputs.push_back(std::move(first));
  for (std::unique_ptr<SeriesCursor>& part : PeekedCursor::Split(std::move(rest))) {
    OpenSelection open;
    HandOutCursor(*open.out(), std::move(part));
    inputs.push_back(std::move(open));
  }
  HandOutWarned(out, std::make_unique<MergeCursor>(std::move(inputs), in.limit), std::move(warnings));
  return OkStatus();
}

Outcome MergedSource::Select(const Call& call, const kvs_select_t& in, kvs_series_cursor_t& out,
                                 Completer& completer) {
  if (sources.size() == 1) return Forward(sources[0].select(), call, &in, &out, completer);
  kvs_select_t sorted = in;
  sorted.flags |= KVS_SELECT_SORTED;
  // A series of several sources is found by its labels, so all of them are needed, whatever the reader looks at.
  sorted.flags &= ~static_cast<uint32_t>(KVS_SELECT_HAS_LABELS);
  if (first_alone) return SelectFirstAlone(call, in, sorted, out);
  std::vector<OpenSelection> selections(sources.size());
  KVS_RETURN_IF_ERROR(AskAll(
      sources, call, sorted, [](const SourceRef& s) { return s.select(); },
      [&](size_t i) { return selections[i].out(); }));
  std::vector<std::string> warnings;
  for (const OpenSelection& selection : selections) AddWarnings(selection, &warnings);
  HandOutWarned(out, std::make_unique<MergeCursor>(std::move(selections), in.limit), std::move(warnings));
  return OkStatus();
}

Outcome MergedSource::LabelNames(const Call& call, const kvs_label_query_t& in, kvs_strings_t& out, Completer&) {
  auto kept = std::make_unique<KeptStrings>();
  kept->parts.resize(sources.size());
  KVS_RETURN_IF_ERROR(AskAll(
      sources, call, in, [](const SourceRef& s) { return s.label_names(); },
      [&](size_t i) { return kept->parts[i].out(); }));
  HandOutUnion(std::move(kept), in.limit, out);
  return OkStatus();
}

Outcome MergedSource::LabelValues(const Call& call, const kvs_label_query_t& in, kvs_strings_t& out, Completer&) {
  auto kept = std::make_unique<KeptStrings>();
  kept->parts.resize(sources.size());
  KVS_RETURN_IF_ERROR(AskAll(
      sources, call, in, [](const SourceRef& s) { return s.label_values(); },
      [&](size_t i) { return kept->parts[i].out(); }));
  HandOutUnion(std::move(kept), in.limit, out);
  return OkStatus();
}

Outcome MergedSource::Metadata(const Call& call, const kvs_metadata_query_t& in, kvs_metadata_list_t& out,
                                   Completer&) {
  struct Kept {
    std::vector<Owned<kvs_metadata_list_t>> parts;
    std::vector<kvs_metadata_t> items;
  };
  auto kept = std::make_unique<Kept>();
  kept->parts.resize(sources.size());
  KVS_RETURN_IF_ERROR(AskAll(
      sources, call, in, [](const SourceRef& s) { return s.metadata(); }, [&](size_t i) { return kept->parts[i].out(); }));
  // By metric, then without repetitions, in the order of the sources.
  std::map<std::string_view, std::vector<kvs_metadata_t>> by_metric;
  for (const auto& part : kept->parts) {
    for (uint64_t i = 0; i < part->n_items; ++i) {
      const kvs_metadata_t& item = part->items[i];
      auto& known = by_metric[View(item.metric)];
      const bool repeated = std::any_of(known.begin(), known.end(), [&](const kvs_metadata_t& k) {
        return k.type == item.type && View(k.help) == View(item.help) && View(k.unit) == View(item.unit);
      });
      if (!repeated && (in.limit_per_metric == 0 || known.size() < in.limit_per_metric)) known.push_back(item);
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
  return OkStatus();
}

Outcome MergedSource::Exemplars(const Call& call, const kvs_label_query_t& in, kvs_exemplar_list_t& out,
                                    Completer& completer) {
  if (sources.size() == 1) return Forward(sources[0].exemplars(), call, &in, &out, completer);
  std::vector<Owned<kvs_exemplar_list_t>> parts(sources.size());
  KVS_RETURN_IF_ERROR(AskAll(
      sources, call, in, [](const SourceRef& s) { return s.exemplars(); }, [&](size_t i) { return parts[i].out(); }));

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
  const auto order = [](const Row& a, const Row& b) { return CompareLabels(a.list->series, a.row, b.list->series, b.row); };
  std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) { return order(a, b) < 0; });
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
    std::map<std::pair<int64_t, double>, std::pair<const kvs_exemplar_columns_t*, uint32_t>> distinct;
    for (size_t r = first; r < last; ++r) {
      const kvs_exemplar_columns_t& e = rows[r].list->exemplars;
      for (uint32_t i = e.begin[rows[r].row]; i < e.begin[rows[r].row + 1]; ++i) distinct.try_emplace({e.timestamp_ms[i], e.value[i]}, &e, i);
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
  return OkStatus();
}

}  // namespace kvs::sdk
