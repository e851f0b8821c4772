// SPDX-License-Identifier: Apache-2.0
// The statistics object.

#include "stats.h"

#include "kvs/base/str_cat.h"
#include "kvs/http/json.h"

namespace kvs::engine::promql {
namespace {

void AppendSeconds(std::string& out, std::string_view key, int64_t ns) {
  StrAppend(out, "\"", key, "\":");
  http::AppendFloat(out, static_cast<double>(ns) / 1e9);
}

/// "key":[[1700000300.5,2],...],
void AppendSteps(std::string& out, std::string_view key, const StepSamples& samples,
                 const Grid& grid, int64_t StepSamples::Count::*member) {
  StrAppend(out, "\"", key, "\":[");
  for (uint32_t i = 0; i < samples.counts().size(); ++i) {
    out += i == 0 ? "[" : ",[";
    http::AppendFloat(out, static_cast<double>(grid.at(i)) / 1000);
    StrAppend(out, ",", samples.counts()[i].*member, "]");
  }
  out += "],";
}

}  // namespace

std::string StatsJson(const Usage& usage, const StepSamples& samples, const Grid* steps) {
  const Timings& t = usage.timings;
  std::string out = "{\"timings\":{";
  AppendSeconds(out, "evalTotalTime", t.eval_total());
  out += ',';
  AppendSeconds(out, "resultSortTime", t.sort);
  out += ',';
  AppendSeconds(out, "queryPreparationTime", t.prepare);
  out += ',';
  AppendSeconds(out, "innerEvalTime", t.evaluate);
  out += ',';
  AppendSeconds(out, "execQueueTime", t.queue);
  out += ',';
  AppendSeconds(out, "execTotalTime", t.queue + t.eval_total());
  out += "},\"samples\":{";
  if (steps != nullptr) {
    AppendSteps(out, "totalQueryableSamplesPerStep", samples, *steps,
                &StepSamples::Count::queryable);
    AppendSteps(out, "samplesReadPerStep", samples, *steps, &StepSamples::Count::read);
  }
  const StepSamples::Count total = samples.Total();
  StrAppend(out, "\"totalQueryableSamples\":", total.queryable, ",\"samplesRead\":", total.read,
            ",\"peakSamples\":", usage.peak_samples, "}}");
  return out;
}

}  // namespace kvs::engine::promql
