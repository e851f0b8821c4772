// SPDX-License-Identifier: Apache-2.0
#include "kvs/tsdb/index_format.h"

#include "kvs/base/crc32c.h"

#include "codec.h"

namespace kvs::tsdb {
namespace {

using internal::Damaged;
using internal::FieldReader;
using internal::kCrcBytes;
using internal::kPostingsPart;
using internal::kSeriesPart;

constexpr std::string_view kIndexHeaderPart = "index header";
constexpr std::string_view kTocPart = "table of contents";
constexpr uint64_t kMaxSeriesBytes = UINT32_MAX;
constexpr size_t kLeastLabelBytes = 2;
constexpr size_t kLeastChunkBytes = 3;

// What the series' length field promises, without length and checksum, which is checked.
StatusOr<std::span<const uint8_t>> SeriesBody(std::span<const uint8_t> bytes, uint64_t offset) {
  KVS_ASSIGN_OR_RETURN(const uint64_t size, SeriesSize(bytes, offset));
  if (size > bytes.size()) {
    return Damaged(kSeriesPart, offset, "takes ", size, " bytes of which ", bytes.size(),
                   " are there");
  }
  FieldReader in(bytes, offset);
  const uint64_t n = in.Uvarint();
  const std::span<const uint8_t> body = bytes.subspan(in.consumed(), n);
  if (Crc32c(body) != internal::LoadBe32(body.data() + body.size())) {
    return Damaged(kSeriesPart, offset, "wrong checksum");
  }
  return body;
}

void ReadChunks(FieldReader& in, uint64_t n, const TimeRange& range,
                std::vector<ChunkMeta>* chunks) {
  // Modulo 2^64, as its writer counted: chunks that overlap have huge differences.
  uint64_t last_maxt = 0;
  uint64_t last_ref = 0;
  for (uint64_t i = 0; i < n && !in.failed(); ++i) {
    const uint64_t gap = i == 0 ? static_cast<uint64_t>(in.Varint()) : in.Uvarint();
    const uint64_t mint = last_maxt + gap;
    last_maxt = mint + in.Uvarint();
    last_ref += i == 0 ? in.Uvarint() : static_cast<uint64_t>(in.Varint());
    const ChunkMeta chunk{static_cast<int64_t>(mint), static_cast<int64_t>(last_maxt), last_ref};
    if (!in.failed() && range.Overlaps(chunk)) chunks->push_back(chunk);
  }
}

}  // namespace

StatusOr<uint8_t> DecodeIndexHeader(std::span<const uint8_t> bytes) {
  FieldReader in(bytes, 0);
  const uint32_t magic = in.Be32();
  const uint8_t version = in.Byte();
  KVS_RETURN_IF_ERROR(in.status(kIndexHeaderPart));
  if (magic != kIndexMagic) return Damaged(kIndexHeaderPart, 0, "this is no index: wrong magic number");
  if (version == 1) {
    return Unimplemented(
        "index of version 1; Prometheus before 2.2 wrote it, any later one up to "
        "3 rewrites it by compaction");
  }
  if (version != 2 && version != 3) return Damaged(kIndexHeaderPart, 4, "unknown version ", version);
  return version;
}

StatusOr<Toc> DecodeToc(std::span<const uint8_t> bytes, uint64_t index_bytes) {
  if (bytes.size() != kTocBytes || index_bytes < kIndexHeaderBytes + kTocBytes) {
    return Damaged(kTocPart, index_bytes, "an index of ", index_bytes, " bytes; the smallest has ",
                   kIndexHeaderBytes + kTocBytes);
  }
  const uint64_t offset = index_bytes - kTocBytes;
  FieldReader in(bytes, offset);
  Toc toc;
  toc.symbols = in.Be64();
  toc.series = in.Be64();
  toc.label_indices = in.Be64();
  toc.label_indices_table = in.Be64();
  toc.postings = in.Be64();
  toc.postings_table = in.Be64();
  if (Crc32c(bytes.first(kTocBytes - kCrcBytes)) != in.Be32()) {
    return Damaged(kTocPart, offset, "wrong checksum; the index may be cut off");
  }
  return toc;
}

StatusOr<IndexLayout> MakeLayout(const Toc& toc, uint64_t index_bytes) {
  struct Part {
    std::string_view name;
    uint64_t begin;
    ByteRange* range;
  };
  IndexLayout out;
  const Part parts[] = {
      {"symbols", toc.symbols, &out.symbols},
      {"series", toc.series, &out.series},
      {"label indices", toc.label_indices, &out.label_indices},
      {"postings", toc.postings, &out.postings},
      {"label offset table", toc.label_indices_table, &out.label_indices_table},
      {"postings offset table", toc.postings_table, &out.postings_table},
  };
  const uint64_t toc_offset = index_bytes - kTocBytes;
  uint64_t at = kIndexHeaderBytes;
  ByteRange* open = nullptr;
  for (const Part& part : parts) {
    if (part.begin == 0) continue;
    if (part.begin < at || part.begin > toc_offset) {
      return Damaged(kTocPart, toc_offset, "the ", part.name, " cannot begin at ", part.begin);
    }
    at = part.begin;
    if (open != nullptr) open->end = at;
    open = part.range;
    *open = {at, toc_offset};
  }
  if (toc.symbols == 0 || toc.series == 0 || toc.postings_table == 0) {
    return Damaged(kTocPart, toc_offset,
                   "symbols, series or the postings offset table are missing");
  }
  return out;
}

StatusOr<uint64_t> SeriesSize(std::span<const uint8_t> bytes, uint64_t offset) {
  FieldReader in(bytes, offset);
  const uint64_t n = in.Uvarint();
  KVS_RETURN_IF_ERROR(in.status(kSeriesPart));
  if (n > kMaxSeriesBytes) return Damaged(kSeriesPart, offset, "a length of ", n, " bytes");
  return in.consumed() + n + kCrcBytes;
}

Status DecodeSeries(std::span<const uint8_t> bytes, uint64_t offset, const TimeRange& range,
                    SeriesEntry* entry) {
  entry->labels.clear();
  entry->chunks.clear();
  KVS_ASSIGN_OR_RETURN(const std::span<const uint8_t> body, SeriesBody(bytes, offset));
  FieldReader in(body, offset + static_cast<uint64_t>(body.data() - bytes.data()));
  const uint64_t n_labels = in.Uvarint();
  if (n_labels > in.left() / kLeastLabelBytes) {
    return Damaged(kSeriesPart, offset, n_labels, " labels do not fit");
  }
  entry->labels.reserve(n_labels);
  for (uint64_t i = 0; i < n_labels; ++i) {
    const uint64_t name = in.Uvarint();
    const uint64_t value = in.Uvarint();
    if (name > UINT32_MAX || value > UINT32_MAX) {
      return Damaged(kSeriesPart, offset, "a label with a symbol beyond 32 bits");
    }
    entry->labels.push_back({static_cast<uint32_t>(name), static_cast<uint32_t>(value)});
  }
  const uint64_t n_chunks = in.Uvarint();
  if (n_chunks > in.left() / kLeastChunkBytes) {
    return Damaged(kSeriesPart, offset, n_chunks, " chunks do not fit");
  }
  ReadChunks(in, n_chunks, range, &entry->chunks);
  KVS_RETURN_IF_ERROR(in.status(kSeriesPart));
  if (!in.done()) return Damaged(kSeriesPart, in.offset(), "bytes behind the last chunk");
  return OkStatus();
}

Status DecodePostings(std::span<const uint8_t> bytes, uint64_t offset,
                      std::vector<uint32_t>* series) {
  series->clear();
  FieldReader in(bytes, offset);
  const uint64_t n_bytes = in.Be32();
  const uint64_t count = in.Be32();
  KVS_RETURN_IF_ERROR(in.status(kPostingsPart));
  if (n_bytes != sizeof(uint32_t) * (count + 1)) {
    return Damaged(kPostingsPart, offset, "a length of ", n_bytes, " bytes for ", count, " series");
  }
  if (bytes.size() < sizeof(uint32_t) + n_bytes + kCrcBytes) {
    return Damaged(kPostingsPart, offset, "takes ", sizeof(uint32_t) + n_bytes + kCrcBytes,
                   " bytes of which ", bytes.size(), " are there");
  }
  const std::span<const uint8_t> body = bytes.subspan(sizeof(uint32_t), n_bytes);
  if (Crc32c(body) != internal::LoadBe32(body.data() + body.size())) {
    return Damaged(kPostingsPart, offset, "wrong checksum");
  }
  series->resize(count);
  uint32_t* const out = series->data();
  const uint8_t* const from = body.data() + sizeof(uint32_t);
  for (uint64_t i = 0; i < count; ++i) out[i] = internal::LoadBe32(from + i * sizeof(uint32_t));
  bool ascending = true;
  for (uint64_t i = 1; i < count; ++i) ascending &= out[i - 1] < out[i];
  if (!ascending) {
    series->clear();
    return Damaged(kPostingsPart, offset, "series do not ascend");
  }
  return OkStatus();
}

}  // namespace kvs::tsdb
