// SPDX-License-Identifier: Apache-2.0
// The keys of Config.

#include "config.h"

#include "plan/resolution.h"
#include "value/features.h"

namespace kvs::engine::promql {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema{
      {"lookback_delta", &Config::lookback_delta,
       "How far back an instant selector looks for a sample"},
      {"timeout", &Config::timeout, "Longest time a query may take"},
      {"default_step", &Config::default_step, "Step of subqueries that name none"},
      {"max_samples", &Config::max_samples, "Samples that one query may hold in memory at once"},
      {"max_query_memory", &Config::max_query_memory,
       "Memory that one query may use for rows, histograms, labels, samples and its result; 0: "
       "any"},
      {"max_memory", &Config::max_memory, "Memory of all queries together; 0: any"},
      {"max_concurrent", &Config::max_concurrent, "Queries that run at once; others wait"},
      {"max_threads", &Config::max_threads, "Threads that one query may use; 0: one a processor"},
      {"max_queued_per_tenant", &Config::max_queued_per_tenant,
       "Queries of one tenant that may wait for their turn"},
      {"slow_query_threshold", &Config::slow_query_threshold,
       "Queries that take longer are logged; 0: none"},
      {"max_source_resolution", &Config::max_source_resolution,
       "What queries read that do not say it: exact (aggregates where they answer exactly), auto "
       "(estimates, too, from aggregates no longer than a fifth of the step), a duration such as "
       "5m "
       "(estimates from aggregates up to it), samples (no aggregates)"},
      {"enable_features", &Config::enable_features,
       "Prometheus feature flags: promql-experimental-functions, promql-extended-range-selectors, "
       "promql-binop-fill-modifiers, promql-delayed-name-removal, promql-duration-expr, "
       "promql-per-step-stats, use-start-timestamps, type-and-unit-labels"},
  };
  return kSchema;
}

Status Config::Validate() const {
  if (lookback_delta.ms <= 0)
    return InvalidArgument("lookback_delta must be above 0, is ", lookback_delta.ms, "ms");
  if (timeout.ms <= 0) return InvalidArgument("timeout must be above 0, is ", timeout.ms, "ms");
  if (default_step.ms <= 0)
    return InvalidArgument("default_step must be above 0, is ", default_step.ms, "ms");
  if (max_samples <= 0) return InvalidArgument("max_samples must be above 0, is ", max_samples);
  if (max_query_memory.bytes < 0 || max_memory.bytes < 0)
    return InvalidArgument("max_query_memory and max_memory must not be below 0");
  if (max_queued_per_tenant < 0) {
    return InvalidArgument("max_queued_per_tenant must not be below 0, is ", max_queued_per_tenant);
  }
  if (slow_query_threshold.ms < 0) {
    return InvalidArgument("slow_query_threshold must not be below 0, is ", slow_query_threshold.ms,
                           "ms");
  }
  if (max_concurrent <= 0)
    return InvalidArgument("max_concurrent must be above 0, is ", max_concurrent);
  if (max_threads < 0) return InvalidArgument("max_threads must not be below 0, is ", max_threads);
  const Status estimates = plan::ParseEstimates(max_source_resolution).status();
  if (!estimates.ok()) return Annotate(estimates, "max_source_resolution");
  return Features::Parse(enable_features).status();
}

}  // namespace kvs::engine::promql
