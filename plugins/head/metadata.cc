// SPDX-License-Identifier: Apache-2.0
#include "metadata.h"

#include <algorithm>
#include <limits>
#include <memory>

#include "kvs/sdk/owned.h"
#include "kvs/sdk/str.h"

namespace kvs::head {
namespace {

void Put(wal::Encoder& record, uint32_t type, std::string_view metric, std::string_view help,
         std::string_view unit) {
  record.PutVarint(type);
  record.PutText(metric);
  record.PutText(help);
  record.PutText(unit);
}

// Remote Write 2.0 repeats the description with each series; texts of one request share their
// bytes, so repetitions are recognised by address, without looking anything up.
class Recent {
 public:
  bool Seen(const kvs_metadata_t& item) {
    const auto address = reinterpret_cast<uintptr_t>(item.metric.data);
    kvs_metadata_t& slot = slots_[(address ^ address >> 6) % kSlots];
    if (slot.metric.data == item.metric.data && slot.metric.size == item.metric.size &&
        slot.help.data == item.help.data && slot.unit.data == item.unit.data &&
        slot.type == item.type) {
      return true;
    }
    slot = item;
    return false;
  }

 private:
  static constexpr size_t kSlots = 128;
  kvs_metadata_t slots_[kSlots] = {};
};

}  // namespace

MetadataStore::Inserted MetadataStore::Insert(uint32_t type, std::string_view metric,
                                              std::string_view help, std::string_view unit,
                                              const MetadataBounds& bounds) {
  auto at = metrics_.find(metric);
  if (at != metrics_.end()) {
    for (const Description& d : at->second) {
      if (d.type == type && d.help == help && d.unit == unit) return Inserted::kKnown;
    }
    if (bounds.max_per_metric != 0 && at->second.size() >= bounds.max_per_metric)
      return Inserted::kBeyondPerMetric;
  } else if (bounds.max_metrics != 0 && metrics_.size() >= bounds.max_metrics) {
    return Inserted::kBeyondMetrics;
  }
  if (size_ >= bounds.max) return Inserted::kBeyondMetrics;
  if (at == metrics_.end())
    at = metrics_.emplace(std::string(metric), std::vector<Description>()).first;
  at->second.push_back({type, std::string(help), std::string(unit)});
  ++size_;
  return Inserted::kNew;
}

MetadataStore::Added MetadataStore::Add(std::span<const kvs_metadata_t> items,
                                        const MetadataBounds& bounds, uint32_t generation,
                                        wal::Encoder& record) {
  Recent recent;
  MutexLock lock(mutex_);
  const bool log_all = generation != logged_;
  logged_ = generation;
  Added out;
  for (const kvs_metadata_t& item : items) {
    if (recent.Seen(item)) continue;
    const Inserted inserted = Insert(item.type, sdk::View(item.metric), sdk::View(item.help),
                                     sdk::View(item.unit), bounds);
    out.beyond_metrics += inserted == Inserted::kBeyondMetrics ? 1 : 0;
    out.beyond_per_metric += inserted == Inserted::kBeyondPerMetric ? 1 : 0;
    if (inserted != Inserted::kNew || log_all) continue;
    Put(record, item.type, sdk::View(item.metric), sdk::View(item.help), sdk::View(item.unit));
    ++out.logged;
  }
  if (!log_all) return out;
  for (const auto& [metric, descriptions] : metrics_) {
    for (const Description& d : descriptions) {
      Put(record, d.type, metric, d.help, d.unit);
      ++out.logged;
    }
  }
  return out;
}

void MetadataStore::PutAll(wal::Encoder& record) const {
  MutexLock lock(mutex_);
  for (const auto& [metric, descriptions] : metrics_) {
    for (const Description& d : descriptions) Put(record, d.type, metric, d.help, d.unit);
  }
}

void MetadataStore::Unlogged() {
  MutexLock lock(mutex_);
  logged_ = 0;
}

void MetadataStore::Restore(uint32_t type, std::string_view metric, std::string_view help,
                            std::string_view unit) {
  MutexLock lock(mutex_);
  Insert(type, metric, help, unit, {.max = std::numeric_limits<size_t>::max()});
}

void MetadataStore::Read(const kvs_metadata_query_t& query, kvs_metadata_list_t& out) const {
  struct Holder {
    std::vector<std::string> texts;
    std::vector<kvs_metadata_t> items;
  };
  auto holder = std::make_unique<Holder>();
  MutexLock lock(mutex_);
  const std::string_view wanted = sdk::View(query.metric);
  auto at = wanted.empty() ? metrics_.begin() : metrics_.find(wanted);
  uint64_t n_metrics = 0;
  std::vector<uint32_t> types;
  for (; at != metrics_.end() && (query.limit == 0 || n_metrics < query.limit); ++at, ++n_metrics) {
    uint64_t n = 0;
    for (const Description& d : at->second) {
      if (query.limit_per_metric != 0 && n++ >= query.limit_per_metric) break;
      holder->texts.insert(holder->texts.end(), {at->first, d.help, d.unit});
      types.push_back(d.type);
    }
    if (!wanted.empty()) break;
  }
  for (size_t i = 0; i < types.size(); ++i) {
    kvs_metadata_t item{};
    item.metric = sdk::Str(holder->texts[3 * i]);
    item.help = sdk::Str(holder->texts[3 * i + 1]);
    item.unit = sdk::Str(holder->texts[3 * i + 2]);
    item.type = types[i];
    holder->items.push_back(item);
  }
  out.items = holder->items.data();
  out.n_items = holder->items.size();
  sdk::HandOut(out, std::move(holder));
}

size_t MetadataStore::size() const {
  MutexLock lock(mutex_);
  return size_;
}

}  // namespace kvs::head
