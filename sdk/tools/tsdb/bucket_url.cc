// SPDX-License-Identifier: Apache-2.0
#include "bucket_url.h"

#include "kvs/base/str_cat.h"

namespace kvs::tools {
namespace {

constexpr std::string_view kS3 = "s3://", kFile = "file://";

// Percent signs, as in every URL.
StatusOr<std::string> Unescape(std::string_view text) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  };
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    const int high = i + 2 < text.size() ? digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return InvalidArgument("a % without two hexadecimal digits");
    out.push_back(static_cast<char>(high << 4 | low));
    i += 2;
  }
  return out;
}

// A basic string of TOML.
std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + "\"";
}

Status ReadQuery(std::string_view query, std::map<std::string, std::string>* settings) {
  while (!query.empty()) {
    const size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    const size_t equals = pair.find('=');
    if (equals == 0 || equals == std::string_view::npos) {
      return InvalidArgument("\"", pair, "\" is no setting=value");
    }
    for (const char c : pair.substr(0, equals)) {
      const bool allowed = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
      if (!allowed)
        return InvalidArgument("\"", pair.substr(0, equals), "\" is no name of a setting");
    }
    KVS_ASSIGN_OR_RETURN(std::string value, Unescape(pair.substr(equals + 1)));
    for (const char c : value) {
      if (static_cast<unsigned char>(c) < ' ')
        return InvalidArgument("a control character in a setting");
    }
    (*settings)[std::string(pair.substr(0, equals))] = std::move(value);
  }
  return OkStatus();
}

}  // namespace

bool BucketUrl::Is(std::string_view text) {
  return text.find("://") != std::string_view::npos;
}

StatusOr<BucketUrl> BucketUrl::Parse(std::string_view text) {
  BucketUrl out;
  const size_t question = text.find('?');
  std::string_view place = text.substr(0, question);
  if (question != std::string_view::npos) {
    if (const Status status = ReadQuery(text.substr(question + 1), &out.settings); !status.ok()) {
      return Annotate(status, text);
    }
  }
  while (place.ends_with('/') && !place.ends_with("://")) place.remove_suffix(1);
  if (place.starts_with(kFile)) {
    place.remove_prefix(kFile.size());
    if (!place.starts_with('/')) return InvalidArgument(text, ": file:// and an absolute path");
    out.plugin = "storage.filesystem";
    out.settings["dir"] = place;
    return out;
  }
  if (!place.starts_with(kS3)) {
    return InvalidArgument(text, ": neither s3://bucket/prefix nor file:///path");
  }
  place.remove_prefix(kS3.size());
  const size_t slash = place.find('/');
  out.plugin = "storage.s3";
  out.settings["bucket_name"] = place.substr(0, slash);
  if (out.settings["bucket_name"].empty()) return InvalidArgument(text, ": no bucket");
  if (slash != std::string_view::npos) out.settings["storage_prefix"] = place.substr(slash + 1);
  return out;
}

std::string BucketUrl::ToConfig() const {
  std::string out = StrCat("config_version = 1\n[[plugins.load]]\nid = \"", plugin,
                           "\"\n[component.bucket]\ntype = \"", plugin, "\"\n");
  for (const auto& [name, value] : settings) {
    const bool is_bool = value == "true" || value == "false";
    StrAppend(out, name, " = ", is_bool ? value : Quoted(value), "\n");
  }
  return out;
}

}  // namespace kvs::tools
