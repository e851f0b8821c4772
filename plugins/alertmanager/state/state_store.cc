// SPDX-License-Identifier: Apache-2.0
#include "state_store.h"

#include <xxhash.h>

#include <algorithm>

#include "kvs/base/str_cat.h"
#include "kvs/sdk/owned.h"

namespace kvs::alertmanager {
namespace {

constexpr uint64_t kPageKeys = 1000;
constexpr size_t kWritesMax = 1000;  // Of one batch.

// Group keys are longer than keys may be.
std::string LogEntryKey(std::string_view key) {
  const XXH128_hash_t hash = XXH3_128bits(key.data(), key.size());
  return StrCat("/n/", FingerprintText(hash.high64), FingerprintText(hash.low64));
}

}  // namespace

void StateChanges::Set(const Silence& silence, int64_t expires_ms) {
  changes_.push_back({StrCat("/s/", silence.id), EncodeSilence(silence, expires_ms), false});
}
void StateChanges::Set(const LogEntry& entry) {
  changes_.push_back({LogEntryKey(entry.Key()), EncodeLogEntry(entry), false});
}
void StateChanges::Set(const Alert& alert, bool moving) {
  changes_.push_back(
      {StrCat("/a/", FingerprintText(alert.fingerprint)), EncodeAlert(alert, moving), false});
}
void StateChanges::RemoveSilence(std::string_view id) {
  changes_.push_back({StrCat("/s/", id), "", true});
}
void StateChanges::RemoveLogEntry(std::string_view key) {
  changes_.push_back({LogEntryKey(key), "", true});
}
void StateChanges::RemoveAlert(uint64_t fingerprint) {
  changes_.push_back({StrCat("/a/", FingerprintText(fingerprint)), "", true});
}

template <typename Visit>
Status StateStore::ForEach(const sdk::Call& call, const std::string& prefix, Visit visit) const {
  std::string after;
  while (true) {
    auto range = sdk::Record<kvs_kv_range_t>();
    range.is_prefix = 1;
    range.key = sdk::Str(prefix);
    range.start_after = sdk::Str(after);
    range.limit = kPageKeys;
    sdk::Owned<kvs_kv_entries_t> page;
    KVS_RETURN_IF_ERROR(sdk::Await(kv_.get(), call, &range, page.out()));
    for (uint64_t i = 0; i < page->n_entries; ++i)
      visit(sdk::View(page->entries[i].key), sdk::TextOf(page->entries[i].value));
    if (page->more == 0 || page->n_entries == 0) return OkStatus();
    after = sdk::Text(page->entries[page->n_entries - 1].key);
  }
}

StatusOr<std::map<std::string, TenantState>> StateStore::LoadAll(
    const sdk::Call& call, std::vector<std::string>* damaged) const {
  std::map<std::string, TenantState> out;
  const auto take = [&](std::string_view key, auto decoded, auto* list) {
    if (decoded.ok()) {
      list->push_back(*std::move(decoded));
    } else {
      damaged->push_back(StrCat(key, ": ", decoded.status().message()));
    }
  };
  KVS_RETURN_IF_ERROR(ForEach(call, prefix_, [&](std::string_view key, std::string_view value) {
    const std::string_view rest = key.substr(prefix_.size());
    const size_t slash = rest.find('/');
    if (slash == std::string_view::npos || rest.size() < slash + 3) return;
    TenantState& state = out[std::string(rest.substr(0, slash))];
    switch (rest[slash + 1]) {
      case 's':
        return take(key, DecodeSilence(value), &state.silences);
      case 'n':
        return take(key, DecodeLogEntry(value), &state.entries);
      case 'a':
        return take(key, DecodeAlert(value), &state.alerts);
      default:
        return;
    }
  }));
  return out;
}

Status StateStore::Write(const sdk::Call& call, const std::vector<kvs_kv_write_t>& writes) const {
  auto batch = sdk::Record<kvs_kv_batch_t>();
  batch.writes = writes.data();
  batch.n_writes = writes.size();
  uint64_t revision = 0;
  return sdk::Await(kv_.apply(), call, &batch, &revision);
}

Status StateStore::Apply(const sdk::Call& call, std::string_view tenant,
                         const StateChanges& changes) const {
  // Of several changes of one key the last counts, and a batch may name a key once.
  std::map<std::string, const StateChanges::Change*> last;
  for (const StateChanges::Change& change : changes.changes_)
    last[StrCat(prefix_, tenant, change.key)] = &change;
  std::vector<kvs_kv_write_t> writes;
  for (const auto& [key, change] : last) {
    kvs_kv_write_t write{};
    write.key = sdk::Str(key);
    write.value = sdk::Bytes(std::string_view(change->value));
    write.flags = change->remove ? uint32_t{KVS_KV_DELETE} : 0;
    writes.push_back(write);
    if (writes.size() < kWritesMax) continue;
    KVS_RETURN_IF_ERROR(Write(call, writes));
    writes.clear();
  }
  return writes.empty() ? OkStatus() : Write(call, writes);
}

Status StateStore::Clear(const sdk::Call& call, std::string_view tenant) const {
  std::vector<std::string> keys;
  KVS_RETURN_IF_ERROR(
      ForEach(call, StrCat(prefix_, tenant, "/"),
              [&](std::string_view key, std::string_view) { keys.emplace_back(key); }));
  for (size_t begin = 0; begin < keys.size(); begin += kWritesMax) {
    std::vector<kvs_kv_write_t> writes;
    for (size_t i = begin; i < std::min(keys.size(), begin + kWritesMax); ++i) {
      kvs_kv_write_t write{};
      write.key = sdk::Str(keys[i]);
      write.flags = KVS_KV_DELETE;
      writes.push_back(write);
    }
    KVS_RETURN_IF_ERROR(Write(call, writes));
  }
  return OkStatus();
}

}  // namespace kvs::alertmanager
