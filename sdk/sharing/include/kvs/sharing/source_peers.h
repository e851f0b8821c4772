// SPDX-License-Identifier: Apache-2.0
// SourcePeers: connections to members of a ring that have series, by address.
#pragma once

#include <memory>
#include <string_view>

#include "kvs/sdk/port/dialer.h"
#include "kvs/sdk/port/series_source.h"
#include "kvs/sharing/peer_map.h"

namespace kvs::sharing {

struct SourcePeer {
  sdk::Connection connection;
  sdk::SourceRef source;
};

/// [any]
class SourcePeers {
 public:
  void Use(sdk::DialerRef dialer) { dialer_ = dialer; }
  StatusOr<std::shared_ptr<const SourcePeer>> Find(std::string_view address);
  void Clear() { peers_.Clear(); }

 private:
  sdk::DialerRef dialer_;
  PeerMap<const SourcePeer> peers_;
};

}  // namespace kvs::sharing
