// SPDX-License-Identifier: Apache-2.0
// Arguments: the words of a command line behind the command, taken apart.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"

namespace kvs::kernel {

/// An option that a command takes: --NAME, or --NAME VALUE.
struct OptionSpec {
  const char* name;     ///< "config"
  const char* value;    ///< what help calls its value, "FILE"; NULL: it has none
  const char* summary;  ///< one phrase
};

/// One option after the other, as the help of a command shows them: two lines each.
std::string HelpOf(std::span<const OptionSpec> options);

class Arguments {
 public:
  /// Options are --name value or --name=value, anywhere; after "--" everything is positional. An
  /// error says what is wrong and what there is. [main]
  static StatusOr<Arguments> Parse(std::span<const OptionSpec> options,
                                   std::span<const std::string> words);

  bool Has(std::string_view option) const { return values_.find(option) != values_.end(); }
  /// The last value given, or `fallback`.
  std::string Get(std::string_view option, std::string_view fallback = {}) const;
  /// Every value given, in order.
  std::vector<std::string> All(std::string_view option) const;
  const std::vector<std::string>& positional() const { return positional_; }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
  std::vector<std::string> positional_;
};

}  // namespace kvs::kernel
