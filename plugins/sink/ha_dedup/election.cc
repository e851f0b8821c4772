// SPDX-License-Identifier: Apache-2.0
#include "election.h"

#include <algorithm>

#include "kvs/http/json.h"
#include "kvs/http/json_members.h"

namespace kvs::sink::ha_dedup {

std::string Elected::ToJson() const {
  std::string out;
  http::JsonWriter json(out);
  json.BeginObject();
  json.Key("replica");
  json.String(replica);
  json.Key("received_at");
  json.Int(received_ms);
  json.Key("elected_at");
  json.Int(elected_ms);
  json.Key("elected_changes");
  json.Uint(changes);
  json.EndObject();
  return out;
}

StatusOr<Elected> Elected::FromJson(std::string_view json) {
  Elected out;
  KVS_RETURN_IF_ERROR(http::ReadJsonObject("elected replica", json, [&](http::JsonMembers& in) {
    in.Require("replica");
    in.Get("replica", &out.replica);
    in.Get("received_at", &out.received_ms);
    in.Get("elected_at", &out.elected_ms);
    in.Get("elected_changes", &out.changes);
  }));
  return out;
}

bool MayTakeOver(const Elected& elected, int64_t heard_ms, int64_t now_ms, int64_t newest_sample_ms,
                 const ElectionRules& rules) {
  const int64_t last = std::max(elected.received_ms, heard_ms);
  if (now_ms - last <= rules.failover_ms) return false;
  return rules.failover_sample_ms <= 0 || newest_sample_ms - last > rules.failover_sample_ms;
}

}  // namespace kvs::sink::ha_dedup
