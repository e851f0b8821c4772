// SPDX-License-Identifier: Apache-2.0
// Owners: who can be asked for each block of a query, and who is next when somebody has not
// answered.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/bucket/index.h"
#include "kvs/sharing/work_ring.h"

namespace kvs::source::blocks {

class Owners {
 public:
  /// Those of `prefer_zone` come first, and the others take turns. UNAVAILABLE, retryable: nobody
  /// has some block. Borrows the share.
  static StatusOr<Owners> Of(const sharing::Share& share,
                             const std::vector<bucket::IndexBlock>& blocks,
                             std::string_view prefer_zone, uint64_t turn);

  /// Blocks that one instance is asked for.
  struct Question {
    std::string_view id, address;
    std::vector<size_t> blocks;  ///< By their index among those of the query.
  };
  /// Of the blocks that nobody has answered for: each is asked of the first one that was not asked
  /// for it yet. Empty when all are answered for.
  std::vector<Question> Next() const;
  void Answered(const Question& question);
  /// The next one is asked for these. `why` when for some there is nobody left.
  Status Failed(const Question& question, const Status& why);

 private:
  struct Block {
    std::vector<sharing::Share::Worker> owners;
    size_t next = 0;
    bool answered = false;
  };
  std::vector<Block> blocks_;
};

}  // namespace kvs::source::blocks
