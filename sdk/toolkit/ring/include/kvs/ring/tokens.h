// SPDX-License-Identifier: Apache-2.0
// Positions on the circle of 2^32: those of an instance, and where a series lies.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace kvs::ring {

/// A small generator with a good spread (SplitMix64: Steele, Lea, Flood, OOPSLA 2014). The same
/// numbers everywhere and for ever: processes of different versions have to agree on them.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next() {
    state_ += 0x9e3779b97f4a7c15;
    return Mix(state_);
  }
  uint32_t Next32() { return static_cast<uint32_t>(Next() >> 32); }
  static uint64_t Mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

 private:
  uint64_t state_;
};

/// A seed of a text (FNV-1a, 64 bits).
uint64_t SeedOf(std::string_view text);

/// The tokens of an instance, sorted: they follow from its name, so they need not be kept, are the
/// same after a restart, and an instance that comes back with an empty disk owns what it owned.
std::vector<uint32_t> TokensOf(std::string_view instance, uint32_t n);

/// Where a series of a tenant lies, from the canonical hash of its labels. Tenants have different
/// orders, so that a series name that all of them have does not meet one instance.
inline uint32_t SeriesToken(uint64_t tenant_seed, uint64_t labels_hash) {
  return static_cast<uint32_t>(Random::Mix(tenant_seed ^ labels_hash) >> 32);
}

}  // namespace kvs::ring
