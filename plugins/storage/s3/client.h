// SPDX-License-Identifier: Apache-2.0
// Client: single S3 requests, signed and sent until they succeed, cannot, or the deadline comes. A
// signature is good for some minutes only, so each attempt is signed anew.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kvs/http_client/http_client.h"
#include "kvs/objstore/backoff.h"
#include "kvs/sdk/co.h"
#include "kvs/sdk/gate.h"

#include "answers.h"
#include "credentials.h"
#include "endpoint.h"
#include "metrics.h"

namespace kvs::storage::s3 {

using http_client::HttpAnswer;
using http_client::HttpClient;
using http_client::HttpRequest;

struct Operation {
  const char* name;    ///< "GetObject": what the policy of a bucket calls it
  const char* method;  ///< "GET"
  std::string key;     ///< as the store knows it; empty: the bucket
  std::vector<std::pair<std::string, std::string>> query;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string_view body;                       ///< borrowed until the end
  uint64_t answer_bytes_max = uint64_t{32} << 20;
};

struct Reply {
  Status status;      ///< OK for codes 200 to 299
  HttpAnswer answer;  ///< of the last attempt
  ErrorAnswer error;
};

class Client {
 public:
  struct Parts {
    sdk::Host host;
    const Endpoint& endpoint;
    HttpClient& http;
    CredentialSource& credentials;
    sdk::Gate& gate;
    const Metrics& metrics;
    objstore::BackoffPolicy backoff;
  };
  explicit Client(Parts parts) : p_(parts) {}

  /// `call` outlives it. Goes on wherever.
  sdk::Co<Reply> Send(const sdk::Call& call, Operation op);

 private:
  sdk::Co<std::string> PayloadHash(std::string_view body);
  HttpRequest Sign(const Operation& op, const std::string& payload_hash, const Credentials& who);

  Parts p_;
};

}  // namespace kvs::storage::s3
