// SPDX-License-Identifier: Apache-2.0
// Scan: finds the records of a segment, also behind damage. Never reads outside the bytes, whatever
// they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "wal/format.h"

namespace kvs::head::wal {

struct Record {
  Kind kind;
  std::span<const uint8_t> payload;  ///< Borrowed from the segment.
};

/// Bytes that belong to no record.
struct Damage {
  size_t offset;
  size_t size;
};

struct ScanResult {
  std::vector<Record> records;
  std::vector<Damage> damage;  ///< Each followed by a record.
  size_t end = 0;              ///< Behind the last record.
  size_t tail = 0;  ///< Bytes behind `end` up to the last that is not zero: what a torn write left.
};

/// Whether the bytes of a record that a scanner gave are those that were written.
bool ChecksumHolds(const Record& record);

/// Goes through a segment piece by piece, so that no more of it than a piece need be in memory.
class Scanner {
 public:
  enum class Checksums { kCheck, kTrust };

  /// `segment` outlives the scanner. Without looking at checksums, which is for who does it by
  /// himself or has done it before, a record is what looks like one.
  explicit Scanner(std::span<const uint8_t> segment, Checksums checksums = Checksums::kCheck)
      : segment_(segment), checksums_(checksums) {}

  /// Appends the records of about the next `size` bytes to result().records; false at the end, when
  /// the rest of the result is complete. Record sizes and checksums have been checked, payloads
  /// have not been looked at.
  bool Go(size_t size);
  /// Records are the caller's to clear.
  ScanResult& result() { return result_; }
  /// Bytes gone through.
  size_t position() const { return at_; }

 private:
  const std::span<const uint8_t> segment_;
  const Checksums checksums_;
  size_t at_ = 0;
  ScanResult result_;
};

/// The whole segment at once. [any]
ScanResult Scan(std::span<const uint8_t> segment);

}  // namespace kvs::head::wal
