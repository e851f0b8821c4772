// SPDX-License-Identifier: Apache-2.0
#include "kernel/main/command.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "kernel/config/suggest.h"
#include "kernel/text/text.h"

namespace kvs::kernel {
namespace {

constexpr const Command* kCommands[] = {
    &kRunCommand,      &kCheckCommand,           &kGraphCommand,       &kPluginsListCommand,
    &kDescribeCommand, &kConfigReferenceCommand, &kPluginCheckCommand, &kVersionCommand,
};

constexpr std::string_view kHelperPrefix = "kvasir-";

bool WantsHelp(std::string_view word) {
  return word == "--help" || word == "-h" || word == "help";
}

// Names of the programs that are commands as well.
std::vector<std::string> Helpers(const Console& console) {
  std::vector<std::string> names;
  DIR* const dir = console.prefix.empty() ? nullptr : opendir(console.HelperDir().c_str());
  if (dir == nullptr) return names;
  while (const dirent* entry = readdir(dir)) {
    const std::string_view name = entry->d_name;
    if (name.starts_with(kHelperPrefix)) names.emplace_back(name.substr(kHelperPrefix.size()));
  }
  closedir(dir);
  std::sort(names.begin(), names.end());
  return names;
}

void PrintHelp(const Console& console) {
  console.Print(
      "Kvasir: a metrics backend that is assembled from plugins by a configuration file.\n\n"
      "usage: kvasir COMMAND [OPTIONS]\n\n");
  for (const Command* command : kCommands) {
    console.Print("  ", Padded(command->name, 18), command->summary, "\n");
  }
  if (const std::vector<std::string> helpers = Helpers(console); !helpers.empty()) {
    console.Print("\nalso installed: ", JoinNames(helpers, 32), "\n");
  }
  console.Print(
      "\n`kvasir COMMAND --help` explains one of them.\n"
      "exit codes: 0 it worked; 1 what was asked about is wrong, or running it failed; 2 the "
      "command line is wrong\n");
}

void PrintHelp(const Console& console, const Command& command) {
  console.Print("usage: kvasir ", command.name, command.options.empty() ? "" : " [OPTIONS]",
                command.operand[0] == '\0' ? "" : " ", command.operand, "\n\n", command.help, "\n");
  if (command.options.empty()) return;
  console.Print("\noptions:\n");
  for (const OptionSpec& option : command.options) {
    const std::string left = StrCat("--", option.name, option.value == nullptr ? "" : " ",
                                    option.value == nullptr ? "" : option.value);
    console.Print("  ", Padded(left, 22), " ", option.summary, "\n");
  }
}

// The command whose one or two words come first, and how many words these are.
const Command* FindCommand(std::span<const std::string> words, size_t* n_words) {
  const std::string two = words.size() < 2 ? std::string() : StrCat(words[0], " ", words[1]);
  for (const Command* command : kCommands) {
    if (two == command->name) {
      *n_words = 2;
      return command;
    }
    if (words[0] == command->name) {
      *n_words = 1;
      return command;
    }
  }
  return nullptr;
}

// Commands of two words that begin with `first`.
std::vector<const Command*> GroupOf(const std::string& first) {
  std::vector<const Command*> group;
  for (const Command* command : kCommands) {
    if (std::string_view(command->name).starts_with(first + " ")) group.push_back(command);
  }
  return group;
}

int ReportUnknown(const Console& console, std::span<const std::string> words) {
  std::vector<std::string> names;
  for (const Command* command : kCommands) names.emplace_back(command->name);
  std::vector<std::string> group;
  for (const Command* command : GroupOf(words[0]))
    group.push_back(StrCat("`kvasir ", command->name, "`"));
  for (std::string& helper : Helpers(console)) names.push_back(std::move(helper));
  if (!group.empty()) {
    console.Complain("kvasir: \"", words[0], "\" needs a second word: ", JoinNames(group), "\n");
  } else {
    const std::string wanted = words.size() < 2 ? words[0] : StrCat(words[0], " ", words[1]);
    std::string hint = DidYouMean(words[0], names);
    if (hint.empty()) hint = DidYouMean(wanted, names, "`kvasir --help` lists what there is");
    console.Complain("kvasir: there is no command \"", words[0], "\"; ", hint, "\n");
  }
  return kExitUsage;
}

// Becomes the program that the command is; returns only when there is none.
void TryHelper(const Console& console, std::span<const std::string> words) {
  if (console.prefix.empty() || words[0].find('/') != std::string::npos) return;
  const std::string program = StrCat(console.HelperDir(), "/", kHelperPrefix, words[0]);
  if (access(program.c_str(), X_OK) != 0) return;
  std::vector<char*> argv;
  argv.push_back(const_cast<char*>(program.c_str()));
  for (const std::string& word : words.subspan(1)) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  std::fflush(nullptr);
  execv(program.c_str(), argv.data());
  console.Complain("kvasir: cannot run ", program, ": ", std::strerror(errno), "\n");
}

}  // namespace

std::span<const Command* const> Commands() {
  return kCommands;
}

int UsageError(const Console& console, const Command& command, const Status& status) {
  console.Complain("kvasir ", command.name, ": ", status.message(), "\n`kvasir ", command.name,
                   " --help` explains what it takes\n");
  return kExitUsage;
}

StatusOr<std::string> ConfigFile(const Arguments& arguments) {
  const std::string option = arguments.Get("config");
  if (arguments.positional().empty() && option.empty()) {
    return InvalidArgument(
        "no configuration given: say which file, as in --config configs/all-in-one.toml");
  }
  if (!arguments.positional().empty() && !option.empty()) {
    return InvalidArgument("two configurations given: ", option, " and ",
                           arguments.positional()[0]);
  }
  return option.empty() ? arguments.positional()[0] : option;
}

int RunCommandLine(std::span<const std::string> words, const Console& console) {
  if (words.empty()) {
    PrintHelp(console);
    return kExitUsage;
  }
  if (WantsHelp(words[0]) && words.size() < 2) {
    PrintHelp(console);
    return kExitOk;
  }
  // `kvasir help check` is `kvasir check --help`.
  const bool help_first = WantsHelp(words[0]);
  if (help_first) words = words.subspan(1);
  if (words[0] == "--version") return kVersionCommand.run({}, console);

  size_t n_words = 0;
  const Command* command = FindCommand(words, &n_words);
  const bool names_group = command == nullptr && !GroupOf(words[0]).empty();
  if (names_group && (help_first || (words.size() == 2 && WantsHelp(words[1])))) {
    console.Print("usage: kvasir ", words[0], " COMMAND [OPTIONS]\n\n");
    for (const Command* member : GroupOf(words[0]))
      console.Print("  ", Padded(member->name, 18), member->summary, "\n");
    return kExitOk;
  }
  if (command == nullptr) {
    TryHelper(console, words);
    return ReportUnknown(console, words);
  }
  const std::span<const std::string> rest = words.subspan(n_words);
  const bool wants_help =
      help_first || std::any_of(rest.begin(), rest.end(), [](const std::string& word) {
        return word == "--help" || word == "-h";
      });
  if (wants_help) {
    PrintHelp(console, *command);
    return kExitOk;
  }
  const StatusOr<Arguments> arguments = Arguments::Parse(command->options, rest);
  if (!arguments.ok()) return UsageError(console, *command, arguments.status());
  const size_t operands = arguments->positional().size();
  if (operands < command->min_operands)
    return UsageError(console, *command, InvalidArgument("no ", command->operand, " given"));
  if (operands > command->max_operands) {
    return UsageError(console, *command,
                      InvalidArgument("one word too many: \"",
                                      arguments->positional()[command->max_operands], "\""));
  }
  return command->run(*arguments, console);
}

}  // namespace kvs::kernel
