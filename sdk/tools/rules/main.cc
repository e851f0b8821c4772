// SPDX-License-Identifier: Apache-2.0
// `kvasir rules`: rule files and the rules of a server, without a server of its own.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "kvs/base/status.h"

#include "api.h"
#include "commands.h"
#include "kernel/main/arguments.h"

namespace kvs::tools {
namespace {

constexpr kernel::OptionSpec kOptions[] = {
    {"address", "URL",
     "print, load, diff, sync: the server; KVASIR_ADDRESS unless told, else http://127.0.0.1:9009"},
    {"id", "TENANT", "its tenant; KVASIR_TENANT_ID unless told"},
    {"prefix", "PATH", "front of its paths; /prometheus unless told"},
    {"user", "NAME", "user of basic authentication; the key is KVASIR_API_KEY"},
    {"namespaces", "A,B", "diff, sync: only these namespaces"},
    {"ignored-namespaces", "A,B", "diff, sync: all but these"},
    {"lint", "WHAT", "check: duplicate-rules (unless told) or none"},
    {"lint-fatal", nullptr, "check: what the linter finds makes the command fail"},
    {"ignore-unknown-fields", nullptr, "check: fields that rule files do not have are no error"},
    {"help", nullptr, "print this"},
};

void PrintHelp(std::FILE* out) {
  std::fputs(
      "usage: kvasir rules COMMAND [OPTIONS] [FILE]...\n\n"
      "Checks rule files, and compares them with the rules of a server or makes these the same. A "
      "file's namespace is what\n"
      "its key `namespace` says, else the file's name.\n\n"
      "  check FILE...   as promtool check rules\n"
      "  test FILE...    unit tests, as promtool test rules; options of its own\n"
      "  print           the server's rules, as YAML\n"
      "  diff FILE...    what sync would change; exit code 1 when there is something\n"
      "  load FILE...    stores the groups of the files, and leaves others alone\n"
      "  sync FILE...    makes the server's groups those of the files, and deletes "
      "others\n\noptions:\n",
      out);
  std::fputs(kernel::HelpOf(kOptions).c_str(), out);
}

std::vector<std::string> Split(const std::string& list) {
  std::vector<std::string> out;
  for (size_t at = 0; at < list.size();) {
    const size_t comma = std::min(list.find(',', at), list.size());
    if (comma > at) out.push_back(list.substr(at, comma - at));
    at = comma + 1;
  }
  return out;
}

int Complain(const Status& status, int code) {
  std::fprintf(stderr, "kvasir rules: %s\n", status.message().c_str());
  return code;
}

Status Apply(const RulesApi& api, const Changes& changes) {
  for (const auto* list : {&changes.created, &changes.updated}) {
    for (const Changes::One& one : *list)
      KVS_RETURN_IF_ERROR(api.Set(one.namespace_name, one.group));
  }
  for (const Changes::One& one : changes.deleted)
    KVS_RETURN_IF_ERROR(api.Delete(one.namespace_name, one.group.name));
  return OkStatus();
}

int Remote(const std::string& command, const std::vector<std::string>& files,
           const kernel::Arguments& arguments) {
  const RulesApi api(
      ServerFrom(arguments.Get("address"), arguments.Get("id"), arguments.Get("user")),
      arguments.Has("prefix") ? arguments.Get("prefix") : "/prometheus");

  Namespaces wanted;
  if (command != "print") {
    StatusOr<Namespaces> read = ReadNamespaces(files);
    if (!read.ok()) return Complain(read.status(), kExitFailed);
    wanted = *std::move(read);
  }
  const StatusOr<Namespaces> there = api.List();
  if (!there.ok()) return Complain(there.status(), kExitFailed);
  if (command == "print") {
    std::fputs(rules::NamespacesToYaml(*there).c_str(), stdout);
    return kExitOk;
  }
  const NamespaceFilter filter{
      Split(arguments.Has("namespaces") ? arguments.Get("namespaces") : ""),
      Split(arguments.Has("ignored-namespaces") ? arguments.Get("ignored-namespaces") : "")};
  Changes changes = Compare(*there, wanted, filter);
  if (command == "load") changes.deleted.clear();
  std::fputs(Describe(changes).c_str(), stdout);
  if (command == "diff") return changes.empty() ? kExitOk : kExitFailed;
  const Status status = Apply(api, changes);
  return status.ok() ? kExitOk : Complain(status, kExitFailed);
}

// Unit tests need an engine: a program of its own, beside this one.
int RunTests(const std::vector<std::string>& words) {
  std::error_code error;
  std::string program =
      (std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / "kvasir-rules-test")
          .string();
  std::vector<char*> args{program.data()};
  std::vector<std::string> rest(words.begin() + 1, words.end());
  for (std::string& word : rest) args.push_back(word.data());
  args.push_back(nullptr);
  ::execv(program.c_str(), args.data());
  return Complain(Unavailable(program, ": ", std::strerror(errno)), kExitFailed);
}

int Main(const std::vector<std::string>& words) {
  if (!words.empty() && words[0] == "test") return RunTests(words);
  const StatusOr<kernel::Arguments> arguments = kernel::Arguments::Parse(kOptions, words);
  if (!arguments.ok()) return Complain(arguments.status(), kExitUsage);
  if (arguments->Has("help")) {
    PrintHelp(stdout);
    return kExitOk;
  }
  const std::vector<std::string>& positional = arguments->positional();
  if (positional.empty()) {
    PrintHelp(stderr);
    return kExitUsage;
  }
  const std::string& command = positional[0];
  const std::vector<std::string> files(positional.begin() + 1, positional.end());
  if (command != "check" && command != "print" && command != "diff" && command != "load" &&
      command != "sync") {
    return Complain(InvalidArgument("there is no command \"", command,
                                    "\"; there is check, test, print, diff, load, sync"),
                    kExitUsage);
  }
  if (files.empty() != (command == "print")) {
    return Complain(
        InvalidArgument(command, command == "print" ? " takes no files" : " needs a rule file"),
        kExitUsage);
  }
  if (command != "check") return Remote(command, files, *arguments);
  CheckOptions options;
  const std::string lint = arguments->Has("lint") ? arguments->Get("lint") : "duplicate-rules";
  if (lint != "none" && lint != "all" && lint != "duplicate-rules") {
    return Complain(
        InvalidArgument("--lint: \"", lint, "\" is neither duplicate-rules, all nor none"),
        kExitUsage);
  }
  options.lint_duplicates = lint != "none";
  options.lint_fatal = arguments->Has("lint-fatal");
  options.ignore_unknown_fields = arguments->Has("ignore-unknown-fields");
  return Check(files, options);
}

}  // namespace
}  // namespace kvs::tools

int main(int argc, char** argv) {
  return kvs::tools::Main({argv + (argc > 0 ? 1 : 0), argv + argc});
}
