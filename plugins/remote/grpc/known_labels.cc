// SPDX-License-Identifier: Apache-2.0
#include "known_labels.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <mutex>
#include <random>

namespace kvs::remote::grpc {
namespace {

constexpr size_t kMinSlots = 1024;

uint64_t RandomSeed() {
  std::random_device random;
  return uint64_t{random()} << 32 | random();
}

}  // namespace

KnownLabels::KnownLabels(size_t max_bytes)
    : hasher_(RandomSeed()),
      slab_bytes_(std::min<size_t>(std::max<size_t>(max_bytes / kSlabs, 1), UINT32_MAX)),
      slots_(kMinSlots) {}

void KnownLabels::Find(std::string_view tenant, std::span<model::Key128> keys,
                       std::span<model::BytesRef> labels, Lease* lease,
                       std::vector<uint32_t>* missing) const {
  // Far enough ahead to hide a miss to memory, near enough to stay in the first-level cache.
  constexpr size_t kAhead = 16;
  const uint64_t salt = SaltOf(tenant);
  uint64_t used = 0;  // A bit for each slab.
  std::vector<uint32_t> found;
  found.reserve(keys.size());
  const std::shared_lock lock(mutex_);
  const size_t mask = slots_.size() - 1;
  for (uint32_t i = 0; i < keys.size(); ++i) {
    if (i + kAhead < keys.size())
      __builtin_prefetch(&slots_[Salted(keys[i + kAhead], salt).hi & mask]);
    const Slot* const slot = Search(Salted(keys[i], salt));
    if (slot == nullptr) {
      if (labels[i].data == nullptr) missing->push_back(i);
      continue;
    }
    labels[i] = {slabs_[slot->slab - oldest_]->bytes.get() + slot->offset, slot->size};
    __builtin_prefetch(labels[i].data - sizeof(model::Key128));
    found.push_back(i);
    used |= uint64_t{1} << (slot->slab - oldest_);
  }
  for (const uint32_t i : found)
    std::memcpy(&keys[i], labels[i].data - sizeof(model::Key128), sizeof(model::Key128));
  for (; used != 0; used &= used - 1)
    lease->push_back(slabs_[static_cast<size_t>(std::countr_zero(used))]);
}

void KnownLabels::Learn(std::string_view tenant, std::span<const uint32_t> rows,
                        std::span<const model::Key128> keys,
                        std::span<const model::BytesRef> labels) {
  const uint64_t salt = SaltOf(tenant);
  std::vector<model::Key128> contents;
  contents.reserve(rows.size());
  for (const uint32_t row : rows)
    contents.push_back(Salted(hasher_.Hash(labels[row].span()), salt));
  const std::unique_lock lock(mutex_);
  Grow(rows.size() * 2);
  for (size_t i = 0; i < rows.size(); ++i) {
    const model::BytesRef bytes = labels[rows[i]];
    if (bytes.size + sizeof(model::Key128) > slab_bytes_) continue;
    const model::Key128 key = Salted(keys[rows[i]], salt);
    if (Search(key) != nullptr) continue;
    const Slot* const same = Search(contents[i]);
    const Slot place = same != nullptr ? *same : Append(contents[i], bytes.span());
    if (same == nullptr) Place(contents[i], place);
    Place(key, place);
  }
}

size_t KnownLabels::bytes() const {
  const std::shared_lock lock(mutex_);
  return slabs_.empty() ? 0 : (slabs_.size() - 1) * slab_bytes_ + filled_;
}

const KnownLabels::Slot* KnownLabels::Search(model::Key128 key) const {
  const size_t mask = slots_.size() - 1;
  for (size_t at = key.hi & mask; slots_[at].slab != 0; at = (at + 1) & mask) {
    const Slot& slot = slots_[at];
    if (slot.tag_hi == key.hi && slot.tag_lo == static_cast<uint32_t>(key.lo) && IsLive(slot))
      return &slot;
  }
  return nullptr;
}

// Of a key that Search() does not find.
void KnownLabels::Place(model::Key128 key, const Slot& place) {
  const size_t mask = slots_.size() - 1;
  size_t at = key.hi & mask;
  while (IsLive(slots_[at])) at = (at + 1) & mask;
  if (slots_[at].slab == 0) ++taken_;
  slots_[at] = {key.hi, static_cast<uint32_t>(key.lo), place.slab, place.offset, place.size};
}

// The key that is shared stands before the labels. It is that of their bytes, and so the same when
// they were forgotten and told again: sinks remember series by it.
KnownLabels::Slot KnownLabels::Append(model::Key128 shared, std::span<const uint8_t> labels) {
  const size_t size = sizeof(shared) + labels.size();
  if (slabs_.empty() || size > slab_bytes_ - filled_) {
    if (slabs_.size() == kSlabs) {
      slabs_.pop_front();
      ++oldest_;
    }
    slabs_.push_back(std::make_shared<Slab>(slab_bytes_));
    filled_ = 0;
  }
  uint8_t* const at = slabs_.back()->bytes.get() + filled_;
  std::memcpy(at, &shared, sizeof(shared));
  std::copy(labels.begin(), labels.end(), at + sizeof(shared));
  Slot place;
  place.slab = oldest_ + static_cast<uint32_t>(slabs_.size()) - 1;
  place.offset = static_cast<uint32_t>(filled_ + sizeof(shared));
  place.size = static_cast<uint32_t>(labels.size());
  filled_ += size;
  return place;
}

// Makes room for so many slots more, which also lets go of those whose slabs were dropped.
void KnownLabels::Grow(size_t more) {
  if ((taken_ + more) * 4 <= slots_.size() * 3) return;
  const std::vector<Slot> old = std::move(slots_);
  size_t live = 0;
  for (const Slot& slot : old) live += IsLive(slot) ? 1 : 0;
  // Half full at most, so that the next time is as far away as this one cost.
  slots_.assign(std::bit_ceil(std::max((live + more) * 2, kMinSlots)), Slot{});
  taken_ = 0;
  for (const Slot& slot : old) {
    if (IsLive(slot)) Place({slot.tag_lo, slot.tag_hi}, slot);
  }
}

}  // namespace kvs::remote::grpc
