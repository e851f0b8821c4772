// SPDX-License-Identifier: Apache-2.0
#include "limiter.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <vector>

#include <openssl/sha.h>

#include "kvs/sdk/kv_write.h"
#include "kvs/sdk/owned.h"

#include "pages.h"

namespace kvs::limiter::static_limits {
namespace {

// How soon it shows that others share the rates, or do no more.
constexpr int64_t kCountPeriodMs = 1'000;
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

LimitSet WithConfigured(const Config& config) {
  LimitSet limits = DefaultLimits();
  for (const auto& [name, value] : config.limits) {
    IgnoreError(SetLimit(name, value, &limits), "the configuration was validated");
  }
  return limits;
}

// How a rate's burst is called, what is counted, and the id and flags that its refusal names.
struct RateWords {
  std::string_view rate, burst, things, id, flags;
};
constexpr RateWords kRates[] = {
    {"ingestion_rate", "ingestion_burst_size", "samples, exemplars and metadata",
     "err-mimir-tenant-max-ingestion-rate",
     "-distributor.ingestion-rate-limit and -distributor.ingestion-burst-size"},
    {"request_rate", "request_burst_size", "requests", "err-mimir-tenant-max-request-rate",
     "-distributor.request-rate-limit and -distributor.request-burst-size"},
};

// What Mimir's overrides-exporter shows by default.
constexpr std::string_view kShown[] = {"ingestion_rate",
                                       "ingestion_burst_size",
                                       "max_global_series_per_user",
                                       "max_global_series_per_metric",
                                       "max_global_exemplars_per_user",
                                       "max_fetched_chunks_per_query",
                                       "max_fetched_series_per_query",
                                       "max_fetched_chunk_bytes_per_query",
                                       "ruler_max_rules_per_rule_group",
                                       "ruler_max_rule_groups_per_tenant"};

std::string Sha256(std::string_view text) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const unsigned char byte : digest) {
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 15]);
  }
  return out;
}

}  // namespace

StaticLimiter::StaticLimiter(sdk::Host host, Config config)
    : config_(std::move(config)),
      file_(config_.OverridesFile()),
      host_(host),
      log_(host.log()),
      clock_(host.clock()),
      timer_(host.timer()),
      metrics_(host.metrics()) {
  auto table = std::make_shared<LimitsTable>();
  table->defaults = WithConfigured(config_);
  table_ = std::move(table);
}

StaticLimiter::~StaticLimiter() = default;

sdk::Outcome StaticLimiter::Start(const sdk::Call& /*call*/, sdk::Completer& /*completer*/) {
  const std::shared_ptr<const LimitsTable> at_first = table();
  for (const std::string_view name : kShown) {
    const auto found = at_first->defaults.numbers.find(std::string(name));
    if (found != at_first->defaults.numbers.end())
      metrics_.defaults.With({name}).Set(found->second);
  }
  if (!file_.empty()) KVS_RETURN_IF_ERROR(ReloadFile());
  if (http) {
    pages_ = std::make_unique<LimitPages>(*this, host_, !file_.empty());
    KVS_RETURN_IF_ERROR(pages_->HangUp(http));
  }
  if (ring) {
    count_sharers_ = [this] { CountSharers(); };
    count_ticket_ = timer_.After(1, kCountPeriodMs, &count_sharers_);
  }
  if (file_.empty() && !kv) return OkStatus();
  reload_ = [this] {
    if (const Status status = file_.empty() ? OkStatus() : ReloadFile(); !status.ok()) {
      log_.Error("the overrides file cannot be used; the limits before stay",
                 {{"file", file_}, {"error", status.message()}});
    }
    if (const Status status = kv ? ReloadKv() : OkStatus(); !status.ok())
      log_.Error("limits set over HTTP cannot be read; the limits before stay",
                 {{"error", status.message()}});
  };
  // What is in the kv store is read at once, but not on the thread that starts components.
  ticket_ = timer_.After(kv ? 0 : config_.reload_period.ms, config_.reload_period.ms, &reload_);
  return OkStatus();
}

sdk::Outcome StaticLimiter::Stop(const sdk::Call& /*call*/, sdk::Completer& /*completer*/) {
  timer_.Cancel(std::exchange(ticket_, 0));
  timer_.Cancel(std::exchange(count_ticket_, 0));
  if (pages_ != nullptr) http.RemoveAll(host_.component());
  return OkStatus();
}

std::shared_ptr<const LimitsTable> StaticLimiter::table() const {
  const std::lock_guard lock(mutex_);
  return table_;
}

std::string StaticLimiter::file_text() const {
  const std::lock_guard lock(mutex_);
  return file_text_;
}

void StaticLimiter::CountSharers() {
  const uint64_t epoch = ring.epoch();
  if (epoch == counted_epoch_) return;
  auto query = sdk::Record<kvs_ring_query_t>();
  query.operation = KVS_RING_WORK;
  sdk::Owned<kvs_ring_snapshot_t> seen;
  // As long as the ring is not known, each grants the whole: too much rather than nothing.
  if (!sdk::Await(ring.snapshot(), sdk::OwnedCall("limits"), &query, seen.out()).ok()) return;
  uint32_t n = 0;
  for (uint32_t i = 0; i < seen->n_instances; ++i) {
    const kvs_ring_instance_t& one = seen->instances[i];
    if (one.state == KVS_RING_ACTIVE && (one.flags & KVS_RING_HEALTHY) != 0) ++n;
  }
  counted_epoch_ = epoch;
  sharers_ = std::max(n, 1u);
  log_.Info("rates of tenants are shared", {{"by", StrCat(n)}});
}

void StaticLimiter::Replace(const std::function<void(LimitsTable&)>& change) {
  const std::lock_guard changing(change_mutex_);
  const std::shared_ptr<const LimitsTable> before = table();
  auto now = std::make_shared<LimitsTable>(*before);
  change(*now);
  ShowLimits(*before, *now);
  {
    const std::lock_guard lock(mutex_);
    table_ = std::move(now);
  }
  epoch_.fetch_add(1, std::memory_order_release);
}

// Of tenants that are named: patterns stand for any number of them.
void StaticLimiter::ShowLimits(const LimitsTable& before, const LimitsTable& now) {
  const auto each = [](const LimitsTable& table, const auto& visit) {
    for (const auto* const sets : {&table.overrides.tenants, &table.set_over_http}) {
      for (const auto& [tenant, unused] : *sets) {
        for (const std::string_view name : kShown) {
          const double value = table.Number(tenant, std::string(name));
          const auto plain = table.defaults.numbers.find(std::string(name));
          const bool is_default = plain != table.defaults.numbers.end() && plain->second == value;
          if (!std::isnan(value) && !is_default) visit(name, tenant, value);
        }
      }
    }
  };
  each(before, [&](std::string_view name, std::string_view tenant, double) {
    metrics_.overrides.Remove({name, tenant});
  });
  each(now, [&](std::string_view name, std::string_view tenant, double value) {
    metrics_.overrides.With({name, tenant}).Set(value);
  });
}

Status StaticLimiter::ReloadFile() {
  const Status status = [this]() -> Status {
    std::ifstream file(file_, std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(file), {});
    if (!file) return Unavailable("overrides file ", file_, " cannot be read");
    {
      const std::lock_guard lock(mutex_);
      if (file_was_read_ && text == file_text_) return OkStatus();
    }
    auto parsed = ParseOverrides(text);
    if (!parsed.ok()) return Unavailable("overrides file ", file_, ", ", parsed.status().message());
    for (const std::string& name : parsed->unknown) {
      log_.Warn(
          "the overrides file names a limit that is not known here; it has no effect unless a "
          "component asks for it",
          {{"limit", name}, {"file", file_}});
    }
    Replace([&](LimitsTable& table) { table.overrides = *std::move(parsed); });
    metrics_.config_hash.Remove({});
    metrics_.config_hash.With({Sha256(text)}).Set(1);
    const std::lock_guard lock(mutex_);
    file_text_ = std::move(text);
    file_was_read_ = true;
    return OkStatus();
  }();
  metrics_.reload_ok.Set(status.ok() ? 1 : 0);
  if (!status.ok()) metrics_.reload_failures.Add();
  return status;
}

Status StaticLimiter::ReloadKv() {
  auto range = sdk::Record<kvs_kv_range_t>();
  range.is_prefix = 1;
  range.key = sdk::Str(config_.kv_prefix);
  sdk::Owned<kvs_kv_entries_t> found;
  KVS_RETURN_IF_ERROR(sdk::Await(kv.get(), sdk::OwnedCall("limits"), &range, found.out()));
  std::map<std::string, LimitSet, std::less<>> sets;
  uint64_t newest = found->n_entries + 1;  // Told apart from an empty store.
  for (uint64_t i = 0; i < found->n_entries; ++i) {
    const kvs_kv_entry_t& entry = found->entries[i];
    const std::string tenant(sdk::View(entry.key).substr(config_.kv_prefix.size()));
    auto set = ParseLimitSet(std::string(sdk::TextOf(entry.value)), nullptr);
    if (!set.ok()) return Annotate(set.status(), "limits of tenant ", tenant);
    sets[tenant] = *std::move(set);
    newest = newest * 31 + entry.revision;
  }
  {
    const std::lock_guard lock(change_mutex_);
    if (std::exchange(kv_revision_, newest) == newest) return OkStatus();
  }
  Replace([&](LimitsTable& table) { table.set_over_http = std::move(sets); });
  return OkStatus();
}

Status StaticLimiter::SetOverHttp(const sdk::Call& call, const LimitSet& set,
                                  const std::vector<std::string>& removed) {
  if (!kv)
    return FailedPrecondition("limits cannot be set here: no kv store is wired to keep them");
  const std::string key = StrCat(config_.kv_prefix, call.tenant());
  auto range = sdk::Record<kvs_kv_range_t>();
  range.key = sdk::Str(key);
  sdk::Owned<kvs_kv_entries_t> found;
  KVS_RETURN_IF_ERROR(sdk::Await(kv.get(), call, &range, found.out()));
  LimitSet limits;
  if (found->n_entries > 0) {
    KVS_ASSIGN_OR_RETURN(limits,
                         ParseLimitSet(std::string(sdk::TextOf(found->entries[0].value)), nullptr));
  }
  limits.Overlay(set);
  for (const std::string& name : removed) {
    limits.numbers.erase(name);
    limits.texts.erase(name);
  }
  const std::string text = ToJson(limits);
  auto write = kvs_kv_write_t{};
  write.key = sdk::Str(key);
  write.value = sdk::Bytes(std::string_view(text));
  write.flags = KVS_KV_COMPARE;
  if (limits.empty()) write.flags |= KVS_KV_DELETE;
  write.expected = found->n_entries > 0 ? found->entries[0].revision : 0;
  KVS_RETURN_IF_ERROR(sdk::ApplyOne(kv, call, write).status());
  return ReloadKv();
}

sdk::Outcome StaticLimiter::Limits(const sdk::Call& call, const kvs_limit_names_t& in,
                                   kvs_limit_values_t& out, sdk::Completer& /*completer*/) {
  // The epoch first: values that are newer than it are only read again.
  out.epoch = Epoch();
  const std::shared_ptr<const LimitsTable> current = table();
  for (uint64_t i = 0; i < in.n_names; ++i)
    out.values[i] = current->Number(call.tenant(), sdk::Text(in.names[i]));
  return OkStatus();
}

sdk::Outcome StaticLimiter::Texts(const sdk::Call& call, const kvs_limit_names_t& in,
                                  kvs_limit_texts_t& out, sdk::Completer& /*completer*/) {
  struct Kept {
    std::vector<std::string> texts;
    std::vector<kvs_str_t> items;
  };
  auto kept = std::make_unique<Kept>();
  out.epoch = Epoch();
  const std::shared_ptr<const LimitsTable> current = table();
  for (uint64_t i = 0; i < in.n_names; ++i)
    kept->texts.push_back(current->Text(call.tenant(), sdk::Text(in.names[i])));
  for (const std::string& text : kept->texts) kept->items.push_back(sdk::Str(text));
  out.texts = kept->items.data();
  out.n_texts = kept->items.size();
  sdk::HandOut(out, std::move(kept));
  return OkStatus();
}

sdk::Outcome StaticLimiter::Take(const sdk::Call& call, const kvs_limit_take_t& in,
                                 sdk::Completer& /*completer*/) {
  const std::string name = sdk::Text(in.name);
  const std::shared_ptr<const LimitsTable> current = table();
  const double rate = current->Number(call.tenant(), name);
  if (std::isnan(rate) || rate <= 0) return OkStatus();

  const auto* const words = std::find_if(std::begin(kRates), std::end(kRates),
                                         [&](const RateWords& w) { return w.rate == name; });
  double burst = words == std::end(kRates)
                     ? kUnknown
                     : current->Number(call.tenant(), std::string(words->burst));
  // A burst is not shared: a request must fit into it, wherever it comes.
  if (name == "ingestion_rate") {
    const double factor = current->Number(call.tenant(), "ingestion_burst_factor");
    if (factor >= 1) burst = rate * factor;
  }
  if (std::isnan(burst) || burst <= 0) burst = rate;

  int64_t wait_ms = 0;
  {
    const int64_t now = clock_.MonotonicNs();
    const std::lock_guard lock(mutex_);
    wait_ms = buckets_.try_emplace({std::string(call.tenant()), name}, now)
                  .first->second.Take(in.amount, rate / sharers_, burst, now);
  }
  if (wait_ms == 0) return OkStatus();
  metrics_.refused.With({name, call.tenant()}).Add();
  Status refusal;
  if (words == std::end(kRates)) {
    refusal = ResourceExhausted("the tenant exceeded its ", name, " of ", rate, "/s");
  } else {
    refusal = ResourceExhausted("the tenant exceeded its limit of ", rate, " ", words->things,
                                " per second with a burst of ", burst, ", see ", words->flags, " (",
                                words->id, ")")
                  .WithReason(std::string(words->id));
  }
  if (wait_ms == INT64_MAX) return refusal;
  return std::move(refusal).WithRetryAfterMs(
      static_cast<uint32_t>(std::min<int64_t>(wait_ms, UINT32_MAX)));
}

}  // namespace kvs::limiter::static_limits
