// SPDX-License-Identifier: Apache-2.0
// Limits of a query, and errors in Prometheus' and Mimir's words.

#include "value/query.h"

#include <ctime>

#include "kvs/base/str_cat.h"
#include "kvs/promql/printer.h"

namespace kvs::engine::promql {
namespace {

/// Of a part of the query in an error.
constexpr size_t kPartMax = 200;

}  // namespace

Status Query::CheckAlive() const {
  const Status status = call.CheckAlive();
  switch (status.code()) {
    case StatusCode::kOk:
      return CheckMemory(0);
    case StatusCode::kDeadlineExceeded:
      return DeadlineExceeded("query timed out in expression evaluation");
    case StatusCode::kCancelled:
      return Cancelled("query was canceled in expression evaluation");
    default:
      return status;
  }
}

Status Query::Hold(Held& owner, int64_t n) {
  owner.Add(samples_held, n);
  const int64_t held = samples_held.fetch_add(n, std::memory_order_relaxed) + n;
  int64_t peak = samples_peak.load(std::memory_order_relaxed);
  while (held > peak &&
         !samples_peak.compare_exchange_weak(peak, held, std::memory_order_relaxed)) {
  }
  KVS_RETURN_IF_ERROR(CheckSamples(held));
  return CheckMemory(n * static_cast<int64_t>(sizeof(double)));
}

Status Query::CheckSamples(int64_t n) const {
  if (n <= max_samples) return OkStatus();
  return ResourceExhausted(
      "query processing would load too many samples into memory in query execution: ", n,
      " samples, limit max_samples ", max_samples, Where());
}

Status Query::CheckMemory(int64_t more) const {
  const int64_t needed = memory.used() + more;
  if (memory.limit() > 0 && needed > memory.limit()) {
    return ResourceExhausted(
               "the query exceeded the maximum allowed estimated amount of memory consumed by a "
               "single query (limit: ",
               memory.limit(),
               " bytes) (err-mimir-max-estimated-memory-consumption-per-query): ", needed,
               " bytes, limit max_query_memory ", memory.limit(), Where())
        .WithReason("err-mimir-max-estimated-memory-consumption-per-query");
  }
  const MemoryPool& pool = *memory.pool();
  if (pool.limit() > 0 && pool.used() + more > pool.limit()) {
    return ResourceExhausted("all queries together need too much memory: ", pool.used() + more,
                             " bytes, limit max_memory ", pool.limit(), ", of which this query ",
                             needed, Where());
  }
  return OkStatus();
}

std::string Query::Where() const {
  if (current == nullptr) return {};
  std::string part = ast::ToString(*current);
  if (part.size() > kPartMax) {
    size_t end = kPartMax;
    while (end > 0 && (static_cast<unsigned char>(part[end]) & 0xc0) == 0x80) --end;
    part = StrCat(part.substr(0, end), "…");
  }
  return StrCat(", in ", part);
}

WorkerScope::WorkerScope(Query& query)
    : query_(query),
      memory_(query.memory),
      began_ns_(std::this_thread::get_id() == query.evaluator ? -1 : ThreadCpuNs()) {}

WorkerScope::~WorkerScope() {
  if (began_ns_ >= 0) {
    query_.worker_cpu_ns.fetch_add(ThreadCpuNs() - began_ns_, std::memory_order_relaxed);
  }
}

int64_t ThreadCpuNs() {
  timespec at{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
  return int64_t{at.tv_sec} * 1'000'000'000 + at.tv_nsec;
}

Status DuplicateLabelSetError() {
  return ExecutionError("vector cannot contain metrics with the same labelset");
}

}  // namespace kvs::engine::promql
