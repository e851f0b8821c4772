// SPDX-License-Identifier: Apache-2.0
#include "kvs/tsdb/index_writer.h"

#include <algorithm>

#include "checked_writer.h"
#include "codec.h"
#include "postings_collector.h"

namespace kvs::tsdb {
namespace {

using internal::CheckedWriter;
using internal::kPostingsAlignment;
using internal::PutBe64;
using internal::PutText;
using internal::PutUvarint;
using internal::PutVarint;
using internal::UvarintBytes;

constexpr uint64_t kMaxPartBytes = UINT32_MAX;

size_t TextBytes(std::string_view text) {
  return UvarintBytes(text.size()) + text.size();
}

Status CheckChunks(std::span<const ChunkMeta> chunks) {
  for (size_t i = 0; i < chunks.size(); ++i) {
    if (chunks[i].mint > chunks[i].maxt) {
      return InvalidArgument("chunk ", i, " ends at ", chunks[i].maxt, ", before it begins at ",
                             chunks[i].mint);
    }
    if (i > 0 && chunks[i].mint <= chunks[i - 1].maxt) {
      return InvalidArgument("chunk ", i, " begins at ", chunks[i].mint,
                             ", not after the end of the one before at ", chunks[i - 1].maxt);
    }
  }
  return OkStatus();
}

void PutChunks(Bytes& out, std::span<const ChunkMeta> chunks) {
  PutUvarint(out, chunks.size());
  for (size_t i = 0; i < chunks.size(); ++i) {
    const ChunkMeta& c = chunks[i];
    const uint64_t mint = static_cast<uint64_t>(c.mint);
    if (i == 0) {
      PutVarint(out, c.mint);
    } else {
      PutUvarint(out, mint - static_cast<uint64_t>(chunks[i - 1].maxt));
    }
    PutUvarint(out, static_cast<uint64_t>(c.maxt) - mint);
    if (i == 0) {
      PutUvarint(out, c.ref);
    } else {
      PutVarint(out, static_cast<int64_t>(c.ref - chunks[i - 1].ref));
    }
  }
}

}  // namespace

class IndexWriter::Impl {
 public:
  explicit Impl(ByteSink& sink) : out_(sink) {
    out_.PutBe32(kIndexMagic);
    out_.Put({&kIndexVersion, 1});
  }

  Status AddSymbol(std::string_view text);
  Status AddSeries(std::span<const SymbolPair> labels, std::span<const ChunkMeta> chunks);
  Status Finish();

  uint64_t n_series() const { return postings_.n_series(); }
  uint64_t size_bytes() const { return out_.offset(); }

 private:
  struct LabelIndex {
    uint32_t name;
    uint64_t offset;
  };

  std::string_view Symbol(uint32_t number) const {
    internal::FieldReader in(std::span<const uint8_t>(symbols_).subspan(symbol_at_[number]), 0);
    return in.Text();
  }
  Status CheckLabels(std::span<const SymbolPair> labels) const;
  Status WriteSymbols();
  void WriteLabelIndices();
  Status WritePostings();
  void WriteLabelIndicesTable();
  Status WritePostingsTable();
  void WriteToc();

  CheckedWriter out_;
  Toc toc_;
  Bytes symbols_;                    // As they stand in the index.
  std::vector<uint32_t> symbol_at_;  // Where each begins there.
  std::vector<SymbolPair> last_labels_;
  Bytes head_, body_;  // Of the series in work.
  internal::PostingsCollector postings_;
  std::vector<LabelIndex> label_indices_;
  uint64_t all_postings_ = 0;
  std::vector<uint64_t> lists_;  // Where the postings of each sorted label begin.
};

Status IndexWriter::Impl::AddSymbol(std::string_view text) {
  if (toc_.symbols != 0) return InvalidArgument("a symbol after the first series");
  if (!symbol_at_.empty()) {
    const std::string_view last = Symbol(static_cast<uint32_t>(symbol_at_.size() - 1));
    if (text <= last) {
      return InvalidArgument("symbol \"", text, "\" does not come after \"", last, "\"");
    }
  }
  if (sizeof(uint32_t) + symbols_.size() + TextBytes(text) > kMaxPartBytes) {
    return ResourceExhausted("more than ", kMaxPartBytes, " bytes of symbols");
  }
  symbol_at_.push_back(static_cast<uint32_t>(symbols_.size()));
  PutText(symbols_, text);
  return OkStatus();
}

Status IndexWriter::Impl::WriteSymbols() {
  if (toc_.symbols != 0) return OkStatus();
  toc_.symbols = out_.offset();
  out_.PutBe32(static_cast<uint32_t>(sizeof(uint32_t) + symbols_.size()));
  out_.BeginCrc();
  out_.PutBe32(static_cast<uint32_t>(symbol_at_.size()));
  out_.Put(symbols_);
  out_.PutCrc();
  toc_.series = out_.offset();
  return out_.status();
}

Status IndexWriter::Impl::CheckLabels(std::span<const SymbolPair> labels) const {
  for (size_t i = 0; i < labels.size(); ++i) {
    if (std::max(labels[i].name, labels[i].value) >= symbol_at_.size()) {
      return InvalidArgument("symbol ", std::max(labels[i].name, labels[i].value), " of ",
                             symbol_at_.size());
    }
    if (labels[i].value == 0 && Symbol(0).empty()) {
      return InvalidArgument("label \"", Symbol(labels[i].name), "\" without a value");
    }
    if (i > 0 && labels[i - 1].name >= labels[i].name) {
      return InvalidArgument("label \"", Symbol(labels[i].name), "\" does not come after \"",
                             Symbol(labels[i - 1].name), "\"");
    }
  }
  const bool ascends =
      n_series() == 0 || std::lexicographical_compare(last_labels_.begin(), last_labels_.end(),
                                                      labels.begin(), labels.end());
  if (!ascends) {
    return InvalidArgument("series ", n_series(), " does not come after the one before");
  }
  return OkStatus();
}

Status IndexWriter::Impl::AddSeries(std::span<const SymbolPair> labels,
                                    std::span<const ChunkMeta> chunks) {
  if (toc_.postings_table != 0) return InvalidArgument("a series after the end");
  KVS_RETURN_IF_ERROR(CheckLabels(labels));
  KVS_RETURN_IF_ERROR(CheckChunks(chunks));
  KVS_RETURN_IF_ERROR(WriteSymbols());
  const uint64_t padded = (out_.offset() + kSeriesAlignment - 1) / kSeriesAlignment;
  if (padded > UINT32_MAX) {
    return ResourceExhausted("series take more than ", kSeriesAlignment * UINT32_MAX, " bytes");
  }
  out_.Pad(kSeriesAlignment);
  body_.clear();
  PutUvarint(body_, labels.size());
  for (const SymbolPair& label : labels) {
    PutUvarint(body_, label.name);
    PutUvarint(body_, label.value);
  }
  PutChunks(body_, chunks);
  head_.clear();
  PutUvarint(head_, body_.size());
  out_.Put(head_);
  out_.BeginCrc();
  out_.Put(body_);
  out_.PutCrc();
  postings_.AddSeries(static_cast<uint32_t>(padded), labels);
  last_labels_.assign(labels.begin(), labels.end());
  return out_.status();
}

// Obsolete, and nobody reads them; Prometheus writes them all the same.
void IndexWriter::Impl::WriteLabelIndices() {
  toc_.label_indices = out_.offset();
  const std::span<const SymbolPair> labels = postings_.SortedLabels();
  for (size_t begin = 0, end; begin < labels.size(); begin = end) {
    for (end = begin; end < labels.size() && labels[end].name == labels[begin].name;) ++end;
    out_.Pad(kPostingsAlignment);
    label_indices_.push_back({labels[begin].name, out_.offset()});
    out_.PutBe32(static_cast<uint32_t>(sizeof(uint32_t) * (2 + end - begin)));
    out_.BeginCrc();
    out_.PutBe32(1);  // Names.
    out_.PutBe32(static_cast<uint32_t>(end - begin));
    for (size_t i = begin; i < end; ++i) out_.PutBe32(labels[i].value);
    out_.PutCrc();
  }
}

Status IndexWriter::Impl::WritePostings() {
  toc_.postings = out_.offset();
  const auto begin_list = [this](size_t count) {
    out_.Pad(kPostingsAlignment);
    const uint64_t offset = out_.offset();
    out_.PutBe32(static_cast<uint32_t>(sizeof(uint32_t) * (1 + count)));
    out_.BeginCrc();
    out_.PutBe32(static_cast<uint32_t>(count));
    return offset;
  };
  all_postings_ = begin_list(postings_.n_series());
  for (size_t i = 0; i < postings_.n_series(); ++i) out_.PutBe32(postings_.series(i));
  out_.PutCrc();
  return postings_.ForEachList([&](SymbolPair /*label*/, std::span<const uint32_t> series) {
    lists_.push_back(begin_list(series.size()));
    for (const uint32_t number : series) out_.PutBe32(number);
    out_.PutCrc();
    return out_.status();
  });
}

void IndexWriter::Impl::WriteLabelIndicesTable() {
  toc_.label_indices_table = out_.offset();
  Bytes table;
  internal::PutBe32(table, static_cast<uint32_t>(label_indices_.size()));
  for (const LabelIndex& index : label_indices_) {
    PutUvarint(table, 1);  // Names.
    PutText(table, Symbol(index.name));
    PutUvarint(table, index.offset);
  }
  out_.PutBe32(static_cast<uint32_t>(table.size()));
  out_.BeginCrc();
  out_.Put(table);
  out_.PutCrc();
}

// The length stands in front, so the entries are measured before they are made.
Status IndexWriter::Impl::WritePostingsTable() {
  toc_.postings_table = out_.offset();
  const std::span<const SymbolPair> labels = postings_.SortedLabels();
  uint64_t size =
      sizeof(uint32_t) + 1 + TextBytes("") + TextBytes("") + UvarintBytes(all_postings_);
  for (size_t i = 0; i < labels.size(); ++i) {
    size += 1 + TextBytes(Symbol(labels[i].name)) + TextBytes(Symbol(labels[i].value)) +
            UvarintBytes(lists_[i]);
  }
  if (size > kMaxPartBytes) {
    return ResourceExhausted("a postings offset table of ", size, " bytes; at most ",
                             kMaxPartBytes);
  }
  out_.PutBe32(static_cast<uint32_t>(size));
  out_.BeginCrc();
  out_.PutBe32(static_cast<uint32_t>(labels.size() + 1));
  const auto put_entry = [this](std::string_view name, std::string_view value, uint64_t list) {
    body_.clear();
    PutUvarint(body_, 2);  // Texts.
    PutText(body_, name);
    PutText(body_, value);
    PutUvarint(body_, list);
    out_.Put(body_);
  };
  put_entry("", "", all_postings_);
  for (size_t i = 0; i < labels.size(); ++i) {
    put_entry(Symbol(labels[i].name), Symbol(labels[i].value), lists_[i]);
  }
  out_.PutCrc();
  return out_.status();
}

void IndexWriter::Impl::WriteToc() {
  body_.clear();
  for (const uint64_t begin : {toc_.symbols, toc_.series, toc_.label_indices,
                               toc_.label_indices_table, toc_.postings, toc_.postings_table}) {
    PutBe64(body_, begin);
  }
  out_.BeginCrc();
  out_.Put(body_);
  out_.PutCrc();
}

Status IndexWriter::Impl::Finish() {
  KVS_RETURN_IF_ERROR(WriteSymbols());
  WriteLabelIndices();
  KVS_RETURN_IF_ERROR(WritePostings());
  WriteLabelIndicesTable();
  KVS_RETURN_IF_ERROR(WritePostingsTable());
  WriteToc();
  return out_.Finish();
}

IndexWriter::IndexWriter(ByteSink& sink) : impl_(std::make_unique<Impl>(sink)) {}
IndexWriter::~IndexWriter() = default;

Status IndexWriter::AddSymbol(std::string_view text) {
  return impl_->AddSymbol(text);
}
Status IndexWriter::AddSeries(std::span<const SymbolPair> labels,
                              std::span<const ChunkMeta> chunks) {
  return impl_->AddSeries(labels, chunks);
}
Status IndexWriter::Finish() {
  return impl_->Finish();
}
uint64_t IndexWriter::n_series() const {
  return impl_->n_series();
}
uint64_t IndexWriter::size_bytes() const {
  return impl_->size_bytes();
}

}  // namespace kvs::tsdb
