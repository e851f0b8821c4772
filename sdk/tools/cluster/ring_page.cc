// SPDX-License-Identifier: Apache-2.0
#include "ring_page.h"

#include <simdjson.h>

#include <algorithm>

namespace kvs::tools {
namespace {

namespace dom = simdjson::dom;

std::string TextOf(const dom::object& object, const char* key) {
  std::string_view text;
  return object[key].get_string().get(text) == simdjson::SUCCESS ? std::string(text) : "";
}

// Unix milliseconds of seconds; 0 where there are none.
int64_t TimeOf(const dom::object& object, const char* key) {
  double seconds = 0;
  return object[key].get_double().get(seconds) == simdjson::SUCCESS
             ? static_cast<int64_t>(seconds * 1000)
             : 0;
}

}  // namespace

StatusOr<RingPage> ParseRingPage(std::string name, std::string_view json) {
  RingPage out;
  out.name = std::move(name);
  dom::parser parser;
  const simdjson::padded_string padded(json);
  dom::object page;
  dom::array shards;
  if (parser.parse(padded).get_object().get(page) != simdjson::SUCCESS ||
      page["shards"].get_array().get(shards) != simdjson::SUCCESS)
    return DataLoss("this is no page of a ring");
  if (uint64_t factor; page["replication_factor"].get_uint64().get(factor) == simdjson::SUCCESS)
    out.replication_factor = factor;
  if (bool aware; page["zone_awareness_enabled"].get_bool().get(aware) == simdjson::SUCCESS)
    out.zone_aware = aware;
  const int64_t now_ms = TimeOf(page, "now");
  for (const dom::element element : shards) {
    dom::object shard;
    if (element.get_object().get(shard) != simdjson::SUCCESS)
      return DataLoss("this is no page of a ring");
    RingInstance& instance = out.instances.emplace_back();
    instance.id = TextOf(shard, "id");
    instance.zone = TextOf(shard, "zone");
    instance.state = TextOf(shard, "state");
    instance.address = TextOf(shard, "address");
    instance.ownership = TextOf(shard, "ownership");
    if (bool read_only; shard["read_only"].get_bool().get(read_only) == simdjson::SUCCESS)
      instance.read_only = read_only;
    instance.heard_ms_ago = std::max<int64_t>(0, now_ms - TimeOf(shard, "timestamp"));
  }
  std::sort(out.instances.begin(), out.instances.end(),
            [](const RingInstance& a, const RingInstance& b) { return a.id < b.id; });
  return out;
}

}  // namespace kvs::tools
