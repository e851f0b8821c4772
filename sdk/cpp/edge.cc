// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/edge.h"

#include <algorithm>
#include <cstring>

#include "kvs/abi/kvs.h"
#include "kvs/sdk/call.h"

namespace kvs::sdk {
namespace {

template <typename In, typename Out>
using PortFn = kvs_status_t (*)(void*, const kvs_call_t*, const In*, Out*, const kvs_completion_t*, kvs_error_t*) noexcept;

// A table of the length this build knows, of which a shorter provider fills only the beginning.
template <typename Table>
Table FullTable(const void* given) {
  Table table{};
  const auto size = *static_cast<const uint32_t*>(given);
  std::memcpy(&table, given, std::min<size_t>(size, sizeof(Table)));
  table.struct_size = sizeof(Table);
  return table;
}

template <typename Table>
class TypedEdge final : public Edge {
 public:
  TypedEdge(const kvs_iface_t& provider, const EdgeOptions& options, const Table& through)
      : provider_(provider), options_(options), theirs_(FullTable<Table>(provider.table)), through_(through) {
    through_.struct_size = sizeof(Table);
  }
  kvs_iface_t iface() const override {
    return {sizeof(kvs_iface_t), 0, provider_.id, &through_, const_cast<TypedEdge*>(this)};
  }

  /// The entry that callers see for member M.
  template <auto M, typename In, typename Out>
  static kvs_status_t Through(void* self, const kvs_call_t* call, const In* in, Out* out,
                              const kvs_completion_t* completion, kvs_error_t* error) noexcept {
    auto* const edge = static_cast<TypedEdge*>(self);
    edge->calls_.fetch_add(1, std::memory_order_relaxed);
    const PortFn<In, Out> fn = edge->theirs_.*M;
    if (fn == nullptr) return Export(Unimplemented(edge->provider_.id, ": the provider is older than this function"), error);
    if (call->deadline_ns != 0 && MonotonicNs() > call->deadline_ns) {
      return Export(DeadlineExceeded("the deadline had passed before the call"), error);
    }
    if (!edge->options_.blocking || edge->options_.on_worker == nullptr || edge->options_.on_worker()) {
      return fn(edge->provider_.self, call, in, out, completion, error);
    }
    return edge->RunOnWorker(fn, call, in, out, completion, error);
  }

  template <auto M, typename Result>
  static Result Plain(void* self) noexcept {
    auto* const edge = static_cast<TypedEdge*>(self);
    return edge->theirs_.*M == nullptr ? Result{} : (edge->theirs_.*M)(edge->provider_.self);
  }

 private:
  template <typename In, typename Out>
  kvs_status_t RunOnWorker(PortFn<In, Out> fn, const kvs_call_t* call, const In* in, Out* out,
                           const kvs_completion_t* completion, kvs_error_t* error) noexcept {
    struct Job {
      PortFn<In, Out> fn;
      void* peer;
      const kvs_call_t* call;
      const In* in;
      Out* out;
      kvs_completion_t completion;
      kvs_error_t* error;
    };
    auto* const job = new (std::nothrow) Job{fn, provider_.self, call, in, out, *completion, error};
    if (job == nullptr) return KVS_RESOURCE_EXHAUSTED;
    options_.executor.table->post(
        options_.executor.self, KVS_EXECUTOR_WORKER,
        [](void* arg) noexcept {
          const std::unique_ptr<Job> work(static_cast<Job*>(arg));
          const kvs_status_t status = work->fn(work->peer, work->call, work->in, work->out, &work->completion, work->error);
          if (status != KVS_PENDING) work->completion.done(work->completion.ctx, status);
        },
        job);
    return KVS_PENDING;
  }

  const kvs_iface_t provider_;
  const EdgeOptions options_;
  const Table theirs_;
  Table through_;
};

template <auto M>
struct MemberOf;
template <typename Table, typename In, typename Out, PortFn<In, Out> Table::*M>
struct MemberOf<M> {
  static constexpr PortFn<In, Out> kThrough = &TypedEdge<Table>::template Through<M, In, Out>;
};
template <auto M>
constexpr auto kThrough = MemberOf<M>::kThrough;

template <typename Table>
std::unique_ptr<Edge> Make(const kvs_iface_t& provider, const EdgeOptions& options, const Table& through) {
  return std::make_unique<TypedEdge<Table>>(provider, options, through);
}

}  // namespace

std::unique_ptr<Edge> MakeEdge(const kvs_iface_t& p, const EdgeOptions& o) {
  const std::string_view id = p.id;
  if (id == KVS_SERIES_SINK_V1) {
    using T = kvs_series_sink_table_t;
    return Make<T>(p, o, {0, 0, kThrough<&T::write>});
  }
  if (id == KVS_SERIES_SOURCE_V1) {
    using T = kvs_series_source_table_t;
    return Make<T>(p, o, {0, 0, kThrough<&T::select>, kThrough<&T::label_names>, kThrough<&T::label_values>,
                          kThrough<&T::metadata>, kThrough<&T::exemplars>, kThrough<&T::tenants>});
  }
  if (id == KVS_QUERY_ENGINE_V1) {
    using T = kvs_query_engine_table_t;
    return Make<T>(p, o, {0, 0, kThrough<&T::query>, kThrough<&T::query_batch>});
  }
  if (id == KVS_INDEXER_V1) {
    using T = kvs_indexer_table_t;
    return Make<T>(p, o, {0, 0, kThrough<&T::resolve>, kThrough<&T::select>, kThrough<&T::labels>, kThrough<&T::label_names>,
                          kThrough<&T::label_values>, kThrough<&T::remove>, kThrough<&T::stats>});
  }
  if (id == KVS_OBJECT_STORE_V1) {
    using T = kvs_object_store_table_t;
    return Make<T>(p, o, {0, 0, kThrough<&T::stat>, kThrough<&T::get>, kThrough<&T::put>, kThrough<&T::list>, kThrough<&T::remove>});
  }
  if (id == KVS_KV_V1) {
    using T = kvs_kv_table_t;
    return Make<T>(p, o, {0, 0, kThrough<&T::get>, kThrough<&T::apply>, kThrough<&T::watch>});
  }
  if (id == KVS_CACHE_V1) {
    using T = kvs_cache_table_t;
    return Make<T>(p, o, {0, 0, kThrough<&T::get>, kThrough<&T::put>, kThrough<&T::remove>});
  }
  if (id == KVS_LIMITER_V1) {
    using T = kvs_limiter_table_t;
    return Make<T>(p, o, {0, 0, &TypedEdge<T>::Plain<&T::epoch, uint64_t>, kThrough<&T::limits>, kThrough<&T::take>,
                          kThrough<&T::texts>});
  }
  if (id == KVS_RING_V1) {
    using T = kvs_ring_table_t;
    return Make<T>(p, o, {0, 0, &TypedEdge<T>::Plain<&T::epoch, uint64_t>, kThrough<&T::snapshot>});
  }
  if (id == KVS_AUTHENTICATOR_V1) {
    using T = kvs_authenticator_table_t;
    return Make<T>(p, o, {0, 0, kThrough<&T::identify>, &TypedEdge<T>::Plain<&T::challenge, kvs_str_t>});
  }
  if (id == KVS_NOTIFIER_V1) {
    using T = kvs_notifier_table_t;
    return Make<T>(p, o, {0, 0, &TypedEdge<T>::Plain<&T::type, kvs_str_t>, kThrough<&T::check>, kThrough<&T::notify>});
  }
  return nullptr;
}

}  // namespace kvs::sdk
