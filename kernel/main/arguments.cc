// SPDX-License-Identifier: Apache-2.0
#include "kernel/main/arguments.h"

#include "kernel/config/suggest.h"

namespace kvs::kernel {
namespace {

Status UnknownOption(std::string_view name, std::span<const OptionSpec> options) {
  std::vector<std::string> names;
  for (const OptionSpec& option : options) names.push_back(StrCat("--", option.name));
  const std::string wanted = StrCat("--", name);
  std::string hint = DidYouMean(wanted, names);
  if (hint.empty())
    hint = names.empty() ? "this command takes none" : StrCat("there is ", JoinNames(names));
  return InvalidArgument("unknown option ", wanted, "; ", hint);
}

}  // namespace

std::string HelpOf(std::span<const OptionSpec> options) {
  std::string out;
  for (const OptionSpec& option : options) {
    StrAppend(out, "  --", option.name, option.value == nullptr ? "" : " ",
              option.value == nullptr ? "" : option.value, "\n      ", option.summary, "\n");
  }
  return out;
}

StatusOr<Arguments> Arguments::Parse(std::span<const OptionSpec> options,
                                     std::span<const std::string> words) {
  Arguments arguments;
  bool only_positional = false;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (only_positional || !word.starts_with("-") || word == "-") {
      arguments.positional_.emplace_back(word);
      continue;
    }
    if (word == "--") {
      only_positional = true;
      continue;
    }
    const size_t equals = word.find('=');
    std::string_view name = word.substr(0, equals);
    name.remove_prefix(name.starts_with("--") ? 2 : 1);
    const OptionSpec* spec = nullptr;
    for (const OptionSpec& option : options) {
      if (name == option.name) spec = &option;
    }
    if (spec == nullptr) return UnknownOption(name, options);
    std::vector<std::string>& values = arguments.values_[std::string(name)];
    if (spec->value == nullptr) {
      if (equals != std::string_view::npos)
        return InvalidArgument("option --", name, " takes no value");
    } else if (equals != std::string_view::npos) {
      values.emplace_back(word.substr(equals + 1));
    } else if (i + 1 < words.size()) {
      values.push_back(words[++i]);
    } else {
      return InvalidArgument("option --", name, " needs a value: --", name, " ", spec->value);
    }
  }
  return arguments;
}

std::string Arguments::Get(std::string_view option, std::string_view fallback) const {
  const auto found = values_.find(option);
  return found == values_.end() || found->second.empty() ? std::string(fallback)
                                                         : found->second.back();
}

std::vector<std::string> Arguments::All(std::string_view option) const {
  const auto found = values_.find(option);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

}  // namespace kvs::kernel
