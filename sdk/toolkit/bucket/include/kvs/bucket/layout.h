// SPDX-License-Identifier: Apache-2.0
// Where everything of a tenant lies in a bucket:
//
//   <tenant>/bucket-index.json.gz
//   <tenant>/<ULID>/meta.json, index, chunks/000001...     a block; meta.json is written last and
//   removed first <tenant>/<ULID>/deletion-mark.json, no-compact-mark.json
//   <tenant>/<ULID>/uploading-meta.json, validation.json   while the upload API receives it
//   <tenant>/markers/<ULID>-deletion-mark.json, <ULID>-no-compact-mark.json,
//   tenant-deletion-mark.json <tenant>/deletions/<ULID>.json                         requests to
//   delete series <tenant>/debug/metas/<ULID>.json
//
// Keys are made of valid tenants and names only. Pure. [any]
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "kvs/tsdb/ulid.h"

namespace kvs::bucket {

inline constexpr std::string_view kBucketIndexFile = "bucket-index.json.gz";
inline constexpr std::string_view kMetaFile = "meta.json";
inline constexpr std::string_view kIndexFile = "index";
inline constexpr std::string_view kDeletionMarkFile = "deletion-mark.json";
inline constexpr std::string_view kNoCompactMarkFile = "no-compact-mark.json";
inline constexpr std::string_view kUploadingMetaFile = "uploading-meta.json";
inline constexpr std::string_view kValidationFile = "validation.json";
inline constexpr std::string_view kTenantDeletionMarkFile = "tenant-deletion-mark.json";
inline constexpr std::string_view kMarkersFolder = "markers/";
inline constexpr std::string_view kDeletionsFolder = "deletions/";
inline constexpr std::string_view kDebugFolder = "debug/";

/// "tenant/".
std::string TenantPrefix(std::string_view tenant);
/// The tenant of a common prefix "tenant/" at the root of a bucket; nothing for folders that belong
/// to no tenant, such as "__mimir_cluster/".
std::optional<std::string_view> TenantOfPrefix(std::string_view prefix);

std::string BucketIndexKey(std::string_view tenant);
/// "tenant/01.../".
std::string BlockPrefix(std::string_view tenant, const tsdb::Ulid& block);
/// "tenant/01.../index" for "index".
std::string BlockFileKey(std::string_view tenant, const tsdb::Ulid& block, std::string_view file);
/// "chunks/000001" for 1, the first.
std::string SegmentPath(uint64_t number);
/// Whether `path` is a file that an index or chunks may lie in: "index" or "chunks/" and six
/// digits.
bool IsBlockDataPath(std::string_view path);

/// "tenant/markers/".
std::string MarkersPrefix(std::string_view tenant);
/// "tenant/markers/01...-deletion-mark.json" for kDeletionMarkFile.
std::string GlobalMarkKey(std::string_view tenant, const tsdb::Ulid& block,
                          std::string_view mark_file);
std::string TenantDeletionMarkKey(std::string_view tenant);
/// "tenant/deletions/01....json".
std::string DeletionKey(std::string_view tenant, const tsdb::Ulid& id);

enum class KeyKind {
  kBucketIndex,
  kBlockFile,      ///< `file` within the block: "meta.json", "chunks/000001".
  kDeletionMark,   ///< The global copy.
  kNoCompactMark,  ///< The global copy.
  kTenantDeletionMark,
  kDeletion,  ///< `ulid` is of the request.
  kDebug,
  kOther,
};

/// What a key is.
struct KeyInfo {
  KeyKind kind = KeyKind::kOther;
  tsdb::Ulid ulid;        ///< Of the block, or the deletion.
  std::string_view file;  ///< A view into the key.
};

/// Of a key of `tenant`; kOther for one of another tenant.
KeyInfo ClassifyKey(std::string_view tenant, std::string_view key);

}  // namespace kvs::bucket
