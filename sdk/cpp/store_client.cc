// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/store_client.h"

#include "kvs/sdk/call.h"
#include "kvs/sdk/owned.h"

namespace kvs::sdk {
namespace {

StoreClient::Info Read(const kvs_object_info_t& info) {
  return {info.size, info.modified_ms, Text(info.etag)};
}

// The context of one call.
class OneCall {
 public:
  explicit OneCall(const StoreClient::Options& options) : call_(options.tenant, options.cancel) {
    if (options.timeout_ms > 0) call_.WithTimeoutMs(options.timeout_ms);
  }
  operator Call() const { return call_.call(); }  // NOLINT(google-explicit-constructor)

 private:
  OwnedCall call_;
};

}  // namespace

std::vector<std::string> StoreClient::Page::keys() const {
  std::vector<std::string> out;
  for (const Entry& entry : entries) out.push_back(entry.key);
  return out;
}

StoreClient StoreClient::For(std::string_view tenant) const {
  StoreClient out = *this;
  out.options_.tenant = tenant;
  return out;
}

StatusOr<StoreClient::Info> StoreClient::Put(std::string_view key, std::string_view bytes,
                                             int32_t condition, std::string_view etag) const {
  auto in = Record<kvs_object_put_t>();
  in.condition = condition;
  in.key = Str(key);
  in.bytes = Bytes(bytes);
  in.etag = Str(etag);
  Owned<kvs_object_info_t> out;
  KVS_RETURN_IF_ERROR(Await(store_.put(), OneCall(options_), &in, out.out()));
  return sdk::Read(*out);
}

Status StoreClient::Read(std::string_view key, uint64_t offset, uint64_t size,
                         const std::function<Status(std::span<const uint8_t>)>& visit) const {
  auto in = Record<kvs_object_get_t>();
  in.key = Str(key);
  in.offset = offset;
  in.size = size;
  Owned<kvs_object_data_t> out;
  KVS_RETURN_IF_ERROR(Await(store_.get(), OneCall(options_), &in, out.out()));
  return visit(View(out->bytes));
}

StatusOr<std::string> StoreClient::Get(std::string_view key, uint64_t offset, uint64_t size) const {
  std::string text;
  KVS_RETURN_IF_ERROR(Read(key, offset, size, [&text](std::span<const uint8_t> bytes) {
    text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return OkStatus();
  }));
  return text;
}

StatusOr<std::optional<std::string>> StoreClient::GetIfThere(std::string_view key) const {
  StatusOr<std::string> bytes = Get(key);
  if (bytes.ok()) return std::optional<std::string>(std::move(*bytes));
  if (bytes.status().code() == StatusCode::kNotFound) return std::optional<std::string>();
  return bytes.status();
}

StatusOr<StoreClient::Info> StoreClient::Stat(std::string_view key) const {
  const kvs_str_t in = Str(key);
  Owned<kvs_object_info_t> out;
  KVS_RETURN_IF_ERROR(Await(store_.stat(), OneCall(options_), &in, out.out()));
  return sdk::Read(*out);
}

StatusOr<bool> StoreClient::Exists(std::string_view key) const {
  const StatusOr<Info> info = Stat(key);
  if (info.ok()) return true;
  if (info.status().code() == StatusCode::kNotFound) return false;
  return info.status();
}

StatusOr<StoreClient::Page> StoreClient::List(std::string_view prefix, std::string_view delimiter,
                                              std::string_view start_after,
                                              uint32_t max_keys) const {
  auto in = Record<kvs_object_list_t>();
  in.prefix = Str(prefix);
  in.delimiter = Str(delimiter);
  in.start_after = Str(start_after);
  in.max_keys = max_keys;
  Owned<kvs_object_page_t> out;
  KVS_RETURN_IF_ERROR(Await(store_.list(), OneCall(options_), &in, out.out()));
  Page page;
  page.more = out->more != 0;
  page.entries.reserve(out->n_entries);
  for (uint64_t i = 0; i < out->n_entries; ++i) {
    const kvs_object_entry_t& entry = out->entries[i];
    page.entries.push_back({Text(entry.key), entry.size, entry.modified_ms, entry.is_prefix != 0});
  }
  return page;
}

Status StoreClient::ForEach(std::string_view prefix, std::string_view delimiter,
                            const std::function<Status(const Entry&)>& visit) const {
  std::string after;
  while (true) {
    KVS_ASSIGN_OR_RETURN(const Page page, List(prefix, delimiter, after));
    for (const Entry& entry : page.entries) KVS_RETURN_IF_ERROR(visit(entry));
    if (!page.more) return OkStatus();
    if (page.entries.empty())
      return Internal("the store lists \"", prefix, "\" as having more, behind an empty page");
    after = page.entries.back().key;
  }
}

Status StoreClient::Remove(std::string_view key) const {
  const kvs_str_t in = Str(key);
  return Await(store_.remove(), OneCall(options_), &in, nullptr);
}

}  // namespace kvs::sdk
