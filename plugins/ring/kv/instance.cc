// SPDX-License-Identifier: Apache-2.0
#include "instance.h"

#include <array>

#include "kvs/http/json.h"
#include "kvs/http/json_members.h"

namespace kvs::ring::kv {
namespace {

constexpr std::array<std::string_view, 4> kNames = {"PENDING", "JOINING", "ACTIVE", "LEAVING"};
constexpr int64_t kTokensMax = 65'536;

}  // namespace

std::string_view NameOf(State state) {
  return kNames[static_cast<size_t>(state)];
}

std::string Instance::ToJson() const {
  std::string out;
  http::JsonWriter json(out);
  json.BeginObject();
  json.Key("addr");
  json.String(address);
  json.Key("zone");
  json.String(zone);
  json.Key("state");
  json.String(NameOf(state));
  json.Key("tokens");
  json.Uint(tokens);
  json.Key("registered_at");
  json.Int(registered_ms);
  json.Key("heartbeat_at");
  json.Int(heartbeat_ms);
  json.Key("read_only");
  json.Bool(read_only);
  json.Key("read_only_changed_at");
  json.Int(read_only_changed_ms);
  json.EndObject();
  return out;
}

StatusOr<Instance> Instance::FromJson(std::string_view id, std::string_view json) {
  Instance out;
  out.id = id;
  KVS_RETURN_IF_ERROR(http::ReadJsonObject("ring member", json, [&](http::JsonMembers& in) {
    in.Require("addr");
    in.Get("addr", &out.address);
    in.Get("zone", &out.zone);
    in.Require("state");
    in.Text("state", [&](std::string_view name) -> Status {
      for (size_t i = 0; i < kNames.size(); ++i) {
        if (kNames[i] == name) {
          out.state = static_cast<State>(i);
          return OkStatus();
        }
      }
      return InvalidArgument("\"", name, "\" is no state");
    });
    int64_t tokens = 0;
    in.Get("tokens", &tokens);
    if (tokens < 0 || tokens > kTokensMax) in.Note(DataLoss("ring member: ", tokens, " tokens"));
    out.tokens = static_cast<uint32_t>(tokens);
    in.Get("registered_at", &out.registered_ms);
    in.Get("heartbeat_at", &out.heartbeat_ms);
    in.Get("read_only", &out.read_only);
    in.Get("read_only_changed_at", &out.read_only_changed_ms);
  }));
  return out;
}

}  // namespace kvs::ring::kv
