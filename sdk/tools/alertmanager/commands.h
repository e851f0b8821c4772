// SPDX-License-Identifier: Apache-2.0
// The commands of `kvasir alertmanager`. Each prints on stdout.
#pragma once

#include <string>
#include <vector>

#include "kvs/alerting/matchers.h"
#include "kvs/alerting/route.h"
#include "kvs/base/status.h"
#include "kvs/tools/server.h"

namespace kvs::tools {

struct RoutesTestOptions {
  std::vector<std::string> expected;  ///< Receivers, in order; empty: none are expected.
  bool tree = false;                  ///< Print the part of the tree that matched, too.
};

StatusOr<std::string> ReadWholeFile(const std::string& path);

/// A paragraph a file: what it has, or what is wrong with it. False when one is wrong.
StatusOr<bool> Check(const std::vector<std::string>& files, alerting::Syntax syntax);

/// The routing tree.
StatusOr<bool> ShowRoutes(const std::string& file, alerting::Syntax syntax);

/// Which receivers an alert with these labels (name=value) would reach. False when others were
/// expected.
StatusOr<bool> TestRoutes(const std::string& file, const std::vector<std::string>& labels,
                          const RoutesTestOptions& options, alerting::Syntax syntax);

/// The first file as a configuration and the others as its templates: what load sends.
/// InvalidArgument says what is wrong with which.
StatusOr<std::string> ReadForServer(const std::vector<std::string>& files, alerting::Syntax syntax);
/// Makes the first file the tenant's configuration, and the others its templates.
Status LoadConfig(const Server& server, const std::vector<std::string>& files,
                  alerting::Syntax syntax);
/// Prints the tenant's configuration, or writes it and its templates into a folder. To have none is
/// no error.
Status GetConfig(const Server& server, const std::string& folder);
Status DeleteConfig(const Server& server);

}  // namespace kvs::tools
