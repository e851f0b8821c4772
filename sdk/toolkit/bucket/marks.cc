// SPDX-License-Identifier: Apache-2.0
#include "kvs/bucket/marks.h"

#include "kvs/bucket/layout.h"
#include "kvs/http/json.h"
#include "kvs/http/json_members.h"

namespace kvs::bucket {
namespace {

using http::JsonMembers;
using http::JsonWriter;

// What marks of blocks have in common.
void ReadBlockMark(std::string_view file, JsonMembers& in, tsdb::Ulid* id) {
  int64_t version = 0;
  in.Require("id");
  in.Require("version");
  in.Get("version", &version);
  if (version != 1) in.Note(DataLoss(file, ": version ", version, "; only 1 is known"));
  in.Text("id", [id](std::string_view text) {
    KVS_ASSIGN_OR_RETURN(*id, tsdb::Ulid::Parse(text));
    return OkStatus();
  });
}

void WriteText(JsonWriter& json, std::string_view key, std::string_view text) {
  json.Key(key);
  json.HtmlSafeString(text);
}

void WriteInt(JsonWriter& json, std::string_view key, int64_t value) {
  json.Key(key);
  json.Int(value);
}

}  // namespace

StatusOr<DeletionMark> ParseDeletionMark(std::string_view json) {
  DeletionMark mark;
  KVS_RETURN_IF_ERROR(http::ReadJsonObject(kDeletionMarkFile, json, [&mark](JsonMembers& in) {
    ReadBlockMark(kDeletionMarkFile, in, &mark.id);
    in.Require("deletion_time");
    in.Get("deletion_time", &mark.deletion_time_s);
    in.Get("details", &mark.details);
  }));
  return mark;
}

std::string FormatDeletionMark(const DeletionMark& mark) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  WriteText(json, "id", mark.id.ToString());
  WriteInt(json, "version", 1);
  if (!mark.details.empty()) WriteText(json, "details", mark.details);
  WriteInt(json, "deletion_time", mark.deletion_time_s);
  json.EndObject();
  return out;
}

StatusOr<NoCompactMark> ParseNoCompactMark(std::string_view json) {
  NoCompactMark mark;
  KVS_RETURN_IF_ERROR(http::ReadJsonObject(kNoCompactMarkFile, json, [&mark](JsonMembers& in) {
    ReadBlockMark(kNoCompactMarkFile, in, &mark.id);
    in.Get("no_compact_time", &mark.no_compact_time_s);
    in.Get("reason", &mark.reason);
    in.Get("details", &mark.details);
  }));
  return mark;
}

std::string FormatNoCompactMark(const NoCompactMark& mark) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  WriteText(json, "id", mark.id.ToString());
  WriteInt(json, "version", 1);
  if (!mark.details.empty()) WriteText(json, "details", mark.details);
  WriteInt(json, "no_compact_time", mark.no_compact_time_s);
  WriteText(json, "reason", mark.reason);
  json.EndObject();
  return out;
}

StatusOr<TenantDeletionMark> ParseTenantDeletionMark(std::string_view json) {
  TenantDeletionMark mark;
  KVS_RETURN_IF_ERROR(http::ReadJsonObject(kTenantDeletionMarkFile, json, [&mark](JsonMembers& in) {
    in.Require("deletion_time");
    in.Get("deletion_time", &mark.deletion_time_s);
    in.Get("finished_time", &mark.finished_time_s);
  }));
  return mark;
}

std::string FormatTenantDeletionMark(const TenantDeletionMark& mark) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  WriteInt(json, "deletion_time", mark.deletion_time_s);
  if (mark.finished_time_s != 0) WriteInt(json, "finished_time", mark.finished_time_s);
  json.EndObject();
  return out;
}

}  // namespace kvs::bucket
