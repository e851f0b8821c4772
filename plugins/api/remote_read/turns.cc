// SPDX-License-Identifier: Apache-2.0
#include "turns.h"

#include <utility>

namespace kvs::api::remote_read {

ReadTurns::Turn::~Turn() {
  if (const std::shared_ptr<Work> next = turns_.turns_.Next()) turns_.Run(next);
}

bool ReadTurns::Admit(std::string_view tenant, Work work) {
  const auto kept = std::make_shared<Work>(std::move(work));
  const sdk::TurnAnswer answer = turns_.Ask(tenant, kept, [] {});
  if (answer == sdk::TurnAnswer::kRun) Run(kept);
  return answer != sdk::TurnAnswer::kFull;
}

void ReadTurns::Run(const std::shared_ptr<Work>& work) {
  // Who is admitted has the turn alone: when it is given back, nothing here is touched any more.
  executor_.PostWorker([this, work] { (*work)(std::make_shared<Turn>(*this)); });
}

}  // namespace kvs::api::remote_read
