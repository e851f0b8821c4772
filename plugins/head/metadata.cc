// SPDX-License-Identifier: Apache-2.0
#include "metadata.h"

#include <algorithm>
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

bool MetadataStore::Insert(uint32_t type, std::string_view metric, std::string_view help,
                           std::string_view unit) {
  auto at = metrics_.find(metric);
  if (at == metrics_.end())
    at = metrics_.emplace(std::string(metric), std::vector<Description>()).first;
  std::vector<Description>& known = at->second;
  for (const Description& d : known) {
    if (d.type == type && d.help == help && d.unit == unit) return false;
  }
  known.push_back({type, std::string(help), std::string(unit)});
  ++size_;
  return true;
}

uint32_t MetadataStore::Add(std::span<const kvs_metadata_t> items, size_t max, uint32_t generation,
                            wal::Encoder& record) {
  Recent recent;
  MutexLock lock(mutex_);
  const bool log_all = generation != logged_;
  logged_ = generation;
  uint32_t n = 0;
  for (const kvs_metadata_t& item : items) {
    if (recent.Seen(item) || size_ >= max) continue;
    if (!Insert(item.type, sdk::View(item.metric), sdk::View(item.help), sdk::View(item.unit)) ||
        log_all)
      continue;
    Put(record, item.type, sdk::View(item.metric), sdk::View(item.help), sdk::View(item.unit));
    ++n;
  }
  if (!log_all) return n;
  for (const auto& [metric, descriptions] : metrics_) {
    for (const Description& d : descriptions) {
      Put(record, d.type, metric, d.help, d.unit);
      ++n;
    }
  }
  return n;
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
  Insert(type, metric, help, unit);
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
