// SPDX-License-Identifier: Apache-2.0
#include "kvs/tsdb/series_cursor.h"

#include <algorithm>

#include "codec.h"

namespace kvs::tsdb {
namespace {

// Series that are selected together mostly stand together.
constexpr size_t kWindowBytes = 64 << 10;

}  // namespace

bool SeriesCursor::Next() {
  if (!status_.ok() || at_ == series_.size()) return false;
  const uint64_t offset = kSeriesAlignment * series_[at_++];
  status_ = ReadEntry(offset);
  return status_.ok();
}

Status SeriesCursor::Load(uint64_t offset, size_t at_least) {
  const uint64_t left = layout_.series.end - offset;
  const size_t size =
      static_cast<size_t>(std::min<uint64_t>(left, std::max(at_least, kWindowBytes)));
  KVS_ASSIGN_OR_RETURN(window_, index_.Read(offset, size, &scratch_));
  window_offset_ = offset;
  return OkStatus();
}

Status SeriesCursor::ReadEntry(uint64_t offset) {
  if (offset < layout_.series.begin || offset >= layout_.series.end) {
    return internal::Damaged("series", offset, "is named, and series stand from ",
                             layout_.series.begin, " to ", layout_.series.end);
  }
  const bool inside =
      offset >= window_offset_ && offset + kSeriesHeadBytes <= window_offset_ + window_.size();
  if (!inside) KVS_RETURN_IF_ERROR(Load(offset, kSeriesHeadBytes));
  std::span<const uint8_t> bytes = window_.subspan(offset - window_offset_);
  KVS_ASSIGN_OR_RETURN(size_bytes_, SeriesSize(bytes, offset));
  if (size_bytes_ > bytes.size() && size_bytes_ <= layout_.series.end - offset) {
    KVS_RETURN_IF_ERROR(Load(offset, static_cast<size_t>(size_bytes_)));
    bytes = window_;
  }
  return DecodeSeries(bytes, offset, range_, &entry_);
}

StatusOr<model::Labels> ResolveLabels(const SeriesEntry& entry, SymbolResolver& symbols) {
  constexpr size_t kUsualLabels = 32;
  model::LabelView few[kUsualLabels];
  std::vector<model::LabelView> many;
  model::LabelView* labels = few;
  const size_t n = entry.labels.size();
  if (n > kUsualLabels) {
    many.resize(n);
    labels = many.data();
  }
  for (size_t i = 0; i < n; ++i) {
    KVS_ASSIGN_OR_RETURN(labels[i].name, symbols.Resolve(entry.labels[i].name));
    KVS_ASSIGN_OR_RETURN(labels[i].value, symbols.Resolve(entry.labels[i].value));
    if (labels[i].value.empty() || (i > 0 && labels[i].name <= labels[i - 1].name)) {
      return DataLoss("series with label \"", labels[i].name, "\" ",
                      labels[i].value.empty() ? "without a value" : "out of order");
    }
  }
  return model::Labels::FromSorted({labels, n});
}

}  // namespace kvs::tsdb
