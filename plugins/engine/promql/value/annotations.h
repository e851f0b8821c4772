// SPDX-License-Identifier: Apache-2.0
// Warnings and infos that come beside a result, in Prometheus' words.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kvs/base/mutex.h"
#include "kvs/promql/ast.h"

namespace kvs::engine::promql {

/// How much was repaired in classic histograms whose counts fell from one bound to the next.
struct Repairs {
  uint64_t samples = 0;
  int64_t first_ms = 0;
  int64_t last_ms = 0;
  double min_bound = 0;
  double max_bound = 0;
  double max_difference = 0;  ///< Relative.

  void Add(const Repairs& other);
  friend bool operator==(const Repairs&, const Repairs&) = default;
};

/// One annotation before it is text.
struct Note {
  enum class Kind : uint8_t { kWarning, kInfo, kStorageWarning };
  Kind kind;
  std::string message;
  ::kvs::promql::PosRange pos;
  uint64_t times = 0;  ///< How often it happened; 0 where nobody counts.
  std::optional<Repairs> repairs;

  friend bool operator==(const Note&, const Note&) = default;
};

/// Annotations in the order of first mention.
using NoteLog = std::vector<Note>;

/// Collects annotations; equal messages once, in the order of first mention. As in Prometheus the
/// position of a message is that of its last mention, and counts add up at the first. Safe for
/// concurrent use. [any]
class Annotations {
 public:
  /// `query`: the text that positions refer to; outlives this.
  explicit Annotations(std::string_view query) : query_(query) {}

  /// "PromQL warning: <message> (line:column)".
  void Warn(std::string_view message, ::kvs::promql::PosRange pos);
  void Info(std::string_view message, ::kvs::promql::PosRange pos);
  /// A warning that says how often it happened, if more than once.
  void WarnTimes(uint64_t times, std::string_view message, ::kvs::promql::PosRange pos);
  /// A warning of the storage, without prefix and position.
  void WarnRaw(std::string_view message);
  void Add(Note note);
  void AddAll(NoteLog notes);

  /// From now on annotations go into `log`, each once, and not into the result; null: into the
  /// result. Returns what was set before.
  NoteLog* SwapLog(NoteLog* log);

  std::vector<std::string> warnings() const { return Texts(false); }
  std::vector<std::string> infos() const { return Texts(true); }

 private:
  std::vector<std::string> Texts(bool infos) const;

  const std::string_view query_;
  mutable Mutex mutex_;
  NoteLog* log_ = nullptr;
  NoteLog notes_;
  std::map<std::pair<Note::Kind, std::string>, size_t> place_of_;
};

/// ` for metric name "m"`-style quoting: the text between double quotes with Go's escapes.
std::string Quoted(std::string_view text);

/// A number as Go's %g prints it.
std::string FormatG(double value);

/// %.2g
std::string FormatTwoDigits(double value);
/// 2006-01-02T15:04:05Z
std::string FormatTime(int64_t ms);
/// ` for metric name "m"`; empty without a name.
std::string ForMetric(std::string_view metric);

}  // namespace kvs::engine::promql
