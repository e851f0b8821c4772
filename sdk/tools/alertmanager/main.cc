// SPDX-License-Identifier: Apache-2.0
// kvasir-alertmanager: the command `kvasir alertmanager`, which looks at configurations without a
// server, and brings them to one.
//
// Exit codes: 0 all is well; 1 a file is wrong, or receivers are others than expected; 2 the
// command line is wrong.
#include <cstdio>
#include <string>
#include <vector>

#include "kvs/base/str_cat.h"

#include "commands.h"
#include "kernel/main/arguments.h"

namespace kvs::tools {
namespace {

constexpr kernel::OptionSpec kOptions[] = {
    {"expect", "RECEIVERS", "routes test: exit with 1 unless it is these, with commas between"},
    {"tree", nullptr, "routes test: print the part of the tree that matched"},
    {"address", "URL",
     "load, get, delete: the server; KVASIR_ADDRESS unless told, else http://127.0.0.1:9009"},
    {"id", "TENANT", "its tenant; KVASIR_TENANT_ID unless told"},
    {"user", "NAME",
     "user of basic authentication; KVASIR_API_USER unless told, else the tenant. The key is "
     "KVASIR_API_KEY"},
    {"tls-ca-path", "FILE", "whom to believe; KVASIR_TLS_CA_PATH unless told"},
    {"tls-cert-path", "FILE", "own certificate; KVASIR_TLS_CERT_PATH unless told"},
    {"tls-key-path", "FILE", "its key; KVASIR_TLS_KEY_PATH unless told"},
    {"output-dir", "FOLDER", "get: write config.yaml and the templates there"},
    {"classic", nullptr, "read matchers in the classic syntax alone"},
    {"utf8-strict-mode", nullptr, "read matchers in the syntax with UTF-8 alone"},
    {"help", nullptr, "print this"},
};

constexpr int kExitOk = 0, kExitFailed = 1, kExitUsage = 2;

void PrintHelp(std::FILE* out) {
  std::fputs(
      "usage: kvasir alertmanager COMMAND [OPTIONS] FILE...\n\n"
      "Looks at Alertmanager's configuration files, and brings them to a server.\n\n"
      "  check FILE...                     says what is in each, or what is wrong where\n"
      "  routes show FILE                  draws the routing tree\n"
      "  routes test FILE [NAME=VALUE...]  which receivers an alert with these labels reaches\n"
      "  verify FILE [TEMPLATE...]         whether load would take them, without a server\n"
      "  load FILE [TEMPLATE...]           makes it the tenant's configuration\n"
      "  get                               prints the tenant's configuration\n"
      "  delete                            removes it\n"
      "\noptions:\n",
      out);
  std::fputs(kernel::HelpOf(kOptions).c_str(), out);
}

int Complain(const Status& status, int code) {
  std::fflush(stdout);
  std::fprintf(stderr, "kvasir alertmanager: %s\n", status.message().c_str());
  return code;
}

std::vector<std::string> SplitAtCommas(const std::string& text) {
  std::vector<std::string> out;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    out.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

int Main(const std::vector<std::string>& words) {
  const StatusOr<kernel::Arguments> arguments = kernel::Arguments::Parse(kOptions, words);
  if (!arguments.ok()) return Complain(arguments.status(), kExitUsage);
  if (arguments->Has("help")) {
    PrintHelp(stdout);
    return kExitOk;
  }
  const std::vector<std::string>& positional = arguments->positional();
  const bool routes = !positional.empty() && positional[0] == "routes";
  const size_t n_command = routes ? 2 : 1;
  const bool needs_none =
      positional.size() == 1 && (positional[0] == "get" || positional[0] == "delete");
  if (positional.size() <= n_command && !needs_none) {
    PrintHelp(stderr);
    return kExitUsage;
  }
  const std::string command = routes ? StrCat("routes ", positional[1]) : positional[0];
  const std::vector<std::string> operands(
      positional.begin() + static_cast<std::ptrdiff_t>(n_command), positional.end());
  const alerting::Syntax syntax = arguments->Has("classic")            ? alerting::Syntax::kClassic
                                  : arguments->Has("utf8-strict-mode") ? alerting::Syntax::kUtf8
                                                                       : alerting::Syntax::kBoth;
  StatusOr<bool> sound = true;
  ServerOptions options =
      ServerFrom(arguments->Get("address"), arguments->Get("id"), arguments->Get("user"));
  options.SetTls(arguments->Get("tls-ca-path"), arguments->Get("tls-cert-path"),
                 arguments->Get("tls-key-path"));
  const Server server(std::move(options));
  const auto done = [](const Status& status) -> StatusOr<bool> {
    if (!status.ok()) return status;
    return true;
  };
  if (command == "check") {
    sound = Check(operands, syntax);
  } else if (command == "routes show" && operands.size() == 1) {
    sound = ShowRoutes(operands[0], syntax);
  } else if (command == "routes test") {
    sound = TestRoutes(operands[0], {operands.begin() + 1, operands.end()},
                       {SplitAtCommas(arguments->Get("expect")), arguments->Has("tree")}, syntax);
  } else if (command == "verify") {
    sound = done(ReadForServer(operands, syntax).status());
  } else if (command == "load") {
    sound = done(LoadConfig(server, operands, syntax));
  } else if (command == "get" && operands.empty()) {
    sound = done(GetConfig(server, arguments->Get("output-dir")));
  } else if (command == "delete" && operands.empty()) {
    sound = done(DeleteConfig(server));
  } else {
    return Complain(
        InvalidArgument(
            "there is no command \"", command, "\" with ", operands.size(),
            " operands; there is check, routes show, routes test, verify, load, get, delete"),
        kExitUsage);
  }
  if (!sound.ok()) return Complain(sound.status(), kExitFailed);
  return *sound ? kExitOk : kExitFailed;
}

}  // namespace
}  // namespace kvs::tools

int main(int argc, char** argv) {
  return kvs::tools::Main({argv + (argc > 0 ? 1 : 0), argv + argc});
}
