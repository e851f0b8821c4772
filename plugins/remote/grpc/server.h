// SPDX-License-Identifier: Apache-2.0
// Exports whatever is wired to it over gRPC.
#pragma once

#include <memory>
#include <vector>

#include "config.h"
#include "kvs/sdk/component.h"
#include "kvs/sdk/port/authenticator.h"
#include "kvs/sdk/port/object_store.h"
#include "kvs/sdk/port/query_engine.h"
#include "kvs/sdk/port/series_sink.h"
#include "kvs/sdk/port/series_source.h"

namespace kvs::remote::grpc {

class PortService;  // Behind a pointer: gRPC's headers take seconds to compile.

class RemoteServer final : public sdk::Component {
 public:
  RemoteServer(sdk::Host host, ServerConfig config);
  ~RemoteServer() override;

  sdk::Outcome Start(const sdk::Call& call, sdk::Completer& completer) override;
  /// Takes no new calls, and ends when those under way have ended.
  sdk::Outcome Drain(const sdk::Call& call, sdk::Completer& completer) override;

  /// The port it listens on, once started: tests ask for any.
  int port() const { return port_; }

  sdk::SinkRef sink;
  sdk::SourceRef source;
  sdk::EngineRef engine;
  sdk::StoreRef store;
  std::vector<sdk::AuthenticatorRef> auth;  ///< May be empty.

 private:
  struct Running;
  const sdk::Host host_;
  const ServerConfig config_;
  int port_ = 0;
  std::unique_ptr<Running> running_;
};

}  // namespace kvs::remote::grpc
