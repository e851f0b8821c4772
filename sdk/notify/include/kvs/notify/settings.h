// SPDX-License-Identifier: Apache-2.0
// Settings: one section of a receiver, such as an entry of slack_configs, read. Values that are not
// there, or not of the kind asked for, are the fallback: alerting::ParseConfig() has checked kinds
// and filled in defaults before.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/gotemplate/value.h"

namespace kvs::notify {

class Settings {
 public:
  /// JSON or YAML of a table. InvalidArgument, without a word of what stands there: it has secrets.
  static StatusOr<Settings> Parse(std::string_view text);
  /// No table counts as an empty one.
  explicit Settings(gotemplate::Value table = {}) : table_(std::move(table)) {}

  /// Whether something stands there; an empty text counts as nothing.
  bool Has(std::string_view name) const;
  std::string Text(std::string_view name) const;
  bool Flag(std::string_view name, bool fallback = false) const;
  int64_t Int(std::string_view name, int64_t fallback = 0) const;
  /// Of Go's texts: "1m30s".
  int64_t DurationMs(std::string_view name) const;
  std::vector<std::string> Texts(std::string_view name) const;
  /// Sorted by name.
  std::vector<std::pair<std::string, std::string>> TextMap(std::string_view name) const;
  Settings Table(std::string_view name) const;
  std::vector<Settings> Tables(std::string_view name) const;
  /// Sorted by name.
  std::vector<std::pair<std::string, Settings>> NamedTables(std::string_view name) const;
  /// Of any kind; nil when it is not there.
  gotemplate::Value Any(std::string_view name) const;
  const gotemplate::Value& table() const { return table_; }

 private:
  const gotemplate::Value* Find(std::string_view name) const;
  gotemplate::Value table_;
};

}  // namespace kvs::notify
