// SPDX-License-Identifier: Apache-2.0
// The engine over a source in memory, as its tests use it.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "kvs/sdk/call.h"
#include "kvs/sdk/owned.h"
#include "kvs/testkit/promqltest/engine_client.h"
#include "kvs/testkit/promqltest/features.h"
#include "kvs/testkit/promqltest/memory_source.h"

#include "engine.h"

namespace kvs::engine::promql {

/// All features on, as test scripts assume.
inline Config AllFeatures() {
  Config config;
  config.enable_features = testkit::promqltest::AllFeatures();
  return config;
}

class TestEngine {
 public:
  explicit TestEngine(Config config = AllFeatures(), uint32_t batch_series = 1024,
                      sdk::Host host = sdk::Host())
      : source_(batch_series),
        engine_(host, std::move(config)),
        client_(sdk::EngineRef(sdk::IfaceOf<sdk::QueryEngine>(&engine_))) {
    engine_.source = sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(&source_));
  }

  testkit::promqltest::MemorySource& source() { return source_; }
  testkit::promqltest::EngineClient& client() { return client_; }
  StatusOr<testkit::promqltest::Answer> Instant(std::string_view query, int64_t at_ms) {
    return client_.Instant(query, at_ms);
  }
  StatusOr<testkit::promqltest::Answer> Range(std::string_view query, int64_t start_ms,
                                              int64_t end_ms, int64_t step_ms) {
    return client_.Range(query, start_ms, end_ms, step_ms);
  }

  /// For flags that a client of test scripts does not know.
  Status Ask(const kvs_query_t& in, sdk::Owned<kvs_query_result_t>& result) {
    const sdk::OwnedCall call("test");
    return sdk::Await(sdk::EngineRef(sdk::IfaceOf<sdk::QueryEngine>(&engine_)).query(), call, &in,
                      result.out());
  }

 private:
  testkit::promqltest::MemorySource source_;
  PromqlEngine engine_;
  testkit::promqltest::EngineClient client_;
};

}  // namespace kvs::engine::promql
