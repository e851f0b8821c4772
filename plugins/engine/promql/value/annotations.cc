// SPDX-License-Identifier: Apache-2.0
// Texts of annotations.

#include "value/annotations.h"

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "kvs/base/quote.h"
#include "kvs/base/str_cat.h"
#include "kvs/chunk/histogram_text.h"
#include "kvs/promql/position.h"

namespace kvs::engine::promql {

void Annotations::Warn(std::string_view message, ::kvs::promql::PosRange pos) {
  Add({Note::Kind::kWarning, std::string(message), pos, 0, {}});
}

void Annotations::Info(std::string_view message, ::kvs::promql::PosRange pos) {
  Add({Note::Kind::kInfo, std::string(message), pos, 0, {}});
}

void Annotations::WarnRaw(std::string_view message) {
  Add({Note::Kind::kStorageWarning, std::string(message), {}, 0, {}});
}

void Annotations::WarnTimes(uint64_t times, std::string_view message, ::kvs::promql::PosRange pos) {
  Add({Note::Kind::kWarning, std::string(message), pos, times, {}});
}

void Annotations::Add(Note note) {
  const MutexLock lock(mutex_);
  const auto is_same = [&](const Note& other) {
    return other.kind == note.kind && other.message == note.message && other.pos == note.pos;
  };
  Note* known = nullptr;
  if (log_ != nullptr) {
    const auto it = std::ranges::find_if(*log_, is_same);
    if (it != log_->end()) known = &*it;
  } else {
    const auto [it, added] = place_of_.try_emplace({note.kind, note.message}, notes_.size());
    if (!added) known = &notes_[it->second];
  }
  if (known == nullptr) {
    (log_ != nullptr ? *log_ : notes_).push_back(std::move(note));
  } else if (note.times == 0 && !note.repairs.has_value()) {
    known->pos = note.pos;
  } else {
    known->times += note.times;
    if (note.repairs.has_value()) known->repairs->Add(*note.repairs);
  }
}

std::vector<std::string> Annotations::Texts(bool infos) const {
  const MutexLock lock(mutex_);
  std::vector<std::string> out;
  for (const Note& note : notes_) {
    if ((note.kind == Note::Kind::kInfo) != infos) continue;
    if (note.kind == Note::Kind::kStorageWarning) {
      out.push_back(note.message);
      continue;
    }
    std::string& text = out.emplace_back(infos ? "PromQL info: " : "PromQL warning: ");
    text += note.message;
    if (note.times > 1) StrAppend(text, " (", note.times, " occurrences)");
    if (note.repairs.has_value()) {
      const Repairs& r = *note.repairs;
      StrAppend(text, ", from buckets ", FormatG(r.min_bound), " to ", FormatG(r.max_bound),
                ", with a max diff of ", FormatTwoDigits(r.max_difference), ", over ", r.samples,
                " samples from ", FormatTime(r.first_ms), " to ", FormatTime(r.last_ms));
    }
    StrAppend(text, " (", ::kvs::promql::LineAndColumn(query_, note.pos.start), ")");
  }
  return out;
}

void Repairs::Add(const Repairs& other) {
  if (other.samples == 0) return;
  if (samples == 0) {
    *this = other;
    return;
  }
  samples += other.samples;
  first_ms = std::min(first_ms, other.first_ms);
  last_ms = std::max(last_ms, other.last_ms);
  min_bound = std::min(min_bound, other.min_bound);
  max_bound = std::max(max_bound, other.max_bound);
  max_difference = std::max(max_difference, other.max_difference);
}

void Annotations::AddAll(NoteLog notes) {
  for (Note& note : notes) Add(std::move(note));
}

NoteLog* Annotations::SwapLog(NoteLog* log) {
  const MutexLock lock(mutex_);
  return std::exchange(log_, log);
}

std::string Quoted(std::string_view text) {
  return Quote(text);
}

std::string FormatG(double value) {
  return chunk::FloatText(value);
}

std::string FormatTwoDigits(double value) {
  char buffer[64];
  const int n = std::snprintf(buffer, sizeof(buffer), "%.2g", value);
  return std::string(buffer, static_cast<size_t>(n));
}

std::string FormatTime(int64_t ms) {
  const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char buffer[64];
  const size_t n = std::strftime(buffer, sizeof(buffer), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return std::string(buffer, n);
}

std::string ForMetric(std::string_view metric) {
  return metric.empty() ? std::string() : StrCat(" for metric name ", Quoted(metric));
}

}  // namespace kvs::engine::promql
