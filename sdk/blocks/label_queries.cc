// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>
#include <span>

#include "kvs/blocks/select.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/str.h"
#include "kvs/tsdb/selection.h"

#include "series_numbers.h"

namespace kvs::blocks {
namespace {

// Series are fetched and read so many at a time.
constexpr size_t kSeriesAtATime = 8192;
// What reading a series from the index costs, in bytes of postings that cost as much.
constexpr uint64_t kSeriesCost = 128;

// Ascending series that match any of the sets.
StatusOr<tsdb::SeriesSet> FindAny(BlockReads& reads, const sdk::Call& call,
                                  const kvs_label_query_t& query) {
  std::vector<tsdb::SeriesSet> found(query.n_sets);
  for (uint64_t i = 0; i < query.n_sets; ++i) {
    KVS_ASSIGN_OR_RETURN(found[i], FindSeries(reads, call, query.sets[i]));
  }
  if (found.size() == 1) return std::move(found[0]);
  return tsdb::Union(found);
}

// Calls visit(labels) for each series.
template <typename Visit>
Status ReadAll(BlockReads& reads, const sdk::Call& call, std::span<const uint32_t> series,
               Visit visit) {
  tsdb::SeriesEntry entry;
  tsdb::Bytes scratch;
  constexpr tsdb::TimeRange kNoTime{1, 0};  // No chunk overlaps it.
  while (!series.empty()) {
    KVS_RETURN_IF_ERROR(call.CheckAlive());
    const auto numbers = series.first(std::min(series.size(), kSeriesAtATime));
    KVS_RETURN_IF_ERROR(reads.FetchSeries(call, numbers));
    for (const uint32_t number : numbers) {
      KVS_RETURN_IF_ERROR(ReadSeries(reads, number, kNoTime, &entry, &scratch));
      visit(entry.labels);
    }
    series = series.subspan(numbers.size());
  }
  return OkStatus();
}

StatusOr<std::vector<std::string>> TextsOf(BlockReads& reads, const std::set<uint32_t>& symbols) {
  std::vector<std::string> out;
  tsdb::Bytes scratch;
  for (const uint32_t symbol : symbols) {  // Symbols ascend as their texts do.
    KVS_ASSIGN_OR_RETURN(const std::string_view text, reads.header().Symbol(symbol, &scratch));
    out.emplace_back(text);
  }
  return out;
}

StatusOr<std::vector<std::string>> NamesOf(BlockReads& reads, const sdk::Call& call,
                                           const tsdb::SeriesSet& series) {
  std::set<uint32_t> names;
  KVS_RETURN_IF_ERROR(
      ReadAll(reads, call, series, [&names](const std::vector<tsdb::SymbolPair>& labels) {
        for (const tsdb::SymbolPair& label : labels) names.insert(label.name);
      }));
  return TextsOf(reads, names);
}

// The values that some of `series` have, from the series themselves.
StatusOr<std::vector<std::string>> ValuesBySeries(BlockReads& reads, const sdk::Call& call,
                                                  const tsdb::SeriesSet& series,
                                                  const std::string& name) {
  std::set<uint32_t> values;
  tsdb::SymbolResolver symbols(reads.header());
  Status damage;
  KVS_RETURN_IF_ERROR(ReadAll(reads, call, series, [&](const auto& labels) {
    for (const tsdb::SymbolPair& label : labels) {
      const StatusOr<std::string_view> text = symbols.Resolve(label.name);
      if (!text.ok()) damage = text.status();
      if (text.ok() && *text == name) values.insert(label.value);
    }
  }));
  KVS_RETURN_IF_ERROR(damage);
  return TextsOf(reads, values);
}

bool HaveCommon(std::span<const uint32_t> a, std::span<const uint32_t> b) {
  size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (a[i] == b[j]) return true;
    const bool a_first = a[i] < b[j];
    i += a_first;
    j += !a_first;
  }
  return false;
}

// The same from the postings of all values, which stand one behind the other.
StatusOr<std::vector<std::string>> ValuesByPostings(BlockReads& reads, const sdk::Call& call,
                                                    const tsdb::SeriesSet& series,
                                                    const tsdb::IndexHeader::Name& name) {
  const tsdb::ByteRange lists{name.first_list, name.lists_end};
  KVS_RETURN_IF_ERROR(reads.FetchIndex(call, {&lists, 1}));
  std::vector<std::string> out;
  std::vector<uint32_t> list;
  tsdb::Bytes scratch;
  tsdb::ValueCursor values = reads.header().Values(name.name);
  while (values.Next()) {
    const tsdb::ByteRange at = values.postings();
    KVS_ASSIGN_OR_RETURN(const auto bytes,
                         reads.index().Read(at.begin, static_cast<size_t>(at.size()), &scratch));
    KVS_RETURN_IF_ERROR(tsdb::DecodePostings(bytes, at.begin, &list));
    if (HaveCommon(series, list)) out.emplace_back(values.value());
  }
  KVS_RETURN_IF_ERROR(values.status());
  return out;
}

StatusOr<std::vector<std::string>> AllValues(const BlockReads& reads, std::string_view name) {
  std::vector<std::string> out;
  tsdb::ValueCursor values = reads.header().Values(name);
  while (values.Next()) out.emplace_back(values.value());
  KVS_RETURN_IF_ERROR(values.status());
  return out;
}

}  // namespace

StatusOr<tsdb::SeriesSet> FindSeries(BlockReads& reads, const sdk::Call& call,
                                     const kvs_matchers_t& matchers) {
  KVS_ASSIGN_OR_RETURN(const std::vector<model::Matcher> compiled, CompileMatchers(matchers));
  const auto failed = [&reads](const Status& status) {
    return Annotate(status, reads.name(), "/index");
  };
  StatusOr<tsdb::SelectionPlan> plan = tsdb::PlanSelection(reads.header(), compiled);
  if (!plan.ok()) return failed(plan.status());
  std::vector<tsdb::ByteRange> lists;
  for (const tsdb::PostingsGroup& group : plan->groups) {
    lists.insert(lists.end(), group.lists.begin(), group.lists.end());
  }
  if (const Status status = reads.FetchIndex(call, lists); !status.ok()) return failed(status);
  StatusOr<tsdb::SeriesSet> series = tsdb::RunSelection(*plan, reads.index());
  if (!series.ok()) return failed(series.status());
  return series;
}

StatusOr<std::vector<std::string>> LabelNames(BlockReads& reads, const sdk::Call& call,
                                              const kvs_label_query_t& query) {
  if (query.n_sets == 0) {
    std::vector<std::string> out;
    for (const tsdb::IndexHeader::Name& name : reads.header().names()) out.push_back(name.name);
    return out;
  }
  KVS_ASSIGN_OR_RETURN(const tsdb::SeriesSet series, FindAny(reads, call, query));
  StatusOr<std::vector<std::string>> names = NamesOf(reads, call, series);
  if (!names.ok()) return Annotate(names.status(), reads.name(), "/index");
  return names;
}

StatusOr<std::vector<std::string>> LabelValues(BlockReads& reads, const sdk::Call& call,
                                               const kvs_label_query_t& query) {
  const std::string name = sdk::Text(query.name);
  const tsdb::IndexHeader::Name* const known = reads.header().FindName(name);
  if (known == nullptr) return std::vector<std::string>();
  const auto find = [&]() -> StatusOr<std::vector<std::string>> {
    if (query.n_sets == 0) return AllValues(reads, name);
    KVS_ASSIGN_OR_RETURN(const tsdb::SeriesSet series, FindAny(reads, call, query));
    return series.size() * kSeriesCost < known->lists_end - known->first_list
               ? ValuesBySeries(reads, call, series, name)
               : ValuesByPostings(reads, call, series, *known);
  };
  StatusOr<std::vector<std::string>> values = find();
  if (!values.ok()) return Annotate(values.status(), reads.name(), "/index");
  return values;
}

void HandOutStrings(std::vector<std::vector<std::string>> lists, uint64_t limit,
                    kvs_strings_t& out) {
  struct Kept {
    std::vector<std::string> texts;
    std::vector<kvs_str_t> items;
  };
  auto kept = std::make_unique<Kept>();
  for (std::vector<std::string>& list : lists) {
    std::move(list.begin(), list.end(), std::back_inserter(kept->texts));
  }
  std::sort(kept->texts.begin(), kept->texts.end());
  kept->texts.erase(std::unique(kept->texts.begin(), kept->texts.end()), kept->texts.end());
  if (limit != 0 && kept->texts.size() > limit) {
    kept->texts.resize(static_cast<size_t>(limit));
    out.truncated = 1;
  }
  for (const std::string& text : kept->texts) kept->items.push_back(sdk::Str(text));
  out.items = kept->items.data();
  out.n_items = kept->items.size();
  sdk::HandOut(out, std::move(kept));
}

}  // namespace kvs::blocks
