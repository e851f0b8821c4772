// SPDX-License-Identifier: Apache-2.0
#include "page.h"

#include <algorithm>

#include "kvs/base/units.h"
#include "kvs/http/html.h"
#include "kvs/http/json.h"

namespace kvs::sink::ha_dedup {
namespace {

std::string AsJson(const std::vector<Tracker::Shown>& all, int64_t now) {
  std::string out;
  http::JsonWriter json(out);
  json.BeginObject();
  json.Key("elected");
  json.BeginArray();
  for (const Tracker::Shown& one : all) {
    json.BeginObject();
    json.Key("userID");
    json.String(one.tenant);
    json.Key("cluster");
    json.String(one.cluster);
    json.Key("replica");
    json.String(one.elected.replica);
    json.Key("electedAt");
    json.Timestamp(one.elected.elected_ms);
    json.Key("electedChanges");
    json.Uint(one.elected.changes);
    json.Key("lastReceivedAt");
    json.Timestamp(one.elected.received_ms);
    json.Key("now");
    json.Timestamp(now);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
  return out;
}

std::string AsHtml(const std::vector<Tracker::Shown>& all, int64_t now) {
  std::string out =
      "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>HA "
      "tracker</title></head><body>"
      "<h1>HA tracker</h1><table "
      "border=\"1\"><tr><th>Tenant</th><th>Cluster</th><th>Elected "
      "replica</th><th>Heard of</th><th>Elected</th><th>Changes</th></tr>";
  for (const Tracker::Shown& one : all) {
    StrAppend(out, "<tr><td>", http::EscapeHtml(one.tenant), "</td><td>", http::EscapeHtml(one.cluster),
              "</td><td>", http::EscapeHtml(one.elected.replica), "</td><td>",
              FormatDurationMs(std::max<int64_t>(0, now - one.elected.received_ms)),
              " ago</td><td>", FormatDurationMs(std::max<int64_t>(0, now - one.elected.elected_ms)),
              " ago</td><td>", one.elected.changes, "</td></tr>");
  }
  return out + "</table></body></html>\n";
}

}  // namespace

sdk::Outcome TrackerPage::Handle(const sdk::Call& /*call*/, const kvs_http_request_t& in,
                                 kvs_http_reply_t& out, sdk::Completer& /*completer*/) {
  const auto all = tracker_.Show();
  const int64_t now = clock_.NowMs();
  if (sdk::HeaderOf(in, "accept").find("application/json") != std::string_view::npos) {
    sdk::Send(sdk::HttpReply::Json(200, AsJson(all, now)), out);
  } else {
    sdk::Send({200, {{"content-type", "text/html; charset=utf-8"}}, AsHtml(all, now)}, out);
  }
  return OkStatus();
}

}  // namespace kvs::sink::ha_dedup
