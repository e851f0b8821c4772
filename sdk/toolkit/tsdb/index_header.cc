// SPDX-License-Identifier: Apache-2.0
#include "kvs/tsdb/index_header.h"

#include <algorithm>

#include "codec.h"
#include "window_reader.h"

namespace kvs::tsdb {
namespace {

using internal::Damaged;
using internal::FieldReader;
using internal::kCrcBytes;
using internal::kSymbolsPart;
using internal::WindowReader;

constexpr std::string_view kTablePart = "postings offset table";

// A part is: length, content, checksum. Leaves `in` behind the length and gives the content's
// range.
StatusOr<ByteRange> BeginPart(WindowReader& in, std::string_view part) {
  const uint64_t begin = in.offset();
  uint32_t size = 0;
  KVS_RETURN_IF_ERROR(in.Take(part, [&size](FieldReader& fields) { size = fields.Be32(); }));
  if (uint64_t{size} + kCrcBytes > in.left()) {
    return Damaged(part, begin, "a length of ", size, " bytes of which ", in.left(), " are there");
  }
  return ByteRange{in.offset(), in.offset() + size};
}

}  // namespace

// An entry of the postings offset table.
struct IndexHeader::Entry {
  std::string_view name;  // Borrowed until the next entry.
  std::string_view value;
  uint64_t list = 0;
};

class IndexHeader::TableReader {
 public:
  TableReader(const ByteSource& source, ByteRange range, size_t window_bytes)
      : in_(source, range, window_bytes) {}

  uint64_t offset() const { return in_.offset(); }
  bool done() const { return in_.left() == 0; }
  WindowReader& window() { return in_; }

  Status Next(Entry* entry) {
    uint64_t n_texts = 0;
    const uint64_t offset = in_.offset();
    KVS_RETURN_IF_ERROR(in_.Take(kTablePart, [&](FieldReader& fields) {
      n_texts = fields.Uvarint();
      entry->name = fields.Text();
      entry->value = fields.Text();
      entry->list = fields.Uvarint();
    }));
    if (n_texts != 2) return Damaged(kTablePart, offset, "an entry of ", n_texts, " texts");
    return OkStatus();
  }

 private:
  WindowReader in_;
};

StatusOr<IndexHeader> IndexHeader::Read(const ByteSource& source) {
  IndexHeader out;
  out.source_ = &source;
  const uint64_t size = source.size();
  Bytes scratch;
  const size_t head_size = static_cast<size_t>(std::min<uint64_t>(size, kIndexHeaderBytes));
  KVS_ASSIGN_OR_RETURN(const auto head, source.Read(0, head_size, &scratch));
  KVS_ASSIGN_OR_RETURN(const uint8_t version, DecodeIndexHeader(head));
  const size_t toc_size = static_cast<size_t>(std::min<uint64_t>(size, kTocBytes));
  KVS_ASSIGN_OR_RETURN(const auto tail, source.Read(size - toc_size, toc_size, &scratch));
  KVS_ASSIGN_OR_RETURN(const Toc toc, DecodeToc(tail, size));
  KVS_ASSIGN_OR_RETURN(out.layout_, MakeLayout(toc, size));
  out.layout_.version = version;
  KVS_RETURN_IF_ERROR(out.ReadSymbols());
  KVS_RETURN_IF_ERROR(out.ReadPostingsTable());
  return out;
}

Status IndexHeader::ReadSymbols() {
  const uint64_t begin = layout_.symbols.begin;
  WindowReader in(*source_, layout_.symbols);
  KVS_ASSIGN_OR_RETURN(const ByteRange content, BeginPart(in, kSymbolsPart));
  in.BeginCrc();
  KVS_RETURN_IF_ERROR(
      in.Take(kSymbolsPart, [this](FieldReader& fields) { n_symbols_ = fields.Be32(); }));
  if (n_symbols_ > content.size()) {
    return Damaged(kSymbolsPart, begin, n_symbols_, " symbols do not fit");
  }
  symbol_at_.reserve(n_symbols_ / kSampleEvery + 1);
  for (uint32_t i = 0; i < n_symbols_; ++i) {
    if (i % kSampleEvery == 0) symbol_at_.push_back(static_cast<uint32_t>(in.offset() - begin));
    KVS_RETURN_IF_ERROR(in.Take(kSymbolsPart, [](FieldReader& fields) { fields.Text(); }));
  }
  symbols_end_ = in.offset();
  if (symbols_end_ != content.end) {
    return Damaged(kSymbolsPart, symbols_end_, "ends here instead of at ", content.end);
  }
  return in.TakeCrc(kSymbolsPart, begin);
}

Status IndexHeader::ReadPostingsTable() {
  const uint64_t begin = layout_.postings_table.begin;
  TableReader table(*source_, layout_.postings_table, WindowReader::kLargeWindow);
  KVS_ASSIGN_OR_RETURN(const ByteRange content, BeginPart(table.window(), kTablePart));
  table.window().BeginCrc();
  uint32_t n_entries = 0;
  KVS_RETURN_IF_ERROR(table.window().Take(
      kTablePart, [&n_entries](FieldReader& fields) { n_entries = fields.Be32(); }));
  Entry entry;
  std::string last_value;
  uint64_t last_list = 0;
  for (uint32_t i = 0; i < n_entries; ++i) {
    const uint64_t offset = table.offset();
    if (offset >= content.end) {
      return Damaged(kTablePart, offset, "ends after ", i, " of ", n_entries, " entries");
    }
    KVS_RETURN_IF_ERROR(table.Next(&entry));
    if (entry.list <= last_list || entry.list < layout_.postings.begin ||
        entry.list >= layout_.postings.end) {
      return Damaged(kTablePart, offset, "names postings at ", entry.list,
                     ", which is not behind those before or outside all");
    }
    last_list = entry.list;
    if (i == 0) {
      if (!entry.name.empty() || !entry.value.empty()) {
        return Damaged(kTablePart, offset, "does not begin with the list of all series");
      }
      all_postings_ = {entry.list, layout_.postings.end};
      continue;
    }
    const bool is_new = i == 1 || entry.name != names_.back().name;
    if (is_new ? i > 1 && entry.name < names_.back().name : entry.value <= last_value) {
      return Damaged(kTablePart, offset, "entries do not ascend");
    }
    if (i == 1) all_postings_.end = entry.list;
    if (is_new) {
      if (i > 1) {
        names_.back().entries.end = offset;
        names_.back().lists_end = entry.list;
      }
      names_.push_back({std::string(entry.name),
                        0,
                        {offset, content.end},
                        entry.list,
                        layout_.postings.end,
                        samples_.size()});
    }
    if (names_.back().n_values++ % kSampleEvery == 0) {
      samples_.push_back(
          {static_cast<uint32_t>(offset - begin), static_cast<uint32_t>(sample_texts_.size())});
      sample_texts_ += entry.value;
    }
    last_value = entry.value;
  }
  if (n_entries == 0) return Damaged(kTablePart, begin, "does not list all series");
  if (table.offset() != content.end) {
    return Damaged(kTablePart, table.offset(), "ends here instead of at ", content.end);
  }
  return table.window().TakeCrc(kTablePart, begin);
}

StatusOr<std::string_view> IndexHeader::Symbol(uint32_t number, Bytes* scratch) const {
  if (number >= n_symbols_) {
    return DataLoss("symbol ", number, " is named, and there are ", n_symbols_);
  }
  const size_t sample = number / kSampleEvery;
  const uint64_t begin = layout_.symbols.begin + symbol_at_[sample];
  const uint64_t end = sample + 1 < symbol_at_.size()
                           ? layout_.symbols.begin + symbol_at_[sample + 1]
                           : symbols_end_;
  KVS_ASSIGN_OR_RETURN(const auto bytes,
                       source_->Read(begin, static_cast<size_t>(end - begin), scratch));
  FieldReader in(bytes, begin);
  for (uint32_t skip = number % kSampleEvery; skip > 0; --skip) in.Text();
  const std::string_view text = in.Text();
  // The part was whole when the header was read, so the source gives other bytes now.
  KVS_RETURN_IF_ERROR(in.status(kSymbolsPart));
  return text;
}

const IndexHeader::Name* IndexHeader::FindName(std::string_view name) const {
  const auto at =
      std::lower_bound(names_.begin(), names_.end(), name,
                       [](const Name& n, std::string_view text) { return n.name < text; });
  return at == names_.end() || at->name != name ? nullptr : &*at;
}

std::string_view IndexHeader::SampleText(size_t i) const {
  const size_t begin = samples_[i].text_begin;
  const size_t end = i + 1 < samples_.size() ? samples_[i + 1].text_begin : sample_texts_.size();
  return std::string_view(sample_texts_).substr(begin, end - begin);
}

size_t IndexHeader::SampleEnd(const Name& name) const {
  return name.first_sample + (name.n_values + kSampleEvery - 1) / kSampleEvery;
}

StatusOr<ByteRange> IndexHeader::FindPostings(std::string_view name, std::string_view value) const {
  ValueCursor values = Values(name, value);
  if (values.Next() && values.value() == value) return values.postings();
  KVS_RETURN_IF_ERROR(values.status());
  return ByteRange{};
}

size_t IndexHeader::MemoryBytes() const {
  size_t out = symbol_at_.capacity() * sizeof(uint32_t) + samples_.capacity() * sizeof(Sample) +
               sample_texts_.capacity() + names_.capacity() * sizeof(Name);
  for (const Name& name : names_) out += name.name.capacity();
  return out;
}

struct ValueCursor::State {
  Status Advance();

  std::unique_ptr<IndexHeader::TableReader> table;  // Null: the name does not exist.
  uint64_t lists_end = 0;
  std::string from;
  std::string value, next_value;
  bool has_next = false;
  uint64_t list = 0, next_list = 0;
  uint64_t list_end = 0;
  Status status;
};

// Makes the entry that was read ahead the current one, and reads the next: the list ends where the
// next one begins.
Status ValueCursor::State::Advance() {
  value.swap(next_value);
  list = next_list;
  has_next = !table->done();
  if (has_next) {
    IndexHeader::Entry entry;
    KVS_RETURN_IF_ERROR(table->Next(&entry));
    next_value = entry.value;
    next_list = entry.list;
  }
  list_end = has_next ? next_list : lists_end;
  if (list_end < list) return Damaged(kTablePart, table->offset(), "changed since it was read");
  return OkStatus();
}

ValueCursor IndexHeader::Values(std::string_view name, std::string_view from) const {
  auto state = std::make_unique<ValueCursor::State>();
  const Name* const found = FindName(name);
  if (found == nullptr) return ValueCursor(std::move(state));
  size_t sample = found->first_sample;
  for (size_t n = SampleEnd(*found) - sample; n > 1;) {  // The last one that is not after `from`.
    const size_t half = n / 2;
    if (SampleText(sample + half) <= from) sample += half;
    n -= half;
  }
  state->lists_end = found->lists_end;
  state->from = from;
  const ByteRange range{layout_.postings_table.begin + samples_[sample].entry, found->entries.end};
  state->table =
      std::make_unique<TableReader>(*source_, range, internal::WindowReader::kSmallWindow);
  state->status = state->Advance();
  // Nothing is current yet, so the list that was read ahead may begin anywhere.
  return ValueCursor(std::move(state));
}

ValueCursor::ValueCursor(std::unique_ptr<State> state) : state_(std::move(state)) {}
ValueCursor::~ValueCursor() = default;
ValueCursor::ValueCursor(ValueCursor&&) noexcept = default;

bool ValueCursor::Next() {
  State& s = *state_;
  while (s.status.ok() && s.has_next) {
    s.status = s.Advance();
    if (s.status.ok() && s.value >= s.from) return true;
  }
  return false;
}

std::string_view ValueCursor::value() const {
  return state_->value;
}
ByteRange ValueCursor::postings() const {
  return {state_->list, state_->list_end};
}
const Status& ValueCursor::status() const {
  return state_->status;
}

SymbolResolver::SymbolResolver(const IndexHeader& header) : header_(header), known_(64) {}

SymbolResolver::Slot& SymbolResolver::FindSlot(uint32_t number) {
  const size_t mask = known_.size() - 1;
  size_t i = (number * uint64_t{0x9e3779b97f4a7c15}) >> 32 & mask;
  while (known_[i].number != number && known_[i].number != kFree) i = (i + 1) & mask;
  return known_[i];
}

StatusOr<std::string_view> SymbolResolver::Resolve(uint32_t number) {
  const Slot& slot = FindSlot(number);
  if (slot.number == number) [[likely]]
    return slot.text;
  return Read(number);
}

StatusOr<std::string_view> SymbolResolver::Read(uint32_t number) {
  KVS_ASSIGN_OR_RETURN(const std::string_view text, header_.Symbol(number, &scratch_));
  if (2 * ++n_known_ > known_.size()) {
    std::vector<Slot> old(2 * known_.size());
    old.swap(known_);
    for (const Slot& slot : old) {
      if (slot.number != kFree) FindSlot(static_cast<uint32_t>(slot.number)) = slot;
    }
  }
  Slot& slot = FindSlot(number);
  slot = {number, texts_.Copy(text)};
  return slot.text;
}

}  // namespace kvs::tsdb
