// SPDX-License-Identifier: Apache-2.0
#include "backend.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include <sys/stat.h>

#include "kvs/objstore/key.h"
#include "kvs/objstore/listing.h"
#include "kvs/sdk/owned.h"

#include "folder.h"
#include "key_lock.h"
#include "posix.h"

namespace kvs::storage::filesystem {
namespace {

// Begins the name of what the store keeps for itself at the top of its folder. No key may.
constexpr std::string_view kOwnPrefix = ".kvasir";
// Longer than anybody takes from making a folder to putting something into it: also people, who
// copy blocks.
constexpr int64_t kAbandonedAfterMs = 10'000;

// A file is never written in place, and its time of modification is unique: together these stand
// for the content.
std::string EtagOf(const struct stat& info) {
  return StrCat(info.st_mtim.tv_sec, ".", info.st_mtim.tv_nsec, "-", info.st_size, "-",
                info.st_ino);
}

void HandOutInfo(const struct stat& info, kvs_object_info_t& out) {
  auto kept = std::make_unique<std::string>(EtagOf(info));
  out.size = static_cast<uint64_t>(info.st_size);
  out.modified_ms = info.st_mtim.tv_sec * 1000 + info.st_mtim.tv_nsec / 1'000'000;
  out.etag = sdk::Str(*kept);
  sdk::HandOut(out, std::move(kept));
}

// False when there is no object: nothing, or a folder, or a file in the way of one.
StatusOr<bool> StatObject(const std::string& path, struct stat* info) {
  if (stat(path.c_str(), info) == 0) return S_ISREG(info->st_mode) != 0;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return ErrnoStatus(errno, "stat of ", path);
}

std::string ParentOf(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

}  // namespace

Backend::Backend(sdk::Host host, Config config)
    : host_(host),
      config_(std::move(config)),
      own_(StrCat(config_.dir, "/", kOwnPrefix)),
      staging_(StrCat(own_, "/staging")) {}

sdk::Outcome Backend::Start(const sdk::Call&, sdk::Completer&) {
  KVS_RETURN_IF_ERROR(MakeFolders(StrCat(own_, "/locks")));
  KVS_ASSIGN_OR_RETURN(const int swept, staging_.Open());
  if (swept > 0)
    host_.log().Info("swept unfinished objects of an earlier run", {{"objects", StrCat(swept)}});
  return OkStatus();
}

StatusOr<std::string> Backend::PathOf(std::string_view key) const {
  KVS_RETURN_IF_ERROR(objstore::CheckKey(key));
  if (key.starts_with(kOwnPrefix))
    return InvalidArgument("the key ", key, " begins with ", kOwnPrefix,
                           ", which the store keeps for itself");
  return StrCat(config_.dir, "/", key);
}

sdk::Outcome Backend::Stat(const sdk::Call&, const kvs_str_t& key, kvs_object_info_t& out,
                           sdk::Completer&) {
  KVS_ASSIGN_OR_RETURN(const std::string path, PathOf(sdk::View(key)));
  struct stat info;
  KVS_ASSIGN_OR_RETURN(const bool exists, StatObject(path, &info));
  if (!exists) return NotFound("no object ", sdk::View(key));
  HandOutInfo(info, out);
  return OkStatus();
}

sdk::Outcome Backend::Get(const sdk::Call&, const kvs_object_get_t& in, kvs_object_data_t& out,
                          sdk::Completer&) {
  const std::string_view key = sdk::View(in.key);
  KVS_ASSIGN_OR_RETURN(const std::string path, PathOf(key));
  const Fd fd(Retry([&] { return open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); }));
  if (!fd && (errno == ENOENT || errno == ENOTDIR)) return NotFound("no object ", key);
  if (!fd) return ErrnoStatus(errno, "opening object ", key);
  struct stat info;
  if (fstat(fd.get(), &info) != 0) return ErrnoStatus(errno, "stat of object ", key);
  if (!S_ISREG(info.st_mode)) return NotFound("no object ", key);
  const auto whole = static_cast<uint64_t>(info.st_size);
  if (in.offset > whole)
    return OutOfRange("offset ", in.offset, " lies behind the ", whole, " bytes of ", key);
  const uint64_t left = whole - in.offset;
  const uint64_t size = in.size == 0 ? left : std::min(in.size, left);
  // Not a std::string: that would write the memory twice.
  std::unique_ptr<char[]> bytes(new char[size + 1]);
  if (const Status read = ReadAll(fd.get(), in.offset, bytes.get(), size); !read.ok())
    return Annotate(read, "object ", key);
  out.bytes = sdk::Bytes(std::string_view(bytes.get(), size));
  sdk::HandOut(out, std::make_unique<std::unique_ptr<char[]>>(std::move(bytes)));
  return OkStatus();
}

Status Backend::CheckCondition(const kvs_object_put_t& in, const std::string& path) const {
  if (in.condition == KVS_PUT_ALWAYS) return OkStatus();
  struct stat info;
  KVS_ASSIGN_OR_RETURN(const bool exists, StatObject(path, &info));
  if (in.condition == KVS_PUT_IF_ABSENT && exists)
    return AlreadyExists("there is an object ", sdk::View(in.key));
  if (in.condition == KVS_PUT_IF_ETAG && (!exists || EtagOf(info) != sdk::View(in.etag))) {
    return Aborted("the object ", sdk::View(in.key), " is not the one that was read");
  }
  return OkStatus();
}

Status Backend::MoveIntoPlace(StagedFile* file, const std::string& path, std::string_view key) {
  const std::string parent = ParentOf(path);
  // A remove may take an empty folder away between making it and moving into it.
  for (int attempt = 0; attempt < 100; ++attempt) {
    if (rename(file->path().c_str(), path.c_str()) == 0) {
      file->Moved();
      return OkStatus();
    }
    if (errno == EISDIR || errno == ENOTEMPTY || errno == EEXIST) {
      // An empty folder is what a remove or a crash left; a full one is other keys.
      if (rmdir(path.c_str()) == 0 || errno == ENOENT) continue;
      return FailedPrecondition("there are objects below ", key, "/, so this store cannot hold ",
                                key, " itself");
    }
    if (errno == ENOTDIR)
      return FailedPrecondition("a part of the key ", key,
                                " is an object, so this store can hold nothing below it");
    if (errno != ENOENT) return ErrnoStatus(errno, "moving object ", key, " into place");
    const Status made = MakeFolders(parent);
    if (made.ok()) continue;
    struct stat info;
    if (stat(parent.c_str(), &info) != 0 && errno == ENOTDIR) {
      return FailedPrecondition("a part of the key ", key,
                                " is an object, so this store can hold nothing below it");
    }
    if (attempt > 10) return made;
  }
  return Unavailable("the folders of ", key, " go away as fast as they are made").Retryable();
}

sdk::Outcome Backend::Put(const sdk::Call&, const kvs_object_put_t& in, kvs_object_info_t& out,
                          sdk::Completer&) {
  const std::string_view key = sdk::View(in.key);
  KVS_ASSIGN_OR_RETURN(const std::string path, PathOf(key));
  KVS_RETURN_IF_ERROR(
      CheckCondition(in, path));  // Early, to spare the writing; what counts is the check below.
  auto staged =
      staging_.Write(sdk::TextOf(in.bytes), host_.clock().NowMs() * 1'000'000, config_.sync);
  if (!staged.ok()) return Annotate(staged.status(), "object ", key);
  struct stat info;
  if (fstat(staged->fd(), &info) != 0) return ErrnoStatus(errno, "stat of object ", key);
  {
    KVS_ASSIGN_OR_RETURN(const KeyLock lock, KeyLock::Take(StrCat(own_, "/locks"), key));
    KVS_RETURN_IF_ERROR(CheckCondition(in, path));
    KVS_RETURN_IF_ERROR(MoveIntoPlace(&*staged, path, key));
  }
  if (config_.sync) {
    // New folders on the way need their names to be durable, too.
    for (std::string folder = ParentOf(path); folder.size() >= config_.dir.size();
         folder = ParentOf(folder)) {
      KVS_RETURN_IF_ERROR(SyncFolder(folder));
      if (folder.size() == config_.dir.size()) break;
    }
  }
  HandOutInfo(info, out);
  return OkStatus();
}

sdk::Outcome Backend::List(const sdk::Call&, const kvs_object_list_t& in, kvs_object_page_t& out,
                           sdk::Completer&) {
  const ListRequest request{sdk::Text(in.prefix), sdk::Text(in.start_after),
                            sdk::Text(in.delimiter), host_.clock().NowMs() - kAbandonedAfterMs};
  objstore::Listing listing(request.prefix, request.start_after, request.delimiter, in.max_keys);
  KVS_RETURN_IF_ERROR(ListFolder(config_.dir, kOwnPrefix, request, &listing));
  struct Kept {
    std::vector<objstore::ListEntry> entries;
    std::vector<kvs_object_entry_t> raw;
  };
  auto kept = std::make_unique<Kept>();
  out.more = listing.more() ? 1 : 0;
  kept->entries = listing.TakeEntries();
  for (const objstore::ListEntry& e : kept->entries) {
    kept->raw.push_back({sdk::Str(e.key), e.size, e.modified_ms, e.is_prefix ? 1u : 0u, 0});
  }
  out.entries = kept->raw.data();
  out.n_entries = kept->raw.size();
  sdk::HandOut(out, std::move(kept));
  return OkStatus();
}

sdk::Outcome Backend::Remove(const sdk::Call&, const kvs_str_t& in, sdk::Completer&) {
  const std::string_view key = sdk::View(in);
  KVS_ASSIGN_OR_RETURN(const std::string path, PathOf(key));
  {
    KVS_ASSIGN_OR_RETURN(const KeyLock lock, KeyLock::Take(StrCat(own_, "/locks"), key));
    struct stat info;
    KVS_ASSIGN_OR_RETURN(const bool exists, StatObject(path, &info));
    if (!exists) return OkStatus();
    if (unlink(path.c_str()) != 0 && errno != ENOENT)
      return ErrnoStatus(errno, "removing object ", key);
  }
  if (config_.sync) KVS_RETURN_IF_ERROR(SyncFolder(ParentOf(path)));
  RemoveEmptyFolders(path);
  return OkStatus();
}

void Backend::RemoveEmptyFolders(const std::string& path) const {
  for (std::string folder = ParentOf(path); folder.size() > config_.dir.size();
       folder = ParentOf(folder)) {
    if (rmdir(folder.c_str()) != 0) return;
  }
}

}  // namespace kvs::storage::filesystem
