// SPDX-License-Identifier: Apache-2.0
// Ulid: the name of a block. 48 bits of milliseconds, 80 random bits, and 26 letters that sort as
// the numbers do, in Crockford's alphabet (no I, L, O, U).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "kvs/base/status.h"

namespace kvs::tsdb {

struct Ulid {
  static constexpr size_t kTextBytes = 26;
  static constexpr uint64_t kMaxTimeMs = (uint64_t{1} << 48) - 1;

  /// `time_ms` is at most kMaxTimeMs; the caller has the random bits.
  static Ulid Make(uint64_t time_ms, std::span<const uint8_t, 10> random);
  /// Of exactly 26 upper-case letters, as blocks are named; InvalidArgument otherwise.
  static StatusOr<Ulid> Parse(std::string_view text);

  uint64_t time_ms() const;
  std::string ToString() const;

  friend bool operator==(const Ulid&, const Ulid&) = default;
  friend auto operator<=>(const Ulid&, const Ulid&) = default;

  std::array<uint8_t, 16> bytes = {};  ///< Big-endian.
};

}  // namespace kvs::tsdb
