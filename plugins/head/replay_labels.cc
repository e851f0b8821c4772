// SPDX-License-Identifier: Apache-2.0
// The part of a replay that gives labels back to the index.
#include <algorithm>
#include <atomic>

#include "kvs/sdk/owned.h"

#include "replay.h"

namespace kvs::head {
namespace {

// Series that are resolved with one call of the index.
constexpr size_t kResolveAtOnce = 4096;

// A batch of series without samples, for resolving. Counted, because an index may keep it.
class SeriesBatch {
 public:
  static kvs_ref_t Ref() {
    auto ref = sdk::Record<kvs_ref_t>();
    ref.retain = [](kvs_ref_t* self) noexcept {
      reinterpret_cast<SeriesBatch*>(self)->holders_.fetch_add(1);
    };
    ref.release = [](kvs_ref_t* self) noexcept {
      auto* const batch = reinterpret_cast<SeriesBatch*>(self);
      if (batch->holders_.fetch_sub(1) == 1) delete batch;
    };
    return ref;
  }

  kvs_ref_t* ref() { return &ref_; }

  /// `records` are the labels of the series; their bytes are copied.
  template <typename Range>
  kvs_write_batch_t* Fill(const Range& records) {
    size_t size = 0;
    for (const auto& record : records) size += record.labels.size();
    bytes_.reserve(size);
    for (const auto& record : records) {
      const size_t begin = bytes_.size();
      bytes_.insert(bytes_.end(), record.labels.begin(), record.labels.end());
      labels_.push_back({bytes_.data() + begin, record.labels.size()});
      keys_.push_back({record.key.lo, record.key.hi});
    }
    no_samples_.assign(labels_.size() + 1, 0);
    batch_ = sdk::Record<kvs_write_batch_t>();
    batch_.label_layout = KVS_LABELS_PROTOBUF;
    batch_.ref = &ref_;
    batch_.n_series = static_cast<uint32_t>(labels_.size());
    batch_.series_key = keys_.data();
    batch_.label_bytes = labels_.data();
    batch_.sample_begin = no_samples_.data();
    return &batch_;
  }

 private:
  kvs_ref_t ref_ = Ref();  // First: found from the C side.
  std::atomic<int> holders_{1};
  kvs_write_batch_t batch_{};
  std::vector<uint8_t> bytes_;
  std::vector<kvs_bytes_t> labels_;
  std::vector<kvs_key128_t> keys_;
  std::vector<uint32_t> no_samples_;
};

}  // namespace

Status Replay::Resolve(Source& source) {
  std::vector<KnownSeries>& known = known_[source.tenant];
  std::erase_if(source.next.pending, [&](const PendingSeries& series) {
    if (series.logged_id >= known.size()) return false;
    const KnownSeries& last = known[series.logged_id];
    if (last.id == LoggedIds::kNone || last.labels != series.key) return false;
    source.next.ids.emplace_back(series.logged_id, last.id);
    return true;
  });
  // In the order of the old ids, so that an index that counts gives neighbours neighbouring ids
  // again.
  std::sort(
      source.next.pending.begin(), source.next.pending.end(),
      [](const PendingSeries& a, const PendingSeries& b) { return a.logged_id < b.logged_id; });
  const std::span<const PendingSeries> all(source.next.pending);
  for (size_t begin = 0; begin < all.size(); begin += kResolveAtOnce) {
    const size_t n = std::min(kResolveAtOnce, all.size() - begin);
    KVS_RETURN_IF_ERROR(AskIndex(source, all.subspan(begin, n), known));
  }
  source.next.pending.clear();
  return OkStatus();
}

Status Replay::AskIndex(Source& source, std::span<const PendingSeries> some,
                        std::vector<KnownSeries>& known) {
  const sdk::OwnedCall call(source.tenant->name);
  std::vector<uint32_t> ids(some.size());
  std::vector<uint8_t> created(some.size());
  auto* const batch = new SeriesBatch;
  auto view = sdk::Record<kvs_write_view_t>();
  view.batch = batch->Fill(some);
  auto resolved = sdk::Record<kvs_resolved_t>();
  resolved.ids = ids.data();
  resolved.created = created.data();
  const Status status = sdk::Await(index_.resolve(), call, &view, &resolved);
  batch->ref()->release(batch->ref());
  KVS_RETURN_IF_ERROR(Annotate(status, "resolving series of the write-ahead log"));
  // A senseless id of a damaged log is not remembered: it would cost its size in memory.
  const size_t most = 2 * known.size() + 16 * kResolveAtOnce;
  for (size_t i = 0; i < some.size(); ++i) {
    const uint32_t logged = some[i].logged_id;
    source.next.ids.emplace_back(logged, ids[i]);
    if (logged >= most) continue;
    if (logged >= known.size()) known.resize(logged + 1);
    known[logged] = {some[i].key, ids[i]};
  }
  return OkStatus();
}

}  // namespace kvs::head
