// SPDX-License-Identifier: Apache-2.0
#include "server.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "batch_codec.h"
#include "call_metrics.h"
#include "caller.h"
#include "known_labels.h"
#include "kvs/grpc_tls/tls.h"
#include "kvs/records/query_result.h"
#include "kvs/sdk/merge_cursor.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/query_set.h"
#include "kvs/sdk/write_batch.h"
#include "query_codec.h"
#include "remote.grpc.pb.h"
#include "reply.h"
#include "source_codec.h"
#include "write_codec.h"

namespace kvs::remote::grpc {
namespace {

// What the batch of a write borrows from.
struct WriteBody {
  std::string message;
  KnownLabels::Lease labels;

  size_t capacity() const { return message.capacity(); }
  void LetGo() { labels.clear(); }
};
using BatchPool = sdk::WriteBatchPool<WriteBody>;

Status NoSuch(const v1::Request& request) {
  return Unimplemented("nothing here answers ", request.method(), " of ", request.interface());
}

}  // namespace

class PortService final : public v1::Port::CallbackService {
 public:
  PortService(const RemoteServer* ports, const sdk::Host& host, const ServerConfig& config)
      : ports_(ports), executor_(host.executor()), max_message_bytes_(config.max_message_size.bytes), metrics_(host, config.service_name) {
    if (config.known_labels_size.bytes > 0) known_labels_ = std::make_unique<KnownLabels>(config.known_labels_size.bytes);
  }
  ::grpc::ServerUnaryReactor* Call(::grpc::CallbackServerContext* context, const v1::Request* request, v1::Reply* reply) override;
  ::grpc::ServerWriteReactor<v1::Reply>* Select(::grpc::CallbackServerContext* context, const v1::Request* request) override;

  /// Everything but writes and queries waits for its end, on a worker.
  Status Answer(const sdk::Call& call, const v1::Request& request, v1::Reply* reply) const;
  const RemoteServer& ports() const { return *ports_; }
  const sdk::Executor& executor() const { return executor_; }
  size_t max_message_bytes() const { return max_message_bytes_; }
  const CallMetrics& metrics() const { return metrics_; }
  BatchPool::Ptr TakeBatch() { return pool_.Get(); }
  /// Null: every write brings its labels.
  KnownLabels* known_labels() const { return known_labels_.get(); }

 private:
  const RemoteServer* const ports_;
  const sdk::Executor executor_;
  const size_t max_message_bytes_;
  const CallMetrics metrics_;
  BatchPool pool_{16, size_t{16} << 20};
  std::unique_ptr<KnownLabels> known_labels_;
};

namespace {

// Decodes the input, awaits the method, and encodes the output.
template <typename In, typename Out, typename Decode, typename Encode>
Status Pass(const sdk::Method<In, Out>& method, const sdk::Call& call, const v1::Request& request, v1::Reply* reply, Decode decode,
            Encode encode) {
  In in{};
  KVS_RETURN_IF_ERROR(decode(request.input(), &in));
  sdk::Owned<Out> out;
  KVS_RETURN_IF_ERROR(sdk::Await(method, call, &in, out.out()));
  reply->set_output(encode(*out));
  return OkStatus();
}

template <typename In, typename Out, typename Encode>
Status PassDecoded(const sdk::Method<In, Out>& method, const sdk::Call& call, const Decoded<In>& in, v1::Reply* reply, Encode encode) {
  sdk::Owned<Out> out;
  KVS_RETURN_IF_ERROR(sdk::Await(method, call, &in.value, out.out()));
  reply->set_output(encode(*out));
  return OkStatus();
}

// A unary call. Lives until gRPC says that it is done.
class CallReactor final : public ::grpc::ServerUnaryReactor {
 public:
  CallReactor(PortService* service, ::grpc::CallbackServerContext* context, const v1::Request* request, v1::Reply* reply)
      : service_(service), timer_(service->metrics(), request->interface(), request->method()), request_(request), reply_(reply), caller_(context) {}

  // Not in the constructor: the call may end, and this with it, before it would return.
  void Begin() {
    const bool asks = caller_.NeedsAdmission(service_->ports().auth);
    if (IsWrite() && !asks) return Write();
    service_->executor().PostWorker([this, asks] {
      const Status admitted = asks ? caller_.Admit(service_->ports().auth, *request_) : OkStatus();
      if (!admitted.ok()) return End(admitted);
      if (IsWrite()) return Write();
      if (IsQuery()) return Query();
      if (IsQueryBatch()) return QueryBatch();
      End(service_->Answer(caller_.call(), *request_, reply_));
    });
  }
  void OnCancel() override { caller_.Cancel(); }
  void OnDone() override { delete this; }

 private:
  bool IsWrite() const {
    if (request_->interface() != KVS_SERIES_SINK_V1 || !service_->ports().sink) return false;
    return request_->method() == "write" || (IsByKeys() && service_->known_labels() != nullptr);
  }
  bool IsByKeys() const { return request_->method() == "write_known"; }
  void Write() {
    // The sink may keep the batch beyond the call, so the message moves into its batch.
    batch_ = service_->TakeBatch();
    std::string& message = batch_->body.message;
    message = std::move(*const_cast<v1::Request*>(request_)->mutable_input());
    std::vector<uint32_t> missing;
    const Status decoded = IsByKeys() ? DecodeByKeys(&missing) : DecodeWrite(message, &batch_->batch);
    if (!decoded.ok()) return End(decoded);
    if (!missing.empty()) {
      reply_->set_code(kLabelsNeeded);
      reply_->set_output(EncodeMissing(missing));
      return Finish(::grpc::Status::OK);
    }
    view_ = sdk::Record<kvs_write_view_t>();
    view_.batch = batch_->Publish();
    sdk::Start(service_->ports().sink.write(), caller_.call(), &view_, &result_, [this](const Status& status) {
      reply_->set_output(EncodeWriteResult(result_));
      End(status);
    });
  }
  // Series whose labels were not told get those that are known; positions of the others are in `missing`.
  Status DecodeByKeys(std::vector<uint32_t>* missing) {
    KnownLabels& known = *service_->known_labels();
    const std::string_view tenant = caller_.call().tenant();
    model::WriteBatch& batch = batch_->batch;
    std::vector<uint32_t> told;
    KVS_RETURN_IF_ERROR(DecodeKnownWrite(batch_->body.message, &batch, &told));
    if (!told.empty()) known.Learn(tenant, told, batch.series_key, batch.label_bytes);
    known.Find(tenant, batch.series_key, batch.label_bytes, &batch_->body.labels, missing);
    return OkStatus();
  }
  bool IsQuery() const { return IsOfEngine("query"); }
  bool IsQueryBatch() const { return IsOfEngine("query_batch"); }
  bool IsOfEngine(std::string_view method) const {
    return request_->interface() == KVS_QUERY_ENGINE_V1 && request_->method() == method && service_->ports().engine;
  }
  void Query() {
    const Status decoded = DecodeQuery(request_->input(), &query_);
    if (!decoded.ok()) return End(decoded);
    Ask(service_->ports().engine.query(), &query_, answer_.out(), [this] {
      reply_->set_output(records::EncodeQueryResult(*answer_));
      answer_.Reset();
      return OkStatus();
    });
  }
  void QueryBatch() {
    const Status decoded = DecodeQueryBatch(request_->input(), &batch_of_queries_);
    if (!decoded.ok()) return End(decoded);
    answers_ = std::make_unique<sdk::QueryAnswers>(batch_of_queries_.queries.size());
    Ask(service_->ports().engine.query_batch(), &batch_of_queries_.value, answers_->out(), [this] {
      reply_->set_output(EncodeQueryAnswers(*answers_));
      answers_.reset();
      if (reply_->ByteSizeLong() <= service_->max_message_bytes()) return OkStatus();
      reply_->clear_output();
      // Each of them alone may be short enough.
      return Unimplemented("the answers to ", batch_of_queries_.queries.size(), " queries exceed max_message_size together: ask one by one");
    });
  }
  // Queries may wait for their turn for long, and more of them than there are workers: no thread waits with them.
  // `reply` puts what was answered into the reply.
  template <typename In, typename Out, typename Reply>
  void Ask(const sdk::Method<In, Out>& method, const In* in, Out* out, Reply reply) {
    const auto end = [this, reply](const Status& status) { End(status.ok() ? reply() : status); };
    const auto asked_on = std::this_thread::get_id();
    sdk::Start(method, caller_.call(), in, out, [this, asked_on, end](const Status& status) {
      if (std::this_thread::get_id() == asked_on) return end(status);
      // Whoever brought the answer is not to encode it.
      service_->executor().PostWorker([end, status] { end(status); });
    });
  }
  void End(const Status& status) {
    timer_.Ended(status.code());
    SetStatus(status, reply_);
    Finish(::grpc::Status::OK);
  }

  PortService* const service_;
  CallMetrics::Timer timer_;
  const v1::Request* const request_;
  v1::Reply* const reply_;
  kvs_query_t query_{};
  sdk::Owned<kvs_query_result_t> answer_;
  DecodedBatch batch_of_queries_;
  std::unique_ptr<sdk::QueryAnswers> answers_;
  Caller caller_;
  BatchPool::Ptr batch_;
  kvs_write_view_t view_{};
  kvs_write_result_t result_ = sdk::Record<kvs_write_result_t>();
};

// A selection: batch after batch, each as soon as the one before has been taken.
class SelectReactor final : public ::grpc::ServerWriteReactor<v1::Reply> {
 public:
  SelectReactor(PortService* service, ::grpc::CallbackServerContext* context, const v1::Request* request)
      : service_(service), timer_(service->metrics(), KVS_SERIES_SOURCE_V1, "select"), request_(request), caller_(context) {}

  void Begin() {
    service_->executor().PostWorker([this] {
      const Status status = Open();
      if (status.ok()) {
        Step();
      } else {
        End(status);
      }
    });
  }
  void OnWriteDone(bool ok) override {
    if (!ok || ended_) return Finish(ok ? ::grpc::Status::OK : ::grpc::Status::CANCELLED);
    service_->executor().PostWorker([this] { Step(); });
  }
  void OnCancel() override { caller_.Cancel(); }
  void OnDone() override { delete this; }

 private:
  Status Open() {
    if (caller_.NeedsAdmission(service_->ports().auth)) KVS_RETURN_IF_ERROR(caller_.Admit(service_->ports().auth, *request_));
    if (!service_->ports().source) return NoSuch(*request_);
    KVS_RETURN_IF_ERROR(DecodeSelect(request_->input(), &select_));
    return sdk::Await(service_->ports().source.select(), caller_.call(), &select_.value, selection_.out());
  }
  void Step() {
    StatusOr<sdk::BatchPtr> batch = selection_.Next(caller_.call());
    if (!batch.ok()) return End(batch.status());
    reply_.Clear();
    std::vector<std::string> warnings;
    if (std::exchange(first_, false)) selection_.AddWarnings(&warnings);
    if (*batch == nullptr) selection_.AddLateWarnings(&warnings);
    for (std::string& warning : warnings) reply_.add_warnings(std::move(warning));
    if (*batch == nullptr) {
      reply_.set_code(kEndOfStream);
      timer_.Ended(StatusCode::kOk);
      ended_ = true;
    } else {
      reply_.set_output(EncodeSeriesBatch(**batch));
    }
    StartWrite(&reply_);
  }
  void End(const Status& status) {
    reply_.Clear();
    SetStatus(status, &reply_);
    timer_.Ended(status.code());
    ended_ = true;
    StartWrite(&reply_);
  }

  PortService* const service_;
  CallMetrics::Timer timer_;
  const v1::Request* const request_;
  Caller caller_;
  Decoded<kvs_select_t> select_;
  sdk::OpenSelection selection_;
  v1::Reply reply_;
  bool first_ = true;
  bool ended_ = false;
};

}  // namespace

::grpc::ServerUnaryReactor* PortService::Call(::grpc::CallbackServerContext* context, const v1::Request* request, v1::Reply* reply) {
  auto* const reactor = new CallReactor(this, context, request, reply);
  reactor->Begin();
  return reactor;
}

::grpc::ServerWriteReactor<v1::Reply>* PortService::Select(::grpc::CallbackServerContext* context, const v1::Request* request) {
  auto* const reactor = new SelectReactor(this, context, request);
  reactor->Begin();
  return reactor;
}

Status PortService::Answer(const sdk::Call& call, const v1::Request& request, v1::Reply* reply) const {
  const std::string& interface = request.interface();
  const std::string& method = request.method();
  if (interface == KVS_SERIES_SOURCE_V1 && ports_->source) {
    const sdk::SourceRef& source = ports_->source;
    if (method == "metadata") return Pass(source.metadata(), call, request, reply, DecodeMetadataQuery, EncodeMetadataList);
    Decoded<kvs_label_query_t> query;
    KVS_RETURN_IF_ERROR(DecodeLabelQuery(request.input(), &query));
    if (method == "label_names") return PassDecoded(source.label_names(), call, query, reply, EncodeStrings);
    if (method == "label_values") return PassDecoded(source.label_values(), call, query, reply, EncodeStrings);
    if (method == "tenants") return PassDecoded(source.tenants(), call, query, reply, EncodeStrings);
    if (method == "exemplars") return PassDecoded(source.exemplars(), call, query, reply, EncodeExemplarList);
  }
  if (interface == KVS_OBJECT_STORE_V1 && ports_->store) {
    const sdk::StoreRef& store = ports_->store;
    if (method == "stat") return Pass(store.stat(), call, request, reply, DecodeKey, EncodeInfo);
    if (method == "get") return Pass(store.get(), call, request, reply, DecodeGet, EncodeData);
    if (method == "put") return Pass(store.put(), call, request, reply, DecodePut, EncodeInfo);
    if (method == "list") return Pass(store.list(), call, request, reply, DecodeList, EncodePage);
    if (method == "remove") {
      kvs_str_t key{};
      KVS_RETURN_IF_ERROR(DecodeKey(request.input(), &key));
      return sdk::Await(store.remove(), call, &key, nullptr);
    }
  }
  return NoSuch(request);
}

struct RemoteServer::Running {
  std::unique_ptr<PortService> service;
  std::unique_ptr<::grpc::Server> server;
};

RemoteServer::RemoteServer(sdk::Host host, ServerConfig config) : host_(host), config_(std::move(config)) {}
RemoteServer::~RemoteServer() = default;

sdk::Outcome RemoteServer::Start(const sdk::Call&, sdk::Completer&) {
  KVS_RETURN_IF_ERROR(grpc_tls::CheckFiles(config_.tls()));
  running_ = std::make_unique<Running>();
  running_->service = std::make_unique<PortService>(this, host_, config_);
  ::grpc::ServerBuilder builder;
  builder.AddListeningPort(config_.listen, grpc_tls::ServerCredentials(config_.tls()), &port_);
  builder.SetMaxReceiveMessageSize(static_cast<int>(config_.max_message_size.bytes));
  builder.SetMaxSendMessageSize(static_cast<int>(config_.max_message_size.bytes));
  // A second listener on the port must fail, not share its connections.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // Clients ask whether it lives while a call waits; more than two such questions in five minutes are an attack to gRPC.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
  builder.RegisterService(running_->service.get());
  running_->server = builder.BuildAndStart();
  if (running_->server == nullptr || port_ == 0) return Unavailable("cannot listen on ", config_.listen, ": is another process using the port?");
  host_.log().Info("listening", {{"address", config_.listen}, {"tls", config_.tls().empty() ? "false" : "true"}});
  return OkStatus();
}

sdk::Outcome RemoteServer::Drain(const sdk::Call&, sdk::Completer& completer) {
  if (running_ == nullptr || running_->server == nullptr) return OkStatus();
  auto done = std::make_shared<sdk::Completion>(completer.Defer());
  host_.executor().PostWorker([this, done] {
    running_->server->Shutdown(std::chrono::system_clock::now() + std::chrono::milliseconds(config_.drain_timeout.ms));
    running_->server->Wait();
    running_.reset();
    (*done)(OkStatus());
  });
  return sdk::Pending();
}

}  // namespace kvs::remote::grpc
