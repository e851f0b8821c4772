// SPDX-License-Identifier: Apache-2.0
#include "blocks/local_block.h"

#include <charconv>
#include <utility>

#include "blocks/files.h"

namespace kvs::head {
namespace {

// Holds the time as decimal digits; programs that read blocks pass it over.
constexpr std::string_view kShipped = "/shipped";

}  // namespace

StatusOr<std::shared_ptr<LocalBlock>> LocalBlock::Open(std::string folder) {
  std::shared_ptr<LocalBlock> block(new LocalBlock);
  block->folder_ = std::move(folder);
  KVS_ASSIGN_OR_RETURN(block->block_, blocks::OpenBlockFolder(block->folder_));
  block->size_bytes_ = TreeBytes(block->folder_);
  if (const auto mark = ReadFile(block->folder_ + std::string(kShipped)); mark.ok()) {
    int64_t ms = 0;
    std::from_chars(mark->data(), mark->data() + mark->size(), ms);
    block->shipped_ms_ = ms;
  }
  return block;
}

Status LocalBlock::MarkShipped(int64_t now_ms) const {
  const std::string text = StrCat(now_ms);
  KVS_RETURN_IF_ERROR(ReplaceFile(folder_ + std::string(kShipped),
                                  {reinterpret_cast<const uint8_t*>(text.data()), text.size()}));
  shipped_ms_.store(now_ms, std::memory_order_release);
  return OkStatus();
}

}  // namespace kvs::head
