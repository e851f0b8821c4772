// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "kvs/sdk/config.h"

namespace kvs::storage::s3 {

/// Names are those of Mimir's s3 block where it has them.
struct Config {
  std::string endpoint, region, bucket_name, storage_prefix;
  std::string access_key_id;
  sdk::Secret secret_access_key, session_token;
  std::string role_arn, role_session_name, web_identity_token_file, sts_endpoint;
  bool insecure = false;
  std::string bucket_lookup_type = "auto";
  std::string storage_class;
  std::string sse_type, sse_kms_key_id, sse_kms_encryption_context;
  sdk::ByteSize part_size{int64_t{16} << 20};
  int64_t part_concurrency = 4;
  bool send_content_md5 = false;
  sdk::Duration request_timeout{5 * 60'000};
  int64_t max_attempts = 6;
  sdk::Duration min_backoff{100}, max_backoff{10'000};
  int64_t max_connections = 64;
  sdk::Duration connect_timeout{10'000}, stall_timeout{30'000}, idle_timeout{60'000};
  bool insecure_skip_verify = false;
  std::string tls_ca_path, tls_cert_path, tls_key_path;

  static const sdk::Schema<Config>& Schema();
  Status Validate() const;
};

}  // namespace kvs::storage::s3
