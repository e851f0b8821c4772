// SPDX-License-Identifier: Apache-2.0
#include "write.h"

#include <algorithm>
#include <utility>

#include "kvs/model/label_cursor.h"
#include "kvs/model/labels.h"
#include "kvs/ring/tokens.h"
#include "kvs/sdk/write_batch.h"

namespace kvs::sink::replicate {
namespace {

constexpr uint32_t kNobody = UINT32_MAX;
// About what a series and a sample take on the way.
constexpr int64_t kSeriesBytes = 160, kSampleBytes = 16, kMetadataBytes = 128;

int64_t TimeoutOf(const sdk::Call& call, int64_t timeout_ms) {
  if (call.deadline_ns() == 0) return timeout_ms;
  return std::min(timeout_ms,
                  std::max<int64_t>(1, (call.deadline_ns() - sdk::MonotonicNs()) / 1'000'000));
}

}  // namespace

ReplicatedWrite::ReplicatedWrite(sdk::Users::Use use, const sdk::Call& call,
                                 const kvs_write_view_t& view, int64_t timeout_ms, sdk::Clock clock)
    : use_(std::move(use)),
      call_(call.tenant()),
      clock_(clock),
      batch_(*view.batch),
      whole_(view.rows == nullptr),
      n_rows_(whole_ ? view.batch->n_series : view.n_rows),
      n_metadata_(whole_ ? static_cast<uint32_t>(view.batch->n_metadata) : 0) {
  // Not the caller's: it may go away while the last copy is still written.
  call_.WithTimeoutMs(TimeoutOf(call, timeout_ms)).WithTraceOf(call);
  if (!whole_) rows_.assign(view.rows, view.rows + view.n_rows);
  batch_.ref->retain(batch_.ref);
}

ReplicatedWrite::~ReplicatedWrite() {
  batch_.ref->release(batch_.ref);
}

ReplicatedWrite::Counts ReplicatedWrite::CountOf(uint32_t row) const {
  const auto span = [row](const uint32_t* begin) {
    return begin == nullptr ? 0u : begin[row + 1] - begin[row];
  };
  return {span(batch_.sample_begin),
          batch_.histograms == nullptr ? 0 : span(batch_.histograms->begin),
          batch_.exemplars == nullptr ? 0 : span(batch_.exemplars->begin)};
}

Status ReplicatedWrite::Plan(const kvs_ring_snapshot_t& ring, Targets& targets) {
  const uint32_t copies = ring.replication_factor, n_items = n_rows_ + n_metadata_;
  quorum_ = copies / 2 + 1;
  const uint64_t seed = ring::SeedOf(call_.call().tenant());
  std::vector<uint32_t> tokens(n_items), owners(uint64_t{n_items} * copies);
  const model::LabelSource labels = sdk::LabelSourceOf(batch_);
  for (uint32_t i = 0; i < n_rows_; ++i)
    tokens[i] = ring::SeriesToken(seed, model::LabelsHash(model::LabelCursor(labels, RowOf(i))));
  for (uint32_t m = 0; m < n_metadata_; ++m)
    tokens[n_rows_ + m] =
        ring::SeriesToken(seed, ring::SeedOf(sdk::View(batch_.metadata[m].metric)));
  ring.owners(&ring, tokens.data(), n_items, owners.data());

  std::vector<uint32_t> part_of(ring.n_instances, kNobody);
  items_.resize(n_items);
  undecided_ = n_items;
  for (uint32_t i = 0; i < n_items; ++i) {
    for (uint32_t c = 0; c < copies; ++c) {
      const uint32_t owner = owners[uint64_t{i} * copies + c];
      if (owner == kNobody) continue;
      if (part_of[owner] == kNobody) {
        part_of[owner] = static_cast<uint32_t>(parts_.size());
        parts_.emplace_back();
        StatusOr<std::shared_ptr<Target>> target =
            targets.Find(sdk::View(ring.instances[owner].address), clock_.MonotonicNs());
        if (target.ok()) {
          parts_.back().target = *std::move(target);
        } else {
          parts_.back().refused = target.status();
        }
      }
      parts_[part_of[owner]].items.push_back(i);
      ++items_[i].wanted;
    }
    if (items_[i].wanted < quorum_) {
      return Unavailable("at least ", quorum_, " live replicas required, could only find ",
                         static_cast<uint32_t>(items_[i].wanted))
          .Retryable();
    }
  }
  for (Part& part : parts_) {
    const bool all = part.items.size() == n_items;
    part.view.batch = &batch_;
    for (const uint32_t item : part.items) {
      if (item >= n_rows_) {
        if (!all) part.metadata.push_back(batch_.metadata[item - n_rows_]);
        part.bytes += kMetadataBytes;
        continue;
      }
      if (!all || !whole_) part.rows.push_back(RowOf(item));
      const Counts counts = CountOf(RowOf(item));
      part.bytes += kSeriesBytes +
                    static_cast<int64_t>(counts.samples + counts.exemplars) * kSampleBytes +
                    static_cast<int64_t>(counts.histograms) * 10 * kSampleBytes;
    }
    if (!all || !whole_) sdk::LendRows(part.rows, part.view);
    part.metadata_batch = sdk::MetadataAlone(batch_, part.metadata);
  }
  return OkStatus();
}

sdk::Outcome ReplicatedWrite::Start(kvs_write_result_t& out, sdk::Completer& completer) {
  out_ = &out;
  completion_ = *completer.raw();
  error_ = completer.error();
  for (Part& part : parts_) Send(part);
  const std::lock_guard lock(mutex_);
  starting_ = false;
  return out_ == nullptr ? sdk::Outcome(ended_at_once_) : sdk::Pending();
}

void ReplicatedWrite::Send(Part& part) {
  Status allowed = part.refused;
  if (allowed.ok()) allowed = part.target->Begin(part.bytes, clock_.MonotonicNs());
  if (!allowed.ok()) {
    part.target = nullptr;
    return Ended(part, allowed);
  }
  if (part.view.rows != nullptr && part.view.n_rows == 0) return SendMetadata(part);
  sdk::Start(part.target->sink().write(), call_, &part.view, &part.result,
             [self = shared_from_this(), &part](const Status& status) {
               if (status.ok() && !part.metadata.empty()) return self->SendMetadata(part);
               self->Ended(part, status);
             });
}

void ReplicatedWrite::SendMetadata(Part& part) {
  if (part.metadata.empty()) return Ended(part, OkStatus());
  part.view.batch = &part.metadata_batch;
  part.view.rows = nullptr;
  sdk::Start(
      part.target->sink().write(), call_, &part.view, &part.metadata_result,
      [self = shared_from_this(), &part](const Status& status) { self->Ended(part, status); });
}

ReplicatedWrite::Verdict ReplicatedWrite::VerdictOf(const Status& status) {
  if (status.ok()) return Verdict::kThere;
  if (status.retryable()) return Verdict::kFailed;
  switch (status.code()) {
    case StatusCode::kUnavailable:
    case StatusCode::kDeadlineExceeded:
    case StatusCode::kInternal:
    case StatusCode::kUnknown:
    case StatusCode::kCancelled:
      return Verdict::kFailed;
    default:
      return status.partial() ? Verdict::kPartlyThere : Verdict::kRefused;
  }
}

bool ReplicatedWrite::Decide(const Copies& copies) {
  const auto n = [&](Verdict verdict) -> uint32_t {
    return copies.ended[static_cast<size_t>(verdict)];
  };
  const uint32_t there = n(Verdict::kThere), partly = n(Verdict::kPartlyThere);
  const uint32_t refused = partly + n(Verdict::kRefused), failed = n(Verdict::kFailed);
  const uint32_t spare = copies.wanted - quorum_;
  if (there >= quorum_) return true;
  const bool all_ended = there + refused + failed == copies.wanted;
  // Of what was refused in part, the rest is there: it is not held up by who fails.
  if (refused > spare || (all_ended && there + partly >= quorum_)) {
    refused_ = true;
    return true;
  }
  // Some failed and some refused: what is missing may come with the next try.
  if (failed <= spare && !all_ended) return false;
  failed_ = true;
  return true;
}

void ReplicatedWrite::Ended(Part& part, const Status& status) {
  if (part.target != nullptr) part.target->Ended(part.bytes, status, clock_.MonotonicNs());
  // What was refused of a part is known to nobody but as a number: it may be any of it.
  const Verdict verdict = VerdictOf(status);
  std::unique_lock lock(mutex_);
  for (const uint32_t item : part.items) {
    if (item < n_rows_) copies_sent_ += CountOf(RowOf(item)).samples;
    Copies& copies = items_[item];
    ++copies.ended[static_cast<size_t>(verdict)];
    if (copies.decided || !Decide(copies)) continue;
    copies.decided = true;
    --undecided_;
  }
  copies_accepted_ += part.result.samples_accepted;
  if (verdict == Verdict::kFailed && failure_.ok()) failure_ = status;
  if (verdict != Verdict::kFailed && refusal_.ok()) refusal_ = status;
  // A refusal waits for the rest: who sends this does not do so again then.
  if ((undecided_ == 0 || failed_) && out_ != nullptr) Finish(std::move(lock));
}

void ReplicatedWrite::Finish(std::unique_lock<std::mutex> lock) {
  kvs_write_result_t& out = *std::exchange(out_, nullptr);
  Counts counts;
  for (uint32_t i = 0; i < n_rows_; ++i) {
    const Counts row = CountOf(RowOf(i));
    counts.samples += row.samples;
    counts.histograms += row.histograms;
    counts.exemplars += row.exemplars;
  }
  Status status;
  if (failed_) {
    // What may be tried again comes before what was refused: a sender that does loses nothing.
    status = Status(StatusCode::kUnavailable, failure_.message())
                 .Retryable()
                 .Partial(copies_accepted_ > 0);
  } else {
    if (refused_) status = refusal_;
    out.samples_accepted =
        !refused_ || copies_sent_ == 0
            ? counts.samples
            : counts.samples * std::min(copies_accepted_, copies_sent_) / copies_sent_;
    out.histograms_accepted = counts.histograms;
    out.exemplars_accepted = counts.exemplars;
  }
  if (starting_) {
    ended_at_once_ = std::move(status);
    return;
  }
  lock.unlock();
  sdk::Completion(completion_, error_)(status);
}

}  // namespace kvs::sink::replicate
