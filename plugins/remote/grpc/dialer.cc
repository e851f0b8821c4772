// SPDX-License-Identifier: Apache-2.0
#include "dialer.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "kvs/grpc_tls/tls.h"
#include "kvs/sdk/owned.h"

#include "peer.h"

namespace kvs::remote::grpc {
namespace {

// What a connection keeps.
struct Dialed {
  Dialed(sdk::Executor executor_, std::unique_ptr<Peer> peer_)
      : executor(executor_), peer(std::move(peer_)) {}
  // The last to use it may be a callback of gRPC, on a thread that the end of a channel waits for.
  ~Dialed() {
    executor.PostWorker([gone = std::shared_ptr<Peer>(std::move(peer))] {});
  }
  const sdk::Executor executor;
  std::unique_ptr<Peer> peer;
};

kvs_status_t PortOf(const kvs_connection_t* self, const char* id, kvs_iface_t* out) noexcept {
  Peer* const peer = static_cast<const Dialed*>(self->producer)->peer.get();
  const std::string_view wanted = id;
  if (wanted == sdk::SeriesSink::kId) return *out = sdk::IfaceOf<sdk::SeriesSink>(peer), KVS_OK;
  if (wanted == sdk::SeriesSource::kId) return *out = sdk::IfaceOf<sdk::SeriesSource>(peer), KVS_OK;
  if (wanted == sdk::QueryEngine::kId) return *out = sdk::IfaceOf<sdk::QueryEngine>(peer), KVS_OK;
  if (wanted == sdk::ObjectStore::kId) return *out = sdk::IfaceOf<sdk::ObjectStore>(peer), KVS_OK;
  return KVS_NOT_FOUND;
}

}  // namespace

RemoteDialer::RemoteDialer(sdk::Host host, DialerConfig config)
    : host_(host), config_(std::move(config)), token_(host, config_.token_file) {}

sdk::Outcome RemoteDialer::Start(const sdk::Call&, sdk::Completer&) {
  KVS_RETURN_IF_ERROR(grpc_tls::CheckFiles(config_.tls()));
  return token_.Start();
}

sdk::Outcome RemoteDialer::Stop(const sdk::Call&, sdk::Completer&) {
  token_.Stop();
  return OkStatus();
}

sdk::Outcome RemoteDialer::Dial(const sdk::Call&, const kvs_dial_t& in, kvs_connection_t& out,
                                sdk::Completer&) {
  const std::string address = sdk::Text(in.address);
  if (address.rfind(':') == std::string::npos)
    return InvalidArgument("\"", address, "\" has no port (write host:port)");
  out.get = &PortOf;
  sdk::HandOut(out,
               std::make_unique<Dialed>(host_.executor(),
                                        std::make_unique<Peer>(address, config_, token_.source())));
  return OkStatus();
}

}  // namespace kvs::remote::grpc
