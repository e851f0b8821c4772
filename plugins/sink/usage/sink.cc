// SPDX-License-Identifier: Apache-2.0
#include "sink.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "kvs/model/label_cursor.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/write_batch.h"
#include "kvs/sdk/write_origin.h"

#include "pages.h"

namespace kvs::sink::usage {
namespace {

constexpr uint32_t kNobody = UINT32_MAX;
constexpr std::string_view kOverflow = "__overflow__";

uint64_t SamplesOf(const kvs_write_batch_t& batch, uint32_t row) {
  uint64_t n = batch.sample_begin[row + 1] - batch.sample_begin[row];
  if (batch.histograms != nullptr)
    n += batch.histograms->begin[row + 1] - batch.histograms->begin[row];
  return n;
}

// Of the last histogram of the row, and one; 0: there is none.
uint32_t BucketsOf(const kvs_write_batch_t& batch, uint32_t row) {
  if (batch.histograms == nullptr) return 0;
  const kvs_histogram_columns_t& columns = *batch.histograms;
  const uint32_t end = columns.begin[row + 1];
  if (end == columns.begin[row]) return 0;
  const uint32_t last = end - 1;
  return 1 + columns.positive_bucket_begin[last + 1] - columns.positive_bucket_begin[last] +
         columns.negative_bucket_begin[last + 1] - columns.negative_bucket_begin[last];
}

}  // namespace

UsageSink::UsageSink(sdk::Host host, Config config)
    : config_(config), host_(host), clock_(host.clock()), metrics_(host.metrics()) {}

UsageSink::~UsageSink() = default;

sdk::Outcome UsageSink::Start(const sdk::Call& /*call*/, sdk::Completer& /*completer*/) {
  sweep_ = [this] { Sweep(); };
  tick_ = [this] { TickRates(); };
  sweep_ticket_ = host_.timer().After(config_.update_period.ms, config_.update_period.ms, &sweep_);
  tick_ticket_ = host_.timer().After(Rate::kTickMs, Rate::kTickMs, &tick_);
  if (!http) return OkStatus();
  pages_ = std::make_unique<StatsPages>(*this);
  return pages_->HangUp(http, host_.component());
}

sdk::Outcome UsageSink::Stop(const sdk::Call& /*call*/, sdk::Completer& /*completer*/) {
  host_.timer().Cancel(std::exchange(sweep_ticket_, 0));
  host_.timer().Cancel(std::exchange(tick_ticket_, 0));
  if (pages_ != nullptr) http.RemoveAll(host_.component());
  return OkStatus();
}

std::shared_ptr<UsageSink::Tenant> UsageSink::TenantOf(std::string_view tenant) {
  const std::lock_guard lock(mutex_);
  const auto found = tenants_.find(tenant);
  if (found != tenants_.end()) return found->second;
  auto made = std::make_shared<Tenant>();
  if (!limiter) made->rules = std::make_shared<const TenantRules>();
  return tenants_.emplace(std::string(tenant), std::move(made)).first->second;
}

sdk::Outcome UsageSink::Write(const sdk::Call& call, const kvs_write_view_t& in,
                              kvs_write_result_t& out, sdk::Completer& completer) {
  const auto tenant = TenantOf(call.tenant());
  bool known = false;
  {
    const std::lock_guard lock(tenant->mutex);
    known = tenant->rules != nullptr && (!limiter || tenant->rules->epoch == limiter.epoch());
  }
  if (!known) return sdk::Run(completer, AskRules(call, tenant, in, out));
  Count(call, *tenant, in);
  return sdk::Forward(next.write(), call, &in, &out, completer);
}

sdk::Task UsageSink::AskRules(sdk::Call call, std::shared_ptr<Tenant> tenant,
                              const kvs_write_view_t& in, kvs_write_result_t& out) {
  const kvs_str_t numbers[] = {sdk::Str("max_cost_attribution_cardinality")};
  const kvs_str_t texts[] = {sdk::Str("active_series_custom_trackers"),
                             sdk::Str("cost_attribution_labels")};
  double max_values = std::numeric_limits<double>::quiet_NaN();
  auto asked = sdk::Record<kvs_limit_names_t>();
  asked.names = numbers;
  asked.n_names = std::size(numbers);
  auto limits = sdk::Record<kvs_limit_values_t>();
  limits.values = &max_values;
  const Status got = co_await sdk::Async(limiter.limits(), call, &asked, &limits);
  if (!got.ok()) co_return got;
  asked.names = texts;
  asked.n_names = std::size(texts);
  sdk::Owned<kvs_limit_texts_t> found;
  const Status has_texts = co_await sdk::Async(limiter.texts(), call, &asked, found.out());
  if (!has_texts.ok() && has_texts.code() != StatusCode::kUnimplemented) co_return has_texts;
  const bool has = has_texts.ok() && found->n_texts == std::size(texts);
  auto parsed = TenantRules::Parse(has ? sdk::View(found->texts[0]) : "",
                                   has ? sdk::View(found->texts[1]) : "", max_values);
  if (!parsed.ok()) {
    // Books that cannot be kept must not stop a tenant's data.
    host_.log().Error("the trackers of a tenant cannot be used",
                      {{"tenant", call.tenant()}, {"error", parsed.status().message()}});
    parsed = TenantRules();
  }
  parsed->epoch = limits.epoch;
  SetRules(call.tenant(), *tenant, std::make_shared<const TenantRules>(*std::move(parsed)));
  Count(call, *tenant, in);
  const Status written = co_await sdk::Async(next.write(), call, &in, &out);
  co_return written;
}

void UsageSink::SetRules(std::string_view name, Tenant& tenant,
                         std::shared_ptr<const TenantRules> rules) {
  const std::lock_guard lock(tenant.mutex);
  const bool same = tenant.rules != nullptr && tenant.rules->text == rules->text;
  tenant.rules = std::move(rules);
  if (same) return;
  // What was found out about series was by other rules.
  tenant.series.Clear();
  tenant.attributed.clear();
  tenant.numbers.clear();
  for (const sdk::Family* const family :
       {&metrics_.tracked, &metrics_.tracked_histograms, &metrics_.tracked_buckets}) {
    family->Remove({name});
  }
  metrics_.attributed_series.Remove({name});
}

uint32_t UsageSink::AttributedTo(std::string_view name, Tenant& tenant,
                                 const model::Labels& labels) {
  std::string values = tenant.rules->CostOf(labels);
  auto found = tenant.numbers.find(values);
  if (found == tenant.numbers.end() && tenant.attributed.size() >= tenant.rules->max_cost_values) {
    values = kOverflow;
    found = tenant.numbers.find(values);
  }
  if (found != tenant.numbers.end()) return found->second;
  const auto number = static_cast<uint32_t>(tenant.attributed.size());
  tenant.attributed.push_back(
      {values, metrics_.attributed_samples.With({name, tenant.rules->CostLabels(), values})});
  tenant.numbers.emplace(std::move(values), number);
  return number;
}

// Before the write and not after it: what is refused behind this is little, and
// counted there.
void UsageSink::Count(const sdk::Call& call, Tenant& tenant, const kvs_write_view_t& in) {
  const std::string_view name = call.tenant();
  const kvs_write_batch_t& batch = *in.batch;
  const uint32_t n = in.rows == nullptr ? batch.n_series : in.n_rows;
  const int64_t now = clock_.NowMs();
  const model::LabelSource source = sdk::LabelSourceOf(batch);
  std::vector<uint64_t> samples;
  const std::lock_guard lock(tenant.mutex);
  const TenantRules& rules = *tenant.rules;
  uint64_t all = 0;
  for (uint32_t i = 0; i < n; ++i) {
    const uint32_t row = in.rows == nullptr ? i : in.rows[i];
    const uint64_t has = SamplesOf(batch, row);
    all += has;
    ActiveSeries::Facts* const known = tenant.series.Touch(sdk::KeyOf(batch, row), now);
    ActiveSeries::Facts facts{0, kNobody, BucketsOf(batch, row)};
    if (known != nullptr) {
      if (facts.histogram != 0) known->histogram = facts.histogram;
      facts = *known;
    } else {
      if (!rules.trackers.empty() || !rules.cost_labels.empty()) {
        model::LabelCursor cursor(source, row);
        const model::Labels labels = model::CopyLabels(cursor);
        facts.trackers = rules.TrackersOf(labels);
        if (!rules.cost_labels.empty()) facts.attributed = AttributedTo(name, tenant, labels);
      }
      tenant.series.Insert(sdk::KeyOf(batch, row), now, facts);
      ++tenant.active;
    }
    if (facts.attributed == kNobody) continue;
    samples.resize(tenant.attributed.size());
    samples[facts.attributed] += has;
  }
  (sdk::IsFromRule(call) ? tenant.rule_rate : tenant.rate).Add(all);
  for (size_t i = 0; i < samples.size(); ++i) {
    if (samples[i] > 0) tenant.attributed[i].samples.Add(static_cast<double>(samples[i]));
  }
}

std::vector<std::pair<std::string, std::shared_ptr<UsageSink::Tenant>>> UsageSink::All() const {
  const std::lock_guard lock(mutex_);
  return {tenants_.begin(), tenants_.end()};
}

void UsageSink::Sweep() {
  const int64_t since = clock_.NowMs() - config_.active_idle_timeout.ms;
  for (const auto& entry : All()) {
    const std::string& name = entry.first;
    Tenant* const tenant = entry.second.get();
    const std::lock_guard lock(tenant->mutex);
    if (tenant->rules == nullptr) continue;
    struct Counts {
      uint64_t active = 0, histograms = 0, buckets = 0;
      void Note(const ActiveSeries::Facts& facts) {
        ++active;
        if (facts.histogram == 0) return;
        ++histograms;
        buckets += facts.histogram - 1;
      }
    };
    Counts all;
    std::vector<Counts> tracked(tenant->rules->trackers.size());
    for (Attributed& attributed : tenant->attributed) attributed.active = 0;
    tenant->series.Sweep(since, [&](const ActiveSeries::Facts& facts) {
      all.Note(facts);
      for (size_t i = 0; i < tracked.size(); ++i) {
        if (((facts.trackers >> i) & 1) != 0) tracked[i].Note(facts);
      }
      if (facts.attributed != kNobody) ++tenant->attributed[facts.attributed].active;
    });
    tenant->active = all.active;
    metrics_.active.With({name}).Set(static_cast<double>(all.active));
    metrics_.histograms.With({name}).Set(static_cast<double>(all.histograms));
    metrics_.buckets.With({name}).Set(static_cast<double>(all.buckets));
    for (size_t i = 0; i < tracked.size(); ++i) {
      const std::string& tracker = tenant->rules->trackers[i].name;
      metrics_.tracked.With({name, tracker}).Set(static_cast<double>(tracked[i].active));
      metrics_.tracked_histograms.With({name, tracker})
          .Set(static_cast<double>(tracked[i].histograms));
      metrics_.tracked_buckets.With({name, tracker}).Set(static_cast<double>(tracked[i].buckets));
    }
    for (const Attributed& attributed : tenant->attributed) {
      metrics_.attributed_series.With({name, tenant->rules->CostLabels(), attributed.values})
          .Set(static_cast<double>(attributed.active));
    }
  }
}

void UsageSink::TickRates() {
  for (const auto& [name, tenant] : All()) {
    const std::lock_guard lock(tenant->mutex);
    tenant->rate.Tick();
    tenant->rule_rate.Tick();
  }
}

UsageSink::Stats UsageSink::StatsOf(std::string_view tenant) const {
  Stats stats;
  stats.tenant = tenant;
  std::shared_ptr<Tenant> found;
  {
    const std::lock_guard lock(mutex_);
    const auto at = tenants_.find(tenant);
    if (at == tenants_.end()) return stats;
    found = at->second;
  }
  const std::lock_guard lock(found->mutex);
  stats.samples_per_second = found->rate.per_second();
  stats.rule_samples_per_second = found->rule_rate.per_second();
  stats.active_series = found->active;
  return stats;
}

std::vector<UsageSink::Stats> UsageSink::AllStats() const {
  std::vector<Stats> all;
  for (const auto& [name, unused] : All()) all.push_back(StatsOf(name));
  return all;
}

}  // namespace kvs::sink::usage
