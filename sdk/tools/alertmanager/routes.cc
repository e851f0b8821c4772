// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <set>

#include "kvs/base/str_cat.h"

#include "commands.h"

namespace kvs::tools {
namespace {

using alerting::Route;

StatusOr<std::unique_ptr<const Route>> ReadTree(const std::string& file, alerting::Syntax syntax) {
  KVS_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(file));
  const StatusOr<alerting::Config> config = alerting::ParseConfig(text, syntax);
  if (!config.ok()) return Annotate(config.status(), file);
  return Route::Make(config->route);
}

// The receiver is said where an alert can end: everywhere, or in `ends` alone.
std::string LineOf(const Route& route, const std::set<const Route*>* ends) {
  std::string line =
      route.parent() == nullptr ? "default-route" : alerting::Format(route.matchers());
  if (route.continues()) line += "  continue: true";
  if (ends == nullptr || ends->count(&route) > 0)
    StrAppend(line, "  receiver: ", route.options().receiver);
  return line;
}

bool LeadsTo(const Route& route, const std::set<const Route*>& ends) {
  if (ends.count(&route) > 0) return true;
  return std::any_of(route.routes().begin(), route.routes().end(),
                     [&ends](const auto& below) { return LeadsTo(*below, ends); });
}

void PrintBelow(const Route& route, const std::string& indent, const std::set<const Route*>* ends) {
  std::vector<const Route*> shown;
  for (const auto& below : route.routes()) {
    if (ends == nullptr || LeadsTo(*below, *ends)) shown.push_back(below.get());
  }
  for (const Route* below : shown) {
    const bool last = below == shown.back();
    std::printf("%s%s %s\n", indent.c_str(), last ? "└──" : "├──", LineOf(*below, ends).c_str());
    PrintBelow(*below, indent + (last ? "    " : "│   "), ends);
  }
}

void PrintTree(const Route& root, const std::set<const Route*>* ends) {
  std::printf(".\n└── %s\n", LineOf(root, ends).c_str());
  PrintBelow(root, "    ", ends);
}

std::string Join(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) StrAppend(out, out.empty() ? "" : ",", text);
  return out;
}

StatusOr<model::Labels> ParseLabels(const std::vector<std::string>& words,
                                    alerting::Syntax syntax) {
  model::LabelsBuilder labels;
  for (const std::string& word : words) {
    KVS_ASSIGN_OR_RETURN(const model::Matcher label, alerting::ParseMatcher(word, syntax));
    if (label.type() != model::MatchType::kEqual)
      return InvalidArgument(word, " is no label; write name=value");
    labels.Set(label.name(), label.value());
  }
  return labels.Build();
}

}  // namespace

StatusOr<bool> ShowRoutes(const std::string& file, alerting::Syntax syntax) {
  KVS_ASSIGN_OR_RETURN(const std::unique_ptr<const Route> root, ReadTree(file, syntax));
  std::printf("Routing tree:\n");
  PrintTree(*root, nullptr);
  return true;
}

StatusOr<bool> TestRoutes(const std::string& file, const std::vector<std::string>& labels,
                          const RoutesTestOptions& options, alerting::Syntax syntax) {
  KVS_ASSIGN_OR_RETURN(const std::unique_ptr<const Route> root, ReadTree(file, syntax));
  KVS_ASSIGN_OR_RETURN(const model::Labels alert, ParseLabels(labels, syntax));
  const std::vector<const Route*> found = root->Match(alert);
  std::vector<std::string> receivers;
  for (const Route* route : found) receivers.push_back(route->options().receiver);
  if (options.tree) {
    const std::set<const Route*> ends(found.begin(), found.end());
    std::printf("Matching routes:\n");
    PrintTree(*root, &ends);
    std::printf("\n");
  }
  std::printf("%s\n", Join(receivers).c_str());
  if (options.expected.empty() || options.expected == receivers) return true;
  std::fflush(stdout);
  std::fprintf(stderr, "kvasir alertmanager: expected %s\n", Join(options.expected).c_str());
  return false;
}

}  // namespace kvs::tools
