// SPDX-License-Identifier: Apache-2.0
// Warnings and infos that come beside a result, in Prometheus' words.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kvs/base/mutex.h"
#include "kvs/promql/ast.h"

namespace kvs::engine::promql {

/// One annotation before it is text.
struct Note {
  enum class Kind : uint8_t { kWarning, kInfo, kStorageWarning };
  Kind kind;
  std::string message;
  ::kvs::promql::PosRange pos;

  friend bool operator==(const Note&, const Note&) = default;
};

/// Annotations in the order of first mention.
using NoteLog = std::vector<Note>;

/// Collects annotations; equal texts once, in the order of first mention. Safe for concurrent use.
/// [any]
class Annotations {
 public:
  /// `query`: the text that positions refer to; outlives this.
  explicit Annotations(std::string_view query) : query_(query) {}

  /// "PromQL warning: <message> (line:column)".
  void Warn(std::string_view message, ::kvs::promql::PosRange pos);
  void Info(std::string_view message, ::kvs::promql::PosRange pos);
  /// A warning of the storage, without prefix and position.
  void WarnRaw(std::string_view message);
  void Add(Note note);

  /// From now on annotations go into `log`, each once, and not into the result; null: into the
  /// result. Returns what was set before.
  NoteLog* SwapLog(NoteLog* log);

  const std::vector<std::string>& warnings() const { return warnings_; }
  const std::vector<std::string>& infos() const { return infos_; }

 private:
  const std::string_view query_;
  Mutex mutex_;
  NoteLog* log_ = nullptr;
  std::set<std::string> seen_;
  std::vector<std::string> warnings_;
  std::vector<std::string> infos_;
};

/// ` for metric name "m"`-style quoting: the text between double quotes with Go's escapes.
std::string Quoted(std::string_view text);

/// A number as Go's %g prints it.
std::string FormatG(double value);

}  // namespace kvs::engine::promql
