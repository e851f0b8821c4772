// SPDX-License-Identifier: Apache-2.0
#include "kvs/tsdb/meta.h"

#include <algorithm>

#include "kvs/http/json.h"

namespace kvs::tsdb {
namespace {

// Puts every member on a line of its own, a tab a level; empty arrays and objects stay as they are.
std::string Indent(std::string_view json) {
  std::string out;
  size_t depth = 0;
  bool in_string = false;
  const auto new_line = [&] {
    out += '\n';
    out.append(depth, '\t');
  };
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      out += c;
      if (c == '\\') out += json[++i];
      in_string = c != '"';
      continue;
    }
    switch (c) {
      case '{':
      case '[':
        out += c;
        if (json[i + 1] == '}' || json[i + 1] == ']') {
          out += json[++i];
        } else {
          ++depth;
          new_line();
        }
        break;
      case '}':
      case ']':
        --depth;
        new_line();
        out += c;
        break;
      case ',':
        out += c;
        new_line();
        break;
      case ':':
        out += ": ";
        break;
      default:
        out += c;
        in_string = c == '"';
    }
  }
  return out;
}

class MetaWriter {
 public:
  std::string Write(const BlockMeta& meta) {
    json_.BeginObject();
    Text("ulid", meta.ulid.ToString());
    Int("minTime", meta.mint);
    Int("maxTime", meta.maxt);
    Stats(meta.stats);
    Compaction(meta.compaction);
    Int("version", 1);
    if (meta.thanos.has_value()) Thanos(*meta.thanos);
    json_.EndObject();
    return Indent(out_);
  }

 private:
  void Text(std::string_view key, std::string_view text) {
    json_.Key(key);
    json_.HtmlSafeString(text);
  }
  void Int(std::string_view key, int64_t value) {
    json_.Key(key);
    json_.Int(value);
  }
  void Count(std::string_view key, uint64_t value) {
    if (value == 0) return;
    json_.Key(key);
    json_.Uint(value);
  }
  void Flag(std::string_view key, bool value) {
    if (!value) return;
    json_.Key(key);
    json_.Bool(true);
  }
  void Texts(std::string_view key, const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    json_.Key(key);
    json_.BeginArray();
    for (const std::string& text : texts) json_.HtmlSafeString(text);
    json_.EndArray();
  }

  void Stats(const BlockStats& stats) {
    json_.Key("stats");
    json_.BeginObject();
    Count("numSamples", stats.samples);
    Count("numFloatSamples", stats.float_samples);
    Count("numHistogramSamples", stats.histogram_samples);
    Count("numSeries", stats.series);
    Count("numChunks", stats.chunks);
    Count("numTombstones", stats.tombstones);
    json_.EndObject();
  }

  void Compaction(const BlockCompaction& compaction) {
    json_.Key("compaction");
    json_.BeginObject();
    Int("level", compaction.level);
    std::vector<std::string> sources;
    for (const Ulid& source : compaction.sources) sources.push_back(source.ToString());
    Texts("sources", sources);
    Flag("deletable", compaction.deletable);
    if (!compaction.parents.empty()) {
      json_.Key("parents");
      json_.BeginArray();
      for (const BlockParent& parent : compaction.parents) {
        json_.BeginObject();
        Text("ulid", parent.ulid.ToString());
        Int("minTime", parent.mint);
        Int("maxTime", parent.maxt);
        json_.EndObject();
      }
      json_.EndArray();
    }
    Flag("failed", compaction.failed);
    Texts("hints", compaction.hints);
    json_.EndObject();
  }

  void Thanos(const ThanosSection& thanos) {
    json_.Key("thanos");
    json_.BeginObject();
    Int("version", thanos.version);
    json_.Key("labels");
    json_.BeginObject();
    for (const auto& [name, value] : thanos.labels) Text(name, value);
    json_.EndObject();
    json_.Key("downsample");
    json_.BeginObject();
    Int("resolution", thanos.resolution_ms);
    json_.EndObject();
    Text("source", thanos.source);
    Texts("segment_files", thanos.segment_files);
    if (!thanos.files.empty()) {
      json_.Key("files");
      json_.BeginArray();
      for (const BlockFile& file : thanos.files) {
        json_.BeginObject();
        Text("rel_path", file.path);
        if (file.size_bytes != 0) Int("size_bytes", file.size_bytes);
        json_.EndObject();
      }
      json_.EndArray();
    }
    json_.EndObject();
  }

  std::string out_;
  http::JsonWriter json_{out_};
};

}  // namespace

bool BlockCompaction::HasHint(std::string_view hint) const {
  return std::find(hints.begin(), hints.end(), hint) != hints.end();
}

std::string FormatMeta(const BlockMeta& meta) {
  return MetaWriter().Write(meta);
}

}  // namespace kvs::tsdb
