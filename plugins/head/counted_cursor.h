// SPDX-License-Identifier: Apache-2.0
// CountedCursor: a selection that is a read under way for as long as it is open, and of which
// metrics are told, at its end, what it gave out.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "kvs/sdk/port/series_source.h"

#include "instance_limits.h"
#include "metrics.h"

namespace kvs::head {

/// Waits for the selection behind it. One that fails, or is left before its end, is not counted, as
/// in Mimir. [worker]
class CountedCursor final : public sdk::SeriesCursor {
 public:
  /// `metrics` outlives it; null for one that gives no samples.
  CountedCursor(const Metrics* metrics, ReadTicket ticket, sdk::OpenSelection selection)
      : metrics_(metrics), ticket_(std::move(ticket)), selection_(std::move(selection)) {}

  sdk::Outcome Next(const sdk::Call& call, kvs_series_batch_t*& out,
                    sdk::Completer& /*completer*/) override {
    StatusOr<sdk::BatchPtr> batch = selection_.Next(call);
    if (!batch.ok()) return batch.status();
    if (*batch == nullptr) {
      if (!std::exchange(ended_, true) && metrics_ != nullptr) metrics_->Queried(series_, samples_);
      return sdk::End();
    }
    out = batch->release();
    series_ += out->n_series;
    if (out->chunk_begin == nullptr) return OkStatus();
    for (uint32_t c = out->chunk_begin[0]; c < out->chunk_begin[out->n_series]; ++c)
      samples_ += out->chunks[c].n_samples;
    return OkStatus();
  }
  void AddLateWarnings(std::vector<std::string>* warnings) override {
    selection_.AddLateWarnings(warnings);
  }

 private:
  const Metrics* const metrics_;
  const ReadTicket ticket_;
  const sdk::OpenSelection selection_;
  uint64_t series_ = 0, samples_ = 0;
  bool ended_ = false;
};

}  // namespace kvs::head
