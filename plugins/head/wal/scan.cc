// SPDX-License-Identifier: Apache-2.0
#include "wal/scan.h"

#include <algorithm>
#include <cstring>

#include "kvs/base/crc32c.h"

namespace kvs::head::wal {
namespace {

// The size of the record at `at` with its padding, or 0 when there is none.
size_t RecordAt(std::span<const uint8_t> segment, size_t at, bool check, Record* out) {
  if (segment.size() - at < sizeof(RecordHeader)) return 0;
  RecordHeader header;
  std::memcpy(&header, segment.data() + at, sizeof(header));
  if (header.magic != kMagic || header.size > segment.size() - at - sizeof(RecordHeader)) return 0;
  *out = {static_cast<Kind>(header.kind), segment.subspan(at + sizeof(RecordHeader), header.size)};
  return check && !ChecksumHolds(*out) ? 0 : PaddedSize(header.size);
}

}  // namespace

bool ChecksumHolds(const Record& record) {
  // The header stands in front of the payload.
  const uint8_t* const at = record.payload.data() - sizeof(RecordHeader);
  RecordHeader header;
  std::memcpy(&header, at, sizeof(header));
  constexpr size_t kChecked = offsetof(RecordHeader, size);
  return Crc32c({at + kChecked, sizeof(RecordHeader) - kChecked + record.payload.size()}) ==
         header.crc;
}

bool Scanner::Go(size_t size) {
  const size_t until = size < segment_.size() - at_ ? at_ + size : segment_.size();
  while (at_ < until) {
    Record record;
    const size_t record_size = RecordAt(segment_, at_, checksums_ == Checksums::kCheck, &record);
    if (record_size == 0) {
      at_ = std::min(at_ + kAlign, segment_.size());
      continue;
    }
    if (at_ != result_.end) result_.damage.push_back({result_.end, at_ - result_.end});
    result_.records.push_back(record);
    // The padding of the last record may have been cut off.
    at_ = std::min(at_ + record_size, segment_.size());
    result_.end = at_;
  }
  if (at_ < segment_.size()) return true;
  size_t last = segment_.size();
  while (last > result_.end && segment_[last - 1] == 0) --last;
  result_.tail = last - result_.end;
  return false;
}

ScanResult Scan(std::span<const uint8_t> segment) {
  Scanner scanner(segment);
  while (scanner.Go(segment.size())) {
  }
  return std::move(scanner.result());
}

}  // namespace kvs::head::wal
