// SPDX-License-Identifier: Apache-2.0
// ReplicatedWrite: one batch on its way to the owners of its series. Nothing of a sample is copied:
// each instance gets the same batch with its own selection of rows. The write ends as soon as each
// series has as many copies as a quorum asks for, or one cannot have them any more because
// instances fail; what is still under way then goes on without the caller.
//
// What instances refuse, in whole or in part, is the answer where so many do that no quorum is left
// which took everything, as in Mimir. Of one alone it is not: it has a part of a write that is sent
// once more, or holds a limit that the others do not.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "kvs/sdk/call.h"
#include "kvs/sdk/port/ring.h"
#include "kvs/sdk/port/series_sink.h"
#include "kvs/sdk/users.h"

#include "target.h"

namespace kvs::sink::replicate {

class ReplicatedWrite : public std::enable_shared_from_this<ReplicatedWrite> {
 public:
  /// Retains the batch. `call` is not needed beyond this.
  ReplicatedWrite(sdk::Users::Use use, const sdk::Call& call, const kvs_write_view_t& view,
                  int64_t timeout_ms, sdk::Clock clock);
  ~ReplicatedWrite();

  /// Where everything goes. UNAVAILABLE, retryable, when a series has fewer owners than a quorum.
  Status Plan(const kvs_ring_snapshot_t& ring, Targets& targets);
  /// Nothing is there to be written.
  bool empty() const { return n_rows_ == 0 && n_metadata_ == 0; }
  /// `out` is written before the end.
  sdk::Outcome Start(kvs_write_result_t& out, sdk::Completer& completer);

 private:
  // What one instance gets.
  struct Part {
    std::shared_ptr<Target> target;
    Status refused;               // By ourselves.
    std::vector<uint32_t> items;  // Rows of the view, and behind them metadata.
    std::vector<uint32_t> rows;   // Of the batch; not filled when it is the view's own selection.
    std::vector<kvs_metadata_t> metadata;
    int64_t bytes = 0;
    kvs_write_view_t view = sdk::Record<kvs_write_view_t>();
    kvs_write_batch_t metadata_batch{};
    kvs_write_result_t result = sdk::Record<kvs_write_result_t>();
    kvs_write_result_t metadata_result = sdk::Record<kvs_write_result_t>();
  };
  struct Counts {
    uint64_t samples = 0, histograms = 0, exemplars = 0;
  };
  uint32_t RowOf(uint32_t i) const { return rows_.empty() ? i : rows_[i]; }
  Counts CountOf(uint32_t row) const;
  // What an instance made of its part.
  enum class Verdict : uint8_t { kThere, kPartlyThere, kRefused, kFailed };
  static Verdict VerdictOf(const Status& status);
  void Send(Part& part);
  void SendMetadata(Part& part);
  void Ended(Part& part, const Status& status);
  void Finish(std::unique_lock<std::mutex> lock);

  const sdk::Users::Use use_;  // First, so that it goes last.
  sdk::OwnedCall call_;
  const sdk::Clock clock_;
  const kvs_write_batch_t& batch_;
  const bool whole_;            // The view is the whole batch.
  std::vector<uint32_t> rows_;  // Of the batch, where it is not.
  uint32_t n_rows_, n_metadata_;
  uint32_t quorum_ = 0;
  std::vector<Part> parts_;

  std::mutex mutex_;
  // Guarded by mutex_, as all below.
  struct Copies {
    uint8_t wanted = 0;
    uint8_t ended[4] = {};  ///< By verdict.
    bool decided = false;
  };
  /// Whether it is known what becomes of the item; notes what.
  bool Decide(const Copies& copies);
  std::vector<Copies> items_;
  size_t undecided_ = 0;
  uint64_t copies_sent_ = 0, copies_accepted_ = 0;  // Of samples, in parts that have ended.
  Status failure_, refusal_;                        // The first of each.
  bool failed_ = false, refused_ = false;
  kvs_write_result_t* out_ = nullptr;  // Until it has ended.
  bool starting_ = true;               // An end before all is under way is told by Start().
  Status ended_at_once_;
  kvs_completion_t completion_{};
  kvs_error_t* error_ = nullptr;
};

}  // namespace kvs::sink::replicate
