// SPDX-License-Identifier: Apache-2.0
// The signature of AWS, version 4, as S3 wants it: the path is escaped once and not normalised, and
// the digest of the body is a header. Ours rather than libcurl's, which signs the request line as
// it stands and is wrong for queries that are not sorted.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kvs::sigv4 {

/// Who signs. Never printed.
struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  ///< of temporary ones
  int64_t expires_ms = 0;     ///< Unix time; 0: they do not
};

/// What is signed. Names and values are plain, not escaped.
struct SignedParts {
  std::string method;                                      ///< "GET"
  std::string path;                                        ///< "/bucket/key"
  std::vector<std::pair<std::string, std::string>> query;  ///< in any order
  std::map<std::string, std::string> headers;              ///< names in lower case; host among them
  std::string payload_hash;                                ///< hexadecimal, or "UNSIGNED-PAYLOAD"
};

/// "20130524T000000Z"
std::string AmzDate(int64_t unix_ms);

/// "a=1&b=2": escaped and sorted, also what the URL of the request has to end with.
std::string CanonicalQuery(const std::vector<std::pair<std::string, std::string>>& query);

/// The value of the Authorization header. `parts.headers` holds x-amz-date with `amz_date`.
std::string Authorization(const Credentials& credentials, std::string_view region,
                          std::string_view service, std::string_view amz_date,
                          const SignedParts& parts);

}  // namespace kvs::sigv4
