// SPDX-License-Identifier: Apache-2.0
#include "result/stats.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "kvs/base/str_cat.h"
#include "kvs/http/json.h"

namespace kvs::engine::frontend {
namespace {

constexpr std::array<const char*, 6> kTimings = {"evalTotalTime",        "resultSortTime",
                                                 "queryPreparationTime", "innerEvalTime",
                                                 "execQueueTime",        "execTotalTime"};
constexpr std::array<const char*, 2> kByStep = {"totalQueryableSamplesPerStep",
                                                "samplesReadPerStep"};

struct Sum {
  std::array<double, kTimings.size()> timings{};
  std::array<std::string, kByStep.size()> by_step;
  uint64_t queryable = 0, read = 0, peak = 0;

  bool Add(simdjson::dom::element stats) {
    for (size_t i = 0; i < kTimings.size(); ++i) {
      double seconds = 0;
      if (stats["timings"][kTimings[i]].get(seconds) != simdjson::SUCCESS) return false;
      timings[i] += seconds;
    }
    const auto samples = stats["samples"];
    uint64_t part_queryable = 0, part_read = 0, part_peak = 0;
    if (samples["totalQueryableSamples"].get(part_queryable) != simdjson::SUCCESS ||
        samples["samplesRead"].get(part_read) != simdjson::SUCCESS ||
        samples["peakSamples"].get(part_peak) != simdjson::SUCCESS)
      return false;
    queryable += part_queryable;
    read += part_read;
    peak = std::max(peak, part_peak);
    for (size_t i = 0; i < kByStep.size(); ++i) {
      simdjson::dom::array steps;
      if (samples[kByStep[i]].get(steps) != simdjson::SUCCESS) continue;
      for (const simdjson::dom::element step : steps) {
        double t = 0;
        uint64_t n = 0;
        if (step.at(0).get(t) != simdjson::SUCCESS || step.at(1).get(n) != simdjson::SUCCESS)
          return false;
        by_step[i] += by_step[i].empty() ? "[" : ",[";
        http::AppendFloat(by_step[i], t);
        StrAppend(by_step[i], ",", n, "]");
      }
    }
    return true;
  }

  std::string ToJson() const {
    std::string out = "{\"timings\":{";
    for (size_t i = 0; i < kTimings.size(); ++i) {
      StrAppend(out, i == 0 ? "" : ",", "\"", kTimings[i], "\":");
      http::AppendFloat(out, timings[i]);
    }
    out += "},\"samples\":{";
    for (size_t i = 0; i < kByStep.size(); ++i) {
      if (!by_step[i].empty()) StrAppend(out, "\"", kByStep[i], "\":[", by_step[i], "],");
    }
    StrAppend(out, "\"totalQueryableSamples\":", queryable, ",\"samplesRead\":", read,
              ",\"peakSamples\":", peak, "}}");
    return out;
  }
};

}  // namespace

std::string MergeStats(std::span<const std::string_view> parts) {
  Sum sum;
  simdjson::dom::parser parser;
  for (const std::string_view part : parts) {
    simdjson::dom::element stats;
    if (parser.parse(part.data(), part.size()).get(stats) != simdjson::SUCCESS || !sum.Add(stats))
      return {};
  }
  return parts.empty() ? std::string() : sum.ToJson();
}

}  // namespace kvs::engine::frontend
