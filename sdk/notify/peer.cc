// SPDX-License-Identifier: Apache-2.0
#include "peer.h"

#include <utility>

#include "kvs/base/str_cat.h"
#include "kvs/sigv4/digests.h"

namespace kvs::notify {
namespace {

// What would be the server's own affair, or cannot be done here.
Status CheckSupported(const Settings& table, std::string_view path) {
  for (const char* name :
       {"proxy_from_environment", "server_name", "ca_ref", "cert_ref", "key_ref", "credentials_ref",
        "username_ref", "password_ref", "client_secret_ref"}) {
    if (table.Has(name) && table.Text(name) != "false")
      return InvalidArgument(path, name, " is not supported");
  }
  return OkStatus();
}

// A header that a tenant writes stays one header.
StatusOr<std::string> Header(std::string_view name, std::string_view value) {
  if (name.empty() || name.find_first_of("\r\n: ") != std::string_view::npos ||
      value.find_first_of("\r\n") != std::string_view::npos)
    return InvalidArgument("http_config: a header with a line break, or a name that is none");
  return StrCat(name, ": ", value);
}

Status ReadHeaders(const Settings& table, std::string_view name, const Secrets& secrets,
                   std::vector<std::string>& out) {
  for (const auto& [header, values] : table.NamedTables(name)) {
    for (const char* kind : {"values", "secrets"}) {
      for (const std::string& value : values.Texts(kind)) {
        KVS_ASSIGN_OR_RETURN(std::string line, Header(header, value));
        out.push_back(std::move(line));
      }
    }
    for (const std::string& file : values.Texts("files")) {
      const Settings one(gotemplate::Value::StringMap({{"http_headers.files", file}}));
      KVS_ASSIGN_OR_RETURN(const std::string value, secrets.File(one, "http_headers.files"));
      KVS_ASSIGN_OR_RETURN(std::string line, Header(header, value));
      out.push_back(std::move(line));
    }
  }
  return OkStatus();
}

}  // namespace

std::string BasicHeader(std::string_view user, std::string_view password) {
  return StrCat("Authorization: Basic ", sigv4::Base64(StrCat(user, ":", password)));
}

Status ReadTls(const Settings& tls, const Secrets& secrets, http_client::PeerOptions& out) {
  KVS_RETURN_IF_ERROR(CheckSupported(tls, "tls_config."));
  out.insecure_skip_verify = tls.Flag("insecure_skip_verify");
  out.tls_min_version = tls.Text("min_version");
  out.tls_max_version = tls.Text("max_version");
  KVS_ASSIGN_OR_RETURN(out.ca_pem, secrets.Get(tls, "ca"));
  KVS_ASSIGN_OR_RETURN(out.cert_pem, secrets.Get(tls, "cert"));
  KVS_ASSIGN_OR_RETURN(out.key_pem, secrets.Get(tls, "key"));
  return OkStatus();
}

Status CheckPeer(const Settings& http, const Secrets& secrets) {
  KVS_RETURN_IF_ERROR(CheckSupported(http, "http_config."));
  const struct {
    const char* table;
    std::vector<const char*> secrets;
  } kTables[] = {{"basic_auth", {"username", "password"}},
                 {"authorization", {"credentials"}},
                 {"oauth2", {"client_secret"}},
                 {"tls_config", {"ca", "cert", "key"}}};
  for (const auto& [name, names] : kTables) {
    const Settings table = http.Table(name);
    KVS_RETURN_IF_ERROR(CheckSupported(table, StrCat("http_config.", name, ".")));
    for (const char* secret : names) KVS_RETURN_IF_ERROR(secrets.Check(table, secret));
  }
  return secrets.Check(http, "bearer_token");
}

StatusOr<Peer> ReadPeer(const Settings& http, const Secrets& secrets) {
  Peer out;
  KVS_RETURN_IF_ERROR(CheckPeer(http, secrets));
  KVS_RETURN_IF_ERROR(ReadTls(http.Table("tls_config"), secrets, out.options));
  out.options.follow_redirects = http.Flag("follow_redirects", true);
  out.options.http2 = http.Flag("enable_http2", true);
  out.options.proxy_url = http.Text("proxy_url");
  out.options.no_proxy = http.Text("no_proxy");
  const Settings proxy_headers = http.Table("proxy_connect_header");
  if (proxy_headers.table().kind() == gotemplate::Value::Kind::kMap) {
    for (const auto& [name, values] : proxy_headers.table().as_map().pairs) {
      if (values.kind() != gotemplate::Value::Kind::kList) continue;
      for (const gotemplate::Value& value : values.as_list().items) {
        KVS_ASSIGN_OR_RETURN(std::string line, Header(name, value.Print()));
        out.options.proxy_headers.push_back(std::move(line));
      }
    }
  }
  KVS_RETURN_IF_ERROR(ReadHeaders(http, "http_headers", secrets, out.headers));
  if (const Settings basic = http.Table("basic_auth");
      basic.table().kind() == gotemplate::Value::Kind::kMap) {
    KVS_ASSIGN_OR_RETURN(const std::string user, secrets.Get(basic, "username"));
    KVS_ASSIGN_OR_RETURN(const std::string password, secrets.Get(basic, "password"));
    out.headers.push_back(BasicHeader(user, password));
  }
  if (const Settings authorization = http.Table("authorization");
      authorization.table().kind() == gotemplate::Value::Kind::kMap) {
    KVS_ASSIGN_OR_RETURN(const std::string credentials, secrets.Get(authorization, "credentials"));
    const std::string type = authorization.Has("type") ? authorization.Text("type") : "Bearer";
    KVS_ASSIGN_OR_RETURN(std::string line, Header("Authorization", StrCat(type, " ", credentials)));
    out.headers.push_back(std::move(line));
  }
  KVS_ASSIGN_OR_RETURN(const std::string token, secrets.Get(http, "bearer_token"));
  if (!token.empty()) {
    KVS_ASSIGN_OR_RETURN(std::string line, Header("Authorization", StrCat("Bearer ", token)));
    out.headers.push_back(std::move(line));
  }
  out.oauth2 = http.Table("oauth2");
  return out;
}

}  // namespace kvs::notify
