// SPDX-License-Identifier: Apache-2.0
#include "store.h"

#include <cerrno>
#include <cstring>
#include <memory>

#include <sys/stat.h>

#include "record.h"

namespace kvs::kv::lmdb {
namespace {

using kvs::lmdb::Cursor;
using kvs::lmdb::Db;
using kvs::lmdb::Env;
using kvs::lmdb::Txn;

// How late a watch may end after its deadline, and how late watchers learn of an entry that ended.
constexpr int64_t kTickMs = 50;
constexpr std::string_view kFormat = "1";

Status MakeFolders(const std::string& path) {
  for (size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    if (mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) {
      return Unavailable("making folder ", folder, ": ", std::strerror(errno));
    }
    if (slash == std::string::npos) return OkStatus();
  }
}

// No entry when there is none, or when it has reached its end.
StatusOr<std::optional<Record>> Find(const Txn& txn, Db entries, std::string_view key,
                                     int64_t now_ms) {
  KVS_ASSIGN_OR_RETURN(const auto bytes, txn.Get(entries, key));
  if (!bytes.has_value()) return std::optional<Record>();
  KVS_ASSIGN_OR_RETURN(const Record record, Decode(*bytes));
  if (record.expires_ms != 0 && record.expires_ms <= now_ms) return std::optional<Record>();
  return std::optional<Record>(record);
}

StatusOr<uint64_t> ReadRevision(const Txn& txn, Db meta) {
  KVS_ASSIGN_OR_RETURN(const auto bytes, txn.Get(meta, "revision"));
  if (!bytes.has_value()) return uint64_t{0};
  return DecodeNumber(*bytes);
}

}  // namespace

Store::Store(sdk::Host host, Config config)
    : host_(host),
      clock_(host.clock()),
      config_(std::move(config)),
      metrics_(host, "lmdb"),
      changes_(static_cast<size_t>(config_.history_changes),
               static_cast<size_t>(config_.history.bytes)),
      tick_([this] { Tick(); }) {}

Store::~Store() {
  host_.timer().Cancel(ticker_);
}

sdk::Outcome Store::Start(const sdk::Call&, sdk::Completer&) {
  KVS_RETURN_IF_ERROR(MakeFolders(config_.dir));
  KVS_ASSIGN_OR_RETURN(
      env_, Env::Open(config_.dir, {.map_bytes = static_cast<uint64_t>(config_.capacity.bytes)}));
  {
    const MutexLock lock(mutex_);
    KVS_RETURN_IF_ERROR(Load());
    changes_.Begin(revision_);
  }
  ticker_ = host_.timer().After(kTickMs, kTickMs, &tick_);
  return OkStatus();
}

Status Store::Load() {
  KVS_ASSIGN_OR_RETURN(Txn txn, env_.Write());
  KVS_ASSIGN_OR_RETURN(entries_, txn.Open("entries", MDB_CREATE));
  KVS_ASSIGN_OR_RETURN(meta_, txn.Open("meta", MDB_CREATE));
  KVS_ASSIGN_OR_RETURN(const auto format, txn.Get(meta_, "format"));
  if (!format.has_value()) {
    KVS_RETURN_IF_ERROR(txn.Put(meta_, "format", kFormat));
  } else if (*format != kFormat) {
    return FailedPrecondition(config_.dir, " has format ", *format, ", and this version knows ",
                              kFormat);
  }
  KVS_ASSIGN_OR_RETURN(revision_, ReadRevision(txn, meta_));
  {
    KVS_ASSIGN_OR_RETURN(Cursor cursor, Cursor::Open(txn, entries_));
    ends_.clear();
    for (MDB_cursor_op op = MDB_FIRST;; op = MDB_NEXT) {
      KVS_ASSIGN_OR_RETURN(const bool found, cursor.Move(op));
      if (!found) break;
      KVS_ASSIGN_OR_RETURN(const Record record, Decode(cursor.value()));
      if (record.expires_ms != 0) ends_.emplace(record.expires_ms, cursor.key());
    }
  }
  return txn.Commit();
}

sdk::Outcome Store::Stop(const sdk::Call&, sdk::Completer&) {
  host_.timer().Cancel(std::exchange(ticker_, 0));
  {
    sdk::KvChanges::Wakeups wakeups;
    changes_.Close(&wakeups);
  }
  env_ = Env();
  return OkStatus();
}

void Store::Tick() {
  sdk::KvChanges::Wakeups wakeups;
  {
    const MutexLock lock(mutex_);
    if (const Status status = Expire(&wakeups); !status.ok()) {
      host_.log().Warn("entries that have ended could not be removed; they are tried again",
                       {{"error", status.message()}});
    }
  }
  changes_.EndLate(&wakeups);
}

Status Store::Delete(Txn& txn, std::string_view key, uint64_t revision, Written* written) {
  KVS_ASSIGN_OR_RETURN(const auto bytes, txn.Get(entries_, key));
  if (!bytes.has_value()) return OkStatus();
  KVS_ASSIGN_OR_RETURN(const Record record, Decode(*bytes));
  if (record.expires_ms != 0) written->old_ends.emplace_back(record.expires_ms, key);
  written->changes.push_back(
      std::make_shared<const sdk::KvChange>(sdk::KvChange{std::string(key), {}, revision, true}));
  return txn.Delete(entries_, key).status();
}

Status Store::Commit(Txn txn, uint64_t revision, Written written,
                     sdk::KvChanges::Wakeups* wakeups) {
  KVS_RETURN_IF_ERROR(txn.Put(meta_, "revision", EncodeNumber(revision)));
  KVS_RETURN_IF_ERROR(txn.Commit());
  revision_ = revision;
  for (const auto& end : written.old_ends) ends_.erase(end);
  for (auto& end : written.new_ends) ends_.insert(std::move(end));
  changes_.Add(written.changes, revision, wakeups);
  return OkStatus();
}

Status Store::Expire(sdk::KvChanges::Wakeups* wakeups) {
  const int64_t now_ms = clock_.NowMs();
  if (ends_.empty() || ends_.begin()->first > now_ms) return OkStatus();
  KVS_ASSIGN_OR_RETURN(Txn txn, env_.Write());
  Written written;
  for (auto end = ends_.begin(); end != ends_.end() && end->first <= now_ms; ++end) {
    KVS_RETURN_IF_ERROR(Delete(txn, end->second, revision_ + 1, &written));
  }
  return Commit(std::move(txn), revision_ + 1, std::move(written), wakeups);
}

sdk::Outcome Store::Get(const sdk::Call&, const kvs_kv_range_t& in, kvs_kv_entries_t& out,
                        sdk::Completer&) {
  return metrics_.Timed(in.is_prefix != 0 ? sdk::KvMetrics::kList : sdk::KvMetrics::kGet,
                        [&] { return Read(in, out); });
}

Status Store::Read(const kvs_kv_range_t& in, kvs_kv_entries_t& out) {
  const std::string_view key = sdk::View(in.key), after = sdk::View(in.start_after);
  const int64_t now_ms = clock_.NowMs();
  KVS_ASSIGN_OR_RETURN(const Txn txn, env_.Read());
  KVS_ASSIGN_OR_RETURN(const uint64_t revision, ReadRevision(txn, meta_));
  std::vector<sdk::KvChangePtr> entries;
  bool more = false;
  const auto keep = [&](std::string_view found, const Record& record) {
    entries.push_back(std::make_shared<const sdk::KvChange>(
        sdk::KvChange{std::string(found), std::string(record.value), record.revision, false}));
  };
  if (in.is_prefix == 0) {
    if (key.empty() || key.size() > sdk::kKvKeyBytesMax)
      return InvalidArgument("a key has 1 to ", sdk::kKvKeyBytesMax, " bytes, not ", key.size());
    KVS_ASSIGN_OR_RETURN(const auto record, Find(txn, entries_, key, now_ms));
    if (record.has_value()) keep(key, *record);
  } else {
    KVS_ASSIGN_OR_RETURN(Cursor cursor, Cursor::Open(txn, entries_));
    const std::string_view from = std::max(key, after).substr(0, sdk::kKvKeyBytesMax);
    KVS_ASSIGN_OR_RETURN(bool found,
                         from.empty() ? cursor.Move(MDB_FIRST) : cursor.Move(MDB_SET_RANGE, from));
    while (found && (cursor.key() < key || cursor.key().starts_with(key))) {
      if (cursor.key().starts_with(key) && (after.empty() || cursor.key() > after)) {
        KVS_ASSIGN_OR_RETURN(const Record record, Decode(cursor.value()));
        if (record.expires_ms == 0 || record.expires_ms > now_ms) {
          if (in.limit != 0 && entries.size() == in.limit) {
            more = true;
            break;
          }
          keep(cursor.key(), record);
        }
      }
      KVS_ASSIGN_OR_RETURN(found, cursor.Move(MDB_NEXT));
    }
  }
  sdk::HandOutKvEntries(std::move(entries), revision, more, out);
  return OkStatus();
}

Status Store::PutAll(Txn& txn, const kvs_kv_batch_t& in, uint64_t revision, Written* written) {
  const int64_t now_ms = clock_.NowMs();
  for (uint64_t i = 0; i < in.n_writes; ++i) {
    const kvs_kv_write_t& write = in.writes[i];
    const std::string_view key = sdk::View(write.key);
    if ((write.flags & KVS_KV_DELETE) != 0) {
      KVS_RETURN_IF_ERROR(Delete(txn, key, revision, written));
      continue;
    }
    KVS_ASSIGN_OR_RETURN(const auto before, txn.Get(entries_, key));
    if (before.has_value()) {
      KVS_ASSIGN_OR_RETURN(const Record record, Decode(*before));
      if (record.expires_ms != 0) written->old_ends.emplace_back(record.expires_ms, key);
    }
    const Record record{revision, write.ttl_ms == 0 ? 0 : now_ms + write.ttl_ms,
                        sdk::TextOf(write.value)};
    if (record.expires_ms != 0) written->new_ends.emplace_back(record.expires_ms, key);
    KVS_RETURN_IF_ERROR(txn.Put(entries_, key, Encode(record)));
    written->changes.push_back(std::make_shared<const sdk::KvChange>(
        sdk::KvChange{std::string(key), std::string(record.value), revision, false}));
  }
  return OkStatus();
}

sdk::Outcome Store::Apply(const sdk::Call&, const kvs_kv_batch_t& in, uint64_t& out,
                          sdk::Completer&) {
  return metrics_.Timed(sdk::KvMetrics::kWrite, [&] { return Write(in, out); });
}

Status Store::Write(const kvs_kv_batch_t& in, uint64_t& out) {
  KVS_RETURN_IF_ERROR(sdk::CheckKvBatch(in));
  sdk::KvChanges::Wakeups wakeups;
  const MutexLock lock(mutex_);
  KVS_RETURN_IF_ERROR(Expire(&wakeups));
  KVS_ASSIGN_OR_RETURN(Txn txn, env_.Write());
  const int64_t now_ms = clock_.NowMs();
  for (uint64_t i = 0; i < in.n_writes; ++i) {
    const kvs_kv_write_t& write = in.writes[i];
    if ((write.flags & KVS_KV_COMPARE) == 0) continue;
    KVS_ASSIGN_OR_RETURN(const auto record, Find(txn, entries_, sdk::View(write.key), now_ms));
    const uint64_t revision = record.has_value() ? record->revision : 0;
    if (revision != write.expected) {
      return Aborted(sdk::View(write.key), " is at revision ", revision, " and not at ",
                     write.expected);
    }
  }
  Written written;
  KVS_RETURN_IF_ERROR(PutAll(txn, in, revision_ + 1, &written));
  if (!written.changes.empty())
    KVS_RETURN_IF_ERROR(Commit(std::move(txn), revision_ + 1, std::move(written), &wakeups));
  out = revision_;
  return OkStatus();
}

sdk::Outcome Store::Watch(const sdk::Call& call, const kvs_kv_watch_t& in, kvs_kv_entries_t& out,
                          sdk::Completer& completer) {
  return changes_.Watch(call, in, out, completer);
}

}  // namespace kvs::kv::lmdb
