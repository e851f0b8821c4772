// SPDX-License-Identifier: Apache-2.0
#include "kvs/testkit/suite.h"

#include <chrono>
#include <thread>

namespace kvs::testkit {
namespace {

constexpr std::string_view kSkipped = "kvs-testkit-skipped";

}  // namespace

void Context::PassTime(int64_t ms) const {
  if (pass_time_) {
    pass_time_(ms);
  } else {
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
  }
}

Status Skip(std::string why) {
  return Status(StatusCode::kUnimplemented, std::move(why)).WithReason(std::string(kSkipped));
}

bool IsSkip(const Status& status) {
  return !status.ok() && status.reason() == kSkipped;
}

std::span<const Suite* const> Suites() {
  static const Suite* const kSuites[] = {
      &AuthenticatorSuite(), &CacheSuite(),       &HttpRoutesSuite(),
      &IndexerSuite(),       &KvSuite(),          &LimiterSuite(),
      &NotifierSuite(),      &ObjectStoreSuite(), &SeriesSinkSuite(),
      &SeriesSourceSuite()};
  return kSuites;
}

const Suite* FindSuite(std::string_view iface) {
  for (const Suite* suite : Suites()) {
    if (iface == suite->iface) return suite;
  }
  return nullptr;
}

}  // namespace kvs::testkit
