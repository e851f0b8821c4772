// SPDX-License-Identifier: Apache-2.0
#include "store.h"

#include <map>
#include <utility>
#include <vector>

#include "kvs/base/str_cat.h"
#include "kvs/grpc_tls/tls.h"
#include "kvs/sdk/kv_changes.h"
#include "kvs/sdk/task.h"

#include "cluster.h"
#include "exchange.h"
#include "leases.h"
#include "watch.h"

namespace kvs::kv::etcd {
namespace {

// etcd's own limit (--max-txn-ops).
constexpr uint64_t kWritesMax = 128;

// The first key behind all that begin with `prefix`; what etcd takes for "to the end" when there is
// none.
std::string BehindPrefix(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xff') prefix.pop_back();
  if (prefix.empty()) return std::string(1, '\0');
  ++prefix.back();
  return prefix;
}

struct Range {
  std::string key, end;  // An empty end: the one key.
};

Range RangeOf(const std::string& prefix, std::string_view key, bool is_prefix,
              std::string_view start_after) {
  Range range{StrCat(prefix, key), {}};
  if (!is_prefix) return range;
  range.end = BehindPrefix(range.key);
  if (!start_after.empty() && start_after >= key)
    range.key = StrCat(prefix, start_after, std::string_view("\0", 1));
  if (range.key.empty()) range.key = std::string(1, '\0');  // etcd knows no empty key.
  return range;
}

sdk::KvChangePtr ChangeOf(const std::string& prefix, etcdserverpb::KeyValue& kv, bool deleted) {
  return std::make_shared<const sdk::KvChange>(
      sdk::KvChange{kv.key().substr(prefix.size()), std::move(*kv.mutable_value()),
                    static_cast<uint64_t>(kv.mod_revision()), deleted});
}

}  // namespace

class Store::Tasks {
 public:
  static sdk::Task Get([[maybe_unused]] sdk::Users::Use use, Cluster* cluster, sdk::Call call,
                       const kvs_kv_range_t& in, kvs_kv_entries_t& out);
  static sdk::Task Apply([[maybe_unused]] sdk::Users::Use use, Cluster* cluster, Leases* leases,
                         sdk::Call call, const kvs_kv_batch_t& in, uint64_t& out);
  static sdk::Task Watch([[maybe_unused]] sdk::Users::Use use, Cluster* cluster, sdk::Call call,
                         const kvs_kv_watch_t& in, kvs_kv_entries_t& out);
};

Store::Store(sdk::Host host, Config config) : host_(host), config_(std::move(config)) {}
Store::~Store() = default;

sdk::Outcome Store::Start(const sdk::Call&, sdk::Completer&) {
  KVS_RETURN_IF_ERROR(grpc_tls::CheckFiles(config_.tls()));
  users_ = std::make_shared<sdk::Users>();
  cluster_ = std::make_unique<Cluster>(config_, host_);
  leases_ = std::make_unique<Leases>(cluster_.get(), users_, host_);
  leases_->Start();
  return OkStatus();
}

sdk::Outcome Store::Stop(const sdk::Call&, sdk::Completer& completer) {
  if (leases_ == nullptr) return OkStatus();
  auto done = std::make_shared<sdk::Completion>(completer.Defer());
  host_.executor().PostWorker([this, done] {
    leases_->Stop();
    users_->WaitForNone();
    leases_.reset();
    cluster_.reset();
    (*done)(OkStatus());
  });
  return sdk::Pending();
}

sdk::Outcome Store::Get(const sdk::Call& call, const kvs_kv_range_t& in, kvs_kv_entries_t& out,
                        sdk::Completer& completer) {
  return sdk::Run(completer, Tasks::Get(sdk::Users::Use(users_), cluster_.get(), call, in, out));
}

sdk::Outcome Store::Apply(const sdk::Call& call, const kvs_kv_batch_t& in, uint64_t& out,
                          sdk::Completer& completer) {
  KVS_RETURN_IF_ERROR(sdk::CheckKvBatch(in));
  if (in.n_writes > kWritesMax)
    return InvalidArgument("a batch has ", in.n_writes, " writes, more than the ", kWritesMax,
                           " of etcd");
  return sdk::Run(completer, Tasks::Apply(sdk::Users::Use(users_), cluster_.get(), leases_.get(),
                                          call, in, out));
}

sdk::Outcome Store::Watch(const sdk::Call& call, const kvs_kv_watch_t& in, kvs_kv_entries_t& out,
                          sdk::Completer& completer) {
  return sdk::Run(completer, Tasks::Watch(sdk::Users::Use(users_), cluster_.get(), call, in, out));
}

sdk::Task Store::Tasks::Get([[maybe_unused]] sdk::Users::Use use, Cluster* cluster, sdk::Call call,
                            const kvs_kv_range_t& in, kvs_kv_entries_t& out) {
  const std::string& prefix = cluster->config().prefix;
  Range range = RangeOf(prefix, sdk::View(in.key), in.is_prefix != 0, sdk::View(in.start_after));
  Exchange<etcdserverpb::RangeRequest, etcdserverpb::RangeResponse> exchange(
      cluster, call, &SendRange, in.is_prefix != 0 ? "List" : "GET");
  exchange.request.set_key(std::move(range.key));
  exchange.request.set_range_end(std::move(range.end));
  exchange.request.set_limit(static_cast<int64_t>(in.limit));
  const Status status = co_await exchange;
  if (!status.ok()) co_return status;
  std::vector<sdk::KvChangePtr> entries;
  entries.reserve(static_cast<size_t>(exchange.response.kvs_size()));
  for (etcdserverpb::KeyValue& kv : *exchange.response.mutable_kvs())
    entries.push_back(ChangeOf(prefix, kv, false));
  sdk::HandOutKvEntries(std::move(entries),
                        static_cast<uint64_t>(exchange.response.header().revision()),
                        exchange.response.more(), out);
  co_return OkStatus();
}

sdk::Task Store::Tasks::Apply([[maybe_unused]] sdk::Users::Use use, Cluster* cluster,
                              Leases* leases, sdk::Call call, const kvs_kv_batch_t& in,
                              uint64_t& out) {
  const std::string& prefix = cluster->config().prefix;
  // Entries of one batch that live equally long share a lease.
  std::map<uint32_t, int64_t> lease_of;
  for (uint64_t i = 0; i < in.n_writes; ++i) {
    const uint32_t ttl_ms = (in.writes[i].flags & KVS_KV_DELETE) != 0 ? 0 : in.writes[i].ttl_ms;
    if (ttl_ms == 0 || lease_of.contains(ttl_ms)) continue;
    Exchange<etcdserverpb::LeaseGrantRequest, etcdserverpb::LeaseGrantResponse> grant(
        cluster, call, &SendLeaseGrant);
    grant.request.set_ttl(Leases::SecondsOf(ttl_ms));
    const Status granted = co_await grant;
    if (!granted.ok()) co_return granted;
    lease_of[ttl_ms] = grant.response.id();
    leases->Add(grant.response.id(), ttl_ms);
  }
  Exchange<etcdserverpb::TxnRequest, etcdserverpb::TxnResponse> txn(cluster, call, &SendTxn, "CAS");
  for (uint64_t i = 0; i < in.n_writes; ++i) {
    const kvs_kv_write_t& write = in.writes[i];
    const std::string key = StrCat(prefix, sdk::View(write.key));
    if ((write.flags & KVS_KV_COMPARE) != 0) {
      etcdserverpb::Compare& compare = *txn.request.add_compare();
      compare.set_result(etcdserverpb::Compare::EQUAL);
      compare.set_target(etcdserverpb::Compare::MOD);
      compare.set_key(key);
      compare.set_mod_revision(static_cast<int64_t>(
          write.expected));  // 0 is what etcd calls a key that is not there, too.
      txn.request.add_failure()->mutable_request_range()->set_key(key);
    }
    if ((write.flags & KVS_KV_DELETE) != 0) {
      txn.request.add_success()->mutable_request_delete_range()->set_key(key);
    } else {
      etcdserverpb::PutRequest& put = *txn.request.add_success()->mutable_request_put();
      put.set_key(key);
      put.set_value(write.value.data, write.value.size);
      if (write.ttl_ms != 0) put.set_lease(lease_of[write.ttl_ms]);
    }
  }
  const Status status = co_await txn;
  if (!status.ok()) co_return status;
  if (txn.response.succeeded()) {
    out = static_cast<uint64_t>(txn.response.header().revision());
    co_return OkStatus();
  }
  int at = 0;
  for (uint64_t i = 0; i < in.n_writes; ++i) {
    const kvs_kv_write_t& write = in.writes[i];
    if ((write.flags & KVS_KV_COMPARE) == 0 || at >= txn.response.responses_size()) continue;
    const etcdserverpb::RangeResponse& found = txn.response.responses(at++).response_range();
    const int64_t revision = found.kvs_size() == 0 ? 0 : found.kvs(0).mod_revision();
    if (revision != static_cast<int64_t>(write.expected))
      co_return Aborted(sdk::View(write.key), " is at revision ", revision, " and not at ",
                        write.expected);
  }
  co_return Aborted("a comparison failed");
}

sdk::Task Store::Tasks::Watch([[maybe_unused]] sdk::Users::Use use, Cluster* cluster,
                              sdk::Call call, const kvs_kv_watch_t& in, kvs_kv_entries_t& out) {
  const std::string& prefix = cluster->config().prefix;
  const Range range = RangeOf(prefix, sdk::View(in.key), in.is_prefix != 0, {});
  Status last;
  for (size_t tried = 0; tried < cluster->size() + 1; ++tried) {
    if (cluster->has_user() && cluster->token() == nullptr) {
      // Any request brings a token.
      Exchange<etcdserverpb::RangeRequest, etcdserverpb::RangeResponse> first(cluster, call,
                                                                              &SendRange);
      first.request.set_key(range.key);
      const Status authenticated = co_await first;
      if (!authenticated.ok()) co_return authenticated;
    }
    const size_t server = cluster->current();
    const std::shared_ptr<const std::string> token = cluster->token();
    WatchOnce watch(cluster->server(server), call, token.get(), range.key, range.end, in.after);
    const Status status = co_await watch;
    if (status.ok()) {
      std::vector<sdk::KvChangePtr> changes;
      uint64_t revision = in.after;
      for (etcdserverpb::Event& event : watch.events) {
        changes.push_back(
            ChangeOf(prefix, *event.mutable_kv(), event.type() == etcdserverpb::Event::DELETE));
        revision = std::max(revision, changes.back()->revision);
      }
      sdk::HandOutKvEntries(std::move(changes), revision, false, out);
      co_return OkStatus();
    }
    if (watch.token_is_refused && cluster->has_user()) {
      cluster->DropToken(token);
    } else if (watch.another_may_answer) {
      cluster->PassOver(server);
    } else {
      co_return status;
    }
    last = status;
  }
  co_return last;
}

}  // namespace kvs::kv::etcd
