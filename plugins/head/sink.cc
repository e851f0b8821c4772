// SPDX-License-Identifier: Apache-2.0
// The head as a sink.
#include "blocks/files.h"
#include "head.h"
#include "write/batch_writer.h"

namespace kvs::head {
namespace {

// Counts writes, or their bytes, while they are in memory's hands.
struct InFlight {
  InFlight(std::atomic<uint64_t>& n, uint64_t more)
      : others(n.fetch_add(more)), n_(n), more_(more) {}
  ~InFlight() { n_.fetch_sub(more_); }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

  const uint64_t others;

 private:
  std::atomic<uint64_t>& n_;
  const uint64_t more_;
};

// What a batch takes in memory, near enough and without a look at each of its rows: labels are
// taken for those of a usual series.
uint64_t BytesOf(const kvs_write_view_t& in) {
  constexpr uint64_t kSeries = sizeof(kvs_key128_t) + 200, kSample = 16, kHistogram = 256,
                     kExemplar = 100, kMetadata = 100;
  const kvs_write_batch_t& batch = *in.batch;
  uint64_t bytes = batch.n_series * kSeries + batch.n_samples * kSample;
  if (batch.histograms != nullptr) bytes += batch.histograms->n_histograms * kHistogram;
  if (batch.exemplars != nullptr) bytes += batch.exemplars->n_exemplars * kExemplar;
  if (in.rows != nullptr) return batch.n_series == 0 ? 0 : bytes * in.n_rows / batch.n_series;
  return bytes + batch.n_metadata * kMetadata;
}

}  // namespace

sdk::Outcome Head::Write(const sdk::Call& call, const kvs_write_view_t& in, kvs_write_result_t& out,
                         sdk::Completer& completer) {
  KVS_RETURN_IF_ERROR(wal_.CheckAccepting());
  const uint64_t bytes = BytesOf(in);
  const InFlight inflight(n_writing_, 1), inflight_bytes(writing_bytes_, bytes);
  const wal::Log::Waiting waiting = wal_.waiting();
  KVS_RETURN_IF_ERROR(instance_.MayWrite(inflight.others + waiting.calls, bytes,
                                         inflight_bytes.others + waiting.bytes,
                                         clock_.MonotonicNs()));
  Tenant* tenant = tenants_.Find(call.tenant());
  if (tenant == nullptr) {
    // Its blocks will stand in a folder and in a bucket under that name.
    if (!IsFileName(call.tenant()))
      return InvalidArgument("the tenant \"", call.tenant(), "\" cannot be the name of a folder");
    KVS_RETURN_IF_ERROR(instance_.MayAddTenant(tenants_.size()));
    tenant = &tenants_.Get(call.tenant());
  }
  KVS_RETURN_IF_ERROR(tenant->limits.Refresh(limits, call));
  auto scratch = scratch_.Take();
  BatchWriter writer(*this, *tenant, call, in, *scratch);
  const Status written = writer.Write(out);
  scratch_.Give(std::move(scratch));
  KVS_RETURN_IF_ERROR(written);
  return wal_.Acknowledge(writer.refusal(), bytes, completer);
}

}  // namespace kvs::head
