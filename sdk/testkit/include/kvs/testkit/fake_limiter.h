// SPDX-License-Identifier: Apache-2.0
// FakeLimiter: limits that a test sets, and rates of which it says whether they are used up.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kvs/sdk/owned.h"
#include "kvs/sdk/port/limiter.h"
#include "kvs/sdk/str.h"

namespace kvs::testkit {

/// Not synchronised: limits are changed while nobody asks. What is not in `numbers` or `texts` has
/// no limit.
class FakeLimiter : public sdk::Limiter {
 public:
  sdk::LimiterRef ref() { return sdk::LimiterRef(sdk::IfaceOf<sdk::Limiter>(this)); }

  /// Other numbers from now on, also for those who remember what they were told.
  void Set(std::map<std::string, double> to) {
    numbers = std::move(to);
    ++epoch;
  }

  uint64_t Epoch() noexcept override { return epoch; }
  sdk::Outcome Limits(const sdk::Call& call, const kvs_limit_names_t& in, kvs_limit_values_t& out,
                      sdk::Completer&) override {
    ++asked;
    out.epoch = epoch;
    for (uint64_t i = 0; IsOf(call) && i < in.n_names; ++i) {
      if (const auto found = numbers.find(sdk::Text(in.names[i])); found != numbers.end())
        out.values[i] = found->second;
    }
    return OkStatus();
  }
  sdk::Outcome Texts(const sdk::Call& call, const kvs_limit_names_t& in, kvs_limit_texts_t& out,
                     sdk::Completer&) override {
    ++texts_asked;
    auto kept = std::make_unique<std::vector<kvs_str_t>>(in.n_names);
    for (uint64_t i = 0; IsOf(call) && i < in.n_names; ++i) {
      if (const auto found = texts.find(sdk::Text(in.names[i])); found != texts.end())
        (*kept)[i] = sdk::Str(found->second);
    }
    out.texts = kept->data();
    out.n_texts = kept->size();
    out.epoch = epoch;
    sdk::HandOut(out, std::move(kept));
    return OkStatus();
  }
  sdk::Outcome Take(const sdk::Call&, const kvs_limit_take_t& in, sdk::Completer&) override {
    taken[sdk::Text(in.name)] += in.amount;
    if (sdk::View(in.name) != used_up) return OkStatus();
    return ResourceExhausted(used_up, " is used up").WithReason("rate");
  }

  std::map<std::string, double> numbers;
  std::map<std::string, std::string> texts;
  std::string tenant;  ///< Whose limits these are; empty: everybody's.
  uint64_t epoch = 1;
  int asked = 0;                        ///< How often for numbers.
  int texts_asked = 0;                  ///< How often for texts.
  std::map<std::string, double> taken;  ///< Of rates, by name.
  std::string used_up;                  ///< The rate of which nothing is left.

 private:
  bool IsOf(const sdk::Call& call) const { return tenant.empty() || call.tenant() == tenant; }
};

}  // namespace kvs::testkit
