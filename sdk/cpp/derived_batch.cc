// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/derived_batch.h"

#include <algorithm>
#include <cstring>
#include <functional>

#include "kvs/model/label_cursor.h"
#include "kvs/sdk/write_batch.h"

namespace kvs::sdk {
namespace {

constexpr size_t kBlockBytes = 64 << 10;
constexpr uint8_t kLengthDelimited1 = 0x0a;  // Field 1 of a message, a run of bytes.
constexpr uint8_t kLengthDelimited2 = 0x12;

size_t VarintSize(size_t n) {
  size_t size = 1;
  for (; n >= 0x80; n >>= 7) ++size;
  return size;
}
uint8_t* PutVarint(uint8_t* out, size_t n) {
  for (; n >= 0x80; n >>= 7) *out++ = static_cast<uint8_t>(n | 0x80);
  *out++ = static_cast<uint8_t>(n);
  return out;
}
size_t TextFieldSize(std::string_view text) { return 1 + VarintSize(text.size()) + text.size(); }
uint8_t* PutTextField(uint8_t* out, uint8_t tag, std::string_view text) {
  *out++ = tag;
  out = PutVarint(out, text.size());
  if (!text.empty()) std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

// The record that begins at `at`: all of it, and what is inside. False when it is none.
bool TakeRecord(const uint8_t* at, const uint8_t* end, std::span<const uint8_t>* record, std::span<const uint8_t>* inside) {
  if (at == end || *at != kLengthDelimited1) return false;
  const uint8_t* p = at + 1;
  size_t size = 0;
  for (int shift = 0; shift < 35; shift += 7) {
    if (p == end) return false;
    size |= size_t{*p & 0x7fu} << shift;
    if ((*p++ & 0x80) == 0) {
      if (size > static_cast<size_t>(end - p)) return false;
      *inside = {p, size};
      *record = {at, static_cast<size_t>(p - at) + size};
      return true;
    }
  }
  return false;
}

uint64_t Mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

}  // namespace

DerivedBatch::Ptr DerivedBatch::Of(const kvs_write_batch_t& from, std::string_view by) {
  Ptr batch(new DerivedBatch(from, CopyOf(from)));
  batch->Salt(std::hash<std::string_view>()(by));
  return batch;
}

DerivedBatch::Ptr DerivedBatch::MetadataOf(const kvs_write_batch_t& from) {
  return Ptr(new DerivedBatch(from, MetadataAlone(from, {from.metadata, from.n_metadata})));
}

DerivedBatch::DerivedBatch(const kvs_write_batch_t& from, const kvs_write_batch_t& raw)
    : from_(from), raw_(raw), keys_(from.series_key, from.series_key + raw.n_series), rewritten_(raw.n_series) {
  from_.ref->retain(from_.ref);
  ref_.owner = this;
  ref_.base.struct_size = sizeof(kvs_ref_t);
  ref_.base.retain = [](kvs_ref_t* self) noexcept {
    reinterpret_cast<Ref*>(self)->owner->count_.fetch_add(1, std::memory_order_relaxed);
  };
  ref_.base.release = [](kvs_ref_t* self) noexcept { reinterpret_cast<Ref*>(self)->owner->Release(); };
  raw_.ref = &ref_.base;
  if (raw_.n_series == 0) return;
  if (from.label_layout == KVS_LABELS_PROTOBUF) {
    label_bytes_.assign(from.label_bytes, from.label_bytes + from.n_series);
  } else {
    symbols_.assign(from.symbols, from.symbols + from.n_symbols);
  }
}

DerivedBatch::~DerivedBatch() { from_.ref->release(from_.ref); }

void DerivedBatch::Release() {
  if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

uint8_t* DerivedBatch::Allocate(size_t n) {
  if (n > left_) {
    const size_t size = std::max(n, kBlockBytes);
    blocks_.push_back(std::make_unique_for_overwrite<uint8_t[]>(size));
    at_ = blocks_.back().get();
    left_ = size;
  }
  uint8_t* const out = at_;
  at_ += n;
  left_ -= n;
  return out;
}

void DerivedBatch::MarkRewritten(uint32_t row) { rewritten_[row] = true; }

void DerivedBatch::DropLabel(uint32_t row, std::string_view name) {
  if (raw_.label_layout == KVS_LABELS_PROTOBUF) {
    const kvs_bytes_t bytes = label_bytes_[row];
    const uint8_t* const end = bytes.data + bytes.size;
    uint8_t* out = nullptr;
    size_t kept = 0;
    const uint8_t* at = bytes.data;
    for (std::span<const uint8_t> record, inside; TakeRecord(at, end, &record, &inside); at += record.size()) {
      model::LabelView label;
      if (!model::ParseLabelMessage(inside, &label)) return;
      const bool dropped = label.name == name;
      if (dropped && out == nullptr) {
        // From here on the rest is copied behind what came before.
        out = Allocate(bytes.size - record.size());
        kept = static_cast<size_t>(record.data() - bytes.data);
        std::memcpy(out, bytes.data, kept);
      }
      if (dropped || out == nullptr) continue;
      std::memcpy(out + kept, record.data(), record.size());
      kept += record.size();
    }
    if (out == nullptr) return;
    label_bytes_[row] = {out, kept};
    return MarkRewritten(row);
  }
  const auto begin = static_cast<uint32_t>(new_refs_.size());
  for (uint32_t i = from_.label_begin[row]; i + 1 < from_.label_begin[row + 1]; i += 2) {
    if (View(symbols_[from_.label_refs[i]]) != name)
      new_refs_.insert(new_refs_.end(), {from_.label_refs[i], from_.label_refs[i + 1]});
  }
  new_rows_.push_back({row, begin, static_cast<uint32_t>(new_refs_.size())});
  MarkRewritten(row);
}

void DerivedBatch::SetLabels(uint32_t row, std::span<const model::LabelView> labels) {
  MarkRewritten(row);
  if (raw_.label_layout == KVS_LABELS_PROTOBUF) {
    size_t size = 0;
    for (const model::LabelView& label : labels) {
      const size_t inside = TextFieldSize(label.name) + TextFieldSize(label.value);
      size += 1 + VarintSize(inside) + inside;
    }
    uint8_t* const begin = Allocate(size);
    uint8_t* out = begin;
    for (const model::LabelView& label : labels) {
      *out++ = kLengthDelimited1;
      out = PutVarint(out, TextFieldSize(label.name) + TextFieldSize(label.value));
      out = PutTextField(out, kLengthDelimited1, label.name);
      out = PutTextField(out, kLengthDelimited2, label.value);
    }
    label_bytes_[row] = {begin, size};
    return;
  }
  const auto begin = static_cast<uint32_t>(new_refs_.size());
  for (const model::LabelView& label : labels) {
    const uint32_t name = NewSymbol(label.name);
    new_refs_.insert(new_refs_.end(), {name, NewSymbol(label.value)});
  }
  new_rows_.push_back({row, begin, static_cast<uint32_t>(new_refs_.size())});
}

uint32_t DerivedBatch::NewSymbol(std::string_view text) {
  uint8_t* const copy = Allocate(text.size());
  if (!text.empty()) std::memcpy(copy, text.data(), text.size());
  symbols_.push_back({reinterpret_cast<const char*>(copy), text.size()});
  return static_cast<uint32_t>(symbols_.size() - 1);
}

// Rows that were rewritten have their refs in new_refs_, the last one counting; others in the other batch.
void DerivedBatch::FinishRefs() {
  std::stable_sort(new_rows_.begin(), new_rows_.end(), [](const Rewritten& a, const Rewritten& b) { return a.row < b.row; });
  label_begin_.reserve(from_.n_series + 1);
  label_refs_.reserve(from_.label_begin[from_.n_series] + new_refs_.size());
  label_begin_.push_back(0);
  size_t next = 0;
  for (uint32_t row = 0; row < from_.n_series; ++row) {
    const uint32_t* begin = from_.label_refs + from_.label_begin[row];
    const uint32_t* end = from_.label_refs + from_.label_begin[row + 1];
    for (; next < new_rows_.size() && new_rows_[next].row == row; ++next) {
      begin = new_refs_.data() + new_rows_[next].begin;
      end = new_refs_.data() + new_rows_[next].end;
    }
    label_refs_.insert(label_refs_.end(), begin, end);
    label_begin_.push_back(static_cast<uint32_t>(label_refs_.size()));
  }
  raw_.symbols = symbols_.data();
  raw_.n_symbols = symbols_.size();
  raw_.label_begin = label_begin_.data();
  raw_.label_refs = label_refs_.data();
}

const kvs_write_batch_t* DerivedBatch::Finish() {
  if (raw_.n_series == 0) return &raw_;
  const uint64_t salt = Mix(salt_);
  for (uint32_t row = 0; row < from_.n_series; ++row) {
    if (!rewritten_[row]) continue;
    keys_[row].lo = Mix(keys_[row].lo ^ salt);
    keys_[row].hi = Mix(keys_[row].hi + salt);
  }
  raw_.series_key = keys_.data();
  if (raw_.label_layout == KVS_LABELS_PROTOBUF) {
    raw_.label_bytes = label_bytes_.data();
  } else {
    FinishRefs();
  }
  return &raw_;
}

}  // namespace kvs::sdk
