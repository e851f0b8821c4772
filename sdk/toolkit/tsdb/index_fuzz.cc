// SPDX-License-Identifier: Apache-2.0
// Arbitrary bytes as an index: whatever a query, a listing of values or the verifier does with them
// stays inside. What verifies is written anew and must verify again with the same series. A second
// reading repairs the checksums first, so that mutations reach what stands behind them.

#include <cstdint>
#include <cstring>
#include <vector>

#include "kvs/base/check.h"
#include "kvs/base/crc32c.h"
#include "kvs/tsdb/index_writer.h"
#include "kvs/tsdb/selection.h"
#include "kvs/tsdb/series_cursor.h"
#include "kvs/tsdb/verify.h"

namespace {

using namespace kvs::tsdb;  // NOLINT(google-build-using-namespace)
using kvs::Status;
using kvs::StatusOr;
using kvs::model::Matcher;
using kvs::model::MatchType;

void Query(const ByteSource& source) {
  const StatusOr<IndexHeader> header = IndexHeader::Read(source);
  if (!header.ok()) return;
  for (const IndexHeader::Name& name : header->names()) {
    ValueCursor values = header->Values(name.name);
    while (values.Next()) (void)header->FindPostings(name.name, values.value());
  }
  const Matcher matchers[] = {*Matcher::Make(MatchType::kRegex, "code", "20."),
                              *Matcher::Make(MatchType::kNotEqual, "job", "j1")};
  for (size_t n = 0; n <= 2; ++n) {
    const StatusOr<SelectionPlan> plan = PlanSelection(*header, std::span(matchers).first(n));
    if (!plan.ok()) continue;
    const StatusOr<SeriesSet> found = RunSelection(*plan, source);
    if (!found.ok()) continue;
    SymbolResolver symbols(*header);
    SeriesCursor cursor(header->layout(), source, *found);
    while (cursor.Next()) (void)ResolveLabels(cursor.entry(), symbols);
  }
}

Status Rewrite(const ByteSource& source, MemorySink* out) {
  KVS_ASSIGN_OR_RETURN(const IndexHeader header, IndexHeader::Read(source));
  IndexWriter writer(*out);
  SymbolResolver symbols(header);
  for (uint32_t i = 0; i < header.n_symbols(); ++i) {
    KVS_RETURN_IF_ERROR(writer.AddSymbol(*symbols.Resolve(i)));
  }
  KVS_RETURN_IF_ERROR(VerifyIndex(source, [&writer](const SeriesEntry& entry) {
    return writer.AddSeries(entry.labels, entry.chunks);
  }));
  return writer.Finish();
}

void Check(const Bytes& index) {
  const MemorySource source(index);
  Query(source);
  std::vector<SeriesEntry> series;
  const Status status = VerifyIndex(source, [&series](const SeriesEntry& entry) {
    series.push_back(entry);
    return kvs::OkStatus();
  });
  if (!status.ok()) return;
  MemorySink rewritten;
  KVS_CHECK(Rewrite(source, &rewritten).ok());
  size_t i = 0;
  const MemorySource again(rewritten.bytes());
  const Status second = VerifyIndex(again, [&](const SeriesEntry& entry) {
    KVS_CHECK(i < series.size() && entry.labels == series[i].labels &&
              entry.chunks == series[i].chunks);
    ++i;
    return kvs::OkStatus();
  });
  KVS_CHECK(second.ok() && i == series.size());
}

uint32_t Be32(const uint8_t* p) {
  return uint32_t{p[0]} << 24 | uint32_t{p[1]} << 16 | uint32_t{p[2]} << 8 | p[3];
}

// Puts the right checksum behind the `n` bytes at `at`, if they and it are inside.
void Repair(Bytes* bytes, uint64_t at, uint64_t n) {
  if (at > bytes->size() || n + 4 > bytes->size() - at) return;
  const uint32_t crc = kvs::Crc32c(std::span(*bytes).subspan(at, n));
  for (int i = 0; i < 4; ++i) {
    (*bytes)[at + n + static_cast<uint64_t>(i)] = static_cast<uint8_t>(crc >> (24 - 8 * i));
  }
}

void RepairFramed(Bytes* bytes, uint64_t at) {
  if (at < bytes->size() && bytes->size() - at > 4) {
    Repair(bytes, at + 4, Be32(bytes->data() + at));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Bytes index(data, data + size);
  Check(index);
  if (size < kIndexHeaderBytes + kTocBytes) return 0;
  const uint64_t toc = size - kTocBytes;
  const auto part = [&](size_t i) {
    return uint64_t{Be32(index.data() + toc + 8 * i)} << 32 | Be32(index.data() + toc + 8 * i + 4);
  };
  RepairFramed(&index, part(0));
  RepairFramed(&index, part(3));
  RepairFramed(&index, part(5));
  for (const size_t lists : {2, 4}) {
    for (uint64_t at = (part(lists) + 3) / 4 * 4; at < toc && toc - at > 8;) {
      RepairFramed(&index, at);
      at += (Be32(index.data() + at) / 4 + 2) * uint64_t{4};
    }
  }
  for (uint64_t at = (part(1) + 15) / 16 * 16; at < toc && index[at] < 0x80; at += 16) {
    Repair(&index, at + 1, index[at]);
  }
  Repair(&index, toc, kTocBytes - 4);
  Check(index);
  return 0;
}
