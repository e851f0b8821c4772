// SPDX-License-Identifier: Apache-2.0
#include "bucket.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "kvs/base/str_cat.h"
#include "kvs/sdk/port/object_store.h"
#include "kvs/tsdb/ulid.h"

#include "kernel/graph/type_view.h"
#include "kernel/lifecycle/lifecycle.h"
#include "kernel/lifecycle/standard_edges.h"
#include "kernel/main/plan_maker.h"
#include "kernel/services/host.h"

namespace kvs::tools {
namespace {

constexpr const char* kComponent = "bucket";
// Objects are read so many bytes at a time, so that a segment of half a GiB needs no such memory.
constexpr uint64_t kPieceBytes = 16 << 20;

// Modules of the installation that this program is part of:
// PREFIX/libexec/kvasir/kvasir-tsdb.
std::string InstalledPlugins() {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  return (program.parent_path().parent_path().parent_path() / "lib/kvasir/plugins").string();
}

kernel::ServicesOptions Quiet() {
  kernel::ServicesOptions options;
  options.log.level = kernel::LogLevel::kWarn;
  return options;
}

// A file that is gone when this is.
class ConfigFile {
 public:
  static StatusOr<std::unique_ptr<ConfigFile>> Write(const std::string& text) {
    std::string path =
        (std::filesystem::temp_directory_path() / "kvasir-tsdb-XXXXXX.toml").string();
    const int fd = mkstemps(path.data(), 5);  // For its owner only: it may hold credentials.
    if (fd < 0) return Unavailable(path, ": cannot be made");
    const ssize_t n = write(fd, text.data(), text.size());
    close(fd);
    auto out = std::unique_ptr<ConfigFile>(new ConfigFile(std::move(path)));
    if (n != static_cast<ssize_t>(text.size()))
      return Unavailable(out->path(), ": cannot be written");
    return out;
  }
  ~ConfigFile() { unlink(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  explicit ConfigFile(std::string path) : path_(std::move(path)) {}
  const std::string path_;
};

class LoadedBucket final : public Bucket {
 public:
  explicit LoadedBucket(const std::string& config_file)
      : maker_(config_file, kernel::Environment::Process(), {InstalledPlugins()}),
        services_(Quiet()),
        edges_(services_),
        lifecycle_(services_, &edges_) {}
  ~LoadedBucket() override {
    if (started_) lifecycle_.DrainAndStop();
  }

  Status Run() {
    kernel::Diagnostics diagnostics;
    const std::shared_ptr<const kernel::Plan> plan = maker_.Make(&diagnostics);
    const bool created = plan != nullptr && lifecycle_.CreateAndLink(plan, &diagnostics);
    if (!diagnostics.ok()) std::fputs(diagnostics.ToText().c_str(), stderr);
    if (!created) return InvalidArgument("the bucket cannot be opened");
    kernel::Instance* const store = lifecycle_.Find(kComponent);
    const kvs_port_t* const port = kernel::FindProvider(store->type(), KVS_OBJECT_STORE_V1);
    if (port == nullptr) return Internal("the plugin does not provide ", KVS_OBJECT_STORE_V1);
    KVS_ASSIGN_OR_RETURN(const kvs_iface_t provided, store->GetInterface(KVS_OBJECT_STORE_V1));
    KVS_RETURN_IF_ERROR(lifecycle_.Start());
    started_ = true;
    // This thread may block, so a store that does is called directly.
    client_ = sdk::StoreClient(sdk::StoreRef(provided), {.tenant = "kvasir-tsdb"});
    return OkStatus();
  }
  const sdk::StoreClient& client() const override { return client_; }

 private:
  // In this order: modules outlive components, and services what runs on them.
  kernel::PlanMaker maker_;
  kernel::Services services_;
  kernel::StandardEdges edges_;
  kernel::Lifecycle lifecycle_;
  sdk::StoreClient client_;
  bool started_ = false;
};

Status DownloadObject(const sdk::StoreClient& client, const sdk::StoreClient::Entry& entry,
                      const std::filesystem::path& file) {
  std::error_code error;
  std::filesystem::create_directories(file.parent_path(), error);
  std::ofstream out(file, std::ios::binary);
  for (uint64_t at = 0; at < entry.size; at += kPieceBytes) {
    KVS_RETURN_IF_ERROR(client.Read(entry.key, at, kPieceBytes, [&out](std::span<const uint8_t> b) {
      out.write(reinterpret_cast<const char*>(b.data()), static_cast<std::streamsize>(b.size()));
      return OkStatus();
    }));
  }
  out.close();
  return out.good() ? OkStatus() : Unavailable(file.string(), ": cannot be written");
}

}  // namespace

StatusOr<std::unique_ptr<Bucket>> Bucket::Open(const BucketUrl& url) {
  KVS_ASSIGN_OR_RETURN(const auto config, ConfigFile::Write(url.ToConfig()));
  auto out = std::make_unique<LoadedBucket>(config->path());
  KVS_RETURN_IF_ERROR(out->Run());
  return std::unique_ptr<Bucket>(std::move(out));
}

Status DownloadBlock(const sdk::StoreClient& client, const std::string& prefix,
                     const std::string& ulid, const std::string& folder, bool with_data) {
  const std::string block = StrCat(prefix, ulid, "/");
  bool has_meta = false;
  KVS_RETURN_IF_ERROR(
      client.ForEach(block, {}, [&](const sdk::StoreClient::Entry& entry) -> Status {
        const std::string name = entry.key.substr(block.size());
        const bool is_data = name == "index" || name == "tombstones" || name.starts_with("chunks/");
        has_meta |= name == "meta.json";
        if (name != "meta.json" && !(with_data && is_data)) return OkStatus();
        return DownloadObject(client, entry, std::filesystem::path(folder) / ulid / name);
      }));
  return has_meta ? OkStatus() : NotFound(block, "meta.json: there is no such object");
}

StatusOr<std::vector<std::string>> ListBlocks(const sdk::StoreClient& client,
                                              const std::string& prefix) {
  std::vector<std::string> out;
  KVS_RETURN_IF_ERROR(client.ForEach(prefix, "/", [&](const sdk::StoreClient::Entry& entry) {
    if (!entry.is_prefix) return OkStatus();
    std::string name = entry.key.substr(prefix.size());
    name.pop_back();
    if (tsdb::Ulid::Parse(name).ok()) out.push_back(std::move(name));
    return OkStatus();
  }));
  if (out.empty()) return NotFound("there is no block below \"", prefix, "\"");
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace kvs::tools
