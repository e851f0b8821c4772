// SPDX-License-Identifier: Apache-2.0
#include "store.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "kvs/sdk/pause.h"

#include "pattern.h"

namespace kvs::store::cache {
namespace {

// More than this does not wait for the disk: what comes then is not kept there.
constexpr uint64_t kWritingBytesMax = 64 << 20;

// A part of an answer, and what keeps it alive.
struct Slice {
  std::string_view bytes;
  std::shared_ptr<const void> owner;
};

void HandOutSlices(std::vector<Slice> slices, kvs_object_data_t& out) {
  if (slices.size() == 1) {
    auto kept = std::make_unique<Slice>(std::move(slices.front()));
    out.bytes = sdk::Bytes(kept->bytes);
    return sdk::HandOut(out, std::move(kept));
  }
  auto kept = std::make_unique<std::string>();
  size_t size = 0;
  for (const Slice& slice : slices) size += slice.bytes.size();
  kept->reserve(size);
  for (const Slice& slice : slices) kept->append(slice.bytes);
  out.bytes = sdk::Bytes(std::string_view(*kept));
  sdk::HandOut(out, std::move(kept));
}

}  // namespace

class Store::Use {
 public:
  Use(Store* store, std::string_view key, bool writes) : store_(store), writes_(writes) {
    const MutexLock lock(store_->mutex_);
    at_ = store_->active_.try_emplace(std::string(key)).first;
    ++at_->second.users;
    if (!writes_) return;
    ++at_->second.writers;
    ++at_->second.version;
    store_->DropKept(at_->first);
  }
  Use(const Use&) = delete;
  ~Use() {
    const MutexLock lock(store_->mutex_);
    if (writes_) {
      --at_->second.writers;
      ++at_->second.version;
      store_->DropKept(at_->first);
    }
    if (--at_->second.users == 0) store_->active_.erase(at_);
  }
  const std::string& key() const { return at_->first; }
  Active& active() { return at_->second; }

 private:
  Store* const store_;
  const bool writes_;
  std::map<std::string, Active, std::less<>>::iterator at_;
};

Store::Store(sdk::Host host, Config config)
    : host_(host),
      config_(std::move(config)),
      page_size_(static_cast<uint64_t>(config_.page_size.bytes)),
      metrics_(host.metrics()),
      memory_(static_cast<uint64_t>(config_.memory_size.bytes), config_.ttl.ms, metrics_) {
  if (config_.disk_dir.empty()) return;
  disk_ =
      std::make_unique<DiskTier>(config_.disk_dir, static_cast<uint64_t>(config_.disk_size.bytes),
                                 page_size_, config_.ttl.ms, metrics_);
}

sdk::Outcome Store::Start(const sdk::Call&, sdk::Completer& completer) {
  if (disk_ == nullptr) return OkStatus();
  auto done = std::make_shared<sdk::Completion>(completer.Defer());
  host_.executor().PostWorker([this, done] { (*done)(disk_->Open()); });
  return sdk::Pending();
}

sdk::Outcome Store::Stop(const sdk::Call&, sdk::Completer& completer) {
  const MutexLock lock(mutex_);
  if (busy_ == 0) return OkStatus();
  stopped_ = completer.Defer();
  return sdk::Pending();
}

void Store::Leave() {
  if (--busy_ != 0 || !stopped_) return;
  auto done = std::make_shared<sdk::Completion>(std::move(stopped_));
  host_.executor().PostWorker([done] { (*done)(OkStatus()); });
}

bool Store::IsCacheable(std::string_view key) const {
  return std::any_of(config_.cacheable.begin(), config_.cacheable.end(),
                     [key](const std::string& pattern) { return Matches(pattern, key); });
}

void Store::DropKept(const std::string& key) {
  memory_.Drop(key);
  if (disk_ == nullptr) return;
  std::vector<std::string> files = disk_->Drop(key);
  if (files.empty()) return;
  // A page that is written anew before its old file goes is lost by this, which is a miss and no
  // more.
  ++busy_;
  host_.executor().PostWorker([this, files = std::move(files)] {
    for (const std::string& file : files) unlink(file.c_str());
    const MutexLock lock(mutex_);
    Leave();
  });
}

sdk::Outcome Store::Stat(const sdk::Call& call, const kvs_str_t& in, kvs_object_info_t& out,
                         sdk::Completer& completer) {
  return sdk::Forward(next.stat(), call, &in, &out, completer);
}

sdk::Outcome Store::List(const sdk::Call& call, const kvs_object_list_t& in, kvs_object_page_t& out,
                         sdk::Completer& completer) {
  return sdk::Forward(next.list(), call, &in, &out, completer);
}

sdk::Outcome Store::Put(const sdk::Call& call, const kvs_object_put_t& in, kvs_object_info_t& out,
                        sdk::Completer& completer) {
  if (!IsCacheable(sdk::View(in.key))) return sdk::Forward(next.put(), call, &in, &out, completer);
  return sdk::Run(completer, Write(call, sdk::Text(in.key), next.put(), &in, &out));
}

sdk::Outcome Store::Remove(const sdk::Call& call, const kvs_str_t& in, sdk::Completer& completer) {
  if (!IsCacheable(sdk::View(in)))
    return sdk::Forward<kvs_str_t, void>(next.remove(), call, &in, nullptr, completer);
  return sdk::Run(completer,
                  Write<kvs_str_t, void>(call, sdk::Text(in), next.remove(), &in, nullptr));
}

template <typename In, typename Out>
sdk::Task Store::Write(sdk::Call call, std::string key, sdk::Method<In, Out> method, const In* in,
                       Out* out) {
  // Gone, and with it all that is kept, before the caller learns that it has written.
  Use use(this, key, true);
  const Status status = co_await sdk::Async(method, call, in, out);
  co_return status;
}

sdk::Outcome Store::Get(const sdk::Call& call, const kvs_object_get_t& in, kvs_object_data_t& out,
                        sdk::Completer& completer) {
  // Beyond what pages can count, there is nothing.
  const bool countable = in.offset < UINT64_MAX / 2;
  if (!countable || !IsCacheable(sdk::View(in.key)))
    return sdk::Forward(next.get(), call, &in, &out, completer);
  return sdk::Run(completer, DoGet(call, in, out));
}

std::vector<Store::Piece> Store::Plan(const sdk::Call& call, const std::string& key, Active& active,
                                      uint64_t first, uint64_t last,
                                      std::vector<FlightPtr>* begun) {
  const int64_t now_ms = host_.clock().NowMs();
  const auto covering = [&](uint64_t page) -> FlightPtr {
    for (const FlightPtr& flight : active.flights) {
      if (flight->version == active.version && flight->first <= page && page < flight->end)
        return flight;
    }
    return nullptr;
  };
  std::vector<Piece> pieces;
  for (uint64_t page = first; page <= last && page != kToTheEnd;) {
    if (Page kept = memory_.Find(key, page, now_ms)) {
      metrics_.from_memory.Add();
      const bool at_end = kept->size() < page_size_;
      pieces.push_back({page, std::move(kept), nullptr});
      if (at_end) break;
      ++page;
      continue;
    }
    FlightPtr flight = covering(page);
    if (flight != nullptr) {
      metrics_.from_flight.Add();
    } else {
      flight = std::make_shared<Flight>(key, call.tenant(), config_.fetch_timeout.ms);
      flight->first = page;
      flight->version = active.version;
      flight->end = last == kToTheEnd ? kToTheEnd : page + 1;
      while (flight->end <= last && flight->end != kToTheEnd && covering(flight->end) == nullptr &&
             memory_.Find(key, flight->end, now_ms) == nullptr) {
        ++flight->end;
      }
      flight->in.key = sdk::Str(flight->key);
      flight->in.offset = page * page_size_;
      flight->in.size = flight->end == kToTheEnd ? 0 : (flight->end - page) * page_size_;
      active.flights.push_back(flight);
      ++active.users;
      ++busy_;
      begun->push_back(flight);
    }
    pieces.push_back({flight->first, nullptr, flight});
    page = flight->end;
  }
  return pieces;
}

sdk::Task Store::DoGet(sdk::Call call, const kvs_object_get_t& in, kvs_object_data_t& out) {
  Use use(this, sdk::View(in.key), false);
  const uint64_t offset = in.offset;
  const uint64_t size = in.size == 0 ? kToTheEnd : in.size;
  const uint64_t first = offset / page_size_;
  const bool to_the_end = size > UINT64_MAX / 2 - offset;
  const uint64_t last = to_the_end ? kToTheEnd : (offset + size - 1) / page_size_;
  uint64_t version = 0;
  bool usable = false;
  std::vector<Piece> pieces;
  std::vector<FlightPtr> begun;
  {
    const MutexLock lock(mutex_);
    version = use.active().version;
    usable = use.active().writers == 0;
    if (usable) pieces = Plan(call, use.key(), use.active(), first, last, &begun);
  }
  for (const FlightPtr& flight : begun) Begin(flight);
  for (const Piece& piece : pieces) {
    if (piece.flight == nullptr) continue;
    sdk::Pause pause(host_, call, -1);
    if (!Enlist(piece.flight, &pause)) continue;
    const Status waited = co_await pause;
    Delist(piece.flight, &pause);
    if (!waited.ok()) co_return waited;
  }
  {
    const MutexLock lock(mutex_);
    usable = usable && use.active().version == version;
  }
  // From the offset on, as far as the pieces reach without a gap.
  std::vector<Slice> slices;
  uint64_t at = offset, left = size;
  bool at_end = false;
  for (const Piece& piece : pieces) {
    if (!usable || left == 0 || at_end) break;
    if (piece.flight != nullptr && !piece.flight->status.ok()) {
      if (&piece == &pieces.front()) co_return piece.flight->status;
      usable = false;  // The rest of an object of which the beginning is kept: it is told by the
                       // store itself.
      break;
    }
    const std::string_view bytes =
        piece.flight != nullptr ? piece.flight->bytes : std::string_view(*piece.page);
    const uint64_t begin = piece.first * page_size_;
    const uint64_t end_page = piece.flight != nullptr ? piece.flight->end : piece.first + 1;
    at_end = end_page == kToTheEnd || bytes.size() < (end_page - piece.first) * page_size_;
    if (at < begin) usable = false;
    if (at > begin + bytes.size()) {
      if (at_end)
        co_return OutOfRange("offset ", offset, " lies behind the ", begin + bytes.size(),
                             " bytes of ", sdk::View(in.key));
      continue;
    }
    const std::string_view part = bytes.substr(at - begin, left);
    at += part.size();
    left -= part.size();
    if (piece.flight != nullptr) {
      slices.push_back({part, piece.flight});
    } else {
      slices.push_back({part, piece.page});
    }
  }
  if (!usable || (left != 0 && !at_end)) {
    // A write came between: the store alone can say what is there now, in one read.
    metrics_.bypassed.Add();
    const Status status = co_await sdk::Async(next.get(), call, &in, &out);
    co_return status;
  }
  HandOutSlices(std::move(slices), out);
  co_return OkStatus();
}

bool Store::Enlist(const FlightPtr& flight, sdk::Pause* pause) {
  const MutexLock lock(mutex_);
  if (flight->done) return false;
  flight->waiters.push_back(pause);
  return true;
}

void Store::Delist(const FlightPtr& flight, sdk::Pause* pause) {
  const MutexLock lock(mutex_);
  std::erase(flight->waiters, pause);
}

void Store::Begin(const FlightPtr& flight) {
  if (disk_ == nullptr) return Fetch(flight);
  host_.executor().PostWorker([this, flight] {
    if (ReadDisk(*flight)) {
      End(flight, OkStatus(), true);
    } else {
      Fetch(flight);
    }
  });
}

bool Store::ReadDisk(Flight& flight) {
  // All or nothing: a run of which a part is missing is one read of the store in any case.
  for (uint64_t page = flight.first; page < flight.end; ++page) {
    const Page kept = disk_->Read(flight.key, page, host_.clock().NowMs());
    if (kept == nullptr) {
      flight.from_disk.clear();
      return false;
    }
    flight.from_disk.append(*kept);
    if (kept->size() < page_size_) break;
  }
  return true;
}

void Store::Fetch(const FlightPtr& flight) {
  sdk::Start(next.get(), flight->call, &flight->in, flight->data.out(),
             [this, flight](const Status& status) { End(flight, status, false); });
}

void Store::EachPage(const Flight& flight,
                     const std::function<void(uint64_t, std::string_view)>& fn) const {
  const bool whole =
      flight.end != kToTheEnd && flight.bytes.size() == (flight.end - flight.first) * page_size_;
  std::string_view left = flight.bytes;
  uint64_t page = flight.first;
  while (left.size() >= page_size_) {
    fn(page++, left.substr(0, page_size_));
    left.remove_prefix(page_size_);
  }
  if (!whole) fn(page, left);  // The end of the object, perhaps an empty one.
}

void Store::End(const FlightPtr& flight, const Status& status, bool from_disk) {
  std::shared_ptr<DiskTier::Reservation> on_disk;
  {
    const MutexLock lock(mutex_);
    const auto at = active_.find(flight->key);
    flight->status = status;
    if (status.ok())
      flight->bytes =
          from_disk ? std::string_view(flight->from_disk) : sdk::TextOf(flight->data->bytes);
    flight->done = true;
    std::erase(at->second.flights, flight);
    const uint64_t size = flight->bytes.size();
    const uint64_t n_pages = size / page_size_ + 1;
    (from_disk ? metrics_.from_disk : metrics_.from_store).Add(static_cast<double>(n_pages));
    const bool current = at->second.version == flight->version;
    // One object must not drive out all others.
    if (status.ok() && current && size <= memory_.capacity() / 8) {
      const int64_t now_ms = host_.clock().NowMs();
      EachPage(*flight, [&](uint64_t page, std::string_view bytes) {
        memory_.Insert(flight->key, page, std::make_shared<const std::string>(bytes), now_ms);
      });
    }
    if (status.ok() && current && disk_ != nullptr && !from_disk &&
        size <= disk_->capacity() / 8 && writing_bytes_ + size <= kWritingBytesMax) {
      on_disk = std::make_shared<DiskTier::Reservation>(disk_.get(), flight->key);
      writing_bytes_ += size;
      ++busy_;
    }
    for (sdk::Pause* waiter : flight->waiters) waiter->Wake();
    flight->waiters.clear();
    if (--at->second.users == 0) active_.erase(at);
    Leave();
  }
  if (on_disk == nullptr) return;
  host_.executor().PostWorker([this, flight, reserved = std::move(on_disk)]() mutable {
    EachPage(*flight, [&](uint64_t page, std::string_view bytes) {
      disk_->Write(*reserved, page, bytes, host_.clock().NowMs());
    });
    reserved.reset();
    const MutexLock lock(mutex_);
    writing_bytes_ -= flight->bytes.size();
    Leave();
  });
}

}  // namespace kvs::store::cache
