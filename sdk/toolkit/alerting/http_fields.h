// SPDX-License-Identifier: Apache-2.0
// How an HTTP client is configured, everywhere in Prometheus' family
// (https://prometheus.io/docs/alerting/latest/configuration/#http_config).
#pragma once

#include "fields.h"

namespace kvs::alerting {

inline constexpr Field kTlsFields[] = {
    {"ca", Kind::kText},
    {"cert", Kind::kText},
    {"key", Kind::kSecret},
    {"ca_file", Kind::kFile},
    {"cert_file", Kind::kFile},
    {"key_file", Kind::kFile},
    {"ca_ref", Kind::kText},
    {"cert_ref", Kind::kText},
    {"key_ref", Kind::kText},
    {"server_name", Kind::kText},
    {"insecure_skip_verify", Kind::kBool, "false"},
    {"min_version", Kind::kText},
    {"max_version", Kind::kText},
};

inline constexpr Field kAuthorizationFields[] = {
    {"type", Kind::kText, "Bearer"},
    {"credentials", Kind::kSecret},
    {"credentials_file", Kind::kFile},
    {"credentials_ref", Kind::kText},
};

inline constexpr Field kBasicAuthFields[] = {
    {"username", Kind::kText},   {"username_file", Kind::kFile}, {"username_ref", Kind::kText},
    {"password", Kind::kSecret}, {"password_file", Kind::kFile}, {"password_ref", Kind::kText},
};

inline constexpr Field kOauth2Fields[] = {
    {"client_id", Kind::kText},
    {"client_secret", Kind::kSecret},
    {"client_secret_file", Kind::kFile},
    {"client_secret_ref", Kind::kText},
    {"scopes", Kind::kTextList},
    {"token_url", Kind::kUrl},
    {"endpoint_params", Kind::kTextMap},
    {"tls_config", Kind::kTable, nullptr, kTlsFields},
    {"proxy_url", Kind::kSecretUrl},
    {"no_proxy", Kind::kText},
    {"proxy_from_environment", Kind::kBool},
    {"proxy_connect_header", Kind::kAny},
};

inline constexpr Field kHttpFields[] = {
    {"authorization", Kind::kTable, nullptr, kAuthorizationFields},
    {"basic_auth", Kind::kTable, nullptr, kBasicAuthFields},
    {"oauth2", Kind::kTable, nullptr, kOauth2Fields},
    {"bearer_token", Kind::kSecret},
    {"bearer_token_file", Kind::kFile},
    {"tls_config", Kind::kTable, nullptr, kTlsFields},
    {"follow_redirects", Kind::kBool, "true"},
    {"enable_http2", Kind::kBool, "true"},
    {"proxy_url", Kind::kSecretUrl},
    {"no_proxy", Kind::kText},
    {"proxy_from_environment", Kind::kBool},
    {"proxy_connect_header", Kind::kAny},
    {"http_headers", Kind::kAny},
};

}  // namespace kvs::alerting
