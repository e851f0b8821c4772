// SPDX-License-Identifier: Apache-2.0
#include "store.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kvs/objstore/key.h"
#include "kvs/sdk/owned.h"

namespace kvs::store::prefix {

StatusOr<std::string> Store::KeyOf(kvs_str_t raw) const {
  // Of the caller's key alone: with the prefix before it, an empty one would name a folder and
  // "../x" lead out of it.
  KVS_RETURN_IF_ERROR(objstore::CheckKey(sdk::View(raw)));
  std::string key = prefix_.Add(sdk::View(raw));
  if (key.size() > objstore::kKeyBytesMax) {
    return InvalidArgument("the key has ", key.size(), " bytes with the prefix ", prefix_.text(),
                           ", more than ", objstore::kKeyBytesMax);
  }
  return key;
}

sdk::Outcome Store::Stat(const sdk::Call& call, const kvs_str_t& in, kvs_object_info_t& out,
                         sdk::Completer& completer) {
  KVS_ASSIGN_OR_RETURN(std::string key, KeyOf(in));
  return sdk::Run(completer, DoStat(call, std::move(key), out));
}

sdk::Task Store::DoStat(sdk::Call call, std::string key, kvs_object_info_t& out) {
  const kvs_str_t below = sdk::Str(key);
  const Status status = co_await sdk::Async(next.stat(), call, &below, &out);
  co_return status;
}

sdk::Outcome Store::Get(const sdk::Call& call, const kvs_object_get_t& in, kvs_object_data_t& out,
                        sdk::Completer& completer) {
  KVS_ASSIGN_OR_RETURN(std::string key, KeyOf(in.key));
  return sdk::Run(completer, DoGet(call, std::move(key), in, out));
}

sdk::Task Store::DoGet(sdk::Call call, std::string key, const kvs_object_get_t& in,
                       kvs_object_data_t& out) {
  kvs_object_get_t below = in;
  below.key = sdk::Str(key);
  const Status status = co_await sdk::Async(next.get(), call, &below, &out);
  co_return status;
}

sdk::Outcome Store::Put(const sdk::Call& call, const kvs_object_put_t& in, kvs_object_info_t& out,
                        sdk::Completer& completer) {
  KVS_ASSIGN_OR_RETURN(std::string key, KeyOf(in.key));
  return sdk::Run(completer, DoPut(call, std::move(key), in, out));
}

sdk::Task Store::DoPut(sdk::Call call, std::string key, const kvs_object_put_t& in,
                       kvs_object_info_t& out) {
  kvs_object_put_t below = in;
  below.key = sdk::Str(key);
  const Status status = co_await sdk::Async(next.put(), call, &below, &out);
  co_return status;
}

sdk::Outcome Store::List(const sdk::Call& call, const kvs_object_list_t& in, kvs_object_page_t& out,
                         sdk::Completer& completer) {
  return sdk::Run(completer, DoList(call, in, out));
}

sdk::Task Store::DoList(sdk::Call call, const kvs_object_list_t& in, kvs_object_page_t& out) {
  struct Kept {
    sdk::Owned<kvs_object_page_t> page;  // Of the other store: our keys are parts of its own.
    std::vector<kvs_object_entry_t> entries;
  };
  auto kept = std::make_unique<Kept>();
  const std::string prefix = prefix_.Add(sdk::View(in.prefix));
  const std::string start_after = prefix_.Add(sdk::View(in.start_after));
  kvs_object_list_t below = in;
  below.prefix = sdk::Str(prefix);
  below.start_after = in.start_after.size == 0 ? kvs_str_t{} : sdk::Str(start_after);
  const Status status = co_await sdk::Async(next.list(), call, &below, kept->page.out());
  if (!status.ok()) co_return status;
  kept->entries.assign(kept->page->entries, kept->page->entries + kept->page->n_entries);
  for (kvs_object_entry_t& entry : kept->entries)
    entry.key = sdk::Str(prefix_.Strip(sdk::View(entry.key)));
  out.more = kept->page->more;
  out.entries = kept->entries.data();
  out.n_entries = kept->entries.size();
  sdk::HandOut(out, std::move(kept));
  co_return OkStatus();
}

sdk::Outcome Store::Remove(const sdk::Call& call, const kvs_str_t& in, sdk::Completer& completer) {
  KVS_ASSIGN_OR_RETURN(std::string key, KeyOf(in));
  return sdk::Run(completer, DoRemove(call, std::move(key)));
}

sdk::Task Store::DoRemove(sdk::Call call, std::string key) {
  const kvs_str_t below = sdk::Str(key);
  const Status status = co_await sdk::Async(next.remove(), call, &below, nullptr);
  co_return status;
}

}  // namespace kvs::store::prefix
