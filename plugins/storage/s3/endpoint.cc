// SPDX-License-Identifier: Apache-2.0
#include "endpoint.h"

#include <cstdlib>

#include "signing.h"

namespace kvs::storage::s3 {
namespace {

constexpr std::string_view kAmazon = ".amazonaws.com";
constexpr std::string_view kAmazonChina = ".amazonaws.com.cn";

bool IsAmazon(std::string_view host) {
  return host.ends_with(kAmazon) || host.ends_with(kAmazonChina);
}

// "eu-west-1" of "s3.eu-west-1.amazonaws.com" and "s3.dualstack.eu-west-1.amazonaws.com"; empty
// when there is none.
std::string RegionOf(std::string_view host) {
  if (!IsAmazon(host)) return {};
  host.remove_suffix(host.ends_with(kAmazonChina) ? kAmazonChina.size() : kAmazon.size());
  const size_t dot = host.rfind('.');
  return dot == std::string_view::npos ? std::string() : std::string(host.substr(dot + 1));
}

// Whether "BUCKET.host" is a name that DNS and a wildcard certificate take.
bool FitsInHost(std::string_view bucket) {
  if (bucket.size() < 3 || bucket.size() > 63) return false;
  for (const char c : bucket) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) return false;
  }
  return bucket.front() != '-' && bucket.back() != '-';
}

}  // namespace

Environment ProcessEnvironment() {
  return [](const char* name) {
    const char* const value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
}

std::string Endpoint::PathOf(std::string_view key) const {
  return StrCat(bucket_path, key.empty() && !bucket_path.empty() ? "" : "/", key);
}

std::string Endpoint::UrlOf(std::string_view key) const {
  return StrCat(scheme, "://", host, UriEncode(PathOf(key), true));
}

StatusOr<Endpoint> MakeEndpoint(const Config& config, const Environment& environment) {
  Endpoint out;
  out.scheme = config.insecure ? "http" : "https";
  std::string_view host = config.endpoint;
  for (const std::string_view scheme : {"http", "https"}) {
    if (!host.starts_with(StrCat(scheme, "://"))) continue;
    if (config.insecure && scheme == "https")
      return InvalidArgument("the endpoint ", config.endpoint, " is https, and insecure is set");
    out.scheme = std::string(scheme);
    host.remove_prefix(scheme.size() + 3);
  }
  while (host.ends_with('/')) host.remove_suffix(1);
  if (host.find_first_of("/?#@ \t\r\n") != std::string_view::npos)
    return InvalidArgument("the endpoint ", config.endpoint,
                           " is not a host with an optional port");

  out.region = config.region;
  if (out.region.empty()) out.region = RegionOf(host);
  if (out.region.empty()) out.region = environment("AWS_REGION");
  if (out.region.empty()) out.region = "us-east-1";
  std::string address(host);
  if (address.empty()) {
    address = StrCat("s3.", out.region, out.region.starts_with("cn-") ? kAmazonChina : kAmazon);
  }
  // A port that the scheme implies is not sent, so it may not be signed either.
  const std::string_view usual = out.encrypted() ? ":443" : ":80";
  if (address.ends_with(usual)) address.resize(address.size() - usual.size());
  const bool in_host =
      config.bucket_lookup_type == "virtual-hosted" ||
      (config.bucket_lookup_type == "auto" && IsAmazon(address) && FitsInHost(config.bucket_name));
  if (in_host && !FitsInHost(config.bucket_name))
    return InvalidArgument("the bucket name ", config.bucket_name,
                           " cannot be part of a host name; use bucket_lookup_type = \"path\"");
  out.host = in_host ? StrCat(config.bucket_name, ".", address) : address;
  out.bucket_path = in_host ? "" : StrCat("/", config.bucket_name);
  return out;
}

}  // namespace kvs::storage::s3
