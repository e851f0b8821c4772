// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <ctime>

#include "kvs/base/str_cat.h"
#include "kvs/base/units.h"

#include "block_folder.h"
#include "commands.h"

namespace kvs::tools {
namespace {

std::string TimeText(int64_t ms, bool human) {
  if (!human) return StrCat(ms);
  const time_t seconds = static_cast<time_t>(ms / 1000);
  tm parts;
  char text[32];
  if (gmtime_r(&seconds, &parts) == nullptr) return StrCat(ms);
  return {text, std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::string SizeText(uint64_t bytes, bool human) {
  if (!human || bytes < 1024) return StrCat(bytes);
  const char* units[] = {"KiB", "MiB", "GiB", "TiB"};
  double size = static_cast<double>(bytes);
  size_t unit = 0;
  for (size /= 1024; size >= 1024 && unit < 3; ++unit) size /= 1024;
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f%s", size, units[unit]);
  return text;
}

std::string LengthText(const tsdb::BlockMeta& meta) {
  const uint64_t ms = static_cast<uint64_t>(meta.maxt) - static_cast<uint64_t>(meta.mint);
  return ms > INT64_MAX ? "-" : FormatDurationMs(static_cast<int64_t>(ms));
}

// What a person wants to know beside the numbers.
std::string Notes(const tsdb::BlockMeta& meta) {
  std::string out;
  for (const std::string& hint : meta.compaction.hints) StrAppend(out, " ", hint);
  if (!meta.thanos.has_value()) return out;
  for (const auto& [name, value] : meta.thanos->labels) StrAppend(out, " ", name, "=", value);
  if (meta.thanos->resolution_ms != 0) {
    StrAppend(out, " downsampled=", FormatDurationMs(meta.thanos->resolution_ms));
  }
  return out;
}

void PrintHeading(bool human) {
  const int width = human ? 22 : 15;
  std::printf("%-26s  %-*s%-*s%-14s%5s%14s%12s%12s%12s\n", "BLOCK ULID", width, "MIN TIME", width,
              "MAX TIME", "DURATION", "LEVEL", "SAMPLES", "CHUNKS", "SERIES", "SIZE");
}

void PrintBlock(const tsdb::BlockMeta& meta, uint64_t size_bytes, bool human) {
  const int width = human ? 22 : 15;
  std::printf("%-26s  %-*s%-*s%-14s%5s%14s%12s%12s%12s%s\n", meta.ulid.ToString().c_str(), width,
              TimeText(meta.mint, human).c_str(), width, TimeText(meta.maxt, human).c_str(),
              LengthText(meta).c_str(), StrCat(meta.compaction.level).c_str(),
              StrCat(meta.stats.samples).c_str(), StrCat(meta.stats.chunks).c_str(),
              StrCat(meta.stats.series).c_str(), SizeText(size_bytes, human).c_str(),
              Notes(meta).c_str());
}

}  // namespace

StatusOr<bool> ListBucket(const sdk::StoreClient& client, const std::string& prefix,
                          const std::vector<std::string>& ulids, bool human) {
  PrintHeading(human);
  bool sound = true;
  for (const std::string& ulid : ulids) {
    const std::string block = StrCat(prefix, ulid, "/");
    uint64_t size_bytes = 0;
    KVS_RETURN_IF_ERROR(client.ForEach(block, {}, [&](const sdk::StoreClient::Entry& entry) {
      size_bytes += entry.size;
      return OkStatus();
    }));
    const StatusOr<std::string> json = client.Get(block + "meta.json");
    const StatusOr<tsdb::BlockMeta> meta =
        json.ok() ? tsdb::ParseMeta(*json) : StatusOr<tsdb::BlockMeta>(json.status());
    if (meta.ok()) {
      PrintBlock(*meta, size_bytes, human);
    } else {
      Complain(Annotate(meta.status(), block, "meta.json"));
      sound = false;
    }
  }
  return sound;
}

StatusOr<bool> List(const std::vector<std::string>& blocks, bool human) {
  PrintHeading(human);
  bool sound = true;
  for (const std::string& path : blocks) {
    const StatusOr<BlockFolder> block = BlockFolder::Open(path);
    if (!block.ok()) {
      Complain(block.status());
      sound = false;
      continue;
    }
    PrintBlock(block->meta(), block->size_bytes(), human);
  }
  return sound;
}

}  // namespace kvs::tools
