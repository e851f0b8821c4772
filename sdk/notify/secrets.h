// SPDX-License-Identifier: Apache-2.0
// Secrets: what a receiver's settings keep elsewhere, as far as the operator lets them.
#pragma once

#include <string>
#include <string_view>

#include "kvs/base/status.h"
#include "kvs/notify/options.h"
#include "kvs/notify/settings.h"

namespace kvs::notify {

class Secrets {
 public:
  explicit Secrets(const Options& options)
      : dir_(options.secrets_dir), env_prefix_(options.secrets_env_prefix) {}

  /// The setting `name`, or the content of the file that `name`_file says, without blanks around
  /// it. Empty when there is neither. InvalidArgument for files and variables that may not be used,
  /// Unavailable for a file that cannot be read now. No message has the value in it. [worker]
  StatusOr<std::string> Get(const Settings& settings, std::string_view name) const;
  /// The content of the file that the setting says. [worker]
  StatusOr<std::string> File(const Settings& settings, std::string_view name) const;
  /// Whether Get() may be asked; reads no file. [any]
  Status Check(const Settings& settings, std::string_view name) const;

 private:
  StatusOr<std::string> Expand(std::string text, std::string_view name) const;
  Status CheckFile(const std::string& path, std::string_view name) const;

  const std::string dir_, env_prefix_;
};

}  // namespace kvs::notify
