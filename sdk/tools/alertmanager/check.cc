// SPDX-License-Identifier: Apache-2.0
#include <glob.h>

#include <cstdio>
#include <fstream>
#include <iterator>

#include "kvs/alerting/config.h"
#include "kvs/base/str_cat.h"

#include "commands.h"

namespace kvs::tools {
namespace {

// Templates are named relative to the file, with wildcards.
Status CheckTemplates(const std::string& file, const alerting::Config& config) {
  const size_t slash = file.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : file.substr(0, slash);
  for (const std::string& pattern : config.templates) {
    const std::string path = pattern.starts_with('/') ? pattern : StrCat(folder, "/", pattern);
    glob_t found = {};
    const int error = glob(path.c_str(), 0, nullptr, &found);
    globfree(&found);
    const bool has_wildcard = pattern.find_first_of("*?[") != std::string::npos;
    if (error == GLOB_NOMATCH && !has_wildcard)
      return NotFound("template ", path, ": there is no such file");
    if (error != 0 && error != GLOB_NOMATCH) return Unavailable("template ", path, ": cannot look");
  }
  return OkStatus();
}

StatusOr<alerting::Config> CheckOne(const std::string& file, alerting::Syntax syntax) {
  KVS_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(file));
  KVS_ASSIGN_OR_RETURN(alerting::Config config, alerting::ParseConfig(text, syntax));
  KVS_RETURN_IF_ERROR(CheckTemplates(file, config));
  return config;
}

}  // namespace

StatusOr<std::string> ReadWholeFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return NotFound(path, ": cannot be opened");
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (in.bad()) return Unavailable(path, ": cannot be read");
  return text;
}

StatusOr<bool> Check(const std::vector<std::string>& files, alerting::Syntax syntax) {
  bool sound = true;
  for (const std::string& file : files) {
    const StatusOr<alerting::Config> config = CheckOne(file, syntax);
    if (!config.ok()) {
      sound = false;
      std::printf("Checking '%s'  FAILED: %s\n\n", file.c_str(), config.status().message().c_str());
      continue;
    }
    std::printf(
        "Checking '%s'  SUCCESS\nFound:\n - global config\n - route\n - %zu inhibit rules\n"
        " - %zu receivers\n - %zu templates\n\n",
        file.c_str(), config->inhibit_rules.size(), config->receivers.size(),
        config->templates.size());
    for (const std::string& setting : config->file_settings)
      std::printf("note: %s names a file, which a server of many tenants does not read\n",
                  setting.c_str());
  }
  return sound;
}

}  // namespace kvs::tools
