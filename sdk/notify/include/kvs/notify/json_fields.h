// SPDX-License-Identifier: Apache-2.0
// JsonFields: members of payloads as Go's encoding/json writes them, whose byte order and escapes
// services have seen for years: < > & as \u003c and so on, and members that are left out when
// empty.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kvs/http/json.h"

namespace kvs::notify {

class JsonFields {
 public:
  /// `out` outlives it.
  explicit JsonFields(std::string& out) : json_(out) {}

  JsonFields& Begin() {
    json_.BeginObject();
    return *this;
  }
  JsonFields& Begin(std::string_view name) {
    json_.Key(name);
    return Begin();
  }
  JsonFields& End() {
    json_.EndObject();
    return *this;
  }
  JsonFields& BeginList(std::string_view name) {
    json_.Key(name);
    json_.BeginArray();
    return *this;
  }
  JsonFields& EndList() {
    json_.EndArray();
    return *this;
  }
  JsonFields& Text(std::string_view name, std::string_view value) {
    json_.Key(name);
    json_.HtmlSafeString(value);
    return *this;
  }
  JsonFields& TextIfAny(std::string_view name, std::string_view value) {
    return value.empty() ? *this : Text(name, value);
  }
  /// Left out when there is none.
  JsonFields& Texts(std::string_view name, const std::vector<std::string>& values) {
    if (values.empty()) return *this;
    BeginList(name);
    for (const std::string& value : values) json_.HtmlSafeString(value);
    return EndList();
  }
  JsonFields& Flag(std::string_view name, bool value) {
    json_.Key(name);
    json_.Bool(value);
    return *this;
  }
  JsonFields& Int(std::string_view name, int64_t value) {
    json_.Key(name);
    json_.Int(value);
    return *this;
  }
  /// A value that is JSON already.
  JsonFields& Raw(std::string_view name, std::string_view json) {
    json_.Key(name);
    json_.Raw(json);
    return *this;
  }

 private:
  http::JsonWriter json_;
};

}  // namespace kvs::notify
