// SPDX-License-Identifier: Apache-2.0
// The head as a sink.
#include "blocks/files.h"
#include "head.h"
#include "write/batch_writer.h"

namespace kvs::head {
namespace {

// Counts a write while it is in memory's hands.
struct InFlight {
  explicit InFlight(std::atomic<uint64_t>& n) : others(n.fetch_add(1)), n_(n) {}
  ~InFlight() { n_.fetch_sub(1); }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

  const uint64_t others;

 private:
  std::atomic<uint64_t>& n_;
};

}  // namespace

sdk::Outcome Head::Write(const sdk::Call& call, const kvs_write_view_t& in, kvs_write_result_t& out,
                         sdk::Completer& completer) {
  KVS_RETURN_IF_ERROR(wal_.CheckAccepting());
  const InFlight inflight(n_writing_);
  KVS_RETURN_IF_ERROR(instance_.MayWrite(inflight.others + wal_.n_waiting(), clock_.MonotonicNs()));
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
  return wal_.Acknowledge(writer.refusal(), completer);
}

}  // namespace kvs::head
