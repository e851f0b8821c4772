// SPDX-License-Identifier: Apache-2.0
#include "kvs/ring/token_table.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "kvs/base/check.h"

namespace kvs::ring {
namespace {

// How many lookups before its own a position's tokens are fetched.
constexpr size_t kAhead = 8;

}  // namespace

SortedTokens::SortedTokens(std::span<const Member> members) {
  std::vector<uint64_t> all;  // Token and member: of equal tokens the first member's comes first.
  for (size_t m = 0; m < members.size(); ++m) {
    for (const uint32_t token : members[m].tokens) all.push_back(uint64_t{token} << 32 | m);
  }
  std::sort(all.begin(), all.end());
  tokens_.reserve(all.size());
  for (const uint64_t one : all)
    tokens_.push_back({static_cast<uint32_t>(one >> 32), static_cast<uint32_t>(one)});
  const int bits = std::max(1, static_cast<int>(std::bit_width(all.size())) - 2);
  shift_ = 32 - bits;
  first_.resize(size_t{1} << bits);
  size_t i = 0;
  for (size_t arc = 0; arc < first_.size(); ++arc) {
    while (i < tokens_.size() && (tokens_[i].token >> shift_) < arc) ++i;
    first_[arc] = static_cast<uint32_t>(i);
  }
}

TokenTable::TokenTable(std::shared_ptr<const SortedTokens> tokens, std::span<const Member> members,
                       Options options)
    : tokens_(std::move(tokens)), copies_(options.replication_factor), n_zones_(options.n_zones) {
  KVS_CHECK(copies_ >= 1 && copies_ <= kReplicationMax);
  per_zone_ = n_zones_ == 0 ? copies_ : (copies_ + n_zones_ - 1) / n_zones_;
  std::vector<uint32_t> in_zone(std::max<uint32_t>(1, n_zones_));
  for (const Member& member : members) {
    members_.push_back(
        {static_cast<uint16_t>(n_zones_ == 0 ? 0 : member.zone), member.takes, member.healthy});
    if (member.takes && !member.tokens.empty()) ++in_zone[members_.back().zone];
  }
  for (const uint32_t n : in_zone) reachable_ += std::min(n, per_zone_);
  reachable_ = std::min(reachable_, copies_);
}

void TokenTable::Owners(const uint32_t* positions, size_t n, uint32_t* out) const {
  const SortedTokens& tokens = *tokens_;
  for (size_t p = 0; p < n; ++p, out += copies_) {
    if (p + 2 * kAhead < n) tokens.Prefetch(positions[p + 2 * kAhead]);
    if (p + kAhead < n) tokens.PrefetchTokens(positions[p + kAhead]);
    std::fill_n(out, copies_, kNobody);
    if (reachable_ == 0) continue;
    uint32_t chosen[kReplicationMax];
    uint32_t n_chosen = 0;
    // Whoever is reachable has a token, so this ends.
    for (size_t i = tokens.Find(positions[p]); n_chosen < reachable_;
         i = i + 1 == tokens.size() ? 0 : i + 1) {
      const uint32_t member = tokens.member(i);
      const Traits& traits = members_[member];
      if (!traits.takes) continue;
      bool is_new = true;
      uint32_t in_zone = 0;
      for (uint32_t c = 0; c < n_chosen; ++c) {
        is_new = is_new && chosen[c] != member;
        in_zone += members_[chosen[c]].zone == traits.zone ? 1 : 0;
      }
      if (!is_new || in_zone >= per_zone_) continue;
      out[n_chosen] = traits.healthy ? member : kNobody;
      chosen[n_chosen++] = member;
    }
  }
}

}  // namespace kvs::ring
