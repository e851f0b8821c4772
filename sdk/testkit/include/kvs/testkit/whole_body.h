// SPDX-License-Identifier: Apache-2.0
// The body of an answer as a client gets it: what stands in it, and what is made while it is sent.
#pragma once

#include <string>

#include "kvs/sdk/call.h"
#include "kvs/sdk/port/http_routes.h"

namespace kvs::testkit {

struct WholeBody {
  std::string text;
  int pieces = 0;   ///< That came behind what stood in the answer.
  std::string cut;  ///< Why there is no more of it; empty: it is whole.
};

/// Takes all of it, as a server does. [worker]
inline WholeBody ReadBody(const kvs_http_reply_t& reply, const sdk::Call& call) {
  WholeBody body;
  for (uint64_t i = 0; i < reply.n_segments; ++i) body.text += sdk::TextOf(reply.segments[i]);
  while (reply.next != nullptr) {
    auto piece = sdk::Record<kvs_http_piece_t>();
    auto error = sdk::Record<kvs_error_t>();
    const sdk::Method<void, kvs_http_piece_t> next{reply.next, reply.next_self};
    const kvs_status_t code = sdk::AwaitRaw(next, call, nullptr, &piece, &error);
    if (code == KVS_END) break;
    if (const Status status = sdk::Import(code, &error); !status.ok()) {
      body.cut = status.ToString();
      break;
    }
    ++body.pieces;
    body.text += sdk::TextOf(piece.bytes);
  }
  return body;
}

}  // namespace kvs::testkit
