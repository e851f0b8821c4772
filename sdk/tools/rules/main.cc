// SPDX-License-Identifier: Apache-2.0
// `kvasir rules`: rule files and the rules of a server, without a server of its own.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/base/str_cat.h"

#include "api.h"
#include "commands.h"
#include "kernel/main/arguments.h"

namespace kvs::tools {
namespace {

constexpr kernel::OptionSpec kOptions[] = {
    {"address", "URL", "the server; KVASIR_ADDRESS unless told, else http://127.0.0.1:9009"},
    {"id", "TENANT", "its tenant; KVASIR_TENANT_ID unless told"},
    {"prefix", "PATH", "front of its paths; /prometheus unless told"},
    {"user", "NAME",
     "user of basic authentication; KVASIR_API_USER unless told, else the tenant. The key is "
     "KVASIR_API_KEY"},
    {"tls-ca-path", "FILE", "whom to believe; KVASIR_TLS_CA_PATH unless told"},
    {"tls-cert-path", "FILE", "own certificate; KVASIR_TLS_CERT_PATH unless told"},
    {"tls-key-path", "FILE", "its key; KVASIR_TLS_KEY_PATH unless told"},
    {"extra-headers", "NAME=VALUE", "sent with every request; several may be given"},
    {"namespaces", "A,B", "diff, sync: only these namespaces"},
    {"ignored-namespaces", "A,B", "diff, sync: all but these"},
    {"namespaces-regex", "RE", "diff, sync: those of which a part matches"},
    {"ignored-namespaces-regex", "RE", "diff, sync: all but those"},
    {"rule-dirs", "A,B", "check, diff, sync: also the files below these that end in .yml or .yaml"},
    {"verbose", nullptr, "diff: with the groups that change"},
    {"exit-code", nullptr, "diff: exit with 1 when something differs"},
    {"output-dir", "FOLDER", "print: a file for each namespace, there"},
    {"lint", "WHAT", "check: duplicate-rules (unless told) or none"},
    {"lint-fatal", nullptr, "check: what the linter finds makes the command fail"},
    {"strict", nullptr,
     "check: --lint-fatal, and names of recorded series are level:metric:operations"},
    {"ignore-unknown-fields", nullptr, "check: fields that rule files do not have are no error"},
    {"help", nullptr, "print this"},
};

void PrintHelp(std::FILE* out) {
  std::fputs(
      "usage: kvasir rules COMMAND [OPTIONS] [FILE]...\n\n"
      "Checks rule files, and compares them with the rules of a server or makes these the same. A "
      "file's namespace is what\n"
      "its key `namespace` says, else the file's name; a file of several documents has several.\n\n"
      "  check FILE...             as promtool check rules\n"
      "  test FILE...              unit tests, as promtool test rules; options of its own\n"
      "  print                     the server's rules, as YAML\n"
      "  get NAMESPACE GROUP       one of its groups\n"
      "  diff FILE...              what sync would change\n"
      "  load FILE...              stores the groups of the files, and leaves others alone\n"
      "  sync FILE...              makes the server's groups those of the files, and deletes "
      "others\n"
      "  delete NAMESPACE GROUP    deletes a group\n"
      "  delete-namespace NAMESPACE\n"
      "\noptions:\n",
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
  std::fflush(stdout);
  std::fprintf(stderr, "kvasir rules: %s\n", status.message().c_str());
  return code;
}

StatusOr<NamespaceFilter> FilterFrom(const kernel::Arguments& arguments) {
  NamespaceFilter out;
  for (const char* option :
       {"namespaces", "ignored-namespaces", "namespaces-regex", "ignored-namespaces-regex"}) {
    if (!arguments.Has(option)) continue;
    if (out.by != NamespaceFilter::By::kNothing)
      return InvalidArgument("only one namespace option can be specified");
    const std::string_view name = option;
    out.ignores = name.starts_with("ignored");
    if (!name.ends_with("regex")) {
      out.by = NamespaceFilter::By::kNames;
      out.names = Split(arguments.Get(option));
      continue;
    }
    out.by = NamespaceFilter::By::kRegex;
    out.regex = std::make_shared<const RE2>(arguments.Get(option), RE2::Quiet);
    if (!out.regex->ok()) return InvalidArgument("--", option, ": ", out.regex->error());
  }
  return out;
}

Status Sync(const RulesApi& api, const Changes& changes) {
  for (const NamespaceChange& change : changes) {
    for (const rules::Group& group : change.created)
      KVS_RETURN_IF_ERROR(api.Set(change.name, group));
    for (const NamespaceChange::Updated& group : change.updated)
      KVS_RETURN_IF_ERROR(api.Set(change.name, group.after));
    for (const rules::Group& group : change.deleted)
      KVS_RETURN_IF_ERROR(api.Delete(change.name, group.name));
  }
  std::printf("\n%s", Summary("Sync", changes).c_str());
  return OkStatus();
}

Status Load(const RulesApi& api, const Namespaces& there, const Namespaces& files) {
  for (const auto& [name, groups] : files) {
    const auto old = there.find(name);
    for (const rules::Group& group : groups) {
      std::printf("group: '%s', ns: '%s'\n", group.name.c_str(), name.c_str());
      const bool same = old != there.end() &&
                        std::any_of(old->second.begin(), old->second.end(),
                                    [&](const auto& other) { return SameGroup(other, group); });
      if (!same) KVS_RETURN_IF_ERROR(api.Set(name, group));
    }
  }
  return OkStatus();
}

// A file a namespace, named after it: with mimirtool's letters in place of what no file may be
// called.
Status Save(const Namespaces& namespaces, const std::string& folder) {
  for (const auto& [name, groups] : namespaces) {
    std::string file = name;
    for (char& c : file) {
      if (static_cast<unsigned char>(c) < 0x20 ||
          std::string_view("<>:\"/\\|?*").find(c) != std::string_view::npos)
        c = '_';
    }
    const std::string path = StrCat(folder, "/", file, ".yaml");
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << rules::FileToYaml(name, groups);
    out.close();
    if (!out) return Unavailable(path, ": cannot be written: ", std::strerror(errno));
  }
  return OkStatus();
}

Status Print(const Namespaces& there, const std::string& folder) {
  if (!folder.empty()) return Save(there, folder);
  if (there.empty()) {
    std::fputs("kvasir rules: no rule groups currently exist for this user\n", stderr);
  } else {
    std::fputs(rules::NamespacesToYaml(there).c_str(), stdout);
  }
  return OkStatus();
}

// Commands that take names. What is not there is no error, as with mimirtool.
Status OnOne(const RulesApi& api, const std::string& command,
             const std::vector<std::string>& names) {
  if (command == "delete") return api.Delete(names[0], names[1]);
  if (command == "delete-namespace") return api.DeleteNamespace(names[0]);
  const StatusOr<std::string> group = api.Get(names[0], names[1]);
  if (group.ok()) {
    std::fputs(group->c_str(), stdout);
  } else if (group.status().code() == StatusCode::kNotFound) {
    std::fprintf(stderr, "kvasir rules: %s\n", group.status().message().c_str());
    return OkStatus();
  }
  return group.status();
}

int Remote(const std::string& command, const std::vector<std::string>& operands,
           const kernel::Arguments& arguments) {
  ServerOptions server =
      ServerFrom(arguments.Get("address"), arguments.Get("id"), arguments.Get("user"));
  server.SetTls(arguments.Get("tls-ca-path"), arguments.Get("tls-cert-path"),
                arguments.Get("tls-key-path"));
  for (std::string header : arguments.All("extra-headers")) {
    const size_t equals = header.find('=');
    if (equals == std::string::npos)
      return Complain(InvalidArgument("--extra-headers: \"", header, "\" is not NAME=VALUE"),
                      kExitUsage);
    server.extra_headers.push_back(header.replace(equals, 1, ": "));
  }
  const RulesApi api(std::move(server), arguments.Get("prefix", "/prometheus"));
  const auto done = [](const Status& status) {
    return status.ok() ? kExitOk : Complain(status, kExitFailed);
  };
  if (command == "get" || command.starts_with("delete")) return done(OnOne(api, command, operands));

  const StatusOr<NamespaceFilter> filter = FilterFrom(arguments);
  if (!filter.ok()) return Complain(filter.status(), kExitUsage);
  const StatusOr<Namespaces> wanted = ReadNamespaces(operands);
  if (!wanted.ok()) return Complain(wanted.status(), kExitFailed);
  const StatusOr<Namespaces> there = api.List();
  if (!there.ok()) return Complain(there.status(), kExitFailed);
  if (command == "print") return done(Print(*there, arguments.Get("output-dir")));
  if (command == "load") return done(Load(api, *there, *wanted));
  const Changes changes = Compare(*there, *wanted, *filter);
  if (command == "sync") return done(Sync(api, changes));
  std::fputs(Describe(changes, arguments.Has("verbose")).c_str(), stdout);
  return arguments.Has("exit-code") && !changes.empty() ? kExitFailed : kExitOk;
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
  std::vector<std::string> operands(positional.begin() + 1, positional.end());
  static const std::map<std::string_view, size_t> kNames{
      {"print", 0}, {"delete-namespace", 1}, {"get", 2}, {"delete", 2}};
  const auto takes = kNames.find(command);
  if (takes == kNames.end() && command != "check" && command != "diff" && command != "load" &&
      command != "sync") {
    return Complain(InvalidArgument("there is no command \"", command,
                                    "\"; there is check, test, print, get, diff, load, sync, "
                                    "delete, delete-namespace"),
                    kExitUsage);
  }
  if (takes != kNames.end() && operands.size() != takes->second) {
    return Complain(
        InvalidArgument(command, " takes ", takes->second, " operands, not ", operands.size()),
        kExitUsage);
  }
  if (takes == kNames.end() && command != "load") {
    for (const std::string& folder : Split(arguments->Get("rule-dirs"))) {
      const StatusOr<std::vector<std::string>> files = FilesIn(folder);
      if (!files.ok()) return Complain(files.status(), kExitFailed);
      operands.insert(operands.end(), files->begin(), files->end());
    }
  }
  // Without --rule-dirs, no file is a mistake: sync would delete everything.
  if (takes == kNames.end() && operands.empty() && !arguments->Has("rule-dirs"))
    return Complain(InvalidArgument(command, " needs a rule file"), kExitUsage);
  if (command != "check") return Remote(command, operands, *arguments);
  CheckOptions options;
  const std::string lint = arguments->Has("lint") ? arguments->Get("lint") : "duplicate-rules";
  if (lint != "none" && lint != "all" && lint != "duplicate-rules") {
    return Complain(
        InvalidArgument("--lint: \"", lint, "\" is neither duplicate-rules, all nor none"),
        kExitUsage);
  }
  options.lint_duplicates = lint != "none";
  options.lint_fatal = arguments->Has("lint-fatal");
  options.strict = arguments->Has("strict");
  options.ignore_unknown_fields = arguments->Has("ignore-unknown-fields");
  return Check(operands, options);
}

}  // namespace
}  // namespace kvs::tools

int main(int argc, char** argv) {
  return kvs::tools::Main({argv + (argc > 0 ? 1 : 0), argv + argc});
}
