// SPDX-License-Identifier: Apache-2.0
// Log: the writing side of the write-ahead log. Callers stage records; a thread writes what has
// been staged in one go, syncs once, and only then completes the calls that wait for it. While one
// group is being synced the next one gathers, so the number of syncs a second does not depend on
// the number of callers.
//
// A full disk is passing trouble: what is staged is kept and tried again, and until it is on disk
// nothing more is taken. A failed sync of another kind is final, because nobody can know what the
// disk has: the log takes nothing more until the process is started anew.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kvs/base/mutex.h"
#include "kvs/base/status.h"
#include "kvs/sdk/host.h"
#include "kvs/sdk/status.h"

#include "health_board.h"
#include "wal/segment_file.h"

namespace kvs::head::wal {

/// When a write is acknowledged.
enum class Durability {
  kBatch,  ///< Synced to disk.
  kOs,     ///< Handed to the operating system: survives the process, not the machine.
  kNone,   ///< At once.
};

struct LogOptions {
  std::string folder;
  Durability durability = Durability::kBatch;
  uint64_t segment_bytes = 128 << 20;
  SegmentFileMaker make_file = &MakeSegmentFile;
};

/// Counts since Open(), for metrics.
struct LogStats {
  uint64_t bytes = 0;
  uint64_t label_bytes = 0;  ///< Of those, and of what is about to be written: labels.
  uint64_t syncs = 0;
  uint64_t failures = 0;
  uint64_t segments = 0;
};

class Log {
 public:
  /// `health` outlives the log.
  Log(LogOptions options, sdk::Host host, HealthBoard& health);
  ~Log();

  /// Begins at segment `number` with generation `generation`, not 0. Starts the thread; where the
  /// host has none, whoever waits does the writing. A full disk is no error: the log then takes
  /// nothing until there is room. [main or worker]
  Status Open(uint32_t number, uint32_t generation);
  /// Writes what is staged, completes who waits, ends the thread. Idempotent. [main or worker]
  void Close();

  /// OK, or UNAVAILABLE with the cause. Cheap. [any]
  Status CheckAccepting() const;

  /// Records staged from now on belong to it, unless Stage() says otherwise. [any]
  uint32_t generation() const { return generation_.load(std::memory_order_acquire); }
  /// Begins the next one, which it returns. [any]
  uint32_t BeginGeneration();
  /// Takes complete records that were made for `generation`, of which `label_bytes` bytes repeat
  /// what earlier generations say. False when that generation is over: make them again for the new
  /// one. [any]
  bool Stage(uint32_t generation, std::span<const uint8_t> records, size_t label_bytes);

  /// Completes with `status` when all that has been staged so far is as durable as promised, with
  /// UNAVAILABLE when it cannot be. Ends at once, without using `completer`, when there is nothing
  /// to wait for. `bytes`: what the caller holds in memory meanwhile. [any]
  sdk::Outcome Acknowledge(Status status, uint64_t bytes, sdk::Completer& completer);

  /// Segments that were deleted, and those that could not be.
  struct Pruned {
    size_t deleted = 0, failed = 0;
  };
  /// Deletes the segments of the generations for which `is_old` says so; never the current one.
  /// [worker]
  Pruned Prune(const std::function<bool(uint32_t generation)>& is_old);
  /// Segments of an earlier run, for Prune(). Before Open().
  void AddOldSegment(SegmentName name);

  LogStats stats() const;
  /// Calls that wait, and the bytes that they hold.
  struct Waiting {
    size_t calls = 0;
    uint64_t bytes = 0;
  };
  /// [any]
  Waiting waiting() const {
    MutexLock lock(mutex_);
    return {waiters_.size(), waiting_bytes_};
  }

 private:
  struct Group {
    uint32_t generation;
    std::vector<uint8_t> bytes;
  };
  struct Waiter {
    uint64_t position;
    sdk::Completion completion;
    Status status;
    uint64_t bytes;
  };
  enum class State : uint8_t { kClosed, kOpen, kFull, kFailed };

  void Run();
  void Gather(bool was_busy) KVS_REQUIRES(mutex_);
  // Takes the groups that have been staged, writes them, completes who waited. False: there was
  // nothing to do.
  bool WriteStaged();
  Status WriteGroups();
  Status OpenSegment(uint32_t generation);
  Status WriteToSegment(std::span<const uint8_t> bytes);
  void Settle(const Status& status);
  void Announce(State state, const Status& status);
  bool needs_write() const KVS_REQUIRES(mutex_) { return staged_ > written_; }

  const LogOptions options_;
  const sdk::Host host_;
  const sdk::Log log_;
  HealthBoard& health_;
  const sdk::Clock clock_;

  std::atomic<State> state_{State::kClosed};
  std::atomic<uint32_t> generation_{0};

  mutable Mutex mutex_;
  CondVar wake_;
  std::vector<Group> groups_ KVS_GUARDED_BY(mutex_);
  std::vector<Waiter> waiters_ KVS_GUARDED_BY(mutex_);
  uint64_t waiting_bytes_ KVS_GUARDED_BY(mutex_) = 0;  // Of waiters_.
  uint64_t staged_ KVS_GUARDED_BY(mutex_) = 0;   // Bytes since Open().
  uint64_t written_ KVS_GUARDED_BY(mutex_) = 0;  // Of these, bytes that are as durable as promised.
  uint64_t generation_bytes_ KVS_GUARDED_BY(mutex_) = 0;
  uint64_t generation_label_bytes_ KVS_GUARDED_BY(mutex_) = 0;
  size_t last_group_ KVS_GUARDED_BY(mutex_) = 0;  // Calls that the last group completed.
  size_t gather_for_ KVS_GUARDED_BY(mutex_) =
      0;  // Calls that the thread waits for before it writes; 0: it does not.
  bool stopping_ KVS_GUARDED_BY(mutex_) = false;
  std::string cause_ KVS_GUARDED_BY(mutex_);  // Why the state is not kOpen.
  LogStats stats_ KVS_GUARDED_BY(mutex_);
  std::map<uint32_t, std::vector<SegmentName>> segments_of_
      KVS_GUARDED_BY(mutex_);                          // By generation.
  std::vector<uint8_t> spare_ KVS_GUARDED_BY(mutex_);  // Memory of a group that has been written.

  // Of who writes: the thread, or whoever holds write_mutex_.
  Mutex write_mutex_;
  std::vector<Group> writing_;
  uint64_t writing_to_ = 0;
  std::unique_ptr<SegmentFile> file_;
  uint32_t file_generation_ = 0;
  uint32_t next_segment_ = 0;
  uint64_t offset_ = 0;
  uint64_t reserved_ = 0;
  int64_t write_ns_ = 0;  // How long the last group took.

  std::function<void()> body_;
  kvs_thread_t* thread_ = nullptr;
};

}  // namespace kvs::head::wal
