// SPDX-License-Identifier: Apache-2.0
// The configuration API of a ruler, as a client sees it.
#pragma once

#include <string>

#include "kvs/base/status.h"
#include "kvs/tools/server.h"

#include "commands.h"

namespace kvs::tools {

class RulesApi {
 public:
  /// `prefix`: front of the paths, "/prometheus".
  RulesApi(ServerOptions options, std::string prefix)
      : server_(std::move(options)), prefix_(std::move(prefix)) {}

  StatusOr<Namespaces> List() const;
  Status Set(const std::string& namespace_name, const rules::Group& group) const;
  /// The group as YAML; NotFound.
  StatusOr<std::string> Get(const std::string& namespace_name, const std::string& group) const;
  /// One that is not there counts as deleted.
  Status Delete(const std::string& namespace_name, const std::string& group) const;
  /// With all its groups.
  Status DeleteNamespace(const std::string& namespace_name) const;

 private:
  StatusOr<Server::Answer> Ask(const char* method, const std::string& path,
                               const std::string& body) const;
  const Server server_;
  const std::string prefix_;
};

}  // namespace kvs::tools
