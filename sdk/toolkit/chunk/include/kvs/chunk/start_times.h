// SPDX-License-Identifier: Apache-2.0
// Start timestamps inside chunks: since when the counter behind each sample counts. Encodings 4 to
// 6 have them behind every sample, and a header byte that says from which sample on.
//
//   0x80  the first sample has one (else it is 0, unknown)
//   0x7f  the number of the first sample whose start differs from the one before; 0: none does
//
// A start that stays costs nothing. From the first change on every sample has the distance from its
// predecessor's time back to its start, as the difference to the distance before.
#pragma once

#include <cstdint>

#include "kvs/chunk/bit_reader.h"
#include "kvs/chunk/varbit.h"
#include "kvs/chunk/varint.h"

namespace kvs::chunk {

/// What both writer and reader remember. Arithmetic is modulo 2^64, so that any times survive.
struct StartTimes {
  /// The header cannot say a later number, so this sample is the first of which it does.
  static constexpr unsigned kLastChange = 127;
  static constexpr uint8_t kFirstKnown = 0x80;

  uint64_t start = 0;     ///< Of the last sample.
  uint64_t distance = 0;  ///< From the time before the last sample back to its start.
  uint8_t header = 0;

  unsigned first_change() const { return header & kLastChange; }

  /// Writes what sample number `index` at `t` needs, `before` being the time of its predecessor.
  /// True when `header` has changed.
  template <typename Out>
  bool Write(Out& out, unsigned index, uint64_t t, uint64_t before, uint64_t sample_start) {
    if (index == 0) {
      start = sample_start;
      if (start == 0) return false;
      WriteVarint(out, ZigZag(t - start));
      header = kFirstKnown;
      return true;
    }
    const unsigned change = first_change();
    if (change == 0 && sample_start == start && index != kLastChange) return false;
    const uint64_t sample_distance = before - sample_start;
    WriteVarbit(out,
                static_cast<int64_t>(change == 0 ? sample_distance : sample_distance - distance));
    start = sample_start;
    distance = sample_distance;
    if (change == 0) header |= static_cast<uint8_t>(index);
    return change == 0;
  }

  /// Reads that. False when it makes no sense; running out of bits is for the caller to see.
  bool Read(BitReader& in, unsigned index, uint64_t t, uint64_t before) {
    if (index == 0) {
      if ((header & kFirstKnown) == 0) return true;
      uint64_t code;
      if (!ReadVarint(in, &code)) return false;
      start = t - UnZigZag(code);
      return true;
    }
    const unsigned change = first_change();
    if (change == 0 || index < change) return true;
    const auto code = static_cast<uint64_t>(ReadVarbit(in));
    distance = index == change ? code : distance + code;
    start = before - distance;
    return true;
  }
};

}  // namespace kvs::chunk
