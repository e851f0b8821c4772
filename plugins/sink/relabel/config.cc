// SPDX-License-Identifier: Apache-2.0
#include "config.h"

#include "kvs/relabel/relabel.h"

namespace kvs::sink::relabel {

const sdk::Schema<Config>& Config::Schema() {
  static const char* const kSchemes[] = {"legacy", "utf8", nullptr};
  static const sdk::Schema<Config> kSchema{
      {"drop_labels", &Config::drop_labels, "Labels taken out of every series"},
      {"metric_relabel_configs", &Config::metric_relabel_configs,
       "Rules for the series of every tenant, as a JSON list of Prometheus' "
       "relabel_config"},
      {"name_validation_scheme",
       &Config::name_validation_scheme,
       "Which label names rules may make: legacy, or any UTF-8",
       {.choices = kSchemes}},
      {"known_series_max",
       &Config::known_series_max,
       "Series that are remembered as unchanged or dropped, 8 bytes each",
       {.minimum = 1024, .maximum = 1e9}}};
  return kSchema;
}

Status Config::Validate() const {
  KVS_ASSIGN_OR_RETURN(auto rules, kvs::relabel::ParseRules(metric_relabel_configs));
  return kvs::relabel::Relabeler::Make(std::move(rules)).status();
}

}  // namespace kvs::sink::relabel
