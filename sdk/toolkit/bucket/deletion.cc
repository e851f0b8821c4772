// SPDX-License-Identifier: Apache-2.0
#include "kvs/bucket/deletion.h"

#include "kvs/http/json.h"
#include "kvs/http/json_members.h"

namespace kvs::bucket {

StatusOr<Deletion> ParseDeletion(std::string_view json) {
  constexpr std::string_view kFile = "deletion";
  Deletion deletion;
  KVS_RETURN_IF_ERROR(http::ReadJsonObject(kFile, json, [&](http::JsonMembers& in) {
    int64_t version = 0;
    for (const std::string_view key : {"version", "id", "selectors", "start_ms", "end_ms"})
      in.Require(key);
    in.Get("version", &version);
    if (version != 1) in.Note(DataLoss(kFile, ": version ", version, "; only 1 is known"));
    in.Text("id", [&deletion](std::string_view text) {
      KVS_ASSIGN_OR_RETURN(deletion.id, tsdb::Ulid::Parse(text));
      return OkStatus();
    });
    in.Get("selectors", &deletion.selectors);
    in.Get("start_ms", &deletion.start_ms);
    in.Get("end_ms", &deletion.end_ms);
    in.Get("created_at_ms", &deletion.created_at_ms);
  }));
  return deletion;
}

std::string FormatDeletion(const Deletion& deletion) {
  std::string out;
  http::JsonWriter json(out);
  const auto number = [&json](std::string_view key, int64_t value) {
    json.Key(key);
    json.Int(value);
  };
  json.BeginObject();
  number("version", 1);
  json.Key("id");
  json.HtmlSafeString(deletion.id.ToString());
  json.Key("selectors");
  json.BeginArray();
  for (const std::string& selector : deletion.selectors) json.HtmlSafeString(selector);
  json.EndArray();
  number("start_ms", deletion.start_ms);
  number("end_ms", deletion.end_ms);
  number("created_at_ms", deletion.created_at_ms);
  json.EndObject();
  return out;
}

}  // namespace kvs::bucket
