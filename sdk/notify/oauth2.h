// SPDX-License-Identifier: Apache-2.0
// TokenSource: access tokens by OAuth 2.0's client credentials grant (RFC 6749, section 4.4), kept
// until shortly before they expire.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "kvs/base/mutex.h"
#include "kvs/http_client/http_client.h"
#include "kvs/sdk/co.h"

#include "peer.h"

namespace kvs::notify {

class TokenSource {
 public:
  /// `client` is borrowed.
  TokenSource(sdk::Host host, http_client::HttpClient& client) : host_(host), client_(client) {}

  /// A token for the tenant of the call, and the settings of `peer.oauth2`. The client
  /// authenticates in a header, and where that is refused, in the form, as Go's library does.
  /// [worker]
  sdk::Co<StatusOr<std::string>> Get(const sdk::Call& call, const Peer& peer,
                                     const Secrets& secrets);

 private:
  struct Token {
    std::string value;
    int64_t expires_ms = 0;
  };
  sdk::Co<StatusOr<Token>> Fetch(const sdk::Call& call, const http_client::PeerOptions& options,
                                 const Settings& oauth2, const std::string& secret, bool in_header);

  const sdk::Host host_;
  http_client::HttpClient& client_;
  Mutex mutex_;
  std::map<std::string, Token> tokens_ KVS_GUARDED_BY(mutex_);  // By a digest of who and what.
};

}  // namespace kvs::notify
