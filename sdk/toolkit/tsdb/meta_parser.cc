// SPDX-License-Identifier: Apache-2.0
#include "kvs/http/json_members.h"
#include "kvs/tsdb/meta.h"

namespace kvs::tsdb {
namespace {

using http::JsonMembers;

Status ReadUlid(std::string_view text, Ulid* out) {
  KVS_ASSIGN_OR_RETURN(*out, Ulid::Parse(text));
  return OkStatus();
}

void GetUlid(JsonMembers& in, std::string_view key, Ulid* out) {
  in.Text(key, [out](std::string_view text) { return ReadUlid(text, out); });
}

void ReadStats(JsonMembers& in, BlockStats* out) {
  in.Get("numSamples", &out->samples);
  in.Get("numFloatSamples", &out->float_samples);
  in.Get("numHistogramSamples", &out->histogram_samples);
  in.Get("numSeries", &out->series);
  in.Get("numChunks", &out->chunks);
  in.Get("numTombstones", &out->tombstones);
}

void ReadCompaction(JsonMembers& in, BlockCompaction* out) {
  in.Get("level", &out->level);
  in.EachText("sources", [out](std::string_view text) {
    return ReadUlid(text, &out->sources.emplace_back());
  });
  in.Get("deletable", &out->deletable);
  in.ForEach("parents", [out](JsonMembers& fields) {
    BlockParent& parent = out->parents.emplace_back();
    fields.Require("ulid");
    GetUlid(fields, "ulid", &parent.ulid);
    fields.Get("minTime", &parent.mint);
    fields.Get("maxTime", &parent.maxt);
  });
  in.Get("failed", &out->failed);
  in.Get("hints", &out->hints);
}

void ReadThanos(JsonMembers& in, ThanosSection* out) {
  in.Get("version", &out->version);
  if (out->version == 0) out->version = 1;  // The first version did not say so.
  in.Inside("labels", [out](JsonMembers& labels) { labels.GetAll(&out->labels); });
  in.Inside("downsample", [out](JsonMembers& d) { d.Get("resolution", &out->resolution_ms); });
  in.Get("source", &out->source);
  in.Get("segment_files", &out->segment_files);
  in.ForEach("files", [out](JsonMembers& fields) {
    BlockFile& file = out->files.emplace_back();
    fields.Get("rel_path", &file.path);
    fields.Get("size_bytes", &file.size_bytes);
  });
}

}  // namespace

StatusOr<BlockMeta> ParseMeta(std::string_view json) {
  BlockMeta meta;
  const Status status = http::ReadJsonObject("meta.json", json, [&meta](JsonMembers& in) {
    int64_t version = 0;
    in.Require("version");
    in.Get("version", &version);
    if (version != 1) in.Note(DataLoss("meta.json: version ", version, "; only 1 is known"));
    for (const std::string_view key : {"ulid", "minTime", "maxTime"}) in.Require(key);
    GetUlid(in, "ulid", &meta.ulid);
    in.Get("minTime", &meta.mint);
    in.Get("maxTime", &meta.maxt);
    in.Inside("stats", [&meta](JsonMembers& stats) { ReadStats(stats, &meta.stats); });
    in.Inside("compaction", [&meta](JsonMembers& c) { ReadCompaction(c, &meta.compaction); });
    in.Inside("thanos", [&meta](JsonMembers& t) {
      meta.thanos.emplace();
      ReadThanos(t, &*meta.thanos);
    });
    if (meta.maxt < meta.mint) {
      in.Note(DataLoss("meta.json: maxTime ", meta.maxt, " is before minTime ", meta.mint));
    }
  });
  KVS_RETURN_IF_ERROR(status);
  return meta;
}

}  // namespace kvs::tsdb
