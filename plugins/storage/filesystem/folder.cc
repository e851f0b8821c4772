// SPDX-License-Identifier: Apache-2.0
#include "folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <vector>

#include <sys/stat.h>

#include "posix.h"

namespace kvs::storage::filesystem {
namespace {

enum class Walk { kGoOn, kFolderDone, kStop };

class Walker {
 public:
  Walker(std::string_view hidden, const ListRequest& request, objstore::Listing* listing)
      : hidden_(hidden), request_(request), listing_(listing) {}

  // `key` is that of the folder: empty, or ending with "/". `fold`: one object below it is all that
  // a page can show.
  StatusOr<Walk> Visit(int parent, const char* name, const std::string& key, bool fold) {
    const int fd = Retry([&] { return openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    if (fd < 0) {
      // Removed since its parent was read.
      if (errno == ENOENT || errno == ENOTDIR) return Walk::kGoOn;
      return ErrnoStatus(errno, "opening folder ", key);
    }
    const std::unique_ptr<DIR, int (*)(DIR*)> dir(fdopendir(fd), closedir);
    std::vector<std::string> names;
    while (const dirent* entry = readdir(dir.get())) {
      const std::string_view entry_name = entry->d_name;
      if (entry_name == "." || entry_name == ".." ||
          (key.empty() && entry_name.starts_with(hidden_)))
        continue;
      if (entry->d_type == DT_REG) names.emplace_back(entry_name);
      if (entry->d_type == DT_DIR) names.push_back(StrCat(entry_name, "/"));
      if (entry->d_type == DT_UNKNOWN || entry->d_type == DT_LNK) {
        struct stat info;
        if (fstatat(fd, entry->d_name, &info, 0) != 0) continue;
        if (S_ISREG(info.st_mode)) names.emplace_back(entry_name);
        if (S_ISDIR(info.st_mode)) names.push_back(StrCat(entry_name, "/"));
      }
    }
    if (names.empty() && !key.empty() && IsAbandoned(fd)) {
      unlinkat(parent, name, AT_REMOVEDIR);  // Does nothing if something has come in meanwhile.
      return Walk::kGoOn;
    }
    std::sort(names.begin(), names.end());
    for (std::string& entry : names) {
      const std::string below = key + entry;
      if (listing_->Past(below)) return Walk::kStop;
      if (!below.ends_with('/')) {
        if (below <= request_.start_after || !below.starts_with(request_.prefix)) continue;
        struct stat info;
        if (fstatat(fd, entry.c_str(), &info, 0) != 0) continue;
        const int64_t modified_ms = info.st_mtim.tv_sec * 1000 + info.st_mtim.tv_nsec / 1'000'000;
        if (!listing_->Offer(below, static_cast<uint64_t>(info.st_size), modified_ms))
          return Walk::kStop;
        if (fold) return Walk::kFolderDone;
        continue;
      }
      const bool wanted = below.starts_with(request_.prefix) ||
                          std::string_view(request_.prefix).starts_with(below);
      const bool listed = below < request_.start_after &&
                          !std::string_view(request_.start_after).starts_with(below);
      if (!wanted || listed) continue;
      entry.pop_back();
      // The folder that the prefix itself names is not folded: its contents are what was asked for.
      const bool behind_prefix =
          below.starts_with(request_.prefix) && below.size() > request_.prefix.size();
      const bool fold_below = fold || (request_.delimiter == "/" && behind_prefix);
      KVS_ASSIGN_OR_RETURN(const Walk walk, Visit(fd, entry.c_str(), below, fold_below));
      if (walk == Walk::kStop || (walk == Walk::kFolderDone && fold)) return walk;
    }
    return Walk::kGoOn;
  }

 private:
  // One that was made just now is waiting for what its maker puts into it.
  bool IsAbandoned(int folder) const {
    struct stat info;
    return fstat(folder, &info) == 0 &&
           info.st_mtim.tv_sec * 1000 + info.st_mtim.tv_nsec / 1'000'000 <
               request_.abandoned_before_ms;
  }

  const std::string_view hidden_;
  const ListRequest& request_;
  objstore::Listing* const listing_;
};

}  // namespace

Status ListFolder(const std::string& root, std::string_view hidden, const ListRequest& request,
                  objstore::Listing* listing) {
  return Walker(hidden, request, listing).Visit(AT_FDCWD, root.c_str(), "", false).status();
}

}  // namespace kvs::storage::filesystem
