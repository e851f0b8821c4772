// SPDX-License-Identifier: Apache-2.0
// Writing plans.

#include "plan/explain.h"

#include <array>
#include <cstdio>

#include "kvs/base/str_cat.h"
#include "kvs/base/units.h"
#include "kvs/http/json.h"
#include "kvs/promql/printer.h"

namespace kvs::engine::promql::plan {
namespace {

constexpr size_t kDetailMax = 200;

/// A call with the arguments that are not inputs: label_replace(…, "a", "$1", "b", "(.*)").
std::string CallText(const ast::Call& call) {
  std::string out = StrCat(call.function->name, "(");
  std::string_view separator;
  for (const ast::ExprPtr& arg : call.args) {
    const ast::Expr& plain = Unwrap(*arg);
    const bool here = plain.kind == ast::Kind::kStringLiteral ||
                      plain.kind == ast::Kind::kNumberLiteral ||
                      plain.kind == ast::Kind::kMatrixSelector ||
                      (call.function->id == ast::FunctionId::kInfo && arg != call.args[0]);
    StrAppend(out, separator, here ? ast::ToString(plain) : std::string("…"));
    separator = ", ";
  }
  out += ")";
  return out;
}

/// At most kDetailMax bytes, cut between characters.
std::string Short(std::string text) {
  if (text.size() <= kDetailMax) return text;
  size_t end = kDetailMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
  return text + "…";
}

/// 1.5ms, 2.34s.
std::string TimeText(int64_t ns) {
  char buffer[32];
  const double seconds = static_cast<double>(ns) / 1e9;
  if (seconds >= 1) {
    std::snprintf(buffer, sizeof(buffer), "%.2fs", seconds);
  } else {
    std::snprintf(buffer, sizeof(buffer), "%.3gms", seconds * 1e3);
  }
  return buffer;
}

/// 17 B, 1.5 MiB.
std::string BytesText(int64_t bytes) {
  static constexpr std::array<const char*, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  char buffer[32];
  std::snprintf(buffer, sizeof(buffer), unit == 0 ? "%.0f %s" : "%.1f %s", value, kUnits[unit]);
  return buffer;
}

class TextWriter {
 public:
  TextWriter(const Plan& plan, std::span<const OpStats> stats)
      : stats_(stats), seen_(plan.size(), false) {}

  void Write(const Node& node, size_t depth) {
    out_.append(2 * depth, ' ');
    const bool shared = node.mentions > 1;
    if (shared && seen_[node.id]) {
      StrAppend(out_, "= #", node.id, "\n");
      return;
    }
    seen_[node.id] = true;
    StrAppend(out_, OpName(node.op));
    if (const std::string detail = DetailOf(node); !detail.empty()) StrAppend(out_, " ", detail);
    if (shared) StrAppend(out_, "  (#", node.id, ", used ", node.mentions, " times)");
    if (!node.peers.empty()) StrAppend(out_, "  (pass ", node.peers.front()->id, ")");
    if (node.best != 0) StrAppend(out_, "  (best ", node.best, ")");
    if (node.resolution.max_ms != 0) {
      StrAppend(out_, "  (aggregates over ", FormatDurationMs(node.resolution.max_ms), ", ",
                node.resolution.exact ? "exact: " : "", node.resolution.why, ")");
    }
    if (!stats_.empty()) WriteStats(stats_[node.id]);
    out_ += '\n';
    for (const Node* input : node.inputs) Write(*input, depth + 1);
  }
  std::string Take() { return std::move(out_); }

 private:
  void WriteStats(const OpStats& stats) {
    if (stats.calls == 0) {
      out_ += "  [not by itself]";
      return;
    }
    StrAppend(out_, "  [", stats.rows, " rows");
    if (stats.samples > 0) StrAppend(out_, ", ", stats.samples, " samples");
    if (stats.windows.five_minutes > 0)
      StrAppend(out_, ", ", stats.windows.five_minutes, " of them windows of 5m");
    if (stats.windows.one_hour > 0)
      StrAppend(out_, ", ", stats.windows.one_hour, " of them windows of 1h");
    StrAppend(out_, ", peak ", BytesText(stats.peak_bytes), ", cpu ", TimeText(stats.cpu_ns),
              ", wall ", TimeText(stats.wall_ns), "]");
  }

  const std::span<const OpStats> stats_;
  std::vector<bool> seen_;
  std::string out_;
};

class JsonPlan {
 public:
  JsonPlan(std::string& out, const Plan& plan, std::span<const OpStats> stats)
      : out_(out), stats_(stats), seen_(plan.size(), false) {}

  void Write(const Node& node) {
    StrAppend(out_, "{\"id\":", node.id);
    if (node.mentions > 1 && seen_[node.id]) {
      out_ += ",\"shared\":true}";
      return;
    }
    seen_[node.id] = true;
    StrAppend(out_, ",\"operator\":\"", OpName(node.op), "\",\"detail\":");
    http::AppendHtmlSafeJsonString(out_, DetailOf(node));
    const ast::Expr& expr = node.expr();
    StrAppend(out_, ",\"type\":\"", ast::ValueTypeName(expr.type), "\",\"position\":[",
              expr.pos.start, ",", expr.pos.end, "],\"uses\":", node.mentions);
    if (!node.peers.empty()) StrAppend(out_, ",\"pass\":", node.peers.front()->id);
    if (node.best != 0) StrAppend(out_, ",\"best\":", node.best);
    if (!node.resolution.why.empty()) WriteResolution(node.resolution);
    if (!stats_.empty()) WriteStats(stats_[node.id]);
    out_ += ",\"inputs\":[";
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (i > 0) out_ += ',';
      Write(*node.inputs[i]);
    }
    out_ += "]}";
  }

 private:
  void WriteResolution(const Resolution& resolution) {
    StrAppend(out_, ",\"resolution\":{\"max\":\"",
              resolution.max_ms == 0 ? std::string("samples") : FormatDurationMs(resolution.max_ms),
              "\",\"exact\":", resolution.exact ? "true" : "false", ",\"why\":");
    http::AppendHtmlSafeJsonString(out_, resolution.why);
    out_ += '}';
  }

  void WriteStats(const OpStats& stats) {
    StrAppend(out_, ",\"calls\":", stats.calls);
    if (stats.calls == 0) return;
    StrAppend(out_, ",\"rows\":", stats.rows, ",\"samples\":", stats.samples,
              ",\"windows5m\":", stats.windows.five_minutes,
              ",\"windows1h\":", stats.windows.one_hour, ",\"peakBytes\":", stats.peak_bytes,
              ",\"cpuSeconds\":");
    http::AppendFloat(out_, static_cast<double>(stats.cpu_ns) / 1e9);
    out_ += ",\"wallSeconds\":";
    http::AppendFloat(out_, static_cast<double>(stats.wall_ns) / 1e9);
  }

  std::string& out_;
  const std::span<const OpStats> stats_;
  std::vector<bool> seen_;
};

}  // namespace

std::string_view OpName(Op op) {
  switch (op) {
    case Op::kNumber:
      return "number";
    case Op::kString:
      return "string";
    case Op::kScan:
      return "scan";
    case Op::kScanAggregate:
      return "scan_aggregate";
    case Op::kSamples:
      return "samples";
    case Op::kSubquery:
      return "subquery";
    case Op::kWindow:
      return "window";
    case Op::kAbsent:
      return "absent";
    case Op::kCall:
      return "call";
    case Op::kAggregate:
      return "aggregate";
    case Op::kBinary:
      return "binary";
    case Op::kUnary:
      return "unary";
    case Op::kRepeat:
      return "repeat";
  }
  return "";
}

std::string DetailOf(const Node& node) {
  switch (node.op) {
    case Op::kNumber:
      return ast::FormatNumber(node.number);
    case Op::kRepeat:
      return "";
    case Op::kScan:
      if (node.narrowed != nullptr) return Short(ast::ToString(*node.narrowed));
      [[fallthrough]];
    case Op::kWindow:
    case Op::kAbsent:
    case Op::kCall:
      if (const auto* call = ast::AsIf<ast::Call>(&node.expr())) {
        const bool whole = (node.op == Op::kScan || node.op == Op::kAbsent) && node.inputs.empty();
        return Short(whole ? ast::ToString(*call) : CallText(*call));
      }
      [[fallthrough]];
    default:
      return Short(ast::OperatorToString(node.expr()));
  }
}

std::string ToText(const Plan& plan, std::span<const OpStats> stats) {
  TextWriter writer(plan, stats);
  writer.Write(*plan.root, 0);
  return writer.Take();
}

std::string ToJson(const Plan& plan, std::span<const OpStats> stats, const Totals* totals) {
  std::string out = StrCat("{\"mode\":\"", totals == nullptr ? "plan" : "analyze", "\",\"plan\":");
  JsonPlan(out, plan, stats).Write(*plan.root);
  std::string text = ToText(plan, stats);
  if (totals != nullptr) {
    StrAppend(out, ",\"totals\":{\"samples\":", totals->samples,
              ",\"peakSamples\":", totals->peak_samples, ",\"peakBytes\":", totals->peak_bytes);
    const auto seconds = [&out](std::string_view key, int64_t ns) {
      StrAppend(out, ",\"", key, "\":");
      http::AppendFloat(out, static_cast<double>(ns) / 1e9);
    };
    seconds("queueSeconds", totals->queue_ns);
    seconds("cpuSeconds", totals->cpu_ns);
    seconds("wallSeconds", totals->wall_ns);
    out += '}';
    StrAppend(text, "total: ", totals->samples, " samples, peak ", BytesText(totals->peak_bytes),
              ", cpu ", TimeText(totals->cpu_ns), ", wall ", TimeText(totals->wall_ns), ", queued ",
              TimeText(totals->queue_ns), "\n");
  }
  out += ",\"text\":";
  http::AppendHtmlSafeJsonString(out, text);
  out += '}';
  return out;
}

}  // namespace kvs::engine::promql::plan
