// SPDX-License-Identifier: Apache-2.0
#include "label_batch.h"

#include <memory>
#include <utility>

#include "tenants.h"

namespace kvs::source::federation {

LabelledColumns::LabelledColumns(const kvs_label_columns_t& from, std::string_view tenant)
    : symbols_(from.symbols, from.symbols + from.n_symbols) {
  const auto name = static_cast<uint32_t>(symbols_.size());
  const uint32_t value = name + 1;
  const uint32_t original = name + 2;
  symbols_.push_back(sdk::Str(kTenantLabel));
  symbols_.push_back(sdk::Str(tenant));
  symbols_.push_back(sdk::Str(kOriginalLabel));
  // How each text stands to the label's name is asked once, not for each series.
  enum Order : uint8_t { kBefore, kSame, kBehind, kBehindOriginal };
  std::vector<Order> order(from.n_symbols);
  for (uint64_t i = 0; i < from.n_symbols; ++i) {
    const std::string_view text = sdk::View(from.symbols[i]);
    order[i] = text < kTenantLabel     ? kBefore
               : text == kTenantLabel  ? kSame
               : text < kOriginalLabel ? kBehind
                                       : kBehindOriginal;
  }
  begin_.reserve(from.n_series + 1);
  refs_.reserve(from.begin[from.n_series] + 2 * size_t{from.n_series});
  for (uint32_t row = 0; row < from.n_series; ++row) {
    bool labelled = false;
    uint32_t own = UINT32_MAX;  // The value of a label of that name, until it has its place.
    for (uint32_t i = from.begin[row]; i < from.begin[row + 1]; i += 2) {
      const Order at = order[from.refs[i]];
      if (!labelled && at != kBefore) {
        refs_.insert(refs_.end(), {name, value});
        labelled = true;
      }
      if (at == kSame) {
        own = from.refs[i + 1];
        continue;
      }
      if (at == kBehindOriginal && own != UINT32_MAX)
        refs_.insert(refs_.end(), {original, std::exchange(own, UINT32_MAX)});
      refs_.insert(refs_.end(), {from.refs[i], from.refs[i + 1]});
    }
    if (!labelled) refs_.insert(refs_.end(), {name, value});
    if (own != UINT32_MAX) refs_.insert(refs_.end(), {original, own});
    begin_.push_back(static_cast<uint32_t>(refs_.size()));
  }
}

kvs_label_columns_t LabelledColumns::raw() const {
  auto out = sdk::Record<kvs_label_columns_t>();
  out.n_series = static_cast<uint32_t>(begin_.size() - 1);
  out.symbols = symbols_.data();
  out.n_symbols = symbols_.size();
  out.begin = begin_.data();
  out.refs = refs_.data();
  return out;
}

kvs_series_batch_t* WithTenant(sdk::BatchPtr batch, std::string tenant) {
  struct Kept {
    Kept(sdk::BatchPtr f, std::string t)
        : from(std::move(f)), tenant(std::move(t)), labels(from->labels, tenant) {}
    kvs_series_batch_t batch = sdk::Record<kvs_series_batch_t>();
    const sdk::BatchPtr from;
    const std::string tenant;
    const LabelledColumns labels;
  };
  auto kept = std::make_unique<Kept>(std::move(batch), std::move(tenant));
  kvs_series_batch_t& out = kept->batch;
  out.n_series = kept->from->n_series;
  out.labels = kept->labels.raw();
  out.chunk_begin = kept->from->chunk_begin;
  out.chunks = kept->from->chunks;
  out.producer = kept.get();
  out.release = [](kvs_series_batch_t* self) noexcept {
    delete static_cast<Kept*>(self->producer);
  };
  return &kept.release()->batch;
}

}  // namespace kvs::source::federation
