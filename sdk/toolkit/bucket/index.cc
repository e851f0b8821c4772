// SPDX-License-Identifier: Apache-2.0
#include "kvs/bucket/index.h"

#include <algorithm>
#include <charconv>
#include <cinttypes>
#include <cstdio>

#include "kvs/bucket/layout.h"
#include "kvs/http/encoding.h"
#include "kvs/http/json.h"
#include "kvs/http/json_members.h"
#include "kvs/model/labels.h"
#include "kvs/wire/compression.h"

namespace kvs::bucket {
namespace {

using http::JsonMembers;
using http::JsonWriter;
using tsdb::Ulid;

constexpr int64_t kVersion = 2;
constexpr std::string_view kNumberedSegments = "1b6d";
constexpr std::string_view kName = "bucket-index.json";

// How many segments, when they are numbered from one on; 0 otherwise.
int64_t CountSegments(const tsdb::ThanosSection& thanos) {
  int64_t n = 0;
  if (!thanos.segment_files.empty()) {
    for (const std::string& file : thanos.segment_files) {
      if (SegmentPath(++n) != StrCat("chunks/", file)) return 0;
    }
    return n;
  }
  for (const tsdb::BlockFile& file : thanos.files) {
    if (!file.path.starts_with("chunks/")) continue;
    if (SegmentPath(++n) != file.path) return 0;
  }
  return n;
}

void GetUlid(JsonMembers& in, Ulid* out) {
  in.Require("block_id");
  in.Text("block_id", [out](std::string_view text) {
    KVS_ASSIGN_OR_RETURN(*out, Ulid::Parse(text));
    return OkStatus();
  });
}

void ReadBlock(JsonMembers& in, IndexBlock* out) {
  GetUlid(in, &out->id);
  in.Get("min_time", &out->mint);
  in.Get("max_time", &out->maxt);
  std::string_view format;
  in.Get("segments_format", &format);
  if (format == kNumberedSegments) in.Get("segments_num", &out->segments);
  in.Get("uploaded_at", &out->uploaded_at_s);
  in.Get("compactor_shard_id", &out->shard_id);
  in.Get("source", &out->source);
  in.Get("compaction_level", &out->compaction_level);
  in.Get("out_of_order", &out->out_of_order);
  in.Inside("labels", [out](JsonMembers& labels) { labels.GetAll(&out->labels); });
  in.Get("resolution", &out->resolution_ms);
  in.Text("content", [out](std::string_view text) {
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), out->content, 16);
    if (error == std::errc() && end == text.data() + text.size()) return OkStatus();
    return DataLoss(kName, ": content \"", text, "\" is no number");
  });
  if (out->maxt < out->mint) {
    in.Note(DataLoss(kName, ": block ", out->id.ToString(), ": max_time ", out->maxt,
                     " is before min_time ", out->mint));
  }
  if (out->segments < 0) {
    in.Note(DataLoss(kName, ": block ", out->id.ToString(), ": segments_num ", out->segments));
  }
}

class IndexFormatter {
 public:
  std::string Format(const BucketIndex& index) {
    json_.BeginObject();
    Int("version", kVersion);
    json_.Key("blocks");
    json_.BeginArray();
    for (const IndexBlock& block : index.blocks) Block(block);
    json_.EndArray();
    json_.Key("block_deletion_marks");
    json_.BeginArray();
    for (const IndexDeletionMark& mark : index.deletion_marks) {
      json_.BeginObject();
      Text("block_id", mark.id.ToString());
      Int("deletion_time", mark.deletion_time_s);
      json_.EndObject();
    }
    json_.EndArray();
    Int("updated_at", index.updated_at_s);
    json_.EndObject();
    return std::move(out_);
  }

 private:
  void Int(std::string_view key, int64_t value) {
    json_.Key(key);
    json_.Int(value);
  }
  void IntUnlessZero(std::string_view key, int64_t value) {
    if (value != 0) Int(key, value);
  }
  void Text(std::string_view key, std::string_view text) {
    json_.Key(key);
    json_.HtmlSafeString(text);
  }
  void TextUnlessEmpty(std::string_view key, std::string_view text) {
    if (!text.empty()) Text(key, text);
  }
  void Block(const IndexBlock& block) {
    json_.BeginObject();
    Text("block_id", block.id.ToString());
    Int("min_time", block.mint);
    Int("max_time", block.maxt);
    if (block.segments != 0) {
      Text("segments_format", kNumberedSegments);
      Int("segments_num", block.segments);
    }
    Int("uploaded_at", block.uploaded_at_s);
    TextUnlessEmpty("compactor_shard_id", block.shard_id);
    TextUnlessEmpty("source", block.source);
    IntUnlessZero("compaction_level", block.compaction_level);
    if (block.out_of_order) {
      json_.Key("out_of_order");
      json_.Bool(true);
    }
    if (!block.labels.empty()) {
      json_.Key("labels");
      json_.BeginObject();
      for (const auto& [name, value] : block.labels) Text(name, value);
      json_.EndObject();
    }
    IntUnlessZero("resolution", block.resolution_ms);
    if (block.content != 0) {
      char hex[17];
      std::snprintf(hex, sizeof(hex), "%016" PRIx64, block.content);
      Text("content", hex);
    }
    json_.EndObject();
  }

  std::string out_;
  JsonWriter json_{out_};
};

}  // namespace

uint64_t ContentOf(const tsdb::BlockMeta& meta) {
  std::vector<Ulid> sources = meta.compaction.sources;
  if (sources.empty()) sources.push_back(meta.ulid);
  std::sort(sources.begin(), sources.end());
  model::SeriesHasher hasher;
  for (const Ulid& source : sources) hasher.Add(source.ToString(), "");
  if (meta.thanos.has_value()) {
    const auto shard = meta.thanos->labels.find(std::string(tsdb::kShardIdLabel));
    if (shard != meta.thanos->labels.end()) hasher.Add(shard->first, shard->second);
  }
  return std::max<uint64_t>(hasher.Finish(), 1);
}

IndexBlock IndexBlock::Of(const tsdb::BlockMeta& meta, int64_t uploaded_at_s) {
  IndexBlock block;
  block.id = meta.ulid;
  block.mint = meta.mint;
  block.maxt = meta.maxt;
  block.uploaded_at_s = uploaded_at_s;
  block.compaction_level = meta.compaction.level;
  block.out_of_order = meta.compaction.HasHint(tsdb::kHintFromOutOfOrder);
  block.content = ContentOf(meta);
  if (!meta.thanos.has_value()) return block;
  block.segments = CountSegments(*meta.thanos);
  block.source = meta.thanos->source;
  block.labels = meta.thanos->labels;
  block.resolution_ms = meta.thanos->resolution_ms;
  const auto shard = block.labels.find(std::string(tsdb::kShardIdLabel));
  if (shard != block.labels.end()) block.shard_id = shard->second;
  return block;
}

tsdb::BlockMeta IndexBlock::ToMeta() const {
  tsdb::BlockMeta meta;
  meta.ulid = id;
  meta.mint = mint;
  meta.maxt = maxt;
  meta.compaction.level = compaction_level;
  if (out_of_order) meta.compaction.hints.emplace_back(tsdb::kHintFromOutOfOrder);
  tsdb::ThanosSection& thanos = meta.thanos.emplace();
  thanos.source = source;
  thanos.labels = labels;
  thanos.resolution_ms = resolution_ms;
  if (!shard_id.empty()) thanos.labels[std::string(tsdb::kShardIdLabel)] = shard_id;
  return meta;
}

StatusOr<BucketIndex> ParseBucketIndex(std::string_view json) {
  BucketIndex index;
  KVS_RETURN_IF_ERROR(http::ReadJsonObject(kName, json, [&index](JsonMembers& in) {
    int64_t version = 0;
    in.Require("version");
    in.Get("version", &version);
    if (version < 1 || version > kVersion) {
      in.Note(DataLoss(kName, ": version ", version, "; only 1 and 2 are known"));
      return;
    }
    in.ForEach("blocks", [&](JsonMembers& b) { ReadBlock(b, &index.blocks.emplace_back()); });
    in.ForEach("block_deletion_marks", [&](JsonMembers& m) {
      IndexDeletionMark& mark = index.deletion_marks.emplace_back();
      GetUlid(m, &mark.id);
      m.Get("deletion_time", &mark.deletion_time_s);
    });
    in.Get("updated_at", &index.updated_at_s);
  }));
  return index;
}

StatusOr<BucketIndex> ReadBucketIndex(std::span<const uint8_t> gzip) {
  wire::ByteBuffer json;
  const Status status = wire::Decompress(wire::Encoding::kGzip, gzip, kBucketIndexBytesMax, &json);
  if (!status.ok()) return DataLoss(kBucketIndexFile, ": ", status.message());
  return ParseBucketIndex(json.view());
}

std::string FormatBucketIndex(const BucketIndex& index) {
  return IndexFormatter().Format(index);
}

StatusOr<std::string> WriteBucketIndex(const BucketIndex& index) {
  const std::string json = FormatBucketIndex(index);
  return http::Compress(http::Encoding::kGzip,
                        {reinterpret_cast<const uint8_t*>(json.data()), json.size()});
}

}  // namespace kvs::bucket
