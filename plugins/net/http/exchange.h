// SPDX-License-Identifier: Apache-2.0
// Exchange: one request and its answer: the memory behind the records that a handler is called
// with. Lives until the handler's call has ended and the answer is sent.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/abi/port/authenticator.h"
#include "kvs/abi/port/http_routes.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/owned.h"
#include "kvs/wire/compression.h"

#include "router.h"

namespace kvs::net::http {

/// Names of an answer's own headers, and values.
using HeaderList = std::vector<std::pair<std::string, std::string>>;

struct Exchange {
  Exchange();
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  /// The value of a header; empty when there is none. Lower-case name.
  std::string_view Header(std::string_view name) const;
  /// Fills what the handler is called with from the fields below.
  void FillRecords(std::string_view remote, int64_t request_timeout_ms, bool raw_body);

  // The request.
  std::string method;
  std::string target;  ///< As sent, without scheme and host.
  bool keep_alive = true;
  bool http10 = false;  ///< Knows no chunks: a body of unknown length ends with the connection.
  std::vector<std::pair<std::string, std::string>> headers;  ///< Names in lower case.
  Match match;
  std::string tenant;
  wire::ByteBuffer body;
  int64_t start_ns = 0;

  // Who asks.
  sdk::Owned<kvs_identity_t> identity;
  bool identified = false;
  bool nameless = false;  ///< A probe without credentials: gets the status, not the text.

  // What the handler sees.
  kvs_call_t call;
  kvs_http_request_t in;
  sdk::CancelSource cancel;

  // What it answers.
  kvs_http_reply_t out;
  kvs_error_t error;
  /// Whether the handler makes the body while it is sent.
  bool streams() const { return own_status == 0 && out.next != nullptr; }
  /// The handler is inside of this route until the answer is released: it still makes the body.
  std::shared_ptr<Route> inside;
  /// Nothing of the answer is needed any more.
  void ReleaseAnswer();

  // The answer, when the server itself gives it.
  int own_status = 0;
  std::string own_body;
  HeaderList own_headers;
  void AnswerPlain(int status, std::string_view text);

 private:
  kvs_ext_t identity_ext_;
  std::vector<kvs_pair_t> raw_headers_;
  std::vector<kvs_str_t> raw_params_;
};

}  // namespace kvs::net::http
