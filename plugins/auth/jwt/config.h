// SPDX-License-Identifier: Apache-2.0
// Settings of auth.jwt.
#pragma once

#include <string>
#include <vector>

#include "kvs/sdk/config.h"

namespace kvs::auth::jwt {

struct Config {
  std::string issuer;
  std::vector<std::string> audiences;
  std::string keys_file;
  std::string keys_url;
  std::string ca_file;
  std::string subject_claim = "sub";
  std::string groups_claim = "groups";
  std::string tenants_claim;
  std::string rights_claim = "scope";
  std::string rights_prefix = "kvasir:";
  std::string grants_file;
  sdk::Duration leeway{30'000};
  sdk::Duration reload_period{10'000};
  sdk::Duration refresh_period{900'000};

  static const sdk::Schema<Config>& Schema();
  Status Validate() const;
};

}  // namespace kvs::auth::jwt
