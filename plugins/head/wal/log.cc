// SPDX-License-Identifier: Apache-2.0
#include "wal/log.h"

#include <algorithm>
#include <chrono>

#include "kvs/base/check.h"

#include "wal/encoder.h"

namespace kvs::head::wal {
namespace {

// Space is reserved in steps, so that a full disk shows before bytes are written, and an idle log
// stays small.
constexpr uint64_t kReserveStep = 16 << 20;
// Above it callers are turned away: the disk cannot keep up.
constexpr uint64_t kMaxStagedBytes = 256 << 20;
// A generation repeats all labels once; it lasts until that is a small part of it.
constexpr uint64_t kLabelShare = 5;
// Memory of a group that is kept for the next.
constexpr size_t kMaxSpareBytes = 4 << 20;
constexpr auto kRetryFull = std::chrono::milliseconds(200);
// A group waits at most so long for calls that are likely to come.
constexpr int64_t kMaxGatherNs = 2'000'000;

Status NotTaken(std::string_view cause) {
  return Unavailable("the write-ahead log takes nothing: ", cause)
      .WithReason("err-kvs-wal")
      .WithRetryAfterMs(1000);
}

}  // namespace

Log::Log(LogOptions options, sdk::Host host, HealthBoard& health)
    : options_(std::move(options)),
      host_(host),
      log_(host.log()),
      health_(health),
      clock_(host.clock()) {}

Log::~Log() {
  Close();
}

Status Log::Open(uint32_t number, uint32_t generation) {
  KVS_CHECK(generation != 0 && state_ == State::kClosed);
  next_segment_ = number;
  generation_ = generation;
  const Status opened = OpenSegment(generation);
  if (opened.ok()) {
    state_ = State::kOpen;
  } else if (opened.code() == StatusCode::kResourceExhausted) {
    // What was read back can be queried, and the thread goes on trying.
    MutexLock lock(mutex_);
    state_ = State::kFull;
    cause_ = opened.message();
  } else {
    return opened;
  }
  if (!opened.ok()) Announce(State::kFull, opened);
  body_ = [this] { Run(); };
  thread_ = host_.executor().StartThread("head-wal", &body_);
  return OkStatus();
}

void Log::Close() {
  if (state_ == State::kClosed) return;
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_ != nullptr) {
    host_.executor().JoinThread(thread_);
    thread_ = nullptr;
  } else {
    WriteStaged();
  }
  std::vector<Waiter> left;
  {
    MutexLock lock(mutex_);
    left.swap(waiters_);
    waiting_bytes_ = 0;
    cause_ = "it is closed";
    state_ = State::kClosed;
  }
  for (Waiter& waiter : left) waiter.completion(NotTaken("the head stops"));
  if (file_ != nullptr) {
    IgnoreError(file_->Truncate(offset_),
                "best effort: the reserved space is cut off by the next start");
    IgnoreError(file_->Sync(), "what was promised has been synced already");
    file_.reset();
  }
}

Status Log::CheckAccepting() const {
  if (state_.load(std::memory_order_acquire) == State::kOpen) [[likely]]
    return OkStatus();
  MutexLock lock(mutex_);
  return NotTaken(cause_.empty() ? "it is closed" : cause_);
}

uint32_t Log::BeginGeneration() {
  MutexLock lock(mutex_);
  const uint32_t next = generation_.load(std::memory_order_relaxed) + 1;
  generation_.store(next, std::memory_order_release);
  generation_bytes_ = 0;
  generation_label_bytes_ = 0;
  return next;
}

bool Log::Stage(uint32_t generation, std::span<const uint8_t> records, size_t label_bytes) {
  MutexLock lock(mutex_);
  if (generation != generation_.load(std::memory_order_relaxed)) return false;
  const bool was_idle = staged_ == written_;
  if (groups_.empty() || groups_.back().generation != generation) {
    groups_.push_back({generation, std::move(spare_)});
    groups_.back().bytes.clear();
    spare_ = {};
  }
  std::vector<uint8_t>& bytes = groups_.back().bytes;
  bytes.insert(bytes.end(), records.begin(), records.end());
  staged_ += records.size();
  generation_bytes_ += records.size();
  generation_label_bytes_ += label_bytes;
  stats_.label_bytes += label_bytes;
  if (generation_bytes_ > std::max(options_.segment_bytes, kLabelShare * generation_label_bytes_)) {
    generation_.store(generation + 1, std::memory_order_release);
    generation_bytes_ = 0;
    generation_label_bytes_ = 0;
  }
  // Nobody will wait for it, so the thread has to be told here; once, while it sleeps.
  if (options_.durability == Durability::kNone && was_idle) wake_.notify_one();
  return true;
}

sdk::Outcome Log::Acknowledge(Status status, uint64_t bytes, sdk::Completer& completer) {
  if (thread_ == nullptr) {
    WriteStaged();
    const Status accepting = CheckAccepting();
    if (!accepting.ok()) return accepting;
    return status;
  }
  bool wake;
  {
    MutexLock lock(mutex_);
    if (state_.load(std::memory_order_relaxed) != State::kOpen) return NotTaken(cause_);
    if (staged_ - written_ > kMaxStagedBytes) return NotTaken("the disk is too slow");
    if (!needs_write() || options_.durability == Durability::kNone) return status;
    waiters_.push_back({staged_, completer.Defer(), std::move(status), bytes});
    waiting_bytes_ += bytes;
    wake = waiters_.size() == 1 || waiters_.size() == gather_for_;
  }
  if (wake) wake_.notify_one();
  return sdk::Pending();
}

void Log::Run() {
  for (;;) {
    {
      MutexLock lock(mutex_);
      const bool was_busy = needs_write();
      if (state_ == State::kFull) {
        wake_.wait_for(mutex_, kRetryFull, [this]() KVS_REQUIRES(mutex_) { return stopping_; });
      } else {
        wake_.wait(mutex_, [this]() KVS_REQUIRES(mutex_) {
          return stopping_ || (needs_write() && state_ != State::kFailed);
        });
        Gather(was_busy);
      }
      if (stopping_ && (!needs_write() || state_ != State::kOpen)) return;
    }
    const int64_t began = clock_.MonotonicNs();
    WriteStaged();
    write_ns_ = clock_.MonotonicNs() - began;
  }
}

// A sync costs the same for one call and for many. Senders write again as soon as they were
// answered, so those of the last group are likely to be back soon; waiting for them, no longer than
// a write takes, saves every other sync. A sender that is alone never waits.
void Log::Gather(bool was_busy) {
  if (options_.durability != Durability::kBatch || state_ != State::kOpen) return;
  gather_for_ = last_group_ + (was_busy ? waiters_.size() : 0);
  if (waiters_.size() < gather_for_) {
    wake_.wait_for(
        mutex_, std::chrono::nanoseconds(std::min(write_ns_, kMaxGatherNs)),
        [this]() KVS_REQUIRES(mutex_) { return stopping_ || waiters_.size() >= gather_for_; });
  }
  gather_for_ = 0;
}

bool Log::WriteStaged() {
  MutexLock writer(write_mutex_);
  {
    MutexLock lock(mutex_);
    if (state_ == State::kFailed || !(needs_write() || state_ == State::kFull)) return false;
    // Groups that could not be written stay in front of those that came after.
    for (Group& group : groups_) writing_.push_back(std::move(group));
    groups_.clear();
    writing_to_ = staged_;
  }
  Settle(WriteGroups());
  return true;
}

// Everything in writing_, one after the other, then one sync.
Status Log::WriteGroups() {
  // The disk was full at the start: whether it still is shows only by trying.
  if (writing_.empty() && file_ == nullptr) KVS_RETURN_IF_ERROR(OpenSegment(generation()));
  for (const Group& group : writing_) {
    if (file_ == nullptr || file_generation_ != group.generation ||
        offset_ >= options_.segment_bytes) {
      KVS_RETURN_IF_ERROR(OpenSegment(group.generation));
    }
    KVS_RETURN_IF_ERROR(WriteToSegment(group.bytes));
  }
  if (options_.durability != Durability::kBatch) return OkStatus();
  const Status synced = file_->Sync();
  // After a failed sync nobody knows what this file holds: what is tried again goes to another one.
  if (!synced.ok()) file_.reset();
  return synced;
}

Status Log::OpenSegment(uint32_t generation) {
  if (file_ != nullptr) {
    if (options_.durability == Durability::kBatch) {
      const Status synced = file_->Sync();
      if (!synced.ok()) {
        file_.reset();
        return synced;
      }
    }
    IgnoreError(file_->Truncate(offset_), "the reserved space is given back by the next start");
    file_.reset();
  }
  const SegmentName name{next_segment_, generation};
  const std::string path = SegmentPath(options_.folder, name);
  KVS_ASSIGN_OR_RETURN(file_, options_.make_file(path));
  file_generation_ = generation;
  offset_ = 0;
  reserved_ = 0;
  Encoder encoder;
  encoder.Begin(Kind::kSegment);
  encoder.PutFixed(kVersion);
  encoder.PutFixed(name.number);
  encoder.PutFixed(name.generation);
  encoder.End();
  if (const Status written = WriteToSegment(encoder.bytes()); !written.ok()) {
    // A segment without its first record is none; its number is used by the next attempt.
    file_.reset();
    IgnoreError(RemoveFile(path), "an empty segment does no harm");
    return written;
  }
  ++next_segment_;
  MutexLock lock(mutex_);
  segments_of_[generation].push_back(name);
  ++stats_.segments;
  return OkStatus();
}

Status Log::WriteToSegment(std::span<const uint8_t> bytes) {
  const uint64_t end = offset_ + bytes.size();
  if (end > reserved_) {
    const uint64_t wanted = (end + kReserveStep - 1) / kReserveStep * kReserveStep;
    const Status status = file_->Reserve(wanted);
    if (status.ok()) {
      reserved_ = wanted;
    } else if (Status exact = file_->Reserve(end); !exact.ok()) {
      return exact;  // The last bytes of a disk are used too.
    }
  }
  KVS_RETURN_IF_ERROR(file_->Write(offset_, bytes));
  offset_ = end;
  return OkStatus();
}

// What is in writing_ has been written, or not: tells who waited. The state changes together with
// the list of who waits, so that nobody begins to wait for a log that has given up.
void Log::Settle(const Status& status) {
  std::vector<Waiter> settled;
  State before;
  State after;
  {
    MutexLock lock(mutex_);
    before = after = state_;
    if (status.ok()) {
      for (const Group& group : writing_) stats_.bytes += group.bytes.size();
      if (options_.durability == Durability::kBatch) ++stats_.syncs;
      written_ = writing_to_;
      if (!writing_.empty() && writing_.back().bytes.capacity() <= kMaxSpareBytes) {
        spare_ = std::move(writing_.back().bytes);
      }
      writing_.clear();
      after = State::kOpen;
      cause_.clear();
      const auto waits = std::stable_partition(
          waiters_.begin(), waiters_.end(),
          [this](const Waiter& waiter) { return waiter.position <= writing_to_; });
      settled.assign(std::make_move_iterator(waiters_.begin()), std::make_move_iterator(waits));
      waiters_.erase(waiters_.begin(), waits);
      for (const Waiter& waiter : settled) waiting_bytes_ -= waiter.bytes;
      last_group_ = settled.size();
    } else {
      ++stats_.failures;
      after = status.code() == StatusCode::kResourceExhausted ? State::kFull : State::kFailed;
      cause_ = status.message();
      settled.swap(waiters_);
      waiting_bytes_ = 0;
    }
    state_ = after;
  }
  if (after != before) Announce(after, status);
  for (Waiter& waiter : settled)
    waiter.completion(status.ok() ? waiter.status : NotTaken(status.message()));
}

void Log::Announce(State state, const Status& status) {
  switch (state) {
    case State::kOpen:
      log_.Info("the write-ahead log takes writes again");
      return health_.Set(HealthBoard::kLog, HealthBoard::State::kReady);
    case State::kFull:
      log_.Error("the disk is full; writes are refused until there is space",
                 {{"error", status.message()}});
      return health_.Set(HealthBoard::kLog, HealthBoard::State::kDegraded,
                         "the disk is full: writes are refused");
    case State::kFailed:
      log_.Error("the write-ahead log failed; writes are refused until the next start",
                 {{"error", status.message()}});
      return health_.Set(HealthBoard::kLog, HealthBoard::State::kFailed,
                         "the write-ahead log failed: writes are refused");
    case State::kClosed:
      return;
  }
}

void Log::AddOldSegment(SegmentName name) {
  MutexLock lock(mutex_);
  segments_of_[name.generation].push_back(name);
}

Log::Pruned Log::Prune(const std::function<bool(uint32_t)>& is_old) {
  std::vector<SegmentName> names;
  {
    MutexLock lock(mutex_);
    // A generation that is staged but not yet written has no segment to lose; the one being written
    // is kept below.
    for (auto it = segments_of_.begin(); it != segments_of_.end();) {
      if (std::next(it) == segments_of_.end() || !is_old(it->first)) break;
      names.insert(names.end(), it->second.begin(), it->second.end());
      it = segments_of_.erase(it);
    }
  }
  Pruned pruned;
  for (const SegmentName& name : names) {
    const std::string path = SegmentPath(options_.folder, name);
    const Status status = RemoveFile(path);
    ++(status.ok() ? pruned.deleted : pruned.failed);
    if (!status.ok())
      log_.Warn("an old segment stays", {{"path", path}, {"error", status.message()}});
  }
  return pruned;
}

LogStats Log::stats() const {
  MutexLock lock(mutex_);
  return stats_;
}

}  // namespace kvs::head::wal
