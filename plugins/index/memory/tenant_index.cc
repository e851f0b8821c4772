// SPDX-License-Identifier: Apache-2.0
#include "tenant_index.h"

#include <algorithm>
#include <mutex>
#include <numeric>
#include <optional>

#include "kvs/abi/port/indexer.h"

namespace kvs::index::memory {
namespace {

uint64_t Mix(uint64_t h, uint64_t v) {
  h ^= v;
  h *= 0x9fb21c651e98df25ull;
  return h ^ (h >> 32);
}

// Ascending ids out of ids in any order. Beyond a few, marking bits beats sorting.
void SortIds(std::vector<SeriesId>* ids, uint64_t id_end) {
  if (std::is_sorted(ids->begin(), ids->end())) return;
  if (ids->size() < 64 || id_end > ids->size() * 256) {
    std::sort(ids->begin(), ids->end());
    return;
  }
  std::vector<uint64_t> bits(id_end / 64 + 1);
  for (const SeriesId id : *ids) bits[id / 64] |= uint64_t{1} << (id % 64);
  size_t n = 0;
  for (size_t word = 0; word < bits.size(); ++word) {
    for (uint64_t left = bits[word]; left != 0; left &= left - 1) {
      (*ids)[n++] = static_cast<SeriesId>(word * 64 + static_cast<size_t>(__builtin_ctzll(left)));
    }
  }
}

// Sorts by bytes. The texts of one label are much alike, so they are compared by eight bytes behind
// what all have in common, and as texts only where these are equal.
void SortTexts(std::vector<std::string_view>* texts) {
  if (texts->size() < 2) return;
  size_t common = texts->front().size();
  for (const std::string_view text : *texts) {
    size_t same = 0;
    while (same < std::min(common, text.size()) && text[same] == texts->front()[same]) ++same;
    common = same;
  }
  std::vector<std::pair<uint64_t, std::string_view>> keyed;
  keyed.reserve(texts->size());
  for (const std::string_view text : *texts) {
    uint64_t key = 0;
    for (size_t i = 0; i < 8; ++i) {
      key = key << 8 | (common + i < text.size() ? static_cast<unsigned char>(text[common + i]) : 0);
    }
    keyed.emplace_back(key, text);
  }
  std::sort(keyed.begin(), keyed.end());
  for (size_t i = 0; i < keyed.size(); ++i) (*texts)[i] = keyed[i].second;
}

}  // namespace

uint32_t TenantIndex::RowHash(uint32_t table, std::span<const Symbol> values) {
  uint64_t h = Mix(0x243f6a8885a308d3ull, table);
  for (const Symbol value : values) h = Mix(h, value);
  return static_cast<uint32_t>(h);
}

void TenantIndex::GrowSlots() {
  std::vector<Slot> old(n_series_ * 2 > slots_.size() ? slots_.size() * 2 : slots_.size());
  old.swap(slots_);
  slots_used_ = 0;
  const size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.id_plus_one == 0 || slot.id_plus_one == kDead) continue;
    size_t i = slot.hash & mask;
    while (slots_[i].id_plus_one != 0) i = (i + 1) & mask;
    slots_[i] = slot;
    ++slots_used_;
  }
}

// The slot of a row, or the empty one at which the search for it ended.
size_t TenantIndex::SlotOf(uint32_t table, std::span<const Symbol> values, uint32_t hash) const {
  const size_t mask = slots_.size() - 1;
  size_t i = hash & mask;
  for (; slots_[i].id_plus_one != 0; i = (i + 1) & mask) {
    if (slots_[i].hash != hash || slots_[i].id_plus_one == kDead) continue;
    const Place place = places_[slots_[i].id_plus_one - 1];
    if (place.table == table && tables_[table]->RowEquals(place.row, values)) break;
  }
  return i;
}

SeriesId TenantIndex::FindOrAdd(uint32_t table, std::span<const Symbol> values, bool* created) {
  if ((slots_used_ + 1) * 4 > slots_.size() * 3) GrowSlots();
  const uint32_t hash = RowHash(table, values);
  Slot& slot = slots_[SlotOf(table, values, hash)];
  if (slot.id_plus_one != 0) return slot.id_plus_one - 1;
  *created = true;
  SeriesId id;
  if (free_ids_.empty()) {
    id = static_cast<SeriesId>(places_.size());
    places_.emplace_back();
  } else {
    id = free_ids_.back();
    free_ids_.pop_back();
  }
  places_[id] = {table, tables_[table]->Add(id, values)};
  slot = {hash, id + 1};
  ++slots_used_;
  ++n_series_;
  return id;
}

// KVS_NO_ID for a series that is not there. Nothing is interned: what is refused takes no memory.
SeriesId TenantIndex::FindKnown(model::LabelCursor labels) const {
  std::vector<Symbol> key(1), values;
  std::optional<Symbol> metric = symbols_.Find("");
  for (model::LabelView label; labels.Next(&label);) {
    if (label.value.empty()) continue;
    const auto name = symbols_.Find(label.name);
    const auto value = symbols_.Find(label.value);
    if (!name.has_value() || !value.has_value()) return KVS_NO_ID;
    key.push_back(*name);
    values.push_back(*value);
    if (label.name == model::kMetricNameLabel) metric = value;
  }
  if (!metric.has_value()) return KVS_NO_ID;
  key[0] = *metric;
  const auto table = table_of_names_.find(key);
  if (table == table_of_names_.end()) return KVS_NO_ID;
  const Slot& slot = slots_[SlotOf(table->second, values, RowHash(table->second, values))];
  return slot.id_plus_one == 0 ? KVS_NO_ID : slot.id_plus_one - 1;
}

// How many series have the metric name of these labels.
uint64_t TenantIndex::CountOfMetric(model::LabelCursor labels) const {
  std::string_view name;
  for (model::LabelView label; labels.Next(&label);) {
    if (label.name == model::kMetricNameLabel) name = label.value;
  }
  const auto metric = symbols_.Find(name);
  const auto found = metric.has_value() ? tables_of_metric_.find(*metric) : tables_of_metric_.end();
  if (found == tables_of_metric_.end()) return 0;
  uint64_t n = 0;
  for (const uint32_t table : found->second) n += tables_[table]->n_live();
  return n;
}

uint32_t TenantIndex::TableOf(std::span<const Symbol> names, Symbol metric) {
  std::vector<Symbol> key{metric};
  key.insert(key.end(), names.begin(), names.end());
  const auto [entry, is_new] = table_of_names_.try_emplace(std::move(key), static_cast<uint32_t>(tables_.size()));
  if (is_new) {
    tables_.push_back(std::make_unique<LabelTable>(std::vector<Symbol>(names.begin(), names.end())));
    tables_of_metric_[metric].push_back(entry->second);
  }
  return entry->second;
}

Status TenantIndex::Resolve(const model::LabelSource& source, std::span<const uint32_t> rows, uint32_t* ids,
                            uint8_t* created, uint32_t* n_created, const Bounds& bounds) {
  const std::unique_lock lock(mutex_);
  // Neighbours in a request are mostly of one shape, and share most of their texts: what stood at the same place of the
  // one before is compared first, which costs less than to look it up.
  std::vector<Symbol> names, values;
  const auto intern_like = [&](std::vector<Symbol>& before, size_t at, std::string_view text) {
    if (at < before.size() && symbols_.Text(before[at]) == text) return false;
    if (at == before.size()) before.emplace_back();
    before[at] = symbols_.Intern(text);
    return true;
  };
  const Symbol no_metric = symbols_.Intern("");
  const Symbol metric_name = symbols_.Intern(model::kMetricNameLabel);
  Symbol last_metric = no_metric;
  uint32_t table = UINT32_MAX;
  *n_created = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const bool none_of_metric = bounds.max_per_metric != UINT32_MAX &&
                                CountOfMetric(model::LabelCursor(source, rows[i])) >= bounds.max_per_metric;
    if (none_of_metric || *n_created >= bounds.max_created) {
      ids[i] = FindKnown(model::LabelCursor(source, rows[i]));
      if (created != nullptr) created[i] = none_of_metric && ids[i] == KVS_NO_ID ? KVS_CREATED_NONE_OF_METRIC : 0;
      continue;
    }
    size_t n = 0;
    bool is_other_shape = false;
    Symbol metric = no_metric;
    model::LabelCursor labels(source, rows[i]);
    for (model::LabelView label; labels.Next(&label);) {
      if (label.value.empty()) continue;
      is_other_shape |= intern_like(names, n, label.name);
      intern_like(values, n, label.value);
      if (names[n] == metric_name) metric = values[n];
      ++n;
    }
    if (labels.damaged()) return InvalidArgument("damaged labels of series ", rows[i]);
    is_other_shape |= n != names.size() || metric != last_metric;
    names.resize(n);
    values.resize(n);
    if (table == UINT32_MAX || is_other_shape) {
      table = TableOf(names, metric);
      last_metric = metric;
    }
    bool is_new = false;
    ids[i] = FindOrAdd(table, values, &is_new);
    if (created != nullptr) created[i] = is_new ? 1 : 0;
    *n_created += is_new ? 1 : 0;
  }
  return OkStatus();
}

bool TenantIndex::Plan(const LabelTable& table, const std::vector<std::shared_ptr<const CachedMatcher>>& matchers,
                       std::vector<TableMatcher>* plan) const {
  plan->clear();
  for (const auto& cached : matchers) {
    const model::Matcher& matcher = cached->matcher();
    const auto name = symbols_.Find(matcher.name());
    const int column = name.has_value() ? table.ColumnOf(*name) : -1;
    if (column < 0) {
      if (!cached->MatchesEmpty()) return false;
      continue;
    }
    // A column holds no empty value, so some conditions are always or never true.
    if (matcher.is_regex() && (matcher.matches_everything() || matcher.matches_nonempty())) {
      if (matcher.is_negative()) return false;
      continue;
    }
    TableMatcher step{cached.get(), column, 0, false};
    if (!matcher.is_regex()) {
      const auto value = symbols_.Find(matcher.value());
      if (!value.has_value() || matcher.value().empty()) {
        if (!matcher.is_negative()) return false;
        continue;
      }
      step.equal_to = *value;
      step.is_equal = true;
    }
    plan->push_back(step);
  }
  // Cheap and selective first.
  std::stable_sort(plan->begin(), plan->end(), [](const TableMatcher& a, const TableMatcher& b) {
    const auto cost = [](const TableMatcher& m) {
      if (m.is_equal) return m.matcher->matcher().is_negative() ? 1 : 0;
      return m.matcher->remembers() ? 3 : 2;
    };
    return cost(a) < cost(b);
  });
  return true;
}

void TenantIndex::Scan(const LabelTable& table, const std::vector<TableMatcher>& plan, std::vector<uint32_t>* rows) const {
  const uint32_t n = table.n_rows();
  rows->resize(n);
  uint32_t* const out = rows->data();
  uint32_t kept = 0;
  if (table.n_live() == n) {
    std::iota(out, out + n, 0u);
    kept = n;
  } else {
    for (uint32_t row = 0; row < n; ++row) {
      out[kept] = row;
      kept += table.id(row) != kNoSeries ? 1 : 0;
    }
  }
  for (const TableMatcher& step : plan) {
    const Symbol* const column = table.column(static_cast<size_t>(step.column)).data();
    const uint32_t before = kept;
    kept = 0;
    if (step.is_equal) {
      const bool negative = step.matcher->matcher().is_negative();
      for (uint32_t i = 0; i < before; ++i) {  // Without branches: neighbours rarely agree.
        const uint32_t row = out[i];
        out[kept] = row;
        kept += ((column[row] == step.equal_to) != negative) ? 1 : 0;
      }
    } else {
      Symbol last = 0;
      bool last_matches = false;
      for (uint32_t i = 0; i < before; ++i) {
        const uint32_t row = out[i];
        if (i == 0 || column[row] != last) {
          last = column[row];
          last_matches = step.matcher->Matches(last, symbols_);
        }
        out[kept] = row;
        kept += last_matches ? 1 : 0;
      }
    }
  }
  rows->resize(kept);
}

Status TenantIndex::VisitMatches(const MatcherSet& specs, const Visit& visit) {
  std::vector<std::shared_ptr<const CachedMatcher>> matchers;
  std::shared_ptr<const CachedMatcher> metric_equal;
  for (const MatcherSpec& spec : specs) {
    KVS_ASSIGN_OR_RETURN(auto cached, matchers_.Get(spec.type, spec.name, spec.value, symbols_.size()));
    if (spec.name == model::kMetricNameLabel && spec.type == model::MatchType::kEqual && !spec.value.empty()) {
      metric_equal = cached;  // Chooses the tables; also checked like the others, which costs nothing there.
    }
    matchers.push_back(std::move(cached));
  }
  std::vector<TableMatcher> plan;
  std::vector<uint32_t> rows;
  const auto scan = [&](const LabelTable& table) {
    if (table.n_live() == 0 || !Plan(table, matchers, &plan)) return;
    Scan(table, plan, &rows);
    if (!rows.empty()) visit(table, rows);
  };
  if (metric_equal == nullptr) {
    for (const auto& metric : tables_of_metric_) {
      // One look at the metric's name decides for all of its tables.
      const bool skip = std::any_of(matchers.begin(), matchers.end(), [&](const auto& m) {
        return m->matcher().name() == model::kMetricNameLabel && !m->Matches(metric.first, symbols_);
      });
      if (skip) continue;
      for (const uint32_t t : metric.second) scan(*tables_[t]);
    }
    return OkStatus();
  }
  const auto metric = symbols_.Find(metric_equal->matcher().value());
  if (!metric.has_value()) return OkStatus();
  const auto found = tables_of_metric_.find(*metric);
  if (found == tables_of_metric_.end()) return OkStatus();
  for (const uint32_t t : found->second) scan(*tables_[t]);
  return OkStatus();
}

Status TenantIndex::VisitAny(const std::vector<MatcherSet>& sets, const Visit& visit) {
  if (sets.empty()) return VisitMatches({}, visit);
  for (const MatcherSet& set : sets) KVS_RETURN_IF_ERROR(VisitMatches(set, visit));
  return OkStatus();
}

StatusOr<std::vector<SeriesId>> TenantIndex::Select(const MatcherSet& matchers) {
  const std::shared_lock lock(mutex_);
  std::vector<SeriesId> ids;
  KVS_RETURN_IF_ERROR(VisitMatches(matchers, [&](const LabelTable& table, std::span<const uint32_t> rows) {
    for (const uint32_t row : rows) ids.push_back(table.id(row));
  }));
  SortIds(&ids, places_.size());
  return ids;
}

StatusOr<LabelColumns> TenantIndex::Labels(std::span<const SeriesId> ids,
                                           const std::vector<std::string_view>* names) const {
  const std::shared_lock lock(mutex_);
  LabelColumns out;
  if (names != nullptr && names->empty()) {  // Who counts series looks at no label.
    for (const SeriesId id : ids) {
      if (id >= places_.size() || places_[id].table == UINT32_MAX) return NotFound("no series with id ", id);
    }
    out.begin.assign(ids.size() + 1, 0);
    return out;
  }
  out.begin.reserve(ids.size() + 1);
  out.begin.push_back(0);

  // Which local number a symbol has in `out`: open addressing, keyed by the index's number.
  struct Slot {
    Symbol symbol = UINT32_MAX;
    uint32_t local = 0;
  };
  std::vector<Slot> local(256);
  const auto local_of = [&](Symbol symbol) {
    if (out.symbols.size() * 2 >= local.size()) {
      std::vector<Slot> old(local.size() * 4);
      old.swap(local);
      for (const Slot& slot : old) {
        if (slot.symbol == UINT32_MAX) continue;
        size_t i = (slot.symbol * 0x9e3779b1u) & (local.size() - 1);
        while (local[i].symbol != UINT32_MAX) i = (i + 1) & (local.size() - 1);
        local[i] = slot;
      }
    }
    size_t i = (symbol * 0x9e3779b1u) & (local.size() - 1);
    while (local[i].symbol != UINT32_MAX && local[i].symbol != symbol) i = (i + 1) & (local.size() - 1);
    if (local[i].symbol == UINT32_MAX) {
      local[i] = {symbol, static_cast<uint32_t>(out.symbols.size())};
      out.symbols.push_back(symbols_.Text(symbol));
    }
    return local[i].local;
  };

  struct Column {
    const Symbol* values;
    uint32_t name_ref;
    Symbol last = UINT32_MAX;
    uint32_t last_ref = 0;
  };
  std::vector<Column> columns;
  uint32_t columns_of = UINT32_MAX;
  for (const SeriesId id : ids) {
    if (id >= places_.size() || places_[id].table == UINT32_MAX) return NotFound("no series with id ", id);
    const Place place = places_[id];
    if (place.table != columns_of) {
      columns_of = place.table;
      const LabelTable& table = *tables_[place.table];
      columns.clear();
      for (size_t c = 0; c < table.names().size(); ++c) {
        const std::string_view name = symbols_.Text(table.names()[c]);
        if (names != nullptr && std::find(names->begin(), names->end(), name) == names->end()) continue;
        columns.push_back({table.column(c).data(), local_of(table.names()[c])});
      }
      // As if the rest were of this table too, which it mostly is.
      out.refs.reserve(out.refs.size() + 2 * columns.size() * (ids.size() - out.begin.size() + 1));
    }
    const size_t n = out.refs.size();
    out.refs.resize(n + 2 * columns.size());
    uint32_t* at = out.refs.data() + n;
    for (Column& column : columns) {
      const Symbol value = column.values[place.row];
      if (value != column.last) {
        column.last = value;
        column.last_ref = local_of(value);
      }
      *at++ = column.name_ref;
      *at++ = column.last_ref;
    }
    out.begin.push_back(static_cast<uint32_t>(out.refs.size()));
  }
  return out;
}

StatusOr<std::vector<std::string_view>> TenantIndex::LabelNames(const std::vector<MatcherSet>& sets) {
  const std::shared_lock lock(mutex_);
  std::vector<bool> seen(symbols_.size());
  std::vector<std::string_view> out;
  KVS_RETURN_IF_ERROR(VisitAny(sets, [&](const LabelTable& table, std::span<const uint32_t>) {
    for (const Symbol name : table.names()) {
      if (!seen[name]) out.push_back(symbols_.Text(name));
      seen[name] = true;
    }
  }));
  SortTexts(&out);
  return out;
}

StatusOr<std::vector<std::string_view>> TenantIndex::LabelValues(std::string_view name,
                                                                const std::vector<MatcherSet>& sets) {
  const std::shared_lock lock(mutex_);
  const auto symbol = symbols_.Find(name);
  std::vector<std::string_view> out;
  if (!symbol.has_value()) return out;
  std::vector<uint8_t> seen(symbols_.size());
  KVS_RETURN_IF_ERROR(VisitAny(sets, [&](const LabelTable& table, std::span<const uint32_t> rows) {
    const int column = table.ColumnOf(*symbol);
    if (column < 0) return;
    const std::vector<Symbol>& values = table.column(static_cast<size_t>(column));
    for (const uint32_t row : rows) {
      const Symbol value = values[row];
      if (seen[value] != 0) continue;
      seen[value] = 1;
      out.push_back(symbols_.Text(value));
    }
  }));
  SortTexts(&out);
  return out;
}

void TenantIndex::Remove(std::span<const SeriesId> ids) {
  const std::unique_lock lock(mutex_);
  std::vector<Symbol> values;
  for (const SeriesId id : ids) {
    if (id >= places_.size() || places_[id].table == UINT32_MAX) continue;
    const Place place = places_[id];
    LabelTable& table = *tables_[place.table];
    values.clear();
    for (size_t c = 0; c < table.names().size(); ++c) values.push_back(table.column(c)[place.row]);
    slots_[SlotOf(place.table, values, RowHash(place.table, values))].id_plus_one = kDead;
    table.Remove(place.row);
    places_[id] = Place();
    free_ids_.push_back(id);
    --n_series_;
  }
}

TenantIndex::Stats TenantIndex::stats() const {
  const std::shared_lock lock(mutex_);
  Stats stats{n_series_, places_.size(), symbols_.bytes()};
  stats.bytes += slots_.capacity() * sizeof(Slot) + places_.capacity() * sizeof(Place);
  for (const auto& table : tables_) stats.bytes += table->bytes();
  return stats;
}

}  // namespace kvs::index::memory
