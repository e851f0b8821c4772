// SPDX-License-Identifier: Apache-2.0
// kvasir-cluster: the command `kvasir cluster`, which says who is in the rings of a cluster, and
// whom one may stop.
//
// Exit codes: 0 any one, or that instance, may be stopped; 1 some may not; 2 the command line is
// wrong; 3 nobody could be asked, or there is no such instance.
#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "kvs/base/str_cat.h"
#include "kvs/base/units.h"
#include "kvs/tools/server.h"

#include "judgement.h"
#include "kernel/main/arguments.h"
#include "ring_page.h"

namespace kvs::tools {
namespace {

constexpr kernel::OptionSpec kOptions[] = {
    {"instance", "NAME", "status: only whether this one may be stopped"},
    {"ring", "NAME", "status: of a ring of this name, too"},
    {"user", "NAME", "user of basic authentication; the key is KVASIR_API_KEY"},
    {"help", nullptr, "print this"},
};
constexpr const char* kRings[] = {"ingester",  "store-gateway", "distributor",
                                  "compactor", "ruler",         "alertmanager"};
constexpr int kExitOk = 0, kExitUnsafe = 1, kExitUsage = 2, kExitUnknown = 3;

void PrintHelp(std::FILE* out) {
  std::fputs(
      "usage: kvasir cluster status [OPTIONS] [URL...]\n\n"
      "Says who is in the rings that these servers know, and whom one may stop. Without a URL,\n"
      "KVASIR_ADDRESS is asked, or else http://127.0.0.1:9009.\n"
      "\noptions:\n",
      out);
  std::fputs(kernel::HelpOf(kOptions).c_str(), out);
}

int Complain(const Status& status, int code) {
  std::fflush(stdout);
  std::fprintf(stderr, "kvasir cluster: %s\n", status.message().c_str());
  return code;
}

// Every ring that somebody knows, once.
StatusOr<std::vector<RingPage>> AskAll(const std::vector<std::string>& addresses,
                                       const std::vector<std::string>& names,
                                       const std::string& user) {
  std::map<std::string, RingPage> found;
  Status failure = NotFound("no server knows a ring");
  for (const std::string& address : addresses) {
    const Server server(ServerFrom(address, "", user));
    for (const std::string& name : names) {
      if (found.contains(name)) continue;
      const StatusOr<Server::Answer> answer =
          server.Ask("GET", StrCat("/", name, "/ring"), "", "application/json");
      if (!answer.ok()) {
        failure = answer.status();
        break;
      }
      if (answer->code == 404) continue;
      if (answer->code != 200) {
        failure = Unavailable(server.address(), ": ", answer->Text());
        continue;
      }
      StatusOr<RingPage> page = ParseRingPage(name, answer->body);
      if (!page.ok()) return Annotate(page.status(), server.address(), "/", name, "/ring");
      found.emplace(name, *std::move(page));
    }
  }
  if (found.empty()) return failure;
  std::vector<RingPage> out;
  for (const std::string& name : names) {
    if (const auto page = found.find(name); page != found.end()) out.push_back(page->second);
  }
  return out;
}

void Print(const RingPage& ring) {
  std::string copies;
  if (HoldsCopies(ring)) {
    copies =
        StrCat(": ", ring.replication_factor, ring.replication_factor == 1 ? " copy" : " copies",
               ring.zone_aware ? ", in different zones" : "");
  }
  std::printf("ring of %ss%s\n", ring.name.c_str(), copies.c_str());
  std::vector<std::vector<std::string>> rows = {
      {"INSTANCE", "ZONE", "STATE", "OWNS", "HEARD OF", "ADDRESS"}};
  for (const RingInstance& one : ring.instances) {
    rows.push_back({one.id, one.zone.empty() ? "-" : one.zone,
                    StrCat(one.state, one.read_only ? ", read-only" : ""), one.ownership,
                    StrCat(FormatDurationMs(one.heard_ms_ago), " ago"), one.address});
  }
  std::vector<size_t> widths(rows[0].size());
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const auto& row : rows) {
    std::string line = " ";
    for (size_t i = 0; i < row.size(); ++i) {
      StrAppend(line, " ", row[i]);
      if (i + 1 < row.size()) line.append(widths[i] - row[i].size() + 1, ' ');
    }
    std::printf("%s\n", line.c_str());
  }
}

int ShowStatus(const std::vector<RingPage>& rings, const std::string& instance) {
  bool known = instance.empty();
  std::vector<std::string> unsafe;
  for (const RingPage& ring : rings) {
    if (instance.empty()) Print(ring);
    for (const RingInstance& one : ring.instances) known = known || one.id == instance;
    for (const Unsafe& one : JudgeRing(ring)) {
      if (instance.empty() || one.instance == instance)
        unsafe.push_back(StrCat("  ", one.instance, ": ", one.why));
    }
  }
  if (!known)
    return Complain(
        NotFound("there is no instance \"", instance, "\" in any ring that was asked for"),
        kExitUnknown);
  if (unsafe.empty()) {
    std::printf("%s may be stopped\n", instance.empty() ? "any one of them" : instance.c_str());
    return kExitOk;
  }
  std::printf("unsafe to stop:\n");
  for (const std::string& line : unsafe) std::printf("%s\n", line.c_str());
  return kExitUnsafe;
}

int Main(const std::vector<std::string>& words) {
  const StatusOr<kernel::Arguments> arguments = kernel::Arguments::Parse(kOptions, words);
  if (!arguments.ok()) return Complain(arguments.status(), kExitUsage);
  if (arguments->Has("help")) {
    PrintHelp(stdout);
    return kExitOk;
  }
  const std::vector<std::string>& positional = arguments->positional();
  if (positional.empty() || positional[0] != "status") {
    PrintHelp(stderr);
    return kExitUsage;
  }
  std::vector<std::string> addresses(positional.begin() + 1, positional.end());
  if (addresses.empty()) addresses.emplace_back();
  std::vector<std::string> names(std::begin(kRings), std::end(kRings));
  if (const std::string more = arguments->Get("ring"); !more.empty()) names.push_back(more);
  const StatusOr<std::vector<RingPage>> rings = AskAll(addresses, names, arguments->Get("user"));
  if (!rings.ok()) return Complain(rings.status(), kExitUnknown);
  return ShowStatus(*rings, arguments->Get("instance"));
}

}  // namespace
}  // namespace kvs::tools

int main(int argc, char** argv) {
  return kvs::tools::Main({argv + (argc > 0 ? 1 : 0), argv + argc});
}
