// SPDX-License-Identifier: Apache-2.0
#include "kvs/tsdb/verify.h"

#include <algorithm>

#include "kvs/chunk/aggregates.h"
#include "kvs/chunk/histogram_decoder.h"
#include "kvs/chunk/xor.h"
#include "kvs/chunk/xor2.h"
#include "kvs/tsdb/index_header.h"
#include "kvs/tsdb/postings.h"
#include "kvs/tsdb/series_cursor.h"
#include "kvs/tsdb/tombstones.h"

#include "codec.h"
#include "window_reader.h"

namespace kvs::tsdb {
namespace {

using internal::Damaged;
using internal::FieldReader;
using internal::kPostingsAlignment;
using internal::kPostingsPart;
using internal::kSeriesPart;
using internal::kSymbolsPart;
using internal::WindowReader;

// Adds up, in any order, who has which label; what the series say and what the postings say must
// come to the same.
class LabelSum {
 public:
  static uint64_t HashOf(std::string_view name, std::string_view value) {
    model::SeriesHasher hasher;
    hasher.Add(name, value);
    return hasher.Finish();
  }
  void Add(uint64_t label_hash, uint32_t series) {
    uint64_t x = label_hash ^ (series + 1) * 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    sum_ += x ^ x >> 31;
    ++n_;
  }
  friend bool operator==(const LabelSum&, const LabelSum&) = default;

 private:
  uint64_t sum_ = 0;
  uint64_t n_ = 0;
};

class IndexVerifier {
 public:
  IndexVerifier(const ByteSource& index, const IndexHeader& header)
      : index_(index), header_(header), layout_(header.layout()), symbols_(header) {}

  Status Run(const std::function<Status(const SeriesEntry&)>& on_series) {
    KVS_RETURN_IF_ERROR(CheckSymbols());
    KVS_RETURN_IF_ERROR(CheckFrames("symbols", layout_.symbols, 1));
    KVS_RETURN_IF_ERROR(CheckFrames("label indices", layout_.label_indices, kPostingsAlignment));
    KVS_RETURN_IF_ERROR(CheckFrames("label offset table", layout_.label_indices_table, 1));
    KVS_RETURN_IF_ERROR(CheckFrames("postings offset table", layout_.postings_table, 1));
    KVS_RETURN_IF_ERROR(CheckSeries(on_series));
    KVS_RETURN_IF_ERROR(CheckPostings());
    if (!(from_series_ == from_postings_)) {
      return Damaged(kPostingsPart, layout_.postings.begin,
                     "the lists do not say what the labels of the series say");
    }
    return OkStatus();
  }

 private:
  Status CheckSymbols();
  Status CheckFrames(std::string_view part, ByteRange range, size_t alignment);
  Status CheckSeries(const std::function<Status(const SeriesEntry&)>& on_series);
  Status CheckEntry(uint64_t offset, const SeriesEntry& entry);
  Status CheckPostings();
  Status CheckList(ByteRange list, uint64_t label_hash);

  // Zeros up to a multiple of `alignment`.
  static Status TakePadding(WindowReader& in, std::string_view part, size_t alignment) {
    const uint64_t offset = in.offset();
    const size_t n = static_cast<size_t>(
        std::min<uint64_t>((alignment - offset % alignment) % alignment, in.left()));
    bool clean = true;
    KVS_RETURN_IF_ERROR(in.Take(part, [n, &clean](FieldReader& fields) {
      for (size_t i = 0; i < n; ++i) clean &= fields.Byte() == 0;
    }));
    return clean ? OkStatus() : Damaged(part, offset, "padding is not zero");
  }

  const ByteSource& index_;
  const IndexHeader& header_;
  const IndexLayout& layout_;
  SymbolResolver symbols_;
  std::vector<SymbolPair> last_labels_;
  bool has_last_ = false;
  LabelSum from_series_, from_postings_;
  uint64_t next_list_ = 0;
  Bytes scratch_;
  SeriesSet list_;
};

Status IndexVerifier::CheckSymbols() {
  std::string last;
  for (uint32_t i = 0; i < header_.n_symbols(); ++i) {
    KVS_ASSIGN_OR_RETURN(const std::string_view text, symbols_.Resolve(i));
    if (i > 0 && text <= last) {
      return Damaged(kSymbolsPart, layout_.symbols.begin, "symbol ", i, " does not ascend");
    }
    last = text;
  }
  return OkStatus();
}

// The range is nothing but parts of length, content and checksum, each aligned.
Status IndexVerifier::CheckFrames(std::string_view part, ByteRange range, size_t alignment) {
  WindowReader in(index_, range);
  while (in.left() > 0) {
    KVS_RETURN_IF_ERROR(TakePadding(in, part, alignment));
    if (in.left() == 0) break;
    const uint64_t begin = in.offset();
    uint64_t left = 0;
    KVS_RETURN_IF_ERROR(in.Take(part, [&left](FieldReader& fields) { left = fields.Be32(); }));
    if (left > in.left()) {
      return Damaged(part, begin, "a length of ", left, " bytes of which ", in.left(),
                     " are there");
    }
    in.BeginCrc();
    while (left > 0) {
      KVS_ASSIGN_OR_RETURN(const auto bytes, in.Peek(1));
      const size_t n = static_cast<size_t>(std::min<uint64_t>(left, bytes.size()));
      in.Skip(n);
      left -= n;
    }
    KVS_RETURN_IF_ERROR(in.TakeCrc(part, begin));
  }
  return OkStatus();
}

Status IndexVerifier::CheckSeries(const std::function<Status(const SeriesEntry&)>& on_series) {
  WindowReader in(index_, layout_.series);
  SeriesEntry entry;
  while (in.left() > 0) {
    KVS_RETURN_IF_ERROR(TakePadding(in, kSeriesPart, kSeriesAlignment));
    if (in.left() == 0) break;
    const uint64_t offset = in.offset();
    KVS_ASSIGN_OR_RETURN(const auto head, in.Peek(kSeriesHeadBytes));
    KVS_ASSIGN_OR_RETURN(const uint64_t size, SeriesSize(head, offset));
    KVS_ASSIGN_OR_RETURN(const auto bytes, in.Peek(static_cast<size_t>(std::min(size, in.left()))));
    KVS_RETURN_IF_ERROR(DecodeSeries(bytes, offset, TimeRange{}, &entry));
    KVS_RETURN_IF_ERROR(CheckEntry(offset, entry));
    in.Skip(static_cast<size_t>(size));
    if (on_series) KVS_RETURN_IF_ERROR(on_series(entry));
  }
  return OkStatus();
}

Status IndexVerifier::CheckEntry(uint64_t offset, const SeriesEntry& entry) {
  const auto number = static_cast<uint32_t>(offset / kSeriesAlignment);
  const std::vector<SymbolPair>& labels = entry.labels;
  for (size_t i = 0; i < labels.size(); ++i) {
    KVS_ASSIGN_OR_RETURN(const std::string_view name, symbols_.Resolve(labels[i].name));
    KVS_ASSIGN_OR_RETURN(const std::string_view value, symbols_.Resolve(labels[i].value));
    if (value.empty()) return Damaged(kSeriesPart, offset, "a label without a value");
    if (i > 0 && labels[i - 1].name >= labels[i].name) {
      return Damaged(kSeriesPart, offset, "labels do not ascend");
    }
    from_series_.Add(LabelSum::HashOf(name, value), number);
  }
  from_series_.Add(LabelSum::HashOf("", ""), number);
  if (has_last_ && !std::lexicographical_compare(last_labels_.begin(), last_labels_.end(),
                                                 labels.begin(), labels.end())) {
    return Damaged(kSeriesPart, offset, "does not come after the series before");
  }
  last_labels_ = labels;
  has_last_ = true;
  for (size_t i = 0; i < entry.chunks.size(); ++i) {
    const ChunkMeta& chunk = entry.chunks[i];
    if (chunk.mint > chunk.maxt || (i > 0 && chunk.mint <= entry.chunks[i - 1].maxt)) {
      return Damaged(kSeriesPart, offset, "chunk ", i, " overlaps the one before");
    }
  }
  return OkStatus();
}

Status IndexVerifier::CheckPostings() {
  next_list_ = layout_.postings.begin;
  KVS_RETURN_IF_ERROR(CheckList(header_.all_postings(), LabelSum::HashOf("", "")));
  for (const IndexHeader::Name& name : header_.names()) {
    ValueCursor values = header_.Values(name.name);
    while (values.Next()) {
      KVS_RETURN_IF_ERROR(
          CheckList(values.postings(), LabelSum::HashOf(name.name, values.value())));
    }
    KVS_RETURN_IF_ERROR(values.status());
  }
  return OkStatus();
}

// `list` begins where the list before ends, and reaches to the next.
Status IndexVerifier::CheckList(ByteRange list, uint64_t label_hash) {
  WindowReader padding(index_, {next_list_, list.end}, WindowReader::kSmallWindow);
  KVS_RETURN_IF_ERROR(TakePadding(padding, kPostingsPart, kPostingsAlignment));
  if (padding.offset() != list.begin) {
    return Damaged(kPostingsPart, list.begin, "begins here instead of at ", padding.offset());
  }
  KVS_ASSIGN_OR_RETURN(const auto bytes,
                       index_.Read(list.begin, static_cast<size_t>(list.size()), &scratch_));
  KVS_RETURN_IF_ERROR(DecodePostings(bytes, list.begin, &list_));
  for (const uint32_t number : list_) from_postings_.Add(label_hash, number);
  next_list_ = list.begin + sizeof(uint32_t) * (2 + list_.size()) + internal::kCrcBytes;
  if (next_list_ != list.end) {
    return Damaged(kPostingsPart, next_list_, "ends here instead of at ", list.end);
  }
  return OkStatus();
}

// First and last time of a chunk, and how many samples it has; OK with 0 samples for encodings that
// nobody decodes.
struct ChunkTimes {
  int64_t mint = 0;
  int64_t maxt = 0;
  uint64_t n = 0;
  bool ascending = true;

  void Add(int64_t t) {
    if (n == 0) mint = t;
    ascending &= n == 0 || t > maxt;
    maxt = t;
    ++n;
  }
};

template <typename Decoder>
Status ReadHistogramTimes(const ChunkView& view, ChunkTimes* times) {
  Decoder decoder(view.data,
                  chunk::CarriesStarts(view.encoding) ? chunk::Starts::kYes : chunk::Starts::kNo);
  while (decoder.Next()) times->Add(decoder.t());
  return decoder.status();
}

Status ReadTimes(const ChunkView& view, ChunkTimes* times) {
  int64_t t, start;
  double v;
  switch (view.encoding) {
    case chunk::Encoding::kXor: {
      chunk::XorDecoder decoder(view.data);
      while (decoder.Next(&t, &v)) times->Add(t);
      return decoder.status();
    }
    case chunk::Encoding::kXor2: {
      chunk::Xor2Decoder decoder(view.data);
      while (decoder.Next(&t, &v, &start)) times->Add(t);
      return decoder.status();
    }
    case chunk::Encoding::kHistogram:
    case chunk::Encoding::kHistogramWithStart:
      return ReadHistogramTimes<chunk::HistogramDecoder>(view, times);
    case chunk::Encoding::kFloatHistogram:
    case chunk::Encoding::kFloatHistogramWithStart:
      return ReadHistogramTimes<chunk::FloatHistogramDecoder>(view, times);
    default:
      return OkStatus();
  }
}

// A chunk of aggregates begins with its first sample, which only the counter tells, and ends with
// its last window.
Status VerifyAggregates(const ChunkMeta& meta, const ChunkView& view) {
  KVS_ASSIGN_OR_RETURN(const auto parts, chunk::AggregateParts::Parse(view.data));
  chunk::AggregateReader reader(parts);
  chunk::AggregateWindow window;
  ChunkTimes times;
  while (reader.Next(&window)) times.Add(window.t);
  KVS_RETURN_IF_ERROR(reader.status());
  if (times.n == 0) return DataLoss("has no windows");
  if (!times.ascending) return DataLoss("windows do not ascend in time");
  if (times.mint < meta.mint || times.maxt != meta.maxt) {
    return DataLoss("has windows from ", times.mint, " to ", times.maxt, ", and the index says ",
                    meta.mint, " to ", meta.maxt);
  }
  chunk::XorDecoder counter(parts.of(chunk::Aggregate::kCounter));
  int64_t t = 0, last = meta.mint;
  double v;
  while (counter.Next(&t, &v)) {
    if (t < last || t > meta.maxt) return DataLoss("times of the counter do not ascend");
    last = t;
  }
  return counter.status();
}

Status VerifyChunk(const ChunkMeta& meta, const ChunkView& view) {
  if (view.encoding == chunk::Encoding::kAggregates) return VerifyAggregates(meta, view);
  if (!chunk::CanDecode(view.encoding)) return OkStatus();
  ChunkTimes times;
  KVS_RETURN_IF_ERROR(ReadTimes(view, &times));
  if (times.n == 0) return DataLoss("has no samples");
  if (!times.ascending) return DataLoss("samples do not ascend in time");
  if (times.mint != meta.mint || times.maxt != meta.maxt) {
    return DataLoss("has samples from ", times.mint, " to ", times.maxt, ", and the index says ",
                    meta.mint, " to ", meta.maxt);
  }
  return OkStatus();
}

Status VerifyAgainstMeta(const BlockContents& contents, const BlockMeta& meta) {
  const auto check = [](std::string_view what, uint64_t there, uint64_t said) {
    return there == said ? OkStatus()
                         : DataLoss("meta.json: says ", said, " ", what, ", and there are ", there);
  };
  KVS_RETURN_IF_ERROR(check("series", contents.stats.series, meta.stats.series));
  KVS_RETURN_IF_ERROR(check("chunks", contents.stats.chunks, meta.stats.chunks));
  KVS_RETURN_IF_ERROR(check("samples", contents.stats.samples, meta.stats.samples));
  if (contents.stats.chunks > 0 && (contents.mint < meta.mint || contents.maxt >= meta.maxt)) {
    return DataLoss("meta.json: says times from ", meta.mint, " to before ", meta.maxt,
                    ", and there are samples from ", contents.mint, " to ", contents.maxt);
  }
  return OkStatus();
}

}  // namespace

Status VerifyIndex(const ByteSource& index,
                   const std::function<Status(const SeriesEntry&)>& on_series) {
  KVS_ASSIGN_OR_RETURN(const IndexHeader header, IndexHeader::Read(index));
  return IndexVerifier(index, header).Run(on_series);
}

StatusOr<BlockContents> VerifyBlock(const BlockParts& parts, const BlockMeta* meta) {
  for (size_t i = 0; i < parts.segments.size(); ++i) {
    SegmentWalker walker(parts.segments.segment(i));
    ChunkView view;
    while (walker.Next(&view)) {
    }
    KVS_RETURN_IF_ERROR(
        Annotate(walker.status(), "chunks/", SegmentName(static_cast<uint32_t>(i))));
  }
  BlockContents contents;
  Bytes scratch;
  // What the chunks say keeps its own file name, the rest is the index'.
  Status chunk_status;
  const Status index_status = VerifyIndex(*parts.index, [&](const SeriesEntry& entry) {
    ++contents.stats.series;
    for (const ChunkMeta& chunk : entry.chunks) {
      const StatusOr<ChunkView> view = parts.segments.Read(chunk.ref, &scratch);
      chunk_status = view.ok() ? VerifyChunk(chunk, *view) : view.status();
      if (!chunk_status.ok()) {
        return chunk_status =
                   Annotate(chunk_status, "chunks/", SegmentName(ChunkSegment(chunk.ref)),
                            ": chunk at offset ", ChunkOffset(chunk.ref));
      }
      contents.Add(chunk, view->encoding, view->data);
    }
    return OkStatus();
  });
  KVS_RETURN_IF_ERROR(chunk_status);
  KVS_RETURN_IF_ERROR(Annotate(index_status, "index"));
  if (!parts.tombstones.empty()) {
    const StatusOr<Tombstones> tombstones = Tombstones::Decode(parts.tombstones);
    if (!tombstones.ok()) return Annotate(tombstones.status(), "tombstones");
    contents.stats.tombstones = tombstones->all().size();
  }
  if (meta != nullptr) KVS_RETURN_IF_ERROR(VerifyAgainstMeta(contents, *meta));
  return contents;
}

}  // namespace kvs::tsdb
