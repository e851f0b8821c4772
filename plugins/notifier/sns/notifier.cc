// SPDX-License-Identifier: Apache-2.0
#include "notifier.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "kvs/base/str_cat.h"
#include "kvs/http/url.h"
#include "kvs/sigv4/digests.h"
#include "kvs/sigv4/sigv4.h"

namespace kvs::notifier::sns {
namespace {

constexpr size_t kMessageBytesMax = 256 << 10, kSmsBytesMax = 1600;

// No more bytes than that, and no code point cut in two.
std::string Cut(const std::string& text, size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

std::string HostOf(std::string_view url) {
  const size_t begin = url.find("://");
  if (begin != std::string_view::npos) url.remove_prefix(begin + 3);
  return std::string(url.substr(0, url.find_first_of("/?#")));
}

std::string PathOf(std::string_view url) {
  const size_t begin = url.find("://");
  const size_t path = url.find('/', begin == std::string_view::npos ? 0 : begin + 3);
  if (path == std::string_view::npos) return "/";
  return std::string(url.substr(path, url.find_first_of("?#", path) - path));
}

std::map<std::string, std::string> Params(notify::Delivery& d) {
  const auto text = [&d](const char* name) { return d.rendering.Text(d.settings.Text(name)); };
  std::map<std::string, std::string> out{{"Action", "Publish"}, {"Version", "2010-03-31"}};
  std::map<std::string, std::string> attributes;
  for (const auto& [name, value] : d.settings.TextMap("attributes"))
    attributes[d.rendering.Text(name)] = d.rendering.Text(value);
  size_t most = kMessageBytesMax;
  if (d.settings.Has("topic_arn")) {
    out["TopicArn"] = text("topic_arn");
    if (out["TopicArn"].ends_with(".fifo"))
      out["MessageDeduplicationId"] = out["MessageGroupId"] = d.group.KeyHash();
  }
  if (d.settings.Has("phone_number")) {
    out["PhoneNumber"] = text("phone_number");
    most = kSmsBytesMax;
  }
  if (d.settings.Has("target_arn")) out["TargetArn"] = text("target_arn");
  const std::string message = text("message");
  out["Message"] = Cut(message, most);
  if (out["Message"].size() < message.size()) attributes["truncated"] = "true";
  if (d.settings.Has("subject")) out["Subject"] = text("subject");
  int n = 0;
  for (const auto& [name, value] : attributes) {
    const std::string entry = StrCat("MessageAttributes.entry.", ++n, ".");
    out[entry + "Name"] = name;
    out[entry + "Value.DataType"] = "String";
    out[entry + "Value.StringValue"] = value;
  }
  return out;
}

}  // namespace

Status Sns::CheckSettings(const notify::Settings& settings, const notify::Secrets& secrets) const {
  const notify::Settings sigv4 = settings.Table("sigv4");
  for (const char* name : {"profile", "role_arn", "external_id"}) {
    if (sigv4.Has(name)) return InvalidArgument("sigv4.", name, " is not supported");
  }
  // The server's own credentials are nobody's but the operator's.
  if (settings.Has("message") && (!sigv4.Has("access_key") || !sigv4.Has("secret_key")))
    return InvalidArgument("sigv4.access_key and sigv4.secret_key are required");
  if (settings.Has("message") && !sigv4.Has("region"))
    return InvalidArgument("sigv4.region is required");
  return HttpNotifier::CheckSettings(settings, secrets);
}

StatusOr<std::vector<notify::Request>> Sns::Compose(notify::Delivery& d) const {
  const notify::Settings who = d.settings.Table("sigv4");
  const std::string region = who.Text("region");
  notify::Request request{.url = d.rendering.Text(d.settings.Text("api_url"))};
  request.content_type = "application/x-www-form-urlencoded";
  if (request.url.empty()) request.url = StrCat("https://sns.", region, ".amazonaws.com/");
  for (const auto& [name, value] : Params(d))
    StrAppend(request.body, request.body.empty() ? "" : "&", name, "=",
              http::Escape(value, http::PlusSign::kIsSpace));
  const sigv4::Credentials credentials{who.Text("access_key"), who.Text("secret_key"), "", 0};
  const std::string date = sigv4::AmzDate(host().clock().NowMs());
  sigv4::SignedParts parts;
  parts.method = "POST";
  parts.path = PathOf(request.url);
  parts.headers = {
      {"content-type", request.content_type}, {"host", HostOf(request.url)}, {"x-amz-date", date}};
  parts.payload_hash = sigv4::Hex(sigv4::Sha256(request.body));
  request.headers = {
      StrCat("X-Amz-Date: ", date),
      StrCat("Authorization: ", sigv4::Authorization(credentials, region, "sns", date, parts))};
  std::vector<notify::Request> out;
  out.push_back(std::move(request));
  return out;
}

}  // namespace kvs::notifier::sns
