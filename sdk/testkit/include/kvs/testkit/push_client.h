// SPDX-License-Identifier: Apache-2.0
// For tests of ways in: a sink that remembers, routes that remember, and a request posted to a
// handler as a listener would.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "kvs/base/str_cat.h"
#include "kvs/model/label_cursor.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/port/http_routes.h"
#include "kvs/sdk/port/series_sink.h"
#include "kvs/sdk/write_batch.h"
#include "kvs/testkit/whole_body.h"

namespace kvs::testkit {

/// Keeps what it was given as text, and answers as it is told.
class RecordingSink final : public sdk::SeriesSink {
 public:
  sdk::Outcome Write(const sdk::Call& call, const kvs_write_view_t& in, kvs_write_result_t& out,
                     sdk::Completer& completer) override {
    tenant = call.tenant();
    ran_on = std::this_thread::get_id();
    const kvs_write_batch_t& batch = *in.batch;
    for (uint32_t i = 0; i < batch.n_series; ++i) {
      std::string line = model::FormatSeries(model::LabelCursor(sdk::LabelSourceOf(batch), i));
      for (uint32_t s = batch.sample_begin[i]; s < batch.sample_begin[i + 1]; ++s)
        StrAppend(line, " ", batch.value[s], "@", batch.timestamp_ms[s]);
      seen.push_back(line);
      keys.push_back(batch.series_key[i].lo);
    }
    for (uint64_t i = 0; i < batch.n_metadata; ++i)
      metadata.push_back(StrCat(sdk::View(batch.metadata[i].metric), " ", batch.metadata[i].type,
                                " ", sdk::View(batch.metadata[i].help)));
    return answer(in, out, completer);
  }
  std::function<sdk::Outcome(const kvs_write_view_t&, kvs_write_result_t&, sdk::Completer&)>
      answer =
          [](const kvs_write_view_t&, kvs_write_result_t&, sdk::Completer&) { return OkStatus(); };
  std::string tenant;
  std::thread::id ran_on;
  std::vector<std::string> seen;  ///< A line a series: up{job="a"} 1@1000 2@2000
  std::vector<uint64_t> keys;
  std::vector<std::string> metadata;  ///< Metric, type and help.
};

/// Keeps what was hung up and taken down.
class RecordingRoutes final : public sdk::HttpRoutes {
 public:
  Status Add(std::string_view component, const kvs_http_route_t& route) override {
    added.push_back(StrCat(component, " ", sdk::View(route.methods), " ", sdk::View(route.pattern),
                           " ", route.flags));
    max_body_bytes = route.max_body_bytes;
    return OkStatus();
  }
  void RemoveAll(std::string_view component) override { added.push_back(StrCat("-", component)); }
  std::vector<std::string> added;
  uint64_t max_body_bytes = 0;  ///< Of the route added last.
};

struct HttpAnswer {
  int status = 0;
  std::string body;
  std::map<std::string, std::string> headers;
  int pieces = 0;   ///< That came behind what stood in the answer.
  std::string cut;  ///< Why there is no more of it; empty: it is whole.
};

/// Names of headers are in lower case; those without a value are left out.
struct HttpPost {
  std::string_view body;
  std::initializer_list<std::pair<std::string_view, std::string_view>> headers;
  std::string_view tenant = "team-a";
  std::string_view path = "/";
  std::string_view query = "";
};

/// Waits for the answer, on whichever thread it is made.
inline HttpAnswer PostTo(sdk::HttpHandler* handler, const HttpPost& post) {
  std::vector<kvs_pair_t> headers;
  for (const auto& [name, value] : post.headers) {
    if (!value.empty()) headers.push_back({sdk::Str(name), sdk::Str(value)});
  }
  auto in = sdk::Record<kvs_http_request_t>();
  in.method = sdk::Str("POST");
  in.path = sdk::Str(post.path);
  in.query = sdk::Str(post.query);
  in.headers = headers.data();
  in.n_headers = static_cast<uint32_t>(headers.size());
  in.body = sdk::Bytes(post.body);
  sdk::Owned<kvs_http_reply_t> out;
  const sdk::OwnedCall call(post.tenant);
  const sdk::Method<kvs_http_request_t, kvs_http_reply_t> handle{
      &sdk::Thunk<&sdk::HttpHandler::Handle>::Entry, handler};
  HttpAnswer answer;
  if (!sdk::Await(handle, call, &in, out.out()).ok()) return answer;
  answer.status = out->status;
  WholeBody body = ReadBody(*out, call);
  answer.body = std::move(body.text);
  answer.pieces = body.pieces;
  answer.cut = std::move(body.cut);
  for (uint64_t i = 0; i < out->n_headers; ++i)
    answer.headers[sdk::Text(out->headers[i].name)] = sdk::Text(out->headers[i].value);
  return answer;
}

}  // namespace kvs::testkit
