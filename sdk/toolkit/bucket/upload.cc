// SPDX-License-Identifier: Apache-2.0
#include "kvs/bucket/upload.h"

#include "kvs/bucket/layout.h"
#include "kvs/http/json.h"
#include "kvs/http/json_members.h"

namespace kvs::bucket {

StatusOr<UploadValidation> ParseUploadValidation(std::string_view json) {
  UploadValidation validation;
  KVS_RETURN_IF_ERROR(
      http::ReadJsonObject(kValidationFile, json, [&validation](http::JsonMembers& in) {
        in.Get("LastUpdate", &validation.last_update_ms);
        in.Get("Error", &validation.error);
      }));
  return validation;
}

std::string FormatUploadValidation(const UploadValidation& validation) {
  std::string out;
  http::JsonWriter json(out);
  json.BeginObject();
  json.Key("LastUpdate");
  json.Int(validation.last_update_ms);
  json.Key("Error");
  json.HtmlSafeString(validation.error);
  json.EndObject();
  return out;
}

}  // namespace kvs::bucket
