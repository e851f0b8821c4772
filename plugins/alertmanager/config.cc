// SPDX-License-Identifier: Apache-2.0
#include "config.h"

namespace kvs::alertmanager {

const sdk::Schema<Config>& Config::Schema() {
  constexpr double kDayMs = 86'400'000;
  static const sdk::Schema<Config> kSchema{
      {"prefix", &Config::prefix, "Front of the paths of the Alertmanager's own API"},
      {"external_url", &Config::external_url,
       "Address of this Alertmanager for people: links in notifications begin with it"},
      {"fallback_config_file", &Config::fallback_config_file,
       "Alertmanager's file for tenants that have none of their own"},
      {"fallback_config", &Config::fallback_config,
       "The same as text, where no file is named; empty: such tenants have no Alertmanager"},
      {"config_api", &Config::config_api,
       "Whether tenants can change their configuration over HTTP"},
      {"poll_interval",
       &Config::poll_interval,
       "Time between looks for configurations that others have stored",
       {.minimum = 1'000, .maximum = kDayMs}},
      {"retention",
       &Config::retention,
       "How long silences are kept after their end, and entries of the notification log at most",
       {.minimum = 60'000, .maximum = 365 * kDayMs}},
      {"maintenance_interval",
       &Config::maintenance_interval,
       "Time between removals of what has ended",
       {.minimum = 1'000, .maximum = kDayMs}},
      {"persist_interval",
       &Config::persist_interval,
       "Time between snapshots of a tenant's silences and notification log in the object store",
       {.minimum = 1'000, .maximum = kDayMs}},
      {"kv_prefix", &Config::kv_prefix, "How keys begin in the kv store"},
      {"peer_timeout",
       &Config::peer_timeout,
       "Of a ring: how long one waits for the one before it to tell people",
       {.minimum = 0, .maximum = 3'600'000}},
      {"push_pull_interval",
       &Config::push_pull_interval,
       "Of a ring: time between exchanges of all silences and notifications",
       {.minimum = 1'000, .maximum = kDayMs}},
      {"peers.timeout",
       &Config::peers_timeout,
       "Of a ring: longest time that other Alertmanagers are waited for",
       {.minimum = 1, .maximum = 600'000}},
      {"peers.ca_file", &Config::peers_ca_file,
       "Others are reached over HTTPS, and their certificates must descend from these"},
      {"peers.cert_file", &Config::peers_cert_file, "Certificate that is shown to others"},
      {"peers.key_file", &Config::peers_key_file, "Its key"},
      {"peers.bearer_token", &Config::peers_bearer_token,
       "Token that is shown to others; empty: none"},
  };
  return kSchema;
}

Status Config::Validate() const {
  if (prefix.empty() || prefix.front() != '/' || prefix.back() == '/')
    return InvalidArgument("prefix: \"", prefix, "\" must begin with / and not end with it");
  if (kv_prefix.empty() || kv_prefix.size() > 100)
    return InvalidArgument("kv_prefix: takes 1 to 100 bytes");
  return OkStatus();
}

}  // namespace kvs::alertmanager
