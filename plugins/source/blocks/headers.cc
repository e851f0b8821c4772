// SPDX-License-Identifier: Apache-2.0
#include "headers.h"

#include <algorithm>

#include "kvs/bucket/layout.h"
#include "kvs/sdk/str.h"

namespace kvs::source::blocks {
namespace {

// The end of an index is read before it is known how much of it is the table of postings: a share
// of the index that is mostly enough, and little when it is too much.
constexpr uint64_t kTailShare = 4;
constexpr uint64_t kTailMin = 64 << 10, kTailMax = 32 << 20;

StatusOr<tsdb::IndexLayout> LayoutOf(std::span<const uint8_t> tail, uint64_t index_bytes) {
  if (tail.size() < tsdb::kTocBytes) {
    return DataLoss("index of ", index_bytes, " bytes: too short");
  }
  KVS_ASSIGN_OR_RETURN(const tsdb::Toc toc,
                       tsdb::DecodeToc(tail.last(tsdb::kTocBytes), index_bytes));
  return tsdb::MakeLayout(toc, index_bytes);
}

// The first `size` bytes that were fetched from `offset` on.
StatusOr<std::span<const uint8_t>> Exactly(const Pieces& pieces, uint64_t offset, uint64_t size) {
  const std::span<const uint8_t> bytes = pieces.From(offset);
  if (bytes.size() < size) {
    return DataLoss("ends at ", offset + bytes.size(), " instead of ", offset + size);
  }
  return bytes.first(size);
}

}  // namespace

StatusOr<std::shared_ptr<const OpenHeader>> Headers::Get(const sdk::Call& call,
                                                         const sdk::StoreRef& store,
                                                         std::string_view tenant,
                                                         const tsdb::Ulid& block, Fetcher& fetcher,
                                                         const std::shared_ptr<Budget>& budget) {
  const Key key(tenant, block);
  {
    std::unique_lock lock(mutex_);
    // Whoever loads gives up at the deadline of its own call, and then the next one has a try.
    loaded_.wait(lock, [&] { return !entries_[key].loading; });
    Entry& entry = entries_[key];
    entry.used_ms = clock_.NowMs();
    if (entry.open != nullptr) return entry.open;
    KVS_RETURN_IF_ERROR(call.CheckAlive());
    entry.loading = true;
  }
  const int64_t begin_ns = clock_.MonotonicNs();
  StatusOr<std::shared_ptr<const OpenHeader>> open = Load(call, store, key, fetcher, budget);
  if (open.ok())
    metrics_.lazy_load_seconds.Observe(static_cast<double>(clock_.MonotonicNs() - begin_ns) / 1e9);
  {
    const std::lock_guard lock(mutex_);
    Entry& entry = entries_[key];
    entry.loading = false;
    if (open.ok()) entry.open = *open;
  }
  loaded_.notify_all();
  return open;
}

StatusOr<std::shared_ptr<const OpenHeader>> Headers::Load(const sdk::Call& call,
                                                          const sdk::StoreRef& store,
                                                          const Key& key, Fetcher& fetcher,
                                                          const std::shared_ptr<Budget>& budget) {
  const StatusOr<std::shared_ptr<const OpenHeader>> kept = FromDisk(key);
  if (kept.ok() && *kept != nullptr) return kept;
  // A copy that is damaged is as good as none.
  if (!kept.ok()) KVS_RETURN_IF_ERROR(disk_.Remove(key.first, key.second));
  if (const Status status = Download(call, store, key, fetcher, budget); !status.ok()) {
    metrics_.block_load_failures.Add();
    return status;
  }
  metrics_.block_loads.Add();
  const StatusOr<std::shared_ptr<const OpenHeader>> open = FromDisk(key);
  if (open.ok() && *open == nullptr) return Internal("a header is gone as soon as it was written");
  if (open.ok()) return open;
  IgnoreError(disk_.Remove(key.first, key.second), "it is of no use to anybody");
  return Annotate(open.status(), bucket::BlockFileKey(key.first, key.second, bucket::kIndexFile));
}

StatusOr<std::shared_ptr<const OpenHeader>> Headers::FromDisk(const Key& key) {
  auto out = std::make_shared<OpenHeader>();
  KVS_ASSIGN_OR_RETURN(out->source, disk_.Find(key.first, key.second));
  if (out->source == nullptr) return std::shared_ptr<const OpenHeader>();
  KVS_ASSIGN_OR_RETURN(tsdb::IndexHeader header, tsdb::IndexHeader::Read(*out->source));
  out->header = std::make_unique<tsdb::IndexHeader>(std::move(header));
  metrics_.lazy_loads.Add();
  return std::shared_ptr<const OpenHeader>(std::move(out));
}

// Two or three reads, and one question for the size.
Status Headers::Download(const sdk::Call& call, const sdk::StoreRef& store, const Key& key,
                         Fetcher& fetcher, const std::shared_ptr<Budget>& budget) {
  const std::string name = bucket::BlockFileKey(key.first, key.second, bucket::kIndexFile);
  const kvs_str_t name_ref = sdk::Str(name);
  sdk::Owned<kvs_object_info_t> info;
  if (const Status status = sdk::Await(store.stat(), call, &name_ref, info.out()); !status.ok()) {
    return Annotate(status, name);
  }
  const uint64_t size = info->size;
  const uint64_t guess = std::min(size, std::clamp(size / kTailShare, kTailMin, kTailMax));
  Pieces end(budget), rest(budget);
  KVS_RETURN_IF_ERROR(fetcher.Fetch(call, name, {{size - guess, size}}, &end));
  const auto fetch_rest = [&]() -> Status {
    KVS_ASSIGN_OR_RETURN(std::span<const uint8_t> tail, Exactly(end, size - guess, guess));
    KVS_ASSIGN_OR_RETURN(const tsdb::IndexLayout layout, LayoutOf(tail, size));
    const uint64_t tail_begin = layout.postings_table.begin;
    const uint64_t front_end = layout.symbols.end;
    tsdb::Bytes joined;
    if (tail_begin < size - guess) {
      KVS_RETURN_IF_ERROR(
          fetcher.Fetch(call, name, {{0, front_end}, {tail_begin, size - guess}}, &rest));
      KVS_ASSIGN_OR_RETURN(const auto missing,
                           Exactly(rest, tail_begin, size - guess - tail_begin));
      joined.assign(missing.begin(), missing.end());
      joined.insert(joined.end(), tail.begin(), tail.end());
      tail = joined;
    } else {
      tail = tail.subspan(tail_begin - (size - guess));
      // A small index came whole.
      if (guess < size) KVS_RETURN_IF_ERROR(fetcher.Fetch(call, name, {{0, front_end}}, &rest));
    }
    KVS_ASSIGN_OR_RETURN(const auto front, Exactly(guess < size ? rest : end, 0, front_end));
    return disk_.Put(key.first, key.second, {size, front, tail});
  };
  const Status status = fetch_rest();
  metrics_.header_bytes.Observe(static_cast<double>(end.bytes() + rest.bytes()));
  return status.code() == StatusCode::kDataLoss ? Annotate(status, name) : status;
}

void Headers::KeepOnly(std::string_view tenant, const std::vector<tsdb::Ulid>& wanted) {
  const auto is_wanted = [&wanted](const tsdb::Ulid& block) {
    return std::binary_search(wanted.begin(), wanted.end(), block);
  };
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(entries_, [&](const auto& entry) {
      return entry.first.first == tenant && !entry.second.loading && !is_wanted(entry.first.second);
    });
  }
  const StatusOr<std::vector<tsdb::Ulid>> kept = disk_.List(tenant);
  if (!kept.ok()) return IgnoreError(kept.status(), "the next round looks again");
  for (const tsdb::Ulid& block : *kept) {
    if (is_wanted(block)) continue;
    metrics_.block_drops.Add();
    if (!disk_.Remove(tenant, block).ok()) metrics_.block_drop_failures.Add();
  }
}

void Headers::UnloadUnusedSince(int64_t ms) {
  const std::lock_guard lock(mutex_);
  const size_t n = std::erase_if(entries_, [ms](const auto& entry) {
    return entry.second.used_ms < ms && !entry.second.loading;
  });
  metrics_.lazy_unloads.Add(static_cast<double>(n));
}

}  // namespace kvs::source::blocks
