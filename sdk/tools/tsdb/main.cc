// SPDX-License-Identifier: Apache-2.0
// kvasir-tsdb: the command `kvasir tsdb`, which looks at blocks without a server, in folders and in
// buckets.
//
// Exit codes: 0 all is well; 1 something is damaged or cannot be read; 2 the command line is wrong.
#include <stdlib.h>

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "kvs/base/str_cat.h"
#include "kvs/tsdb/ulid.h"

#include "block_folder.h"
#include "bucket.h"
#include "commands.h"
#include "kernel/main/arguments.h"

namespace kvs::tools {

void Complain(const Status& status) {
  std::fflush(stdout);
  std::fprintf(stderr, "kvasir tsdb: %s\n", status.message().c_str());
}

namespace {

constexpr kernel::OptionSpec kOptions[] = {
    {"human", nullptr, "list: times and sizes for people"},
    {"match", "SELECTOR", "dump: only these series, as in '{job=\"node\"}'"},
    {"min-time", "MS", "dump: no earlier samples; Unix milliseconds"},
    {"max-time", "MS", "dump: no later samples"},
    {"tenant", "NAME", "of a bucket: blocks lie below this name"},
    {"limit", "N", "analyze: lines of each kind; 20 unless told"},
    {"help", nullptr, "print this"},
};

constexpr int kExitOk = 0, kExitFailed = 1, kExitUsage = 2;

void PrintHelp(std::FILE* out) {
  std::fputs(
      "usage: kvasir tsdb COMMAND [OPTIONS] FOLDER|URL [ULID]...\n"
      "       kvasir tsdb import [OPTIONS] FOLDER|FILE URL\n\n"
      "Looks at blocks. FOLDER has blocks, or is one; with ULIDs, only these of its blocks. URL is "
      "a "
      "bucket:\nfile:///PATH, or s3://BUCKET/PREFIX?endpoint=HOST:PORT&SETTING=VALUE with settings "
      "of "
      "storage.s3;\ncredentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.\n\n"
      "  list      a line a block\n"
      "  verify    reads every byte and says which file is damaged where\n"
      "  dump      samples of all blocks: {labels} value milliseconds\n"
      "  analyze   which labels make the block large (the newest one, unless named)\n"
      "  import    puts blocks, such as those of a Prometheus, into the bucket of a tenant; what "
      "is "
      "there\n            already stays. FILE is OpenMetrics text, and becomes blocks of two "
      "hours\n\noptions:\n",
      out);
  std::fputs(kernel::HelpOf(kOptions).c_str(), out);
}

Status ReadNumber(const kernel::Arguments& arguments, const char* option, int64_t* out) {
  if (!arguments.Has(option)) return OkStatus();
  const std::string text = arguments.Get(option);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  if (error == std::errc() && end == text.data() + text.size()) return OkStatus();
  return InvalidArgument("--", option, ": \"", text, "\" is no whole number");
}

StatusOr<std::vector<std::string>> ChosenBlocks(const std::vector<std::string>& words) {
  const std::string& folder = words[1];
  if (words.size() == 2) return FindBlocks(folder);
  std::vector<std::string> out;
  for (size_t i = 2; i < words.size(); ++i) {
    const StatusOr<tsdb::Ulid> ulid = tsdb::Ulid::Parse(words[i]);
    if (!ulid.ok()) return Annotate(ulid.status(), words[i]);
    out.push_back(StrCat(folder, "/", words[i]));
  }
  return out;
}

// A folder that is gone when this is.
class TempFolder {
 public:
  TempFolder() {
    path_ = (std::filesystem::temp_directory_path() / "kvasir-tsdb-XXXXXX").string();
    if (mkdtemp(path_.data()) == nullptr) path_.clear();
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    std::error_code error;
    if (!path_.empty()) std::filesystem::remove_all(path_, error);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

StatusOr<bool> Run(const std::string& command, const std::vector<std::string>& blocks,
                   const kernel::Arguments& arguments, const DumpOptions& dump, int64_t limit) {
  if (command == "list") return List(blocks, arguments.Has("human"));
  if (command == "verify") return Verify(blocks);
  if (command == "dump") return Dump(blocks, dump);
  return Analyze(blocks.back(), static_cast<size_t>(limit));
}

std::string PrefixOf(const kernel::Arguments& arguments) {
  const std::string tenant = arguments.Get("tenant");
  return tenant.empty() ? tenant : tenant + "/";
}

StatusOr<bool> RunImport(const kernel::Arguments& arguments) {
  const std::vector<std::string>& words = arguments.positional();
  KVS_ASSIGN_OR_RETURN(const BucketUrl url, BucketUrl::Parse(words[2]));
  if (std::filesystem::is_regular_file(words[1])) {
    KVS_ASSIGN_OR_RETURN(const auto bucket, Bucket::Open(url));
    return ImportText(words[1], bucket->client(), PrefixOf(arguments));
  }
  KVS_ASSIGN_OR_RETURN(const std::vector<std::string> blocks, FindBlocks(words[1]));
  KVS_ASSIGN_OR_RETURN(const auto bucket, Bucket::Open(url));
  return Import(blocks, bucket->client(), PrefixOf(arguments));
}

// What needs the bytes of blocks copies them to a local folder, one block after the other; only
// dump needs all at once.
StatusOr<bool> RunOnBucket(const std::string& command, const kernel::Arguments& arguments,
                           const DumpOptions& dump, int64_t limit) {
  const std::vector<std::string>& words = arguments.positional();
  KVS_ASSIGN_OR_RETURN(const BucketUrl url, BucketUrl::Parse(words[1]));
  KVS_ASSIGN_OR_RETURN(const auto bucket, Bucket::Open(url));
  const std::string prefix = PrefixOf(arguments);
  std::vector<std::string> ulids(words.begin() + 2, words.end());
  if (ulids.empty()) {
    StatusOr<std::vector<std::string>> found = ListBlocks(bucket->client(), prefix);
    if (!found.ok()) return Annotate(found.status(), words[1]);
    ulids = *std::move(found);
  }
  if (command == "list") {
    return ListBucket(bucket->client(), prefix, ulids, arguments.Has("human"));
  }
  if (command == "analyze") ulids.erase(ulids.begin(), ulids.end() - 1);
  const TempFolder folder;
  if (folder.path().empty()) return Unavailable("there is no room for temporary files");
  std::vector<std::string> paths;
  bool sound = true;
  for (const std::string& ulid : ulids) {
    const std::string path = StrCat(folder.path(), "/", ulid);
    if (const Status status = DownloadBlock(bucket->client(), prefix, ulid, folder.path(), true);
        !status.ok()) {
      Complain(status);
      sound = false;
      continue;
    }
    if (command == "dump") {
      paths.push_back(path);
      continue;
    }
    KVS_ASSIGN_OR_RETURN(const bool one, Run(command, {path}, arguments, dump, limit));
    sound &= one;
    std::filesystem::remove_all(path);
  }
  if (command != "dump") return sound;
  KVS_ASSIGN_OR_RETURN(const bool all, Dump(paths, dump));
  return sound && all;
}

int Main(const std::vector<std::string>& words) {
  const auto complain = [](const Status& status, int code) {
    Complain(status);
    return code;
  };
  const StatusOr<kernel::Arguments> arguments = kernel::Arguments::Parse(kOptions, words);
  if (!arguments.ok()) return complain(arguments.status(), kExitUsage);
  if (arguments->Has("help")) {
    PrintHelp(stdout);
    return kExitOk;
  }
  const std::vector<std::string>& positional = arguments->positional();
  if (positional.size() < 2) {
    PrintHelp(stderr);
    return kExitUsage;
  }
  const std::string& command = positional[0];
  if (command != "list" && command != "verify" && command != "dump" && command != "analyze" &&
      command != "import") {
    return complain(InvalidArgument("there is no command \"", command,
                                    "\"; there is list, verify, dump, analyze, import"),
                    kExitUsage);
  }
  if (command == "import" && positional.size() != 3) {
    return complain(InvalidArgument("import takes a folder or a file, and the URL of a bucket"),
                    kExitUsage);
  }
  DumpOptions dump;
  dump.selector = arguments->Get("match");
  int64_t limit = 20;
  for (const Status& status :
       {ReadNumber(*arguments, "min-time", &dump.mint),
        ReadNumber(*arguments, "max-time", &dump.maxt), ReadNumber(*arguments, "limit", &limit)}) {
    if (!status.ok()) return complain(status, kExitUsage);
  }
  if (limit < 0) return complain(InvalidArgument("--limit: ", limit, " is below 0"), kExitUsage);
  if (command == "import" || BucketUrl::Is(positional[1])) {
    const StatusOr<bool> sound =
        command == "import" ? RunImport(*arguments) : RunOnBucket(command, *arguments, dump, limit);
    if (!sound.ok()) return complain(sound.status(), kExitFailed);
    return *sound ? kExitOk : kExitFailed;
  }
  const StatusOr<std::vector<std::string>> blocks = ChosenBlocks(positional);
  if (!blocks.ok()) return complain(blocks.status(), kExitFailed);
  const StatusOr<bool> sound = Run(command, *blocks, *arguments, dump, limit);
  if (!sound.ok()) return complain(sound.status(), kExitFailed);
  return *sound ? kExitOk : kExitFailed;
}

}  // namespace
}  // namespace kvs::tools

int main(int argc, char** argv) {
  return kvs::tools::Main({argv + (argc > 0 ? 1 : 0), argv + argc});
}
