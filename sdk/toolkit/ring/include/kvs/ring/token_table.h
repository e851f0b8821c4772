// SPDX-License-Identifier: Apache-2.0
// TokenTable: which members own a token. Immutable; a lookup takes no lock, no memory, and some
// tens of nanoseconds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace kvs::ring {

/// A member of the ring, by its index.
struct Member {
  std::span<const uint32_t> tokens;  ///< Sorted.
  uint16_t zone = 0;                 ///< Below n_zones.
  bool takes = true;    ///< Owns what its tokens say. Another one stands in for who does not.
  bool healthy = true;  ///< Of who is not, the slot stays empty: nobody stands in, as it may be
                        ///< back in a moment.
};

/// All tokens of all members, in order. Depends on tokens alone, so it is shared by the tables of
/// one topology.
class SortedTokens {
 public:
  explicit SortedTokens(std::span<const Member> members);
  size_t size() const { return tokens_.size(); }
  uint32_t token(size_t i) const { return tokens_[i].token; }
  uint32_t member(size_t i) const { return tokens_[i].member; }
  /// The first token behind `position`, round the circle: its member owns the position. Not of an
  /// empty ring.
  size_t Find(uint32_t position) const {
    size_t i = first_[position >> shift_];
    while (i < tokens_.size() && tokens_[i].token <= position) ++i;
    return i == tokens_.size() ? 0 : i;
  }
  /// Of a position that is looked for soon, and of one that is next: large rings do not fit into
  /// the caches near the processor.
  void Prefetch(uint32_t position) const { __builtin_prefetch(&first_[position >> shift_]); }
  void PrefetchTokens(uint32_t position) const {
    __builtin_prefetch(tokens_.data() + first_[position >> shift_]);
  }

 private:
  struct Token {
    uint32_t token, member;
  };
  std::vector<Token> tokens_;
  // Of 2^k equal arcs, a fourth as many as tokens: the first token in or behind each.
  std::vector<uint32_t> first_;
  int shift_ = 31;
};

class TokenTable {
 public:
  struct Options {
    uint32_t replication_factor = 3;  ///< At most kReplicationMax.
    uint32_t n_zones = 0;             ///< 0: zones do not count.
  };
  static constexpr uint32_t kReplicationMax = 16;
  static constexpr uint32_t kNobody = UINT32_MAX;

  TokenTable(std::shared_ptr<const SortedTokens> tokens, std::span<const Member> members,
             Options options);
  TokenTable(std::span<const Member> members, Options options)
      : TokenTable(std::make_shared<const SortedTokens>(members), members, options) {}

  /// Of each of n positions the owners: from the position on round the circle the first members
  /// that take, as many as copies; of a zone no more than its share, which is one when there are
  /// enough zones. kNobody fills the slots of those who are not healthy, and of those there are
  /// not.
  void Owners(const uint32_t* positions, size_t n, uint32_t* out) const;

 private:
  const std::shared_ptr<const SortedTokens> tokens_;
  const uint32_t copies_, n_zones_;
  uint32_t per_zone_ = 0;   // Copies that a zone may have.
  uint32_t reachable_ = 0;  // Slots that can be filled at all.
  struct Traits {
    uint16_t zone;
    bool takes, healthy;
  };
  std::vector<Traits> members_;
};

}  // namespace kvs::ring
