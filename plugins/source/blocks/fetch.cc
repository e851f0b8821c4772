// SPDX-License-Identifier: Apache-2.0
#include "fetch.h"

#include <algorithm>
#include <latch>
#include <semaphore>

#include "kvs/sdk/str.h"

namespace kvs::source::blocks {

std::vector<tsdb::ByteRange> Coalesce(std::vector<tsdb::ByteRange> ranges, uint64_t gap) {
  std::erase_if(ranges, [](const tsdb::ByteRange& range) { return range.empty(); });
  std::sort(ranges.begin(), ranges.end(),
            [](const tsdb::ByteRange& a, const tsdb::ByteRange& b) { return a.begin < b.begin; });
  std::vector<tsdb::ByteRange> out;
  for (const tsdb::ByteRange& range : ranges) {
    if (!out.empty() && range.begin <= out.back().end + gap) {
      out.back().end = std::max(out.back().end, range.end);
    } else {
      out.push_back(range);
    }
  }
  return out;
}

Pieces::~Pieces() {
  budget_->Return(taken_);
}

std::span<const uint8_t> Pieces::From(uint64_t offset) const {
  auto at = std::upper_bound(pieces_.begin(), pieces_.end(), offset,
                             [](uint64_t o, const Piece& piece) { return o < piece.offset; });
  // A piece that was fetched later may lie inside one that was fetched before.
  for (int looked = 0; at != pieces_.begin() && looked < 2; ++looked) {
    --at;
    const std::span<const uint8_t> bytes = sdk::View(at->data->bytes);
    if (offset - at->offset < bytes.size()) return bytes.subspan(offset - at->offset);
  }
  return {};
}

Status Fetcher::Fetch(const sdk::Call& call, const std::string& key,
                      std::vector<tsdb::ByteRange> ranges, Pieces* pieces, uint64_t min_gap) {
  ranges = Coalesce(std::move(ranges), std::max(gap_, min_gap));
  if (ranges.empty()) return OkStatus();
  int64_t bytes = 0;
  for (const tsdb::ByteRange& range : ranges) bytes += static_cast<int64_t>(range.size());
  KVS_RETURN_IF_ERROR(pieces->budget_->Take(bytes));
  pieces->taken_ += bytes;

  struct Get {
    kvs_object_get_t what = sdk::Record<kvs_object_get_t>();
    sdk::Owned<kvs_object_data_t> data;
    Status status;
  };
  std::vector<Get> gets(ranges.size());
  std::counting_semaphore<> room(static_cast<ptrdiff_t>(concurrency_));
  std::latch ended(static_cast<ptrdiff_t>(gets.size()));
  for (size_t i = 0; i < gets.size(); ++i) {
    Get& get = gets[i];
    get.what.key = sdk::Str(key);
    get.what.offset = ranges[i].begin;
    get.what.size = ranges[i].size();
    room.acquire();
    sdk::Start(store_.get(), call, &get.what, get.data.out(),
               [&get, &room, &ended](const Status& status) {
                 get.status = status;
                 room.release();
                 ended.count_down();
               });
  }
  ended.wait();
  gets_ += gets.size();
  for (Get& get : gets) {
    if (get.status.code() == StatusCode::kOutOfRange) continue;  // Nothing is there.
    if (!get.status.ok()) return Annotate(get.status, key);
    pieces->bytes_ += get.data->bytes.size;
    pieces->pieces_.push_back({get.what.offset, std::move(get.data)});
  }
  std::stable_sort(pieces->pieces_.begin(), pieces->pieces_.end(),
                   [](const auto& a, const auto& b) { return a.offset < b.offset; });
  return OkStatus();
}

}  // namespace kvs::source::blocks
