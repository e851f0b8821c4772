// SPDX-License-Identifier: Apache-2.0
#include "blocks/shipper.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <random>
#include <utility>

#include "kvs/blocks/mapped_file.h"
#include "kvs/bucket/layout.h"
#include "kvs/objstore/backoff.h"

namespace kvs::head {
namespace {

// Of one object, however large; a store that hangs is given up then.
constexpr int64_t kObjectTimeoutMs = 10 * 60 * 1000;
constexpr int64_t kPeriodMs = 60'000;
constexpr objstore::BackoffPolicy kBackoff{
    .min_ms = 1000, .max_ms = kPeriodMs, .max_attempts = std::numeric_limits<int64_t>::max()};

}  // namespace

Shipper::Shipper(const sdk::Host& host, const Metrics& metrics, int64_t concurrency, Find find,
                 const StageHook& on_stage)
    : host_(host),
      log_(host.log()),
      clock_(host.clock()),
      metrics_(metrics),
      concurrency_(static_cast<uint32_t>(concurrency)),
      find_(std::move(find)),
      on_stage_(on_stage) {}

Shipper::~Shipper() {
  Stop();
}

void Shipper::Start(sdk::StoreRef store) {
  store_ = store;
  body_ = [this] { Run(); };
  thread_ = host_.executor().StartThread("head-ship", &body_);
}

void Shipper::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  cancel_.Cancel();
  wake_.notify_all();
  if (thread_ != nullptr) host_.executor().JoinThread(std::exchange(thread_, nullptr));
}

void Shipper::Wake() {
  {
    MutexLock lock(mutex_);
    woken_ = true;
  }
  wake_.notify_all();
}

void Shipper::Run() {
  std::random_device random;
  std::optional<objstore::Backoff> failing;  // While attempts fail.
  int64_t wait_ms = 0;
  for (;;) {
    {
      MutexLock lock(mutex_);
      // After a failure new blocks do not make it try again sooner.
      const bool failed = failing.has_value();
      wake_.wait_for(mutex_, std::chrono::milliseconds(wait_ms),
                     [&]() KVS_REQUIRES(mutex_) { return stopping_ || (woken_ && !failed); });
      woken_ = false;
      if (stopping_) return;
    }
    const Status shipped = ShipAll();
    wait_ms = kPeriodMs;
    if (shipped.ok()) {
      failing.reset();
    } else {
      // Whatever the error is, the block has to get there at last.
      if (!failing) failing.emplace(kBackoff, random());
      wait_ms = failing->Next(Status(shipped).Retryable(), -1).value_or(kPeriodMs);
      log_.Warn("blocks wait for the object store",
                {{"error", shipped.message()}, {"next_attempt_ms", StrCat(wait_ms)}});
    }
  }
}

Status Shipper::ShipAll() {
  MutexLock lock(ship_mutex_);
  std::vector<Waiting> waiting = find_();
  std::sort(waiting.begin(), waiting.end(), [](const Waiting& a, const Waiting& b) {
    return a.block->meta().ulid < b.block->meta().ulid;
  });
  std::vector<Status> statuses(waiting.size());
  host_.executor().Parallel(waiting.size(), concurrency_, [&](uint64_t i) {
    statuses[i] = cancel_.cancelled() ? Cancelled("the head stops") : Ship(waiting[i]);
    (statuses[i].ok() ? metrics_.shipper_uploads : metrics_.shipper_failures).Add();
  });
  for (const Status& status : statuses) KVS_RETURN_IF_ERROR(status);
  return OkStatus();
}

Status Shipper::Ship(const Waiting& waiting) const {
  const tsdb::BlockMeta& meta = waiting.block->meta();
  const sdk::StoreClient client(
      store_, {.tenant = waiting.tenant, .cancel = cancel_.raw(), .timeout_ms = kObjectTimeoutMs});
  const auto ship = [&]() -> Status {
    for (size_t i = 0; i < waiting.block->block()->segments().size(); ++i) {
      KVS_RETURN_IF_ERROR(ShipFile(client, waiting, bucket::SegmentPath(i + 1)));
      Reach("ship: chunks sent");
    }
    KVS_RETURN_IF_ERROR(ShipFile(client, waiting, std::string(bucket::kIndexFile)));
    Reach("ship: index sent");
    KVS_RETURN_IF_ERROR(ShipFile(client, waiting, std::string(bucket::kMetaFile)));
    Reach("ship: meta sent");
    return waiting.block->MarkShipped(clock_.NowMs());
  };
  const int64_t began_ns = clock_.MonotonicNs();
  KVS_RETURN_IF_ERROR(
      Annotate(ship(), "shipping block ", waiting.tenant, "/", meta.ulid.ToString()));
  Reach("ship: marked");
  metrics_.shipper_last_upload.Set(static_cast<double>(clock_.NowMs()) / 1e3);
  log_.Info("shipped a block",
            {{"user", waiting.tenant},
             {"block", meta.ulid.ToString()},
             {"bytes", StrCat(waiting.block->size_bytes())},
             {"seconds", StrCat(static_cast<double>(clock_.MonotonicNs() - began_ns) / 1e9)}});
  return OkStatus();
}

Status Shipper::ShipFile(const sdk::StoreClient& client, const Waiting& waiting,
                         const std::string& path) const {
  KVS_ASSIGN_OR_RETURN(const auto file,
                       blocks::MappedFile::Open(StrCat(waiting.block->folder(), "/", path)));
  const std::string key = bucket::BlockFileKey(waiting.tenant, waiting.block->meta().ulid, path);
  // An earlier attempt may have sent it. Blocks never change, so the size tells enough.
  if (const auto there = client.Stat(key); there.ok() && there->size == file->size())
    return OkStatus();
  const std::span<const uint8_t> bytes = file->bytes();
  KVS_RETURN_IF_ERROR(
      client.Put(key, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}).status());
  KVS_ASSIGN_OR_RETURN(const sdk::StoreClient::Info info, client.Stat(key));
  if (info.size == file->size()) return OkStatus();
  return DataLoss("the store has ", info.size, " bytes of ", key, ", and ", file->size(),
                  " were sent");
}

}  // namespace kvs::head
