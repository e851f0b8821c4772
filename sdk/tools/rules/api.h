// SPDX-License-Identifier: Apache-2.0
// The configuration API of a ruler, as a client sees it.
#pragma once

#include <string>

#include "kvs/base/status.h"

#include "commands.h"

namespace kvs::tools {

struct ServerOptions {
  std::string address;  ///< "http://127.0.0.1:9009"
  std::string tenant;
  std::string prefix = "/prometheus";
  std::string user, key;   ///< Of basic authentication; empty user: none.
  std::string auth_token;  ///< Of bearer authentication.
};

class RulesApi {
 public:
  explicit RulesApi(ServerOptions options) : options_(std::move(options)) {}

  StatusOr<Namespaces> List() const;
  Status Set(const std::string& namespace_name, const rules::Group& group) const;
  Status Delete(const std::string& namespace_name, const std::string& group) const;

 private:
  struct Answer {
    long code = 0;
    std::string body;
  };
  StatusOr<Answer> Ask(const char* method, const std::string& path, const std::string& body) const;
  const ServerOptions options_;
};

}  // namespace kvs::tools
