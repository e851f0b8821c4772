// SPDX-License-Identifier: Apache-2.0
#include "peer.h"

#include <grpcpp/grpcpp.h>

#include <memory>
#include <numeric>
#include <utility>

#include "batch_codec.h"
#include "kvs/grpc_tls/tls.h"
#include "kvs/records/query_result.h"
#include "kvs/sdk/merge_cursor.h"
#include "query_codec.h"
#include "remote.grpc.pb.h"
#include "reply.h"
#include "select_stream.h"
#include "source_codec.h"
#include "write_codec.h"

namespace kvs::remote::grpc {
namespace {

// A selection as its consumer holds it.
class RemoteCursor final : public sdk::SeriesCursor {
 public:
  explicit RemoteCursor(std::shared_ptr<SelectStream> stream) : stream_(std::move(stream)) {}
  ~RemoteCursor() override { stream_->Abandon(); }

  /// The first reply, so that an error of the selection itself is told by Select().
  Status Begin() {
    KVS_ASSIGN_OR_RETURN(first_, stream_->Take());
    has_first_ = true;
    return OkStatus();
  }
  /// Of what Begin() has taken. Where that is the end already, what came late is among them.
  std::vector<std::string> Warnings() const { return {first_.warnings().begin(), first_.warnings().end()}; }
  SelectStream& stream() { return *stream_; }

  sdk::Outcome Next(const sdk::Call&, kvs_series_batch_t*& out, sdk::Completer& completer) override {
    if (std::exchange(has_first_, false)) return Give(std::move(first_), out);
    if (ended_) return sdk::End();
    const kvs_completion_t raw = *completer.raw();
    kvs_error_t* const error = completer.error();
    const bool ready = stream_->Wait([this, raw, error, &out] {
      sdk::Completion done(raw, error);
      const sdk::Outcome outcome = GiveNext(out);
      outcome.is_raw() ? done.Raw(outcome.raw()) : done(outcome.status());
    });
    if (!ready) return sdk::Pending();
    return GiveNext(out);
  }

  void AddLateWarnings(std::vector<std::string>* warnings) override {
    warnings->insert(warnings->end(), late_.begin(), late_.end());
  }

 private:
  sdk::Outcome GiveNext(kvs_series_batch_t*& out) {
    KVS_ASSIGN_OR_RETURN(v1::Reply reply, stream_->Take());
    return Give(std::move(reply), out);
  }
  sdk::Outcome Give(v1::Reply reply, kvs_series_batch_t*& out) {
    ended_ = reply.code() == kEndOfStream;
    const bool first = std::exchange(is_first_, false);
    if (ended_ && !first) late_.assign(reply.warnings().begin(), reply.warnings().end());
    if (ended_) return sdk::End();
    KVS_ASSIGN_OR_RETURN(out, DecodeSeriesBatch(std::move(*reply.mutable_output())));
    return OkStatus();
  }

  const std::shared_ptr<SelectStream> stream_;
  v1::Reply first_;
  std::vector<std::string> late_;
  bool has_first_ = false, is_first_ = true, ended_ = false;
};

// How a call ended that ended with `status` on the other side; `decode` gets what it brought, also beside an error.
template <typename Decode>
Status EndOf(Status status, v1::Reply& reply, Decode& decode) {
  if (reply.code() == kLabelsNeeded) return Internal("asked for labels by a peer that has them all");
  if (reply.output().empty()) return status;
  Status decoded = decode(std::move(*reply.mutable_output()));
  return status.ok() ? decoded : status;
}

std::vector<uint32_t> AllOf(const kvs_write_view_t& view) {
  std::vector<uint32_t> all(SeriesOf(view));
  std::iota(all.begin(), all.end(), 0u);
  return all;
}

}  // namespace

struct Peer::Connection {
  const std::shared_ptr<sdk::Users> users = std::make_shared<sdk::Users>();
  std::shared_ptr<::grpc::Channel> channel;
  std::unique_ptr<v1::Port::Stub> stub;
};

Peer::Peer(std::string address, const ClientConfig& config, std::function<std::shared_ptr<const std::string>()> token)
    : address_(std::move(address)), timeout_ms_(config.timeout.ms), token_(std::move(token)), connection_(std::make_unique<Connection>()) {
  ::grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(static_cast<int>(config.max_message_size.bytes));
  arguments.SetMaxSendMessageSize(static_cast<int>(config.max_message_size.bytes));
  // A peer behind a broken link, or one that is stopped, closes nothing: without this, calls would wait for it until they are too late.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, static_cast<int>(config.keepalive_time.ms));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, static_cast<int>(config.keepalive_timeout.ms));
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  if (!config.tls_server_name.empty()) arguments.SetSslTargetNameOverride(config.tls_server_name);
  connection_->channel = ::grpc::CreateCustomChannel(address_, grpc_tls::ClientCredentials(config.tls()), arguments);
  connection_->stub = v1::Port::NewStub(connection_->channel);
}

Peer::~Peer() { connection_->users->WaitForNone(); }

template <typename Then>
void Peer::Ask(const sdk::Call& call, const char* interface, const char* method, std::string input, Then then) {
  struct Sent {
    Sent(sdk::Users::Use u, const sdk::Call& call, int64_t timeout_ms, const std::string* token, Then t)
        : use(std::move(u)), context(call, timeout_ms, token), then(std::move(t)) {}
    const sdk::Users::Use use;  // First, so that it goes last.
    CallContext context;
    v1::Request request;
    v1::Reply reply;
    Then then;
  };
  const std::shared_ptr<const std::string> token = token_ ? token_() : nullptr;
  auto* const sent = new Sent(sdk::Users::Use(connection_->users), call, timeout_ms_, token.get(), std::move(then));
  sent->request.set_interface(interface);
  sent->request.set_method(method);
  sent->request.set_input(std::move(input));
  connection_->stub->async()->Call(sent->context.get(), &sent->request, &sent->reply, [this, sent](const ::grpc::Status& network) {
    const std::unique_ptr<Sent> owned(sent);
    Status status = FromGrpc(address_, network);
    if (status.ok() && owned->reply.code() != kLabelsNeeded) status = StatusOf(owned->reply);
    status = owned->context.EndOf(address_, std::move(status));
    owned->context.Unsubscribe();
    owned->then(std::move(status), owned->reply);
  });
}

template <typename Decode>
sdk::Outcome Peer::Send(const sdk::Call& call, const char* interface, const char* method, std::string input, Decode decode,
                        sdk::Completer& completer) {
  auto then = [decode = std::move(decode), done = completer.Defer()](Status status, v1::Reply& reply) mutable {
    done(EndOf(std::move(status), reply, decode));
  };
  Ask(call, interface, method, std::move(input), std::move(then));
  return sdk::Pending();
}

// A write under way. What it borrows lives until it has ended.
struct Peer::Writing {
  const sdk::Call call;
  const kvs_write_view_t& in;
  kvs_write_result_t& out;
  sdk::Completion done;
  bool asked = false;  // The peer has asked for labels.
};

sdk::Outcome Peer::Write(const sdk::Call& call, const kvs_write_view_t& in, kvs_write_result_t& out, sdk::Completer& completer) {
  const WriteForms::Form form = SeriesOf(in) == 0 ? WriteForms::Form::kFull : forms_.Next(sdk::MonotonicNs());
  auto write = std::make_unique<Writing>(Writing{call, in, out, completer.Defer()});
  if (form == WriteForms::Form::kFull) {
    WriteInFull(std::move(write));
  } else {
    WriteByKeys(std::move(write), form == WriteForms::Form::kTold ? AllOf(in) : std::vector<uint32_t>());
  }
  return sdk::Pending();
}

void Peer::WriteInFull(std::unique_ptr<Writing> write) {
  const Writing& w = *write;
  std::string input = EncodeWrite(w.in);
  Ask(w.call, KVS_SERIES_SINK_V1, "write", std::move(input), [write = std::move(write)](Status status, v1::Reply& reply) {
    const auto decode = [&write](const std::string& output) { return DecodeWriteResult(output, &write->out); };
    write->done(EndOf(std::move(status), reply, decode));
  });
}

void Peer::WriteByKeys(std::unique_ptr<Writing> write, std::vector<uint32_t> told) {
  const Writing& w = *write;
  std::string input = EncodeKnownWrite(w.in, told);
  Ask(w.call, KVS_SERIES_SINK_V1, "write_known", std::move(input), [this, write = std::move(write)](Status status, v1::Reply& reply) mutable {
    if (status.code() == StatusCode::kUnimplemented) {
      forms_.Refused(sdk::MonotonicNs());
      return WriteInFull(std::move(write));
    }
    if (!status.ok() || reply.code() != kLabelsNeeded) {
      const auto decode = [&write](const std::string& output) { return DecodeWriteResult(output, &write->out); };
      return write->done(EndOf(std::move(status), reply, decode));
    }
    const uint32_t n = SeriesOf(write->in);
    std::vector<uint32_t> missing;
    // One that asks again forgets faster than it is told.
    if (std::exchange(write->asked, true) || !DecodeMissing(reply.output(), n, &missing).ok())
      return WriteInFull(std::move(write));
    forms_.Asked(missing.size(), n);
    WriteByKeys(std::move(write), std::move(missing));
  });
}

sdk::Outcome Peer::Select(const sdk::Call& call, const kvs_select_t& in, kvs_series_cursor_t& out, sdk::Completer& completer) {
  const std::shared_ptr<const std::string> token = token_ ? token_() : nullptr;
  const auto cursor = std::make_shared<std::unique_ptr<RemoteCursor>>(std::make_unique<RemoteCursor>(
      SelectStream::Open(connection_->stub.get(), address_, call, timeout_ms_, token.get(), EncodeSelect(in), sdk::Users::Use(connection_->users))));
  const auto begin = [cursor, &out]() -> Status {
    KVS_RETURN_IF_ERROR((*cursor)->Begin());
    std::vector<std::string> warnings = (*cursor)->Warnings();
    sdk::HandOutWarned(out, std::move(*cursor), std::move(warnings));
    return OkStatus();
  };
  const kvs_completion_t raw = *completer.raw();
  kvs_error_t* const error = completer.error();
  if (!(*cursor)->stream().Wait([begin, raw, error] { sdk::Completion(raw, error)(begin()); })) return sdk::Pending();
  return begin();
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
              [&out](std::string output) { return records::DecodeQueryResult(std::move(output), &out); }, completer);
}

sdk::Outcome Peer::QueryBatch(const sdk::Call& call, const kvs_query_batch_t& in, kvs_query_answers_t& out, sdk::Completer& completer) {
  return Send(call, KVS_QUERY_ENGINE_V1, "query_batch", EncodeQueryBatch(in),
              [&out](std::string output) { return DecodeQueryAnswers(output, &out); }, completer);
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
