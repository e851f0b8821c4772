// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include <sys/stat.h>

#include "kvs/base/str_cat.h"

#include "block_folder.h"
#include "commands.h"

namespace kvs::tools {
namespace {

// The files that the uploader listed are there, and as long as it said.
Status CheckFileList(const BlockFolder& block) {
  if (!block.meta().thanos.has_value()) return OkStatus();
  for (const tsdb::BlockFile& file : block.meta().thanos->files) {
    struct stat info;
    if (stat(StrCat(block.path(), "/", file.path).c_str(), &info) != 0) {
      return DataLoss(file.path, ": missing, and meta.json lists it");
    }
    if (file.size_bytes != 0 && info.st_size != file.size_bytes) {
      return DataLoss(file.path, ": has ", info.st_size, " bytes, and meta.json says ",
                      file.size_bytes);
    }
  }
  return OkStatus();
}

StatusOr<tsdb::BlockContents> VerifyOne(const std::string& path) {
  KVS_ASSIGN_OR_RETURN(const BlockFolder block, BlockFolder::Open(path));
  const Status listed = CheckFileList(block);
  if (!listed.ok()) return Annotate(listed, path);
  StatusOr<tsdb::BlockContents> contents = tsdb::VerifyBlock(block.parts(), &block.meta());
  if (!contents.ok()) return Annotate(contents.status(), path);
  return contents;
}

}  // namespace

StatusOr<bool> Verify(const std::vector<std::string>& blocks) {
  bool sound = true;
  for (const std::string& path : blocks) {
    const StatusOr<tsdb::BlockContents> contents = VerifyOne(path);
    if (!contents.ok()) {
      Complain(contents.status());
      sound = false;
      continue;
    }
    const tsdb::BlockStats& stats = contents->stats;
    std::printf("%s: sound: %s series, %s chunks, %s samples, %s tombstones\n", path.c_str(),
                StrCat(stats.series).c_str(), StrCat(stats.chunks).c_str(),
                StrCat(stats.samples).c_str(), StrCat(stats.tombstones).c_str());
  }
  return sound;
}

}  // namespace kvs::tools
