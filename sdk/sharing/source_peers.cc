// SPDX-License-Identifier: Apache-2.0
#include "kvs/sharing/source_peers.h"

#include <utility>

#include "kvs/sdk/call.h"

namespace kvs::sharing {

StatusOr<std::shared_ptr<const SourcePeer>> SourcePeers::Find(std::string_view address) {
  return peers_.Find(
      address, sdk::MonotonicNs(), [&]() -> StatusOr<std::shared_ptr<const SourcePeer>> {
        auto peer = std::make_shared<SourcePeer>();
        auto dial = sdk::Record<kvs_dial_t>();
        dial.address = sdk::Str(address);
        KVS_RETURN_IF_ERROR(
            sdk::Await(dialer_.dial(), sdk::OwnedCall("ring"), &dial, peer->connection.out()));
        peer->source = peer->connection.port<sdk::SourceRef>();
        if (!peer->source) return FailedPrecondition("the dialer carries no series");
        return std::shared_ptr<const SourcePeer>(std::move(peer));
      });
}

}  // namespace kvs::sharing
