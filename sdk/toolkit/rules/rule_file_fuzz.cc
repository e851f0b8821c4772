// SPDX-License-Identifier: Apache-2.0
// Any text as a rule file, and as a stored group: errors, or groups that are written and read back
// as they were.
#include <cstdint>
#include <string_view>

#include "kvs/rules/stored_group.h"

using namespace kvs::rules;  // NOLINT

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  if (const auto stored = DecodeGroup(text); stored.ok()) {
    const auto again = DecodeGroup(EncodeGroup(*stored));
    if (!again.ok()) __builtin_trap();
  }
  const ParsedRules parsed = ParseGroups(text);
  if (!parsed.errors.empty()) return 0;
  const ParsedRules back = ParseRuleFile(FileToYaml("", parsed.groups));
  if (!back.errors.empty() || back.groups != parsed.groups) __builtin_trap();
  return 0;
}
