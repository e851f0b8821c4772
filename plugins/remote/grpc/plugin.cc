// SPDX-License-Identifier: Apache-2.0
// Entry point of remote.grpc: the only file of the plugin that meets the C ABI.
#include "client.h"
#include "config.h"
#include "dialer.h"
#include "kvs/sdk/component.h"
#include "server.h"

namespace kvs::remote::grpc {
namespace {

const kvs_component_type_t* ServerType() {
  static const sdk::ComponentType<RemoteServer, ServerConfig> kType =
      sdk::ComponentType<RemoteServer, ServerConfig>("remote.grpc_server", "Exports what is wired to it over gRPC", KVS_BETA)
          .MayRequire("sink", &RemoteServer::sink, "Takes samples from outside")
          .MayRequire("source", &RemoteServer::source, "Gives series to outside")
          .MayRequire("engine", &RemoteServer::engine, "Answers queries from outside")
          .MayRequire("store", &RemoteServer::store, "Keeps objects for outside")
          .MayRequireMany("auth", &RemoteServer::auth, "Who calls come from; asked in order, without one nobody is asked");
  return kType.raw();
}

const kvs_component_type_t* ClientType() {
  static const sdk::ComponentType<RemoteClient, ClientConfig> kType =
      sdk::ComponentType<RemoteClient, ClientConfig>("remote.grpc_client", "Ports of other processes, over gRPC", KVS_BETA)
          .Provides<sdk::SeriesSink>("sink", "Samples for the peers")
          .Provides<sdk::SeriesSource>("source", "Series of the peers", KVS_PORT_BLOCKING)
          .Provides<sdk::QueryEngine>("engine", "Queries that the first peer answers")
          .Provides<sdk::ObjectStore>("store", "Objects that the first peer keeps");
  return kType.raw();
}

const kvs_component_type_t* DialerType() {
  static const sdk::ComponentType<RemoteDialer, DialerConfig> kType =
      sdk::ComponentType<RemoteDialer, DialerConfig>("remote.grpc_dialer", "Ports of whoever listens at an address, such as members of a ring", KVS_BETA)
          .Provides<sdk::Dialer>("dialer", "Connections");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::remote::grpc

KVS_MODULE(KVS_PLUGIN_ID, kvs::remote::grpc::ServerType(), kvs::remote::grpc::ClientType(), kvs::remote::grpc::DialerType())
