// SPDX-License-Identifier: Apache-2.0
#include "token.h"

#include <simdjson.h>

#include "kvs/auth/crypto.h"

namespace kvs::auth::jwt {
namespace {

// Tokens travel in headers, which are no longer.
constexpr size_t kMaxTokenBytes = 64 << 10;

}  // namespace

StatusOr<Token> ParseToken(std::string_view text) {
  if (text.size() > kMaxTokenBytes) return InvalidArgument("longer than any token");
  const size_t first = text.find('.');
  const size_t second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos || text.find('.', second + 1) != std::string_view::npos) {
    return InvalidArgument("not three parts");
  }
  Token token;
  token.signed_part = text.substr(0, second);
  KVS_ASSIGN_OR_RETURN(const std::string header, DecodeBase64Url(text.substr(0, first)));
  KVS_ASSIGN_OR_RETURN(token.claims, DecodeBase64Url(text.substr(first + 1, second - first - 1)));
  KVS_ASSIGN_OR_RETURN(token.signature, DecodeBase64Url(text.substr(second + 1)));

  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(header).get(object) != simdjson::SUCCESS)
    return InvalidArgument("the header is no JSON object");
  std::string_view algorithm, key_id;
  if (object["alg"].get(algorithm) != simdjson::SUCCESS) return InvalidArgument("no alg");
  if (algorithm == "RS256") {
    token.algorithm = Algorithm::kRs256;
  } else if (algorithm == "ES256") {
    token.algorithm = Algorithm::kEs256;
  } else {
    return InvalidArgument("an algorithm that is not spoken here");
  }
  // Extensions that must be understood: we know none.
  simdjson::dom::element critical;
  if (object["crit"].get(critical) == simdjson::SUCCESS)
    return InvalidArgument("a critical extension");
  if (object["kid"].get(key_id) == simdjson::SUCCESS) token.key_id = key_id;
  return token;
}

}  // namespace kvs::auth::jwt
