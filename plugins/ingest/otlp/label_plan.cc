// SPDX-License-Identifier: Apache-2.0
#include "label_plan.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "kvs/model/labels.h"

namespace kvs::ingest::otlp {

using wire::otlp::Attribute;

StatusOr<std::string_view> LabelNames::Of(std::string_view attribute) {
  auto at = names_.find(attribute);
  if (at == names_.end()) at = names_.emplace(attribute, LabelName(attribute, rules_)).first;
  if (!at->second.ok()) return at->second.status();
  return std::string_view(*at->second);
}

void LabelPlan::SetShared(std::vector<SharedLabel> shared, std::vector<std::string_view> ignored) {
  shared_ = std::move(shared);
  ignored_ = std::move(ignored);
  reusable_ = false;
}

Status LabelPlan::Set(std::span<const Attribute> attributes) {
  if (!Fits(attributes)) KVS_RETURN_IF_ERROR(Plan(attributes));
  values_.clear();
  for (const Slot& slot : slots_) {
    values_.push_back(slot.attribute < 0
                          ? slot.value
                          : out_.Symbol(attributes[static_cast<size_t>(slot.attribute)].value));
  }
  return OkStatus();
}

bool LabelPlan::Fits(std::span<const Attribute> attributes) const {
  if (!reusable_ || attributes.size() != keys_.size()) return false;
  for (size_t i = 0; i < keys_.size(); ++i) {
    // An empty value is no label, which changes what others do.
    if (attributes[i].name != keys_[i] || attributes[i].value.empty()) return false;
  }
  return true;
}

Status LabelPlan::Plan(std::span<const Attribute> attributes) {
  reusable_ = true;
  slots_.clear();
  keys_.clear();
  for (const Attribute& attribute : attributes) keys_.push_back(attribute.name);

  // In order of the original keys, because values of colliding ones are joined in that order.
  order_.resize(attributes.size());
  std::iota(order_.begin(), order_.end(), 0u);
  std::stable_sort(order_.begin(), order_.end(),
                   [&](uint32_t a, uint32_t b) { return keys_[a] < keys_[b]; });
  for (const uint32_t i : order_) {
    const Attribute& attribute = attributes[i];
    if (attribute.value.empty()) reusable_ = false;
    if (attribute.name == model::kMetricNameLabel) continue;  // Set from the metric.
    if (std::find(ignored_.begin(), ignored_.end(), attribute.name) != ignored_.end()) continue;
    if (const auto name = names_.Of(attribute.name); name.ok()) {
      slots_.push_back({*name, 0, static_cast<int32_t>(i), 0});
    } else {
      reusable_ = false;
      return name.status();
    }
  }
  std::stable_sort(slots_.begin(), slots_.end(),
                   [](const Slot& a, const Slot& b) { return a.name < b.name; });
  for (size_t i = 0; i < slots_.size();) {
    size_t end = i + 1;
    while (end < slots_.size() && slots_[end].name == slots_[i].name) ++end;
    if (end > i + 1) {
      reusable_ = false;
      merged_.clear();
      for (size_t k = i; k < end; ++k) {
        const std::string_view value = attributes[static_cast<size_t>(slots_[k].attribute)].value;
        if (!escape_ || merged_.empty()) {
          merged_ = value;  // One key twice: the last one counts.
        } else {
          StrAppend(merged_, ";", value);
        }
      }
      slots_[i].attribute = -1;
      slots_[i].value = out_.Symbol(merged_);
      slots_.erase(slots_.begin() + static_cast<ptrdiff_t>(i) + 1,
                   slots_.begin() + static_cast<ptrdiff_t>(end));
    }
    ++i;
  }
  // Symbol 0 is the empty text.
  std::erase_if(slots_, [&](const Slot& slot) {
    return slot.attribute < 0 ? slot.value == 0
                              : attributes[static_cast<size_t>(slot.attribute)].value.empty();
  });
  for (const SharedLabel& shared : shared_) PutShared(shared);
  for (Slot& slot : slots_) slot.name_symbol = out_.Symbol(slot.name);
  return OkStatus();
}

void LabelPlan::PutShared(const SharedLabel& shared) {
  const auto at =
      std::lower_bound(slots_.begin(), slots_.end(), std::string_view(shared.name),
                       [](const Slot& slot, std::string_view name) { return slot.name < name; });
  const bool there = at != slots_.end() && at->name == shared.name;
  if (there && shared.only_if_absent) return;
  if (shared.value.empty()) {
    if (there) slots_.erase(at);
    return;
  }
  const Slot slot{shared.name, 0, -1, out_.Symbol(shared.value)};
  if (there) {
    *at = slot;
  } else {
    slots_.insert(at, slot);
  }
}

void LabelPlan::BeginSeries(std::string_view metric, std::string_view extra_name,
                            std::string_view extra_value) {
  struct Extra {
    std::string_view name;
    std::string_view value;
  };
  Extra extras[2] = {{model::kMetricNameLabel, metric}, {extra_name, extra_value}};
  size_t next = 0;
  const size_t n_extras = extra_name.empty() ? 1 : 2;
  if (n_extras == 2 && extras[1].name < extras[0].name) std::swap(extras[0], extras[1]);

  refs_.clear();
  const auto put_extra = [&] {
    refs_.push_back(out_.Symbol(extras[next].name));
    refs_.push_back(out_.Symbol(extras[next].value));
    ++next;
  };
  for (size_t i = 0; i < slots_.size(); ++i) {
    while (next < n_extras && extras[next].name < slots_[i].name) put_extra();
    if (next < n_extras && extras[next].name == slots_[i].name) continue;  // Replaced.
    refs_.push_back(slots_[i].name_symbol);
    refs_.push_back(values_[i]);
  }
  while (next < n_extras) put_extra();
  out_.BeginSeries(refs_);
}

void LabelPlan::AppendLabels(std::string* out) const {
  for (size_t i = 0; i < slots_.size(); ++i)
    StrAppend(*out, slots_[i].name, "\xfe", out_.Text(values_[i]), "\xff");
}

bool LabelPlan::Has(std::string_view name) const {
  return std::any_of(slots_.begin(), slots_.end(),
                     [name](const Slot& slot) { return slot.name == name; });
}

}  // namespace kvs::ingest::otlp
