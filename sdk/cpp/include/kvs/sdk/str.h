// SPDX-License-Identifier: Apache-2.0
// Text, bytes and records across the wall: views of the C structs and back. Texts and bytes are not copied.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "kvs/abi/abi.h"

namespace kvs::sdk {

inline std::string_view View(kvs_str_t s) { return {s.data, static_cast<size_t>(s.size)}; }
inline std::span<const uint8_t> View(kvs_bytes_t b) { return {b.data, static_cast<size_t>(b.size)}; }
inline std::string Text(kvs_str_t s) { return std::string(View(s)); }

/// Borrows `s`.
inline kvs_str_t Str(std::string_view s) { return {s.data(), s.size()}; }
/// Borrows `b`.
inline kvs_bytes_t Bytes(std::span<const uint8_t> b) { return {b.data(), b.size()}; }
inline kvs_bytes_t Bytes(std::string_view s) { return {reinterpret_cast<const uint8_t*>(s.data()), s.size()}; }
inline std::string_view TextOf(kvs_bytes_t b) { return {reinterpret_cast<const char*>(b.data), static_cast<size_t>(b.size)}; }

/// A zeroed record that says how long it is: `auto out = Record<kvs_object_info_t>();`
template <typename T>
T Record() {
  T record{};
  record.struct_size = sizeof(T);
  return record;
}

/// A record of somebody who was built with other headers: what both know; what it lacks is zero.
template <typename T>
T CopyOf(const T& in) {
  T out = Record<T>();
  std::memcpy(static_cast<void*>(&out), &in, std::min<size_t>(in.struct_size, sizeof(T)));
  out.struct_size = sizeof(T);
  return out;
}

}  // namespace kvs::sdk
