// SPDX-License-Identifier: Apache-2.0
#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include "kvs/tsdb/meta.h"

namespace kvs::tsdb {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

template <typename... Pieces>
Status Wrong(const Pieces&... pieces) {
  return DataLoss("meta.json: ", pieces...);
}

template <typename T>
constexpr std::string_view kKind = "a whole number";
template <>
constexpr std::string_view kKind<bool> = "true or false";
template <>
constexpr std::string_view kKind<std::string_view> = "a text";
template <>
constexpr std::string_view kKind<object> = "an object";
template <>
constexpr std::string_view kKind<array> = "an array";

// Reads members of one object. What is absent or null keeps what it was; the first member of a
// wrong type is what status() says.
class Members {
 public:
  Members(const object& json, std::string path) : json_(json), path_(std::move(path)) {}

  template <typename T>
  bool Get(std::string_view key, T* out) {
    element member;
    if (json_.at_key(key).get(member) != simdjson::SUCCESS || member.is_null()) return false;
    return As(member, key, out);
  }
  void Get(std::string_view key, std::string* out) {
    if (std::string_view text; Get(key, &text)) *out = text;
  }
  void Get(std::string_view key, Ulid* out) {
    if (std::string_view text; Get(key, &text)) AsUlid(text, key, out);
  }
  void Get(std::string_view key, std::vector<std::string>* out) {
    EachOf(key, [&](const element& item) {
      if (std::string_view text; As(item, key, &text)) out->emplace_back(text);
    });
  }
  void Get(std::string_view key, std::vector<Ulid>* out) {
    EachOf(key, [&](const element& item) {
      std::string_view text;
      if (As(item, key, &text)) AsUlid(text, key, &out->emplace_back());
    });
  }
  // visit(Members&) for each object of an array.
  template <typename Visit>
  void ForEach(std::string_view key, Visit visit) {
    EachOf(key, [&](const element& item) {
      object fields;
      if (!As(item, key, &fields)) return;
      Members members(fields, StrCat(path_, key, "."));
      visit(members);
      Note(members.status_);
    });
  }
  // visit(Members&) for an object.
  template <typename Visit>
  void Inside(std::string_view key, Visit visit) {
    object fields;
    if (!Get(key, &fields)) return;
    Members members(fields, StrCat(path_, key, "."));
    visit(members);
    Note(members.status_);
  }
  void Require(std::string_view key) {
    element member;
    if (json_.at_key(key).get(member) != simdjson::SUCCESS || member.is_null()) {
      Note(Wrong(path_, key, " is missing"));
    }
  }
  void GetTexts(std::map<std::string, std::string>* out) {
    for (const auto field : json_) {
      if (std::string_view text; As(field.value, field.key, &text)) {
        (*out)[std::string(field.key)] = text;
      }
    }
  }

  void Note(const Status& status) {
    if (status_.ok()) status_ = status;
  }
  const Status& status() const { return status_; }

 private:
  template <typename T>
  bool As(const element& item, std::string_view key, T* out) {
    if (item.get(*out) == simdjson::SUCCESS) return true;
    Note(Wrong(path_, key, " is not ", kKind<T>));
    return false;
  }
  void AsUlid(std::string_view text, std::string_view key, Ulid* out) {
    const StatusOr<Ulid> parsed = Ulid::Parse(text);
    if (parsed.ok()) {
      *out = *parsed;
    } else {
      Note(Wrong(path_, key, ": ", parsed.status().message()));
    }
  }
  template <typename Visit>
  void EachOf(std::string_view key, Visit visit) {
    array items;
    if (!Get(key, &items)) return;
    for (const element item : items) visit(item);
  }

  object json_;
  std::string path_;
  Status status_;
};

void ReadStats(Members& in, BlockStats* out) {
  in.Get("numSamples", &out->samples);
  in.Get("numFloatSamples", &out->float_samples);
  in.Get("numHistogramSamples", &out->histogram_samples);
  in.Get("numSeries", &out->series);
  in.Get("numChunks", &out->chunks);
  in.Get("numTombstones", &out->tombstones);
}

void ReadCompaction(Members& in, BlockCompaction* out) {
  in.Get("level", &out->level);
  in.Get("sources", &out->sources);
  in.Get("deletable", &out->deletable);
  in.ForEach("parents", [out](Members& fields) {
    BlockParent& parent = out->parents.emplace_back();
    fields.Require("ulid");
    fields.Get("ulid", &parent.ulid);
    fields.Get("minTime", &parent.mint);
    fields.Get("maxTime", &parent.maxt);
  });
  in.Get("failed", &out->failed);
  in.Get("hints", &out->hints);
}

void ReadThanos(Members& in, ThanosSection* out) {
  in.Get("version", &out->version);
  if (out->version == 0) out->version = 1;  // The first version did not say so.
  in.Inside("labels", [out](Members& labels) { labels.GetTexts(&out->labels); });
  in.Inside("downsample", [out](Members& d) { d.Get("resolution", &out->resolution_ms); });
  in.Get("source", &out->source);
  in.Get("segment_files", &out->segment_files);
  in.ForEach("files", [out](Members& fields) {
    BlockFile& file = out->files.emplace_back();
    fields.Get("rel_path", &file.path);
    fields.Get("size_bytes", &file.size_bytes);
  });
}

}  // namespace

StatusOr<BlockMeta> ParseMeta(std::string_view json) {
  if (json.empty()) return Wrong("no JSON: it is empty");  // simdjson copies from null then.
  simdjson::dom::parser parser;
  object root;
  const auto error = parser.parse(json.data(), json.size()).get(root);
  if (error == simdjson::INCORRECT_TYPE) return Wrong("not an object");
  if (error != simdjson::SUCCESS) return Wrong("no JSON: ", simdjson::error_message(error));
  Members in(root, "");
  int64_t version = 0;
  in.Require("version");
  in.Get("version", &version);
  KVS_RETURN_IF_ERROR(in.status());
  if (version != 1) return Wrong("version ", version, "; only 1 is known");
  BlockMeta meta;
  for (const std::string_view key : {"ulid", "minTime", "maxTime"}) in.Require(key);
  in.Get("ulid", &meta.ulid);
  in.Get("minTime", &meta.mint);
  in.Get("maxTime", &meta.maxt);
  in.Inside("stats", [&meta](Members& stats) { ReadStats(stats, &meta.stats); });
  in.Inside("compaction", [&meta](Members& c) { ReadCompaction(c, &meta.compaction); });
  in.Inside("thanos", [&meta](Members& t) {
    meta.thanos.emplace();
    ReadThanos(t, &*meta.thanos);
  });
  KVS_RETURN_IF_ERROR(in.status());
  if (meta.maxt < meta.mint) {
    return Wrong("maxTime ", meta.maxt, " is before minTime ", meta.mint);
  }
  return meta;
}

}  // namespace kvs::tsdb
