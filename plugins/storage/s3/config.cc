// SPDX-License-Identifier: Apache-2.0
#include "config.h"

#include "kvs/objstore/key_prefix.h"

#include "endpoint.h"

namespace kvs::storage::s3 {

const sdk::Schema<Config>& Config::Schema() {
  static const char* const kLookups[] = {"auto", "path", "virtual-hosted", nullptr};
  static const char* const kSse[] = {"", "SSE-S3", "SSE-KMS", nullptr};
  static const sdk::Schema<Config> kSchema{
      {"endpoint", &Config::endpoint,
       "Host and port, with or without http:// or https://; empty: Amazon's of the region"},
      {"region", &Config::region, "Empty: AWS_REGION, else what the endpoint says, else us-east-1"},
      {"bucket_name",
       &Config::bucket_name,
       "The bucket; it is not created",
       {.flags = KVS_CONFIG_REQUIRED}},
      {"storage_prefix", &Config::storage_prefix, "Keeps all keys below this one, eg: blocks"},
      {"access_key_id", &Config::access_key_id,
       "Static credentials; empty: AWS_ACCESS_KEY_ID, else a web identity"},
      {"secret_access_key", &Config::secret_access_key, "Goes with access_key_id"},
      {"session_token", &Config::session_token, "Goes with temporary static credentials"},
      {"role_arn", &Config::role_arn,
       "Role to assume with a web identity (IRSA); empty: AWS_ROLE_ARN"},
      {"role_session_name", &Config::role_session_name,
       "Empty: AWS_ROLE_SESSION_NAME, else kvasir"},
      {"web_identity_token_file", &Config::web_identity_token_file,
       "Token of the web identity, read anew for each refresh; empty: AWS_WEB_IDENTITY_TOKEN_FILE"},
      {"sts_endpoint", &Config::sts_endpoint,
       "Where roles are assumed, as a URL; empty: Amazon's of the region"},
      {"insecure", &Config::insecure, "Plain HTTP; an http:// before the endpoint says the same"},
      {"bucket_lookup_type",
       &Config::bucket_lookup_type,
       "Where the bucket stands: in the path or in the host name; auto: in the host name at Amazon",
       {.choices = kLookups}},
      {"storage_class", &Config::storage_class, "Of new objects; empty: the bucket's"},
      {"sse.type",
       &Config::sse_type,
       "Encryption that the store is asked for; empty: the bucket's",
       {.choices = kSse}},
      {"sse.kms_key_id", &Config::sse_kms_key_id, "For SSE-KMS; empty: the account's default key"},
      {"sse.kms_encryption_context", &Config::sse_kms_encryption_context,
       "For SSE-KMS: a JSON object of texts"},
      {"part_size",
       &Config::part_size,
       "Larger objects are uploaded in parts of this size",
       {.minimum = 5.0 * (1 << 20), .maximum = 5.0 * (1 << 30)}},
      {"part_concurrency",
       &Config::part_concurrency,
       "Parts of one object on their way at once",
       {.minimum = 1, .maximum = 64}},
      {"send_content_md5", &Config::send_content_md5,
       "Send Content-MD5 with each upload, as buckets with object lock want it"},
      {"request_timeout",
       &Config::request_timeout,
       "Of one call, retries included; a caller's earlier deadline counts",
       {.minimum = 1, .maximum = 86'400'000}},
      {"retry.max_attempts",
       &Config::max_attempts,
       "How often one request is sent at most",
       {.minimum = 1, .maximum = 100}},
      {"retry.min_backoff",
       &Config::min_backoff,
       "About the first wait between two attempts; it doubles",
       {.minimum = 1, .maximum = 3'600'000}},
      {"retry.max_backoff",
       &Config::max_backoff,
       "The longest wait",
       {.minimum = 1, .maximum = 3'600'000}},
      {"http.max_connections",
       &Config::max_connections,
       "Connections at once; requests beyond it wait",
       {.minimum = 1, .maximum = 10'000}},
      {"http.connect_timeout",
       &Config::connect_timeout,
       "For a connection, with its TLS handshake",
       {.minimum = 1, .maximum = 3'600'000}},
      {"http.response_header_timeout",
       &Config::stall_timeout,
       "An attempt on whose connection nothing has moved for so long is given up",
       {.minimum = 1000, .maximum = 3'600'000}},
      {"http.idle_conn_timeout",
       &Config::idle_timeout,
       "Kept connections that were idle for longer are not used again",
       {.minimum = 1000, .maximum = 3'600'000}},
      {"http.insecure_skip_verify", &Config::insecure_skip_verify,
       "Accept any certificate: for trying things out only"},
      {"http.tls_ca_path", &Config::tls_ca_path,
       "PEM file of the authorities to trust; empty: the system's"},
      {"http.tls_cert_path", &Config::tls_cert_path, "PEM file of a client certificate"},
      {"http.tls_key_path", &Config::tls_key_path, "PEM file of its key"},
  };
  return kSchema;
}

Status Config::Validate() const {
  KVS_RETURN_IF_ERROR(Annotate(objstore::KeyPrefix(storage_prefix).Check(), "storage_prefix \"",
                               storage_prefix, "\""));
  if (access_key_id.empty() != secret_access_key.value.empty())
    return InvalidArgument("access_key_id and secret_access_key go together, and one is missing");
  if (!session_token.value.empty() && access_key_id.empty())
    return InvalidArgument("session_token goes with access_key_id and secret_access_key");
  if (min_backoff.ms > max_backoff.ms)
    return InvalidArgument("retry.min_backoff is longer than retry.max_backoff");
  if (sse_type != "SSE-KMS" && !(sse_kms_key_id.empty() && sse_kms_encryption_context.empty()))
    return InvalidArgument(
        "sse.kms_key_id and sse.kms_encryption_context want sse.type = \"SSE-KMS\"");
  if (tls_cert_path.empty() != tls_key_path.empty())
    return InvalidArgument(
        "http.tls_cert_path and http.tls_key_path go together, and one is missing");
  return MakeEndpoint(*this, ProcessEnvironment()).status();
}

}  // namespace kvs::storage::s3
