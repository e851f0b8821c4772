// SPDX-License-Identifier: Apache-2.0
// Peers: the other members of a ring, asked over HTTP. The tenant of a question travels as
// X-Scope-OrgID.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/http_client/http_client.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/host.h"
#include "kvs/sharing/work_ring.h"

namespace kvs::peers {

struct PeersOptions {
  int64_t timeout_ms = 10'000;
  std::string ca_file;              ///< Set: peers speak HTTPS, with certificates of these.
  std::string cert_file, key_file;  ///< Our own certificate.
  std::string bearer_token;         ///< Empty: none is shown.
  std::string thread = "peers";
};

class Peers {
 public:
  Peers(sdk::Host host, PeersOptions options);
  ~Peers();
  Status Start();
  /// Ends what is under way. [worker]
  void Stop();

  struct Question {
    std::string_view method = "GET";
    std::string path;       ///< With its query.
    std::string_view body;  ///< Borrowed until Ask() returns.
    std::string_view content_type = "application/json";
  };
  struct Answer {
    std::string id;  ///< Of the member.
    /// UNAVAILABLE: it could not be reached. Otherwise what it said, whatever the code.
    StatusOr<http_client::HttpAnswer> reply = Unavailable("not asked");
  };
  /// Asks all of them at once but this process, for the call's tenant if it has one, and waits for
  /// all. In the order of `members`.
  /// [worker]
  std::vector<Answer> Ask(const sdk::Call& call, const std::vector<sharing::Share::Worker>& members,
                          const Question& question);

 private:
  const PeersOptions options_;
  http_client::HttpClient client_;
};

}  // namespace kvs::peers
