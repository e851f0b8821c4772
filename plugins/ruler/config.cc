// SPDX-License-Identifier: Apache-2.0
#include "config.h"

namespace kvs::ruler {

const sdk::Schema<Config>& Config::Schema() {
  constexpr double kDayMs = 86'400'000;
  static const sdk::Schema<Config> kSchema{
      {"prefix", &Config::prefix, "Front of the paths of the API"},
      {"external_url", &Config::external_url,
       "Address of this installation for people: links in alerts begin with it"},
      {"evaluation_interval",
       &Config::evaluation_interval,
       "Interval of groups that name none",
       {.minimum = 100, .maximum = kDayMs}},
      {"query_offset",
       &Config::query_offset,
       "How far back rules look, so that late samples have arrived",
       {.minimum = 0, .maximum = kDayMs}},
      {"query_timeout",
       &Config::query_timeout,
       "Longest time of one query or write of a rule",
       {.minimum = 1, .maximum = kDayMs}},
      {"poll_interval",
       &Config::poll_interval,
       "Time between looks for rules that others have stored",
       {.minimum = 1'000, .maximum = kDayMs}},
      {"for_outage_tolerance",
       &Config::for_outage_tolerance,
       "Longest outage over which the state of `for` is restored",
       {.minimum = 0, .maximum = 30 * kDayMs}},
      {"for_grace_period",
       &Config::for_grace_period,
       "Restore alerts whose `for` is at least this, and let them wait so long after a start",
       {.minimum = 0, .maximum = kDayMs}},
      {"resend_delay",
       &Config::resend_delay,
       "Shortest time until a firing alert is sent again",
       {.minimum = 0, .maximum = kDayMs}},
      {"max_concurrent_groups",
       &Config::max_concurrent_groups,
       "Groups evaluated at once; 0: half of the workers and one",
       {.minimum = 0, .maximum = 10'000}},
      {"max_independent_rules",
       &Config::max_independent_rules,
       "Rules of one group evaluated at once where none reads what another writes",
       {.minimum = 1, .maximum = 1'000}},
      {"max_rules_per_group",
       &Config::max_rules_per_group,
       "Rules a group may have, unless the limiter knows; 0: any",
       {.minimum = 0, .maximum = 1e6}},
      {"max_groups_per_tenant",
       &Config::max_groups_per_tenant,
       "Groups a tenant may have, unless the limiter knows; 0: any",
       {.minimum = 0, .maximum = 1e6}},
      {"tenant_federation", &Config::tenant_federation,
       "Whether groups may read the data of other tenants (source_tenants)"},
      {"config_api", &Config::config_api, "Whether rules can be changed over HTTP"},
      {"enable_features", &Config::enable_features,
       "Feature flags of PromQL that rules may use, as the engine has them"},
      {"alertmanager.urls", &Config::alertmanager_urls,
       "Alertmanagers that get every alert, up to and without /api/v2"},
      {"alertmanager.queue",
       &Config::alertmanager_queue,
       "Alerts of one tenant that wait for one Alertmanager at most; older ones go first",
       {.minimum = 1, .maximum = 1e7}},
      {"alertmanager.timeout",
       &Config::alertmanager_timeout,
       "Longest time of one request to an Alertmanager",
       {.minimum = 1, .maximum = 600'000}},
      {"alertmanager.username", &Config::alertmanager_username,
       "User of basic authentication; empty: none"},
      {"alertmanager.password", &Config::alertmanager_password, "Its password"},
      {"alertmanager.bearer_token", &Config::alertmanager_bearer_token,
       "Token of bearer authentication; empty: none"},
      {"alertmanager.ca_file", &Config::alertmanager_ca_file,
       "Certificates that an Alertmanager's must descend from; empty: the system's"},
      {"ruler_tenant_shard_size",
       &Config::ruler_tenant_shard_size,
       "Of a ring: only so many rulers evaluate a tenant's groups, unless the limiter knows; 0: "
       "all",
       {.minimum = 0, .maximum = 1e6}},
      {"peers.timeout",
       &Config::peers_timeout,
       "Of a ring: longest time that other rulers are waited for",
       {.minimum = 1, .maximum = 600'000}},
      {"peers.ca_file", &Config::peers_ca_file,
       "Other rulers are asked over HTTPS, and their certificates must descend from these"},
      {"peers.cert_file", &Config::peers_cert_file, "Certificate that is shown to other rulers"},
      {"peers.key_file", &Config::peers_key_file, "Its key"},
      {"peers.bearer_token", &Config::peers_bearer_token,
       "Token that is shown to other rulers; empty: none"},
  };
  return kSchema;
}

Status Config::Validate() const {
  if (!prefix.empty() && (prefix.front() != '/' || prefix.back() == '/')) {
    return InvalidArgument("prefix: \"", prefix, "\" must begin with / and not end with it");
  }
  for (const std::string& url : alertmanager_urls) {
    if (!url.empty() && !url.starts_with("http://") && !url.starts_with("https://")) {
      return InvalidArgument("alertmanager.urls: \"", url,
                             "\" must begin with http:// or https://");
    }
  }
  if (!alertmanager_username.empty() && !alertmanager_bearer_token.value.empty()) {
    return InvalidArgument(
        "alertmanager.username and alertmanager.bearer_token exclude each other");
  }
  return OkStatus();
}

}  // namespace kvs::ruler
