// SPDX-License-Identifier: Apache-2.0
#include "page.h"

#include <cstdio>

#include "kvs/base/str_cat.h"
#include "kvs/base/units.h"
#include "kvs/http/html.h"
#include "kvs/http/json.h"
#include "kvs/http/params.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/kv_write.h"

namespace kvs::ring::kv {
namespace {

constexpr int64_t kPageTimeoutMs = 5'000;

std::string Percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g%%", share * 100);
  return text;
}

std::string_view StateOf(const PictureMember& member) {
  return member.healthy ? NameOf(member.instance.state) : "UNHEALTHY";
}

std::string AsJson(const Picture& picture, const Config& config, int64_t now_ms) {
  const std::vector<double> ownership = picture.Ownership();
  std::string out;
  http::JsonWriter json(out);
  json.BeginObject();
  json.Key("shards");
  json.BeginArray();
  for (size_t i = 0; i < picture.members().size(); ++i) {
    const PictureMember& member = picture.members()[i];
    const Instance& instance = member.instance;
    json.BeginObject();
    json.Key("id");
    json.String(instance.id);
    json.Key("state");
    json.String(StateOf(member));
    json.Key("address");
    json.String(instance.address);
    json.Key("timestamp");
    json.Timestamp(instance.heartbeat_ms);
    json.Key("registered_timestamp");
    json.Timestamp(instance.registered_ms);
    json.Key("read_only");
    json.Bool(instance.read_only);
    json.Key("zone");
    json.String(instance.zone);
    json.Key("num_tokens");
    json.Uint(instance.tokens);
    json.Key("ownership");
    json.String(Percent(ownership[i]));
    json.EndObject();
  }
  json.EndArray();
  json.Key("now");
  json.Timestamp(now_ms);
  json.Key("replication_factor");
  json.Int(config.replication_factor);
  json.Key("zone_awareness_enabled");
  json.Bool(config.zone_awareness_enabled);
  json.EndObject();
  return out;
}

std::string AsHtml(const Picture& picture, const Config& config, const Watcher& watcher,
                   int64_t now_ms) {
  const std::vector<double> ownership = picture.Ownership();
  const std::string name = http::EscapeHtml(config.name);
  std::string out =
      StrCat("<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>Ring of ", name,
             "s</title></head><body><h1>Ring of ", name, "s</h1><p>", config.replication_factor,
             " copies", config.zone_awareness_enabled ? ", in different zones" : "",
             "</p><form method=\"post\"><table border=\"1\">",
             "<tr><th>Instance</th><th>Zone</th><th>State</th><th>Address</th><th>Registered</"
             "th><th>Read-only</th>"
             "<th>Heard of</th><th>Tokens</th><th>Ownership</th><th></th></tr>");
  for (size_t i = 0; i < picture.members().size(); ++i) {
    const PictureMember& member = picture.members()[i];
    const Instance& instance = member.instance;
    const std::string id = http::EscapeHtml(instance.id);
    StrAppend(out, "<tr><td>", id, "</td><td>", http::EscapeHtml(instance.zone), "</td><td>",
              StateOf(member), "</td><td>", http::EscapeHtml(instance.address), "</td><td>",
              FormatDurationMs(std::max<int64_t>(0, now_ms - instance.registered_ms)),
              " ago</td><td>", instance.read_only ? "yes" : "no", "</td><td>",
              FormatDurationMs(watcher.SilentMs(instance.id)), " ago</td><td>", instance.tokens,
              "</td><td>", Percent(ownership[i]), "</td><td><button name=\"forget\" value=\"", id,
              "\" type=\"submit\">Forget</button></td></tr>");
  }
  return out + "</table></form></body></html>\n";
}

}  // namespace

RingPage::RingPage(sdk::Host host, const Config& config, const Watcher& watcher, Member* member)
    : host_(host), config_(config), watcher_(watcher), member_(member) {}

Status RingPage::Add(const sdk::RoutesRef& http) {
  const std::string path = StrCat("/", config_.name, "/ring"),
                    route = StrCat(config_.name, "_ring");
  const char* const component = host_.component();
  KVS_RETURN_IF_ERROR(
      http.Add(component, "GET", path, &show_, {.flags = KVS_HTTP_ADMIN, .name = route}));
  KVS_RETURN_IF_ERROR(http.Add(component, "POST", path, &forget_,
                               {.flags = KVS_HTTP_ADMIN, .name = route, .max_body_bytes = 4096}));
  if (member_ == nullptr) return OkStatus();
  return http.Add(
      component, "GET,POST,DELETE", StrCat("/", config_.name, "/prepare-instance-ring-downscale"),
      &read_only_,
      {.flags = KVS_HTTP_ADMIN, .name = StrCat(config_.name, "_prepare_instance_ring_downscale")});
}

sdk::Outcome RingPage::Handler::Handle(const sdk::Call& /*call*/, const kvs_http_request_t& in,
                                       kvs_http_reply_t& out, sdk::Completer& completer) {
  auto done = std::make_shared<sdk::Completion>(completer.Defer());
  page_->host_.executor().PostWorker([&page = *page_, answer = answer_, &in, &out, done] {
    sdk::Send((page.*answer)(in), out);
    (*done)(OkStatus());
  });
  return sdk::Pending();
}

sdk::HttpReply RingPage::Show(const kvs_http_request_t& in) {
  const std::shared_ptr<const Picture> picture = watcher_.picture();
  if (picture == nullptr)
    return sdk::HttpReply::PlainText(503, "the ring has not been read from the kv store yet\n");
  const int64_t now = host_.clock().NowMs();
  if (sdk::HeaderOf(in, "accept").find("application/json") != std::string_view::npos)
    return sdk::HttpReply::Json(200, AsJson(*picture, config_, now));
  return {200,
          {{"content-type", "text/html; charset=utf-8"}},
          AsHtml(*picture, config_, watcher_, now)};
}

sdk::HttpReply RingPage::Forget(const kvs_http_request_t& in) {
  const StatusOr<http::Params> params =
      http::Params::Parse(sdk::View(in.query), sdk::TextOf(in.body));
  if (!params.ok()) return sdk::HttpReply::PlainText(400, params.status().message() + "\n");
  const std::string id(params->Get("forget"));
  const std::shared_ptr<const Picture> picture = watcher_.picture();
  bool known = false;
  if (picture != nullptr) {
    for (const PictureMember& member : picture->members())
      known = known || member.instance.id == id;
  }
  if (!known)
    return sdk::HttpReply::PlainText(404, StrCat("no instance \"", id, "\" in the ring\n"));
  const std::string key = config_.Prefix() + id;
  auto write = kvs_kv_write_t{};
  write.key = sdk::Str(key);
  write.flags = KVS_KV_DELETE;
  const Status status =
      sdk::ApplyOne(kv_, sdk::OwnedCall("ring").WithTimeoutMs(kPageTimeoutMs), write).status();
  if (!status.ok()) return sdk::HttpReply::PlainText(503, status.message() + "\n");
  host_.log().Warn("a member is forgotten on request", {{"ring", config_.name}, {"instance", id}});
  return {302, {{"location", StrCat("/", config_.name, "/ring")}}, ""};
}

sdk::HttpReply RingPage::ReadOnly(const kvs_http_request_t& in) {
  const std::string_view method = sdk::View(in.method);
  if (method != "GET") {
    const Status status = member_->SetReadOnly(method == "POST");
    if (!status.ok()) return sdk::HttpReply::PlainText(503, status.message() + "\n");
  }
  const int64_t since = member_->is_read_only() ? member_->read_only_changed_ms() / 1000 : 0;
  return sdk::HttpReply::Json(200, StrCat("{\"timestamp\":", since, "}"));
}

}  // namespace kvs::ring::kv
