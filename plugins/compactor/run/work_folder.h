// SPDX-License-Identifier: Apache-2.0
// Local files of a job: what is downloaded, and what is written before it is uploaded. Nothing is
// synced: all of it can be fetched or made again, and who finds it after a crash checks it.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/sdk/store_client.h"
#include "kvs/tsdb/chunk_segment.h"

#include "merge/block_merger.h"

namespace kvs::compactor {

/// Makes `path` and what is above it. [worker]
Status MakeFolders(const std::string& path);
/// Removes `path` and all below; what is not there is removed already. [worker]
Status RemoveAll(const std::string& path);
/// Names in a folder, sorted; none when it is not there. [worker]
std::vector<std::string> NamesIn(const std::string& path);
bool FileExists(const std::string& path);
/// Bytes of a file; NotFound. [worker]
StatusOr<uint64_t> FileSize(const std::string& path);

/// A file that is written front to back, buffered. It has its name once it is complete. [worker]
class FileSink final : public tsdb::ByteSink {
 public:
  static StatusOr<std::unique_ptr<FileSink>> Create(const std::string& path);
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;
  ~FileSink() override;

  Status Append(std::span<const uint8_t> bytes) override;
  /// Gives it its name.
  Status Finish();

 private:
  FileSink(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  Status Flush();

  const std::string path_;
  int fd_;
  std::vector<uint8_t> buffer_;
};

/// The whole of a small file. [worker]
StatusOr<std::string> ReadFile(const std::string& path);
/// [worker]
Status WriteFile(const std::string& path, std::string_view bytes);

/// Copies what is below `prefix` of the store into `folder`, but for files that are there in full.
/// NotFound when nothing is below the prefix. [worker]
Status Download(const sdk::StoreClient& store, const std::string& prefix,
                const std::string& folder);
/// Puts a file. [worker]
Status Upload(const sdk::StoreClient& store, const std::string& path, const std::string& key);

/// Blocks in folders below one: FOLDER/SHARD/index, FOLDER/SHARD/chunks/000001. [worker]
class FolderOutput final : public MergeOutput {
 public:
  explicit FolderOutput(std::string folder) : folder_(std::move(folder)) {}

  StatusOr<tsdb::ByteSink*> OpenIndex(uint64_t shard) override;
  StatusOr<tsdb::SegmentOpener*> OpenChunks(uint64_t shard) override;
  /// Completes all files.
  Status Finish();

 private:
  class Segments final : public tsdb::SegmentOpener {
   public:
    explicit Segments(std::string folder) : folder_(std::move(folder)) {}
    StatusOr<tsdb::ByteSink*> Open(uint32_t segment) override;
    Status Finish();

   private:
    const std::string folder_;
    std::unique_ptr<FileSink> open_;
  };

  const std::string folder_;
  std::vector<std::unique_ptr<FileSink>> indexes_;
  std::deque<Segments> segments_;
};

}  // namespace kvs::compactor
