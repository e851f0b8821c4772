// SPDX-License-Identifier: Apache-2.0
#include "config.h"

#include "fetch.h"

namespace kvs::auth::jwt {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema{
      {"issuer",
       &Config::issuer,
       "What iss must be; its keys are found through OpenID discovery unless they are named",
       {.flags = KVS_CONFIG_REQUIRED}},
      {"audiences",
       &Config::audiences,
       "One of these must be in aud",
       {.flags = KVS_CONFIG_REQUIRED}},
      {"keys_file", &Config::keys_file, "Key set in JSON (JWKS), instead of one that is fetched"},
      {"keys_url", &Config::keys_url, "Where the key set is, instead of where discovery says"},
      {"ca_file", &Config::ca_file, "Authorities in PEM for fetching; empty: the system's"},
      {"subject_claim", &Config::subject_claim, "Claim that names the caller"},
      {"groups_claim", &Config::groups_claim,
       "Claim with the caller's groups, which grants name as group:NAME"},
      {"tenants_claim", &Config::tenants_claim,
       "Claim with the caller's tenants, for callers that no grant names; empty: there is none"},
      {"rights_claim", &Config::rights_claim,
       "Claim with the caller's rights, a list or words, for such callers"},
      {"rights_prefix", &Config::rights_prefix,
       "What read, write and admin are preceded by in that claim"},
      {"grants_file", &Config::grants_file, "YAML file of what subjects and groups are granted"},
      {"leeway",
       &Config::leeway,
       "How far the issuer's clock and ours may be apart",
       {.minimum = 0, .maximum = 600'000}},
      {"reload_period", &Config::reload_period, "How often the files are looked at; 0s: never"},
      {"refresh_period",
       &Config::refresh_period,
       "How often the keys are fetched",
       {.minimum = 10'000, .maximum = 86'400'000}}};
  return kSchema;
}

Status Config::Validate() const {
  if (!keys_file.empty() && !keys_url.empty())
    return InvalidArgument("keys_file and keys_url are not set together");
  if (keys_file.empty()) KVS_RETURN_IF_ERROR(CheckUrl(keys_url.empty() ? issuer : keys_url));
  if (grants_file.empty() && tenants_claim.empty()) {
    return InvalidArgument(
        "neither grants_file nor tenants_claim is set: nobody would be granted anything");
  }
  return OkStatus();
}

}  // namespace kvs::auth::jwt
