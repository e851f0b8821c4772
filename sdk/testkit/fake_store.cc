// SPDX-License-Identifier: Apache-2.0
#include "kvs/testkit/fake_store.h"

#include <algorithm>
#include <memory>

#include "kvs/sdk/owned.h"

namespace kvs::testkit {
namespace {

Status TakeFirst(std::deque<Status>* from) {
  if (from->empty()) return OkStatus();
  Status first = from->front();
  from->pop_front();
  return first;
}

void HandOutInfo(uint64_t size, const std::string& etag, kvs_object_info_t& out) {
  auto kept = std::make_unique<std::string>(etag);
  out.size = size;
  out.modified_ms = 1;
  out.etag = sdk::Str(*kept);
  sdk::HandOut(out, std::move(kept));
}

}  // namespace

void FakeStore::FailNext(Status status) {
  const std::lock_guard lock(mutex_);
  failures_.push_back(std::move(status));
}

void FakeStore::LoseNextPut(Status status) {
  const std::lock_guard lock(mutex_);
  lost_puts_.push_back(std::move(status));
}

void FakeStore::Hold() {
  const std::lock_guard lock(mutex_);
  hold_ = true;
}

bool FakeStore::Release() {
  std::vector<Held> held;
  {
    const std::lock_guard lock(mutex_);
    hold_ = false;
    held.swap(held_);
  }
  for (Held& call : held) call.done(call.status);
  return !held.empty();
}

void FakeStore::WaitForHeld(size_t n) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return held_.size() >= n; });
}

std::vector<std::string> FakeStore::asked() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}

void FakeStore::Forget() {
  const std::lock_guard lock(mutex_);
  asked_.clear();
}

int64_t FakeStore::last_deadline_ns() const {
  const std::lock_guard lock(mutex_);
  return last_deadline_ns_;
}

template <typename Do>
sdk::Outcome FakeStore::Answer(const sdk::Call& call, std::string what, bool is_put,
                               sdk::Completer& completer, Do answer) {
  const std::lock_guard lock(mutex_);
  asked_.push_back(std::move(what));
  last_deadline_ns_ = call.deadline_ns();
  Status status = TakeFirst(&failures_);
  if (status.ok()) {
    status = answer();
    if (status.ok() && is_put) status = TakeFirst(&lost_puts_);
  }
  if (!hold_) return status;
  held_.push_back({std::move(status), completer.Defer()});
  changed_.notify_all();
  return sdk::Pending();
}

sdk::Outcome FakeStore::Stat(const sdk::Call& call, const kvs_str_t& key, kvs_object_info_t& out,
                             sdk::Completer& completer) {
  return Answer(call, StrCat("stat ", sdk::View(key)), false, completer, [&]() -> Status {
    const auto found = objects_.find(sdk::View(key));
    if (found == objects_.end()) return NotFound("no object ", sdk::View(key));
    HandOutInfo(found->second.bytes.size(), found->second.etag, out);
    return OkStatus();
  });
}

sdk::Outcome FakeStore::Get(const sdk::Call& call, const kvs_object_get_t& in,
                            kvs_object_data_t& out, sdk::Completer& completer) {
  const std::string what = StrCat("get ", sdk::View(in.key), " ", in.offset, " ", in.size);
  return Answer(call, what, false, completer, [&]() -> Status {
    const auto found = objects_.find(sdk::View(in.key));
    if (found == objects_.end()) return NotFound("no object ", sdk::View(in.key));
    const std::string& bytes = found->second.bytes;
    if (in.offset > bytes.size())
      return OutOfRange("offset ", in.offset, " lies behind the ", bytes.size(), " bytes");
    auto kept = std::make_unique<std::string>(
        bytes.substr(in.offset, in.size == 0 ? std::string::npos : in.size));
    out.bytes = sdk::Bytes(std::string_view(*kept));
    sdk::HandOut(out, std::move(kept));
    return OkStatus();
  });
}

sdk::Outcome FakeStore::Put(const sdk::Call& call, const kvs_object_put_t& in,
                            kvs_object_info_t& out, sdk::Completer& completer) {
  const std::string_view key = sdk::View(in.key);
  return Answer(call, StrCat("put ", key), true, completer, [&]() -> Status {
    const auto found = objects_.find(key);
    const bool exists = found != objects_.end();
    if (in.condition == KVS_PUT_IF_ABSENT && exists)
      return AlreadyExists("there is an object ", key);
    if (in.condition == KVS_PUT_IF_ETAG && (!exists || found->second.etag != sdk::View(in.etag)))
      return Aborted("the object ", key, " is not the one that was read");
    Object& object = objects_[std::string(key)];
    object = {std::string(sdk::TextOf(in.bytes)), StrCat("e", ++puts_)};
    HandOutInfo(object.bytes.size(), object.etag, out);
    return OkStatus();
  });
}

sdk::Outcome FakeStore::List(const sdk::Call& call, const kvs_object_list_t& in,
                             kvs_object_page_t& out, sdk::Completer& completer) {
  return Answer(call, StrCat("list ", sdk::View(in.prefix)), false, completer, [&]() -> Status {
    struct Kept {
      std::deque<std::string> keys;  // Stay where they are when more are added.
      std::vector<kvs_object_entry_t> raw;
    };
    const std::string_view prefix = sdk::View(in.prefix);
    const std::string_view delimiter = sdk::View(in.delimiter);
    const size_t most = in.max_keys == 0 ? page_keys_ : in.max_keys;
    auto kept = std::make_unique<Kept>();
    for (const auto& [key, object] : objects_) {
      if (!key.starts_with(prefix)) continue;
      const size_t cut = delimiter.empty() ? key.npos : key.find(delimiter, prefix.size());
      const bool is_prefix = cut != key.npos;
      const std::string shown = is_prefix ? key.substr(0, cut + delimiter.size()) : key;
      if (shown <= sdk::View(in.start_after)) continue;
      if (!kept->keys.empty() && kept->keys.back() == shown) continue;
      if (kept->keys.size() == most) {
        out.more = 1;
        break;
      }
      const std::string& name = kept->keys.emplace_back(shown);
      kept->raw.push_back({sdk::Str(name), is_prefix ? 0 : object.bytes.size(), is_prefix ? 0 : 1,
                           is_prefix ? 1U : 0U, 0});
    }
    out.entries = kept->raw.data();
    out.n_entries = kept->raw.size();
    sdk::HandOut(out, std::move(kept));
    return OkStatus();
  });
}

sdk::Outcome FakeStore::Remove(const sdk::Call& call, const kvs_str_t& key,
                               sdk::Completer& completer) {
  return Answer(call, StrCat("remove ", sdk::View(key)), false, completer, [&]() -> Status {
    objects_.erase(sdk::Text(key));
    return OkStatus();
  });
}

}  // namespace kvs::testkit
