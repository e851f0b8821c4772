// SPDX-License-Identifier: Apache-2.0
#include "owners.h"

#include <algorithm>

namespace kvs::source::blocks {

StatusOr<Owners> Owners::Of(const sharing::Share& share,
                            const std::vector<bucket::IndexBlock>& blocks,
                            std::string_view prefer_zone, uint64_t turn) {
  Owners out;
  for (const bucket::IndexBlock& block : blocks) {
    Block& one = out.blocks_.emplace_back();
    one.owners = share.WorkersOf(block.id.ToString());
    if (one.owners.empty())
      return Unavailable("no store-gateway is there for block ", block.id.ToString()).Retryable();
    std::rotate(one.owners.begin(),
                one.owners.begin() + static_cast<ptrdiff_t>(turn % one.owners.size()),
                one.owners.end());
    std::stable_partition(one.owners.begin(), one.owners.end(),
                          [prefer_zone](const sharing::Share::Worker& owner) {
                            return !prefer_zone.empty() && owner.zone == prefer_zone;
                          });
  }
  return out;
}

std::vector<Owners::Question> Owners::Next() const {
  std::map<std::string_view, Question> by_instance;
  for (size_t i = 0; i < blocks_.size(); ++i) {
    if (blocks_[i].answered) continue;
    const sharing::Share::Worker& owner = blocks_[i].owners[blocks_[i].next];
    Question& question = by_instance[owner.id];
    question.id = owner.id;
    question.address = owner.address;
    question.blocks.push_back(i);
  }
  std::vector<Question> out;
  for (auto& [id, question] : by_instance) out.push_back(std::move(question));
  return out;
}

void Owners::Answered(const Question& question) {
  for (const size_t block : question.blocks) blocks_[block].answered = true;
}

Status Owners::Failed(const Question& question, const Status& why) {
  for (const size_t block : question.blocks) {
    if (++blocks_[block].next == blocks_[block].owners.size()) return why;
  }
  return OkStatus();
}

}  // namespace kvs::source::blocks
