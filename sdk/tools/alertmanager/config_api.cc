// SPDX-License-Identifier: Apache-2.0
// The configuration of a tenant on a server, as mimirtool handles it: load, get and delete.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <utility>

#include <sys/stat.h>
#include <yaml-cpp/yaml.h>

#include "kvs/alerting/templates.h"
#include "kvs/base/str_cat.h"

#include "commands.h"

namespace kvs::tools {
namespace {

constexpr const char* kPath = "/api/v1/alerts";

std::string FileName(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// Configurations hold secrets.
Status WriteWholeFile(const std::string& path, const std::string& text) {
  const mode_t before = umask(0077);
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  umask(before);
  out << text;
  out.close();
  return out ? OkStatus() : Unavailable(path, ": cannot be written: ", std::strerror(errno));
}

}  // namespace

StatusOr<std::string> ReadForServer(const std::vector<std::string>& files,
                                    alerting::Syntax syntax) {
  KVS_ASSIGN_OR_RETURN(const std::string config, ReadWholeFile(files[0]));
  // What is wrong is said here, with the file's name.
  const StatusOr<alerting::Config> parsed = alerting::ParseConfig(config, syntax);
  if (!parsed.ok()) return Annotate(parsed.status(), files[0]);
  std::vector<std::pair<std::string, std::string>> templates;
  for (size_t i = 1; i < files.size(); ++i) {
    KVS_ASSIGN_OR_RETURN(std::string text, ReadWholeFile(files[i]));
    for (size_t k = 1; k < i; ++k) {
      if (FileName(files[k]) == FileName(files[i]))
        return InvalidArgument(
            "cannot have multiple templates with same file names but different paths: ", files[i],
            " collides with ", files[k]);
    }
    templates.emplace_back(FileName(files[i]), std::move(text));
  }
  KVS_RETURN_IF_ERROR(
      alerting::NotificationTemplates(templates, [] { return int64_t{0}; }).status());
  YAML::Emitter body;
  body << YAML::BeginMap << YAML::Key << "template_files" << YAML::Value << YAML::BeginMap;
  for (const auto& [name, text] : templates)
    body << YAML::Key << name << YAML::Value << YAML::DoubleQuoted << text;
  body << YAML::EndMap << YAML::Key << "alertmanager_config" << YAML::Value << YAML::DoubleQuoted
       << config << YAML::EndMap;
  return std::string(body.c_str());
}

Status LoadConfig(const Server& server, const std::vector<std::string>& files,
                  alerting::Syntax syntax) {
  KVS_ASSIGN_OR_RETURN(const std::string body, ReadForServer(files, syntax));
  KVS_ASSIGN_OR_RETURN(const Server::Answer answer, server.Ask("POST", kPath, body));
  if (answer.code / 100 == 2) return OkStatus();
  return FailedPrecondition(server.address(), ": ", answer.Text());
}

Status GetConfig(const Server& server, const std::string& folder) {
  KVS_ASSIGN_OR_RETURN(const Server::Answer answer, server.Ask("GET", kPath, ""));
  if (answer.code == 404) {
    std::fputs("kvasir alertmanager: no Alertmanager config currently exists for this user\n",
               stderr);
    return OkStatus();
  }
  if (answer.code != 200) return FailedPrecondition(server.address(), ": ", answer.Text());
  // yaml-cpp throws at whatever it does not like.
  try {
    const YAML::Node root = YAML::Load(answer.body);
    const std::string config = root["alertmanager_config"].as<std::string>("");
    if (folder.empty()) {
      std::printf("%s\n\nTemplates:\n", config.c_str());
    } else {
      if (mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST)
        return Unavailable(folder, ": cannot be made: ", std::strerror(errno));
      KVS_RETURN_IF_ERROR(WriteWholeFile(folder + "/config.yaml", config));
    }
    for (const auto& file : root["template_files"]) {
      const std::string name = FileName(file.first.Scalar());
      if (folder.empty()) {
        std::printf("%s:\n%s\n", name.c_str(), file.second.Scalar().c_str());
      } else {
        KVS_RETURN_IF_ERROR(WriteWholeFile(StrCat(folder, "/", name), file.second.Scalar()));
      }
    }
  } catch (const YAML::Exception& e) {
    return FailedPrecondition("the server's answer is no YAML: ", e.what());
  }
  return OkStatus();
}

Status DeleteConfig(const Server& server) {
  KVS_ASSIGN_OR_RETURN(const Server::Answer answer, server.Ask("DELETE", kPath, ""));
  if (answer.code / 100 == 2 || answer.code == 404) return OkStatus();
  return FailedPrecondition(server.address(), ": ", answer.Text());
}

}  // namespace kvs::tools
