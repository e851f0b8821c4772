// SPDX-License-Identifier: Apache-2.0
#include "kvs/tsdb/postings.h"

#include <algorithm>
#include <bit>
#include <cstddef>

namespace kvs::tsdb {
namespace {

// From so many times as long on, the longer set is searched instead of read through.
constexpr size_t kGallopFactor = 16;

// The first of [at, end) that is not below `number`; looks near the front first.
const uint32_t* Gallop(const uint32_t* at, const uint32_t* end, uint32_t number) {
  size_t step = 1;
  while (static_cast<size_t>(end - at) > step && at[step] < number) {
    at += step;
    step *= 2;
  }
  return std::lower_bound(at, at + std::min(step + 1, static_cast<size_t>(end - at)), number);
}

SeriesSet IntersectGalloping(std::span<const uint32_t> few, std::span<const uint32_t> many) {
  SeriesSet out;
  out.reserve(few.size());
  const uint32_t* at = many.data();
  const uint32_t* const end = at + many.size();
  for (const uint32_t number : few) {
    at = Gallop(at, end, number);
    if (at == end) break;
    if (*at == number) out.push_back(number);
  }
  return out;
}

// For many numbers that lie close together.
SeriesSet UnionByBitmap(std::span<const SeriesSet> sets, uint32_t low, size_t n_words, size_t n) {
  std::vector<uint64_t> words(n_words);
  for (const SeriesSet& set : sets) {
    for (const uint32_t number : set) {
      words[(number - low) / 64] |= uint64_t{1} << ((number - low) % 64);
    }
  }
  SeriesSet out;
  out.reserve(n);
  for (size_t i = 0; i < n_words; ++i) {
    for (uint64_t word = words[i]; word != 0; word &= word - 1) {
      out.push_back(low +
                    static_cast<uint32_t>(i * 64 + static_cast<size_t>(std::countr_zero(word))));
    }
  }
  return out;
}

}  // namespace

SeriesSet Intersect(std::span<const uint32_t> a, std::span<const uint32_t> b) {
  if (a.size() > b.size()) std::swap(a, b);
  if (a.size() * kGallopFactor < b.size()) return IntersectGalloping(a, b);
  // Without branches on the comparison, which nobody could foretell.
  SeriesSet out(a.size());
  size_t i = 0, j = 0, n = 0;
  while (i < a.size() && j < b.size()) {
    const uint32_t x = a[i], y = b[j];
    out[n] = x;
    n += x == y;
    i += x <= y;
    j += y <= x;
  }
  out.resize(n);
  return out;
}

SeriesSet Subtract(std::span<const uint32_t> a, std::span<const uint32_t> b) {
  SeriesSet out;
  out.reserve(a.size());
  const uint32_t* at = b.data();
  const uint32_t* const end = at + b.size();
  for (const uint32_t number : a) {
    at = Gallop(at, end, number);
    if (at == end || *at != number) out.push_back(number);
  }
  return out;
}

SeriesSet Union(std::span<const SeriesSet> sets) {
  size_t n = 0;
  uint32_t low = UINT32_MAX, high = 0;
  for (const SeriesSet& set : sets) {
    if (set.empty()) continue;
    n += set.size();
    low = std::min(low, set.front());
    high = std::max(high, set.back());
  }
  if (n == 0) return {};
  const size_t n_words = size_t{high - low} / 64 + 1;
  // A bitmap costs a step a word, sorting one for each number and doubling.
  if (sets.size() > 2 && n_words / 8 < n) return UnionByBitmap(sets, low, n_words, n);
  SeriesSet out;
  out.reserve(n);
  for (const SeriesSet& set : sets) {
    const auto middle = static_cast<ptrdiff_t>(out.size());
    out.insert(out.end(), set.begin(), set.end());
    if (sets.size() <= 2) std::inplace_merge(out.begin(), out.begin() + middle, out.end());
  }
  if (sets.size() > 2) std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace kvs::tsdb
