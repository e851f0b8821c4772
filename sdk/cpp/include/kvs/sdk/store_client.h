// SPDX-License-Identifier: Apache-2.0
// StoreClient: an object store for code that may wait: values in, values out.
//
//   const sdk::StoreClient client(store, {.tenant = "team-a", .cancel = stopping.raw(), .timeout_ms
//   = 60'000}); KVS_ASSIGN_OR_RETURN(std::string bytes, client.Get("team-a/bucket-index.json.gz"));
//   KVS_RETURN_IF_ERROR(client.ForEach("team-a/", "/", [&](const auto& entry) { ...; return
//   OkStatus(); }));
//
// Copies freely; what it borrows outlives it. [worker]
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/sdk/port/object_store.h"

namespace kvs::sdk {

class StoreClient {
 public:
  struct Options {
    std::string tenant;                    ///< On whose behalf: it is what the calls carry.
    const kvs_cancel_t* cancel = nullptr;  ///< Ends every call early, with CANCELLED. Borrowed.
    int64_t timeout_ms = 0;                ///< Of each call; 0: none.
  };
  struct Info {
    uint64_t size = 0;
    int64_t modified_ms = 0;  ///< Unix time; 0: not known.
    std::string etag;
  };
  struct Entry {
    std::string key;
    uint64_t size = 0;
    int64_t modified_ms = 0;
    bool is_prefix = false;  ///< The key is a common prefix, and ends with the delimiter.
  };
  struct Page {
    std::vector<Entry> entries;
    bool more = false;
    std::vector<std::string> keys() const;
  };

  StoreClient() = default;
  StoreClient(StoreRef store, Options options) : store_(store), options_(std::move(options)) {}

  /// The same store on behalf of another tenant.
  StoreClient For(std::string_view tenant) const;

  /// AlreadyExists, Aborted: `condition`, of KVS_PUT_*, does not hold.
  StatusOr<Info> Put(std::string_view key, std::string_view bytes,
                     int32_t condition = KVS_PUT_ALWAYS, std::string_view etag = {}) const;
  /// NotFound. `size` 0: to the end.
  StatusOr<std::string> Get(std::string_view key, uint64_t offset = 0, uint64_t size = 0) const;
  /// As Get(), and nothing when there is no such object.
  StatusOr<std::optional<std::string>> GetIfThere(std::string_view key) const;
  /// The bytes of a part, without a copy: visit(bytes) while they are lent.
  Status Read(std::string_view key, uint64_t offset, uint64_t size,
              const std::function<Status(std::span<const uint8_t>)>& visit) const;
  /// NotFound.
  StatusOr<Info> Stat(std::string_view key) const;
  StatusOr<bool> Exists(std::string_view key) const;
  /// One page. `max_keys` 0: the store's own page size.
  StatusOr<Page> List(std::string_view prefix, std::string_view delimiter = {},
                      std::string_view start_after = {}, uint32_t max_keys = 0) const;
  /// All pages, in byte order; an error of `visit` ends it and is returned.
  Status ForEach(std::string_view prefix, std::string_view delimiter,
                 const std::function<Status(const Entry&)>& visit) const;
  /// What is not there is removed already.
  Status Remove(std::string_view key) const;

 private:
  StoreRef store_;
  Options options_;
};

}  // namespace kvs::sdk
