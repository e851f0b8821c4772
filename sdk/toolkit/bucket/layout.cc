// SPDX-License-Identifier: Apache-2.0
#include "kvs/bucket/layout.h"

#include <algorithm>

#include "kvs/base/str_cat.h"

namespace kvs::bucket {
namespace {

using tsdb::Ulid;

constexpr std::string_view kChunksFolder = "chunks/";
constexpr size_t kSegmentDigits = 6;

// Takes a ULID off the front of `text`.
bool TakeUlid(std::string_view* text, Ulid* out) {
  if (text->size() < Ulid::kTextBytes) return false;
  const StatusOr<Ulid> ulid = Ulid::Parse(text->substr(0, Ulid::kTextBytes));
  if (!ulid.ok()) return false;
  *out = *ulid;
  text->remove_prefix(Ulid::kTextBytes);
  return true;
}

bool Take(std::string_view* text, std::string_view prefix) {
  if (!text->starts_with(prefix)) return false;
  text->remove_prefix(prefix.size());
  return true;
}

KeyInfo ClassifyMarker(std::string_view name) {
  if (name == kTenantDeletionMarkFile) return {KeyKind::kTenantDeletionMark, {}, name};
  KeyInfo info{KeyKind::kOther, {}, name};
  if (!TakeUlid(&name, &info.ulid) || !Take(&name, "-")) return {KeyKind::kOther, {}, info.file};
  if (name == kDeletionMarkFile) info.kind = KeyKind::kDeletionMark;
  if (name == kNoCompactMarkFile) info.kind = KeyKind::kNoCompactMark;
  return info;
}

}  // namespace

std::string TenantPrefix(std::string_view tenant) {
  return StrCat(tenant, "/");
}

std::optional<std::string_view> TenantOfPrefix(std::string_view prefix) {
  if (prefix.ends_with('/')) prefix.remove_suffix(1);
  if (prefix.empty() || prefix == "__mimir_cluster" || prefix.find('/') != prefix.npos) return {};
  return prefix;
}

std::string BucketIndexKey(std::string_view tenant) {
  return StrCat(tenant, "/", kBucketIndexFile);
}

std::string BlockPrefix(std::string_view tenant, const Ulid& block) {
  return StrCat(tenant, "/", block.ToString(), "/");
}

std::string BlockFileKey(std::string_view tenant, const Ulid& block, std::string_view file) {
  return StrCat(tenant, "/", block.ToString(), "/", file);
}

std::string SegmentPath(uint64_t number) {
  const std::string digits = StrCat(number);
  const size_t zeros = kSegmentDigits - std::min(kSegmentDigits, digits.size());
  return StrCat(kChunksFolder, std::string(zeros, '0'), digits);
}

bool IsBlockDataPath(std::string_view path) {
  if (path == kIndexFile) return true;
  return Take(&path, kChunksFolder) && path.size() == kSegmentDigits &&
         std::all_of(path.begin(), path.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string MarkersPrefix(std::string_view tenant) {
  return StrCat(tenant, "/", kMarkersFolder);
}

std::string GlobalMarkKey(std::string_view tenant, const Ulid& block, std::string_view mark_file) {
  return StrCat(tenant, "/", kMarkersFolder, block.ToString(), "-", mark_file);
}

std::string TenantDeletionMarkKey(std::string_view tenant) {
  return StrCat(tenant, "/", kMarkersFolder, kTenantDeletionMarkFile);
}

std::string DeletionKey(std::string_view tenant, const Ulid& id) {
  return StrCat(tenant, "/", kDeletionsFolder, id.ToString(), ".json");
}

KeyInfo ClassifyKey(std::string_view tenant, std::string_view key) {
  if (!Take(&key, tenant) || !Take(&key, "/")) return {};
  if (key == kBucketIndexFile) return {KeyKind::kBucketIndex, {}, key};
  if (Take(&key, kMarkersFolder)) return ClassifyMarker(key);
  if (Take(&key, kDebugFolder)) return {KeyKind::kDebug, {}, key};
  KeyInfo info{KeyKind::kOther, {}, key};
  std::string_view rest = key;
  if (Take(&rest, kDeletionsFolder)) {
    if (TakeUlid(&rest, &info.ulid) && rest == ".json") info.kind = KeyKind::kDeletion;
    return info;
  }
  if (TakeUlid(&rest, &info.ulid) && Take(&rest, "/") && !rest.empty()) {
    return {KeyKind::kBlockFile, info.ulid, rest};
  }
  return {KeyKind::kOther, {}, key};
}

}  // namespace kvs::bucket
