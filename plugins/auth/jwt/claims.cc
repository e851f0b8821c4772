// SPDX-License-Identifier: Apache-2.0
#include "claims.h"

#include <simdjson.h>

#include <algorithm>
#include <cmath>

#include "kvs/auth/grants.h"

namespace kvs::auth::jwt {
namespace {

using simdjson::SUCCESS;
using simdjson::dom::element;
using simdjson::dom::object;

// At the top by its whole name, which may hold dots itself; else step by step.
bool FindClaim(object where, std::string_view name, element* out) {
  if (name.empty()) return false;
  if (where[name].get(*out) == SUCCESS) return true;
  const size_t dot = name.find('.');
  object below;
  return dot != std::string_view::npos && where[name.substr(0, dot)].get(below) == SUCCESS &&
         FindClaim(below, name.substr(dot + 1), out);
}

// A text is a list of one; with `split`, of the words between spaces.
std::vector<std::string> TextsOf(object claims, std::string_view name, bool split) {
  std::vector<std::string> out;
  element found;
  if (!FindClaim(claims, name, &found)) return out;
  simdjson::dom::array list;
  std::string_view text;
  if (found.get(list) == SUCCESS) {
    for (const element item : list) {
      if (item.get(text) == SUCCESS && !text.empty()) out.emplace_back(text);
    }
  } else if (found.get(text) == SUCCESS) {
    while (!text.empty()) {
      const std::string_view word = split ? text.substr(0, text.find(' ')) : text;
      text.remove_prefix(std::min(word.size() + 1, text.size()));
      if (!word.empty()) out.emplace_back(word);
    }
  }
  return out;
}

// Seconds, perhaps with a fraction. False when it is not there; NaN when it is no number.
bool TimeOf(object claims, std::string_view name, double* out) {
  element found;
  if (claims[name].get(found) != SUCCESS) return false;
  if (found.get(*out) != SUCCESS) *out = std::nan("");
  return true;
}

}  // namespace

const char* RefusalName(Refusal refusal) {
  constexpr const char* kNames[] = {"none",    "malformed", "expired",
                                    "not_yet", "issuer",    "audience"};
  return kNames[static_cast<int>(refusal)];
}

Refusal ReadClaims(const std::string& json, const Config& config, int64_t now_ms, Claims* out) {
  simdjson::dom::parser parser;
  object claims;
  if (parser.parse(json).get(claims) != SUCCESS) return Refusal::kMalformed;
  const double now = static_cast<double>(now_ms) / 1000;
  const double leeway = static_cast<double>(config.leeway.ms) / 1000;
  double time = 0;
  // Written so that what is no number is refused.
  if (!TimeOf(claims, "exp", &time) || !(time + leeway > now)) return Refusal::kExpired;
  if (TimeOf(claims, "nbf", &time) && !(time - leeway <= now)) return Refusal::kNotYet;
  std::string_view issuer;
  if (claims["iss"].get(issuer) != SUCCESS || issuer != config.issuer) return Refusal::kIssuer;
  const std::vector<std::string> audiences = TextsOf(claims, "aud", false);
  const bool for_us = std::any_of(audiences.begin(), audiences.end(), [&](const std::string& a) {
    return std::find(config.audiences.begin(), config.audiences.end(), a) != config.audiences.end();
  });
  if (!for_us) return Refusal::kAudience;

  const std::vector<std::string> subject = TextsOf(claims, config.subject_claim, false);
  if (subject.size() != 1) return Refusal::kMalformed;
  out->subject = subject[0];
  out->groups = TextsOf(claims, config.groups_claim, false);
  out->tenants = TextsOf(claims, config.tenants_claim, false);
  for (std::string_view word : TextsOf(claims, config.rights_claim, true)) {
    if (!word.starts_with(config.rights_prefix)) continue;
    const auto right = ParseRight(word.substr(config.rights_prefix.size()));
    if (right.ok()) out->rights |= *right;
  }
  return Refusal::kNone;
}

}  // namespace kvs::auth::jwt
