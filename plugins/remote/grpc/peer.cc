// SPDX-License-Identifier: Apache-2.0
#include "peer.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>
#include <utility>

#include "kvs/sdk/identity.h"
#include "kvs/sdk/merge_cursor.h"
#include "query_codec.h"
#include "remote.grpc.pb.h"
#include "reply.h"
#include "source_codec.h"
#include "tls.h"
#include "write_codec.h"

namespace kvs::remote::grpc {
namespace {

Status FromGrpc(const std::string& address, const ::grpc::Status& status) {
  if (status.ok()) return OkStatus();
  const auto code = static_cast<StatusCode>(status.error_code());
  return Status(code, StrCat(address, ": ", status.error_message())).Retryable(code == StatusCode::kUnavailable);
}

// A client context whose deadline, tenant and cancellation are those of our call.
class CallContext {
 public:
  CallContext(const sdk::Call& call, int64_t timeout_ms, const std::string* token) : cancel_(call.raw()->cancel) {
    context_.AddMetadata(kTenantKey, std::string(call.tenant()));
    if (const kvs_matchers_t bound = sdk::BindingMatchers(call); bound.n > 0) context_.AddMetadata(kLabelsKey, sdk::EncodeMatchers(bound));
    if (token != nullptr) context_.AddMetadata(kAuthorizationKey, StrCat("Bearer ", *token));
    const int64_t left_ms = call.deadline_ns() == 0 ? timeout_ms : (call.deadline_ns() - sdk::MonotonicNs()) / 1'000'000;
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(left_ms));
    if (cancel_ != nullptr) {
      ticket_ = cancel_->subscribe(cancel_, [](void* self) noexcept { static_cast<::grpc::ClientContext*>(self)->TryCancel(); }, &context_);
    }
  }
  ~CallContext() { Unsubscribe(); }
  /// The call has ended: its cancel switch may be gone after this.
  void Unsubscribe() {
    if (cancel_ != nullptr) cancel_->unsubscribe(cancel_, ticket_);
    cancel_ = nullptr;
  }
  ::grpc::ClientContext* get() { return &context_; }

 private:
  ::grpc::ClientContext context_;
  const kvs_cancel_t* cancel_;
  uint64_t ticket_ = 0;
};

// Reads a selection's replies as they come. Its Next() waits, so whoever reads it is on a worker.
class RemoteCursor final : public sdk::SeriesCursor {
 public:
  RemoteCursor(std::string address, const sdk::Call& call, int64_t timeout_ms, const std::string* token)
      : address_(std::move(address)), context_(call, timeout_ms, token) {}
  ~RemoteCursor() override {
    if (reader_ == nullptr || ended_) return;
    context_.get()->TryCancel();
    v1::Reply rest;
    while (reader_->Read(&rest)) continue;
    IgnoreError(FromGrpc(address_, reader_->Finish()), "nobody wants the rest");
  }
  /// Opens the stream and reads the first reply, so that an error of the selection itself is told by Select().
  Status Open(v1::Port::Stub* stub, const kvs_select_t& select) {
    v1::Request request;
    request.set_interface(KVS_SERIES_SOURCE_V1);
    request.set_method("select");
    request.set_input(EncodeSelect(select));
    reader_ = stub->Select(context_.get(), request);
    return Read();
  }
  /// Of what Open() has read. Where that is the end already, what came late is among them.
  std::vector<std::string> Warnings() const { return {reply_.warnings().begin(), reply_.warnings().end()}; }
  sdk::Outcome Next(const sdk::Call&, kvs_series_batch_t*& out, sdk::Completer&) override {
    if (!ready_) KVS_RETURN_IF_ERROR(Read());
    ready_ = false;
    if (ended_) return sdk::End();
    KVS_ASSIGN_OR_RETURN(out, DecodeSeriesBatch(std::move(*reply_.mutable_output())));
    return OkStatus();
  }
  void AddLateWarnings(std::vector<std::string>* warnings) override {
    warnings->insert(warnings->end(), late_.begin(), late_.end());
  }

 private:
  Status Read() {
    if (ended_) return OkStatus();
    const bool first = std::exchange(first_, false);
    if (!reader_->Read(&reply_)) {
      ended_ = true;
      const Status status = FromGrpc(address_, reader_->Finish());
      return status.ok() ? Unavailable(address_, ": the selection broke off").Retryable() : status;
    }
    ready_ = true;
    if (reply_.code() == 0) return OkStatus();
    const bool at_end = reply_.code() == kEndOfStream;
    if (!first) late_.assign(reply_.warnings().begin(), reply_.warnings().end());
    const Status status = at_end ? OkStatus() : StatusOf(reply_);
    ended_ = true;
    const Status finished = FromGrpc(address_, reader_->Finish());
    return status.ok() ? finished : status;
  }

  const std::string address_;
  CallContext context_;
  std::unique_ptr<::grpc::ClientReader<v1::Reply>> reader_;
  v1::Reply reply_;
  std::vector<std::string> late_;
  bool first_ = true;
  bool ready_ = false;
  bool ended_ = false;
};

}  // namespace

struct Peer::Connection {
  std::shared_ptr<::grpc::Channel> channel;
  std::unique_ptr<v1::Port::Stub> stub;
};

Peer::Peer(std::string address, const ClientConfig& config, std::function<std::shared_ptr<const std::string>()> token)
    : address_(std::move(address)), timeout_ms_(config.timeout.ms), token_(std::move(token)), connection_(std::make_unique<Connection>()) {
  ::grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(static_cast<int>(config.max_message_size.bytes));
  arguments.SetMaxSendMessageSize(static_cast<int>(config.max_message_size.bytes));
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  if (!config.tls_server_name.empty()) arguments.SetSslTargetNameOverride(config.tls_server_name);
  connection_->channel = ::grpc::CreateCustomChannel(address_, ClientCredentials(config.tls()), arguments);
  connection_->stub = v1::Port::NewStub(connection_->channel);
}

Peer::~Peer() = default;

template <typename Decode>
sdk::Outcome Peer::Send(const sdk::Call& call, const char* interface, const char* method, std::string input, Decode decode,
                        sdk::Completer& completer) {
  struct Sent {
    Sent(const sdk::Call& call, int64_t timeout_ms, const std::string* token, Decode d, sdk::Completion c)
        : context(call, timeout_ms, token), decode(std::move(d)), done(std::move(c)) {}
    CallContext context;
    v1::Request request;
    v1::Reply reply;
    Decode decode;
    sdk::Completion done;
  };
  const std::shared_ptr<const std::string> token = token_ ? token_() : nullptr;
  auto* const sent = new Sent(call, timeout_ms_, token.get(), std::move(decode), completer.Defer());
  sent->request.set_interface(interface);
  sent->request.set_method(method);
  sent->request.set_input(std::move(input));
  connection_->stub->async()->Call(sent->context.get(), &sent->request, &sent->reply, [this, sent](const ::grpc::Status& network) {
    const std::unique_ptr<Sent> owned(sent);
    Status status = FromGrpc(address_, network);
    if (status.ok()) {
      status = StatusOf(owned->reply);
      if (!owned->reply.output().empty()) {
        const Status decoded = owned->decode(std::move(*owned->reply.mutable_output()));
        if (status.ok()) status = decoded;
      }
    }
    owned->context.Unsubscribe();
    owned->done(status);
  });
  return sdk::Pending();
}

sdk::Outcome Peer::Write(const sdk::Call& call, const kvs_write_view_t& in, kvs_write_result_t& out, sdk::Completer& completer) {
  return Send(call, KVS_SERIES_SINK_V1, "write", EncodeWrite(in),
              [&out](std::string output) { return DecodeWriteResult(output, &out); }, completer);
}

sdk::Outcome Peer::Select(const sdk::Call& call, const kvs_select_t& in, kvs_series_cursor_t& out, sdk::Completer&) {
  const std::shared_ptr<const std::string> token = token_ ? token_() : nullptr;
  auto cursor = std::make_unique<RemoteCursor>(address_, call, timeout_ms_, token.get());
  KVS_RETURN_IF_ERROR(cursor->Open(connection_->stub.get(), in));
  std::vector<std::string> warnings = cursor->Warnings();
  sdk::HandOutWarned(out, std::move(cursor), std::move(warnings));
  return OkStatus();
}

sdk::Outcome Peer::LabelNames(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out, sdk::Completer& completer) {
  return Send(call, KVS_SERIES_SOURCE_V1, "label_names", EncodeLabelQuery(in),
              [&out](std::string output) { return DecodeStrings(std::move(output), &out); }, completer);
}

sdk::Outcome Peer::LabelValues(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out, sdk::Completer& completer) {
  return Send(call, KVS_SERIES_SOURCE_V1, "label_values", EncodeLabelQuery(in),
              [&out](std::string output) { return DecodeStrings(std::move(output), &out); }, completer);
}

sdk::Outcome Peer::Metadata(const sdk::Call& call, const kvs_metadata_query_t& in, kvs_metadata_list_t& out, sdk::Completer& completer) {
  return Send(call, KVS_SERIES_SOURCE_V1, "metadata", EncodeMetadataQuery(in),
              [&out](std::string output) { return DecodeMetadataList(std::move(output), &out); }, completer);
}

sdk::Outcome Peer::Exemplars(const sdk::Call& call, const kvs_label_query_t& in, kvs_exemplar_list_t& out, sdk::Completer& completer) {
  return Send(call, KVS_SERIES_SOURCE_V1, "exemplars", EncodeLabelQuery(in),
              [&out](std::string output) { return DecodeExemplarList(std::move(output), &out); }, completer);
}

sdk::Outcome Peer::Tenants(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out, sdk::Completer& completer) {
  return Send(call, KVS_SERIES_SOURCE_V1, "tenants", EncodeLabelQuery(in),
              [&out](std::string output) { return DecodeStrings(std::move(output), &out); }, completer);
}

sdk::Outcome Peer::Query(const sdk::Call& call, const kvs_query_t& in, kvs_query_result_t& out, sdk::Completer& completer) {
  return Send(call, KVS_QUERY_ENGINE_V1, "query", EncodeQuery(in),
              [&out](std::string output) { return DecodeQueryResult(std::move(output), &out); }, completer);
}

sdk::Outcome Peer::Stat(const sdk::Call& call, const kvs_str_t& in, kvs_object_info_t& out, sdk::Completer& completer) {
  return Send(call, KVS_OBJECT_STORE_V1, "stat", EncodeKey(in),
              [&out](std::string output) { return DecodeInfo(std::move(output), &out); }, completer);
}

sdk::Outcome Peer::Get(const sdk::Call& call, const kvs_object_get_t& in, kvs_object_data_t& out, sdk::Completer& completer) {
  return Send(call, KVS_OBJECT_STORE_V1, "get", EncodeGet(in),
              [&out](std::string output) { return DecodeData(std::move(output), &out); }, completer);
}

sdk::Outcome Peer::Put(const sdk::Call& call, const kvs_object_put_t& in, kvs_object_info_t& out, sdk::Completer& completer) {
  return Send(call, KVS_OBJECT_STORE_V1, "put", EncodePut(in),
              [&out](std::string output) { return DecodeInfo(std::move(output), &out); }, completer);
}

sdk::Outcome Peer::List(const sdk::Call& call, const kvs_object_list_t& in, kvs_object_page_t& out, sdk::Completer& completer) {
  return Send(call, KVS_OBJECT_STORE_V1, "list", EncodeList(in),
              [&out](std::string output) { return DecodePage(std::move(output), &out); }, completer);
}

sdk::Outcome Peer::Remove(const sdk::Call& call, const kvs_str_t& in, sdk::Completer& completer) {
  return Send(call, KVS_OBJECT_STORE_V1, "remove", EncodeKey(in), [](std::string) { return OkStatus(); }, completer);
}

}  // namespace kvs::remote::grpc
