// SPDX-License-Identifier: Apache-2.0
#include "answers.h"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <utility>

#include "signing.h"
#include "xml.h"

namespace kvs::storage::s3 {
namespace {

int64_t ParseTime(std::string_view text, const char* format) {
  tm parts{};
  const std::string terminated(text);
  if (strptime(terminated.c_str(), format, &parts) == nullptr) return 0;
  return static_cast<int64_t>(timegm(&parts)) * 1000;
}

StatusOr<XmlElement> ParseRoot(std::string_view body, std::string_view name) {
  KVS_ASSIGN_OR_RETURN(XmlElement root, ParseXml(body));
  if (root.name != name)
    return DataLoss("an answer is <", root.name, "> where <", name, "> was expected");
  return root;
}

}  // namespace

std::string_view BareEtag(std::string_view etag) {
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"')
    return etag.substr(1, etag.size() - 2);
  return etag;
}

int64_t ParseIsoTime(std::string_view text) {
  return ParseTime(text, "%Y-%m-%dT%H:%M:%S");
}

int64_t ParseHttpDate(std::string_view text) {
  // Without the name of the day: it would follow the locale.
  const size_t comma = text.find(',');
  return comma == std::string_view::npos ? 0
                                         : ParseTime(text.substr(comma + 1), " %d %b %Y %H:%M:%S");
}

ErrorAnswer ParseError(std::string_view body) {
  const StatusOr<XmlElement> root = ParseXml(body);
  if (!root.ok()) return {};
  // STS wraps it.
  const XmlElement* const error = root->name == "Error" ? &*root : root->Find("Error");
  if (error == nullptr) return {};
  return {std::string(error->Text("Code")), std::string(error->Text("Message"))};
}

StatusOr<ListAnswer> ParseList(std::string_view body) {
  KVS_ASSIGN_OR_RETURN(const XmlElement root, ParseRoot(body, "ListBucketResult"));
  const bool escaped = root.Text("EncodingType") == "url";
  const auto plain = [escaped](std::string_view text) {
    return escaped ? UriDecode(text) : std::string(text);
  };
  ListAnswer out;
  for (const XmlElement& child : root.children) {
    if (child.name == "Contents") {
      objstore::ListEntry& entry = out.entries.emplace_back();
      entry.key = plain(child.Text("Key"));
      const std::string_view size = child.Text("Size");
      const auto end = std::from_chars(size.data(), size.data() + size.size(), entry.size);
      if (end.ec != std::errc() || end.ptr != size.data() + size.size() || size.empty())
        return DataLoss("a listing gives \"", size, "\" as the size of ", entry.key);
      entry.modified_ms = ParseIsoTime(child.Text("LastModified"));
    } else if (child.name == "CommonPrefixes") {
      for (const XmlElement& prefix : child.children) {
        if (prefix.name == "Prefix") out.entries.push_back({plain(prefix.text), 0, 0, true});
      }
    }
  }
  std::sort(
      out.entries.begin(), out.entries.end(),
      [](const objstore::ListEntry& a, const objstore::ListEntry& b) { return a.key < b.key; });
  out.truncated = root.Text("IsTruncated") == "true";
  out.next_token = std::string(root.Text("NextContinuationToken"));
  if (out.truncated && out.next_token.empty())
    return DataLoss("a listing is truncated and does not say where to go on");
  return out;
}

StatusOr<std::string> ParseUploadId(std::string_view body) {
  KVS_ASSIGN_OR_RETURN(const XmlElement root, ParseRoot(body, "InitiateMultipartUploadResult"));
  if (root.Text("UploadId").empty()) return DataLoss("an upload was begun without an UploadId");
  return std::string(root.Text("UploadId"));
}

StatusOr<std::string> ParseCompleted(std::string_view body, ErrorAnswer* error) {
  *error = ParseError(body);
  if (!error->code.empty()) return std::string();
  KVS_ASSIGN_OR_RETURN(const XmlElement root, ParseRoot(body, "CompleteMultipartUploadResult"));
  return std::string(BareEtag(root.Text("ETag")));
}

StatusOr<Credentials> ParseAssumedRole(std::string_view body) {
  KVS_ASSIGN_OR_RETURN(const XmlElement root, ParseRoot(body, "AssumeRoleWithWebIdentityResponse"));
  const XmlElement* const result = root.Find("AssumeRoleWithWebIdentityResult");
  const XmlElement* const given = result == nullptr ? nullptr : result->Find("Credentials");
  if (given == nullptr) return DataLoss("STS answered without credentials");
  Credentials out;
  out.access_key_id = std::string(given->Text("AccessKeyId"));
  out.secret_access_key = std::string(given->Text("SecretAccessKey"));
  out.session_token = std::string(given->Text("SessionToken"));
  out.expires_ms = ParseIsoTime(given->Text("Expiration"));
  if (out.access_key_id.empty() || out.secret_access_key.empty() || out.expires_ms == 0)
    return DataLoss("STS answered with incomplete credentials");
  return out;
}

}  // namespace kvs::storage::s3
