// SPDX-License-Identifier: Apache-2.0
// JsonMembers: reads members of a JSON object of which the names are known: what is absent or null
// keeps what it was, what is unknown is passed over, and the first member of a wrong type is what
// the status says.
//
//   return ReadJsonObject("meta.json", json, [&](JsonMembers& in) {
//     in.Require("version");
//     in.Get("version", &version);
//     in.Inside("stats", [&](JsonMembers& stats) { stats.Get("numSeries", &series); });
//   });
//
// [any]
#pragma once

#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"

namespace kvs::http {

class JsonMembers {
  using Array = simdjson::dom::array;
  using Element = simdjson::dom::element;
  using Object = simdjson::dom::object;

 public:
  /// `path` stands before the names of members in errors: "meta.json: stats.".
  JsonMembers(const Object& json, std::string path) : json_(json), path_(std::move(path)) {}

  /// A bool, int64_t, uint64_t or a view of a text, which lives as long as the document. True when
  /// it is there.
  template <typename T>
  bool Get(std::string_view key, T* out) {
    Element member;
    if (json_.at_key(key).get(member) != simdjson::SUCCESS || member.is_null()) return false;
    return As(member, key, out);
  }
  void Get(std::string_view key, std::string* out) {
    if (std::string_view text; Get(key, &text)) *out = text;
  }
  void Get(std::string_view key, std::vector<std::string>* out) {
    EachText(key, [out](std::string_view text) {
      out->emplace_back(text);
      return OkStatus();
    });
  }
  /// All members, which are texts.
  void GetAll(std::map<std::string, std::string>* out) {
    for (const auto field : json_) {
      if (std::string_view text; As(field.value, field.key, &text))
        (*out)[std::string(field.key)] = text;
    }
  }
  /// Status visit(std::string_view) for a text.
  template <typename Visit>
  void Text(std::string_view key, Visit visit) {
    if (std::string_view text; Get(key, &text)) NoteOf(key, visit(text));
  }
  /// Status visit(std::string_view) for each text of an array.
  template <typename Visit>
  void EachText(std::string_view key, Visit visit) {
    EachOf(key, [&](const Element& item) {
      if (std::string_view text; As(item, key, &text)) NoteOf(key, visit(text));
    });
  }
  /// visit(JsonMembers&) for each object of an array.
  template <typename Visit>
  void ForEach(std::string_view key, Visit visit) {
    EachOf(key, [&](const Element& item) {
      Object fields;
      if (!As(item, key, &fields)) return;
      JsonMembers members(fields, StrCat(path_, key, "."));
      visit(members);
      Note(members.status_);
    });
  }
  /// visit(JsonMembers&) for an object.
  template <typename Visit>
  void Inside(std::string_view key, Visit visit) {
    Object fields;
    if (!Get(key, &fields)) return;
    JsonMembers members(fields, StrCat(path_, key, "."));
    visit(members);
    Note(members.status_);
  }
  void Require(std::string_view key) {
    Element member;
    if (json_.at_key(key).get(member) != simdjson::SUCCESS || member.is_null())
      Note(DataLoss(path_, key, " is missing"));
  }

  /// The first error stays.
  void Note(const Status& status) {
    if (status_.ok()) status_ = status;
  }
  /// DataLoss, naming the member.
  const Status& status() const { return status_; }

 private:
  template <typename T>
  static constexpr std::string_view Kind() {
    if constexpr (std::is_same_v<T, bool>) return "true or false";
    if constexpr (std::is_same_v<T, std::string_view>) return "a text";
    if constexpr (std::is_same_v<T, Object>) return "an object";
    if constexpr (std::is_same_v<T, Array>) return "an array";
    return "a whole number";
  }
  template <typename T>
  bool As(const Element& item, std::string_view key, T* out) {
    if (item.get(*out) == simdjson::SUCCESS) return true;
    Note(DataLoss(path_, key, " is not ", Kind<T>()));
    return false;
  }
  void NoteOf(std::string_view key, const Status& status) {
    if (!status.ok()) Note(DataLoss(path_, key, ": ", status.message()));
  }
  template <typename Visit>
  void EachOf(std::string_view key, Visit visit) {
    Array items;
    if (!Get(key, &items)) return;
    for (const Element item : items) visit(item);
  }

  Object json_;
  std::string path_;
  Status status_;
};

/// visit(JsonMembers&) for the object that is all of `json`. DataLoss, beginning with `file`.
template <typename Visit>
Status ReadJsonObject(std::string_view file, std::string_view json, Visit visit) {
  if (json.empty())
    return DataLoss(file, ": no JSON: it is empty");  // simdjson copies from null then.
  simdjson::dom::parser parser;
  simdjson::dom::object root;
  const auto error = parser.parse(json.data(), json.size()).get(root);
  if (error == simdjson::INCORRECT_TYPE) return DataLoss(file, ": not an object");
  if (error != simdjson::SUCCESS)
    return DataLoss(file, ": no JSON: ", simdjson::error_message(error));
  JsonMembers members(root, StrCat(file, ": "));
  visit(members);
  return members.status();
}

}  // namespace kvs::http
