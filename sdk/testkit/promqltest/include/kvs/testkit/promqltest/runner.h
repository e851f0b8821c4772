// SPDX-License-Identifier: Apache-2.0
// Runs a test script against an engine.
//
//   MemorySource source;                       // What the engine's port "source" is linked to.
//   EngineClient engine(engine_ref);
//   const ScriptReport report = RunScript("sums.test", text, engine, source);
//
// Every `eval` counts as one that passed or failed. Instant ones are asked as range queries, with @
// and in a batch with others as well, because an answer must not depend on how it is asked for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kvs/testkit/promqltest/engine_client.h"
#include "kvs/testkit/promqltest/memory_source.h"
#include "kvs/testkit/promqltest/script.h"

namespace kvs::testkit::promqltest {

struct ScriptReport {
  int passed = 0;
  /// Of one statement each: where it stands, what was expected and what came, in several lines. A
  /// script that cannot be parsed is one failure, and so is a `load` that cannot be done.
  std::vector<std::string> failures;
};

/// Empties the source and runs the script, whose file is called `name`. [main]
ScriptReport RunScript(std::string_view name, std::string_view text, EngineClient& engine,
                       MemorySource& source);

}  // namespace kvs::testkit::promqltest
