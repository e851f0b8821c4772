// SPDX-License-Identifier: Apache-2.0
// Any text as a template of a rule, with data at hand: an error or an output within the limits, as
// text and as HTML.
#include <cstdint>
#include <string_view>

#include "kvs/gotemplate/prometheus.h"

using namespace kvs::gotemplate;  // NOLINT

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  TemplateSet set(PrometheusFunctions());
  set.set_missing_key(MissingKey::kZero);
  set.set_limits({.steps = 20'000, .output_bytes = 1 << 16, .depth = 50});
  if (!set.Parse("fuzz", {reinterpret_cast<const char*>(bytes), size}).ok()) return 0;
  const Value data = Value::Struct("data", {{"Labels", Value::StringMap({{"job", "<node>"}})},
                                            {"List", Value::MakeList({1, "two", 3.5})},
                                            {"Value", 1.5}});
  const auto text = set.Execute("fuzz", data);
  const auto html = set.Execute("fuzz", data, Output::kHtml);
  if (text.ok() && text->size() > (1 << 16)) __builtin_trap();
  (void)html;
  return 0;
}
