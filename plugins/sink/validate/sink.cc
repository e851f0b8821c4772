// SPDX-License-Identifier: Apache-2.0
#include "sink.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <random>

#include "kvs/model/series_key.h"
#include "kvs/sdk/write_batch.h"

#include "clean_copy.h"
#include "exemplar_rules.h"
#include "histogram_rules.h"
#include "metadata_rules.h"

namespace kvs::sink::validate {
namespace {

// Enough probes in flight to hide a cache miss each.
constexpr uint32_t kGroup = 16;

// Samples and histograms of a series.
uint64_t SamplesOf(const kvs_write_batch_t& batch, uint32_t row) {
  uint64_t n = batch.sample_begin[row + 1] - batch.sample_begin[row];
  if (batch.histograms != nullptr)
    n += batch.histograms->begin[row + 1] - batch.histograms->begin[row];
  return n;
}

// The first timestamp outside of [oldest, newest] among the samples and histograms of a series;
// false when there is none.
bool FindOutside(const kvs_write_batch_t& batch, uint32_t row, int64_t oldest, int64_t newest,
                 int64_t* found) {
  const auto outside = [&](int64_t t) { return t < oldest || t > newest; };
  const auto look = [&](const int64_t* begin, const int64_t* end) {
    const int64_t* const at = std::find_if(begin, end, outside);
    if (at == end) return false;
    *found = *at;
    return true;
  };
  if (look(batch.timestamp_ms + batch.sample_begin[row],
           batch.timestamp_ms + batch.sample_begin[row + 1]))
    return true;
  if (batch.histograms == nullptr) return false;
  const kvs_histogram_columns_t& h = *batch.histograms;
  return look(h.timestamp_ms + h.begin[row], h.timestamp_ms + h.begin[row + 1]);
}

// Whether any timestamp of the whole batch lies outside: one pass without branches, mostly the only
// one.
bool AnyOutside(const int64_t* times, uint64_t n, int64_t oldest, int64_t newest) {
  int64_t least = oldest;
  int64_t most = newest;
  for (uint64_t i = 0; i < n; ++i) {
    least = std::min(least, times[i]);
    most = std::max(most, times[i]);
  }
  return least < oldest || most > newest;
}

// The first histogram of a series whose buckets are not taken; kOk if there is none.
Verdict FindBadBuckets(const kvs_histogram_columns_t& columns, uint32_t row,
                       const TenantLimits& limits, uint32_t* found) {
  for (uint32_t i = columns.begin[row]; i < columns.begin[row + 1]; ++i) {
    const Verdict verdict = JudgeBuckets(columns, i, limits);
    if (verdict == Verdict::kOk) continue;
    *found = i;
    return verdict;
  }
  return Verdict::kOk;
}

// Whether any histogram of the whole batch has more buckets than that: mostly none has.
bool AnyAbove(const kvs_histogram_columns_t& columns, int64_t max_buckets) {
  for (uint32_t i = 0; max_buckets > 0 && i < columns.n_histograms; ++i) {
    if (BucketsOf(columns, i) > max_buckets) return true;
  }
  return false;
}

// Whether nothing is left of a series without its histograms.
bool IsHistogramsAlone(const kvs_write_batch_t& batch, uint32_t row) {
  return batch.sample_begin[row] == batch.sample_begin[row + 1] &&
         batch.histograms->begin[row] != batch.histograms->begin[row + 1] &&
         (batch.exemplars == nullptr ||
          batch.exemplars->begin[row] == batch.exemplars->begin[row + 1]);
}

// Exemplars may be a little older than the samples that they come with.
int64_t OldestExemplar(const kvs_write_batch_t& batch) {
  constexpr int64_t kOlderMs = 300'000;
  int64_t oldest = std::numeric_limits<int64_t>::max();
  for (uint32_t i = 0; i < batch.n_samples; ++i) oldest = std::min(oldest, batch.timestamp_ms[i]);
  if (batch.histograms != nullptr) {
    for (uint32_t i = 0; i < batch.histograms->n_histograms; ++i)
      oldest = std::min(oldest, batch.histograms->timestamp_ms[i]);
  }
  const bool has_any = oldest != std::numeric_limits<int64_t>::max();
  return has_any && oldest > std::numeric_limits<int64_t>::min() + kOlderMs
             ? oldest - kOlderMs
             : std::numeric_limits<int64_t>::min();
}

}  // namespace

struct ValidateSink::Pending {
  Pending(const sdk::Call& c, const kvs_write_view_t& i, kvs_write_result_t& o,
          const sdk::Completer& completer)
      : call(c.raw()), in(i), out(o), completion(*completer.raw()), error(completer.error()) {}

  const sdk::Call call;
  const kvs_write_view_t& in;
  kvs_write_result_t& out;
  const kvs_completion_t completion;
  kvs_error_t* const error;

  uint64_t epoch = 0;
  TenantLimits limits;
  std::array<double, TenantLimits::kNames> values{};
  kvs_limit_names_t names = sdk::Record<kvs_limit_names_t>();
  kvs_limit_values_t limit_values = sdk::Record<kvs_limit_values_t>();
  kvs_limit_take_t take = sdk::Record<kvs_limit_take_t>();
  Findings findings;
  kvs_write_view_t good = sdk::Record<kvs_write_view_t>();
  SharedCopy::Ptr copy;
  Status ended;

  // Write() leaves and the write ends, in either order, perhaps on two threads: whoever comes
  // second knows of the other.
  enum : int { kRunning, kLeft, kEnded };
  std::atomic<int> state{kRunning};
};

ValidateSink::ValidateSink(sdk::Host host, Config config)
    : config_(std::move(config)),
      clock_(host.clock()),
      metrics_(host.metrics()),
      default_limits_(TenantLimits::FromConfig(config_)),
      known_(static_cast<size_t>(config_.known_series_max)) {}

sdk::Outcome ValidateSink::Start(const sdk::Call& /*call*/, sdk::Completer& /*completer*/) {
  std::random_device random;
  secret_ = (uint64_t{random()} << 32) | random();
  return OkStatus();
}

sdk::Outcome ValidateSink::Write(const sdk::Call& call, const kvs_write_view_t& in,
                                 kvs_write_result_t& out, sdk::Completer& completer) {
  const uint64_t epoch = limiter ? limiter.epoch() : 0;
  TenantLimits limits = default_limits_;
  const bool have_limits = !limiter || FindLimits(call.tenant(), epoch, &limits);
  Findings findings;
  const bool direct = have_limits && !limits.limits_requests && !limits.limits_ingestion;
  if (direct) {
    findings = Judge(call.tenant(), in, limits, epoch);
    if (!findings.narrowed) return sdk::Forward(next.write(), call, &in, &out, completer);
  }

  const auto p = std::make_shared<Pending>(call, in, out, completer);
  p->epoch = epoch;
  p->limits = limits;
  if (direct) {
    p->findings = std::move(findings);
    HandOn(p);
  } else if (have_limits) {
    AskRequestRate(p);
  } else {
    AskLimits(p);
  }
  if (p->state.exchange(Pending::kLeft) != Pending::kEnded) return sdk::Pending();
  return std::move(p->ended);
}

bool ValidateSink::FindLimits(std::string_view tenant, uint64_t epoch, TenantLimits* limits) {
  const std::lock_guard lock(mutex_);
  const auto found = limits_.find(std::string(tenant));
  if (found == limits_.end() || found->second.epoch != epoch) return false;
  *limits = found->second.limits;
  return true;
}

void ValidateSink::KeepLimits(std::string_view tenant, const CachedLimits& limits) {
  const std::lock_guard lock(mutex_);
  limits_[std::string(tenant)] = limits;
}

ValidateSink::Findings ValidateSink::Judge(std::string_view tenant, const kvs_write_view_t& in,
                                           const TenantLimits& limits, uint64_t epoch) {
  const kvs_write_batch_t& batch = *in.batch;
  const uint32_t n = in.rows == nullptr ? batch.n_series : in.n_rows;
  const auto row_of = [&in](uint32_t i) { return in.rows == nullptr ? i : in.rows[i]; };
  const int64_t now = clock_.NowMs();
  const int64_t newest = limits.creation_grace_period_ms > 0 ? now + limits.creation_grace_period_ms
                                                             : std::numeric_limits<int64_t>::max();
  const int64_t oldest = limits.past_grace_period_ms > 0 ? now - limits.past_grace_period_ms
                                                         : std::numeric_limits<int64_t>::min();
  const bool look_at_times =
      AnyOutside(batch.timestamp_ms, batch.n_samples, oldest, newest) ||
      (batch.histograms != nullptr &&
       AnyOutside(batch.histograms->timestamp_ms, batch.histograms->n_histograms, oldest, newest));
  const bool leaves_histograms = batch.histograms != nullptr && !limits.takes_native_histograms;
  const bool look_at_buckets = batch.histograms != nullptr && limits.takes_native_histograms &&
                               AnyAbove(*batch.histograms, limits.max_native_histogram_buckets);
  const model::LabelSource labels = sdk::LabelSourceOf(batch);

  Findings findings;
  findings.odd_histograms = leaves_histograms || look_at_buckets;
  std::array<uint64_t, static_cast<size_t>(Verdict::kCount)> discarded{};
  uint64_t judged = 0;
  uint64_t tags[kGroup];
  for (uint32_t begin = 0; begin < n; begin += kGroup) {
    const uint32_t size = std::min(kGroup, n - begin);
    for (uint32_t i = 0; i < size; ++i) {
      tags[i] = KnownSeries::TagOf(sdk::KeyOf(batch, row_of(begin + i)), epoch);
      known_.Prefetch(tags[i]);
    }
    for (uint32_t i = 0; i < size; ++i) {
      const uint32_t row = row_of(begin + i);
      Verdict verdict = Verdict::kOk;
      LabelShape shape;
      int64_t timestamp = 0;
      if (!known_.Contains(tags[i])) {
        ++judged;
        verdict = JudgeLabels(model::LabelCursor(labels, row), limits, &shape);
        if (verdict == Verdict::kOk && shape.sorted && !shape.has_long) known_.Insert(tags[i]);
      }
      if (verdict == Verdict::kOk && look_at_times &&
          FindOutside(batch, row, oldest, newest, &timestamp)) {
        verdict = timestamp > newest ? Verdict::kTooFarInFuture : Verdict::kTooFarInPast;
      }
      uint32_t histogram = 0;
      if (verdict == Verdict::kOk && look_at_buckets)
        verdict = FindBadBuckets(*batch.histograms, row, limits, &histogram);
      const bool as_it_came = shape.sorted && !shape.has_long;
      const bool is_left_out =
          verdict == Verdict::kOk && leaves_histograms && IsHistogramsAlone(batch, row);
      if (!findings.narrowed && (verdict != Verdict::kOk || !as_it_came || is_left_out)) {
        findings.narrowed = true;
        findings.good_rows.reserve(n);
        for (uint32_t before = 0; before < begin + i; ++before)
          findings.good_rows.push_back(row_of(before));
      }
      if (is_left_out) continue;
      if (verdict == Verdict::kOk) {
        if (findings.narrowed) findings.good_rows.push_back(row);
        findings.rewritten |= !as_it_came;
        if (shape.has_long) metrics_.shortened.With({tenant}).Add();
        continue;
      }
      discarded[static_cast<size_t>(verdict)] += SamplesOf(batch, row);
      if (!findings.first.ok()) continue;
      const model::LabelCursor cursor(labels, row);
      findings.first = verdict < Verdict::kTooManyBuckets
                           ? RefusalOf(verdict, cursor, limits, timestamp)
                           : BucketRefusal(verdict, *batch.histograms, histogram,
                                           model::FormatSeries(cursor), limits);
    }
  }
  if (batch.exemplars != nullptr) JudgeExemplars(tenant, batch, limits, newest, findings);
  const bool with_metadata = in.rows == nullptr && batch.n_metadata != 0;
  if (with_metadata) JudgeMetadata(tenant, batch, limits, findings);
  // Metadata go along with all rows or with none, so what is left of a batch with metadata is
  // copied.
  findings.copied = findings.rewritten || !findings.bad_exemplars.empty() ||
                    findings.odd_metadata || findings.odd_histograms ||
                    (findings.narrowed && with_metadata);
  if (findings.copied && !findings.narrowed) {
    findings.narrowed = true;
    for (uint32_t i = 0; i < n; ++i) findings.good_rows.push_back(row_of(i));
  }
  if (judged > 0) metrics_.judged.Add(static_cast<double>(judged));
  if (!findings.first.ok()) {
    for (size_t v = 0; v < discarded.size(); ++v) {
      if (discarded[v] > 0)
        metrics_.discarded_samples.With({ReasonOf(static_cast<Verdict>(v)), tenant})
            .Add(static_cast<double>(discarded[v]));
    }
  }
  return findings;
}

void ValidateSink::JudgeExemplars(std::string_view tenant, const kvs_write_batch_t& batch,
                                  const TenantLimits& limits, int64_t newest, Findings& findings) {
  const kvs_exemplar_columns_t& e = *batch.exemplars;
  const int64_t oldest = OldestExemplar(batch);
  const int64_t most = limits.max_exemplars_per_series_per_request;
  std::array<uint64_t, static_cast<size_t>(ExemplarVerdict::kCount)> discarded{};
  for (uint32_t row = 0; row < batch.n_series; ++row) {
    for (uint32_t i = e.begin[row]; i < e.begin[row + 1]; ++i) {
      const std::span<const kvs_pair_t> labels(e.label + e.label_begin[i],
                                               e.label_begin[i + 1] - e.label_begin[i]);
      const ExemplarVerdict verdict =
          most > 0 && i - e.begin[row] >= most
              ? ExemplarVerdict::kTooMany
              : JudgeExemplar(e.timestamp_ms[i], labels, oldest, newest);
      if (verdict == ExemplarVerdict::kOk) continue;
      findings.bad_exemplars.resize(e.n_exemplars);
      findings.bad_exemplars[i] = true;
      ++discarded[static_cast<size_t>(verdict)];
    }
  }
  if (findings.bad_exemplars.empty()) return;
  for (size_t v = 0; v < discarded.size(); ++v) {
    if (discarded[v] == 0) continue;
    metrics_.discarded_exemplars.With({ReasonOf(static_cast<ExemplarVerdict>(v)), tenant})
        .Add(static_cast<double>(discarded[v]));
  }
}

void ValidateSink::JudgeMetadata(std::string_view tenant, const kvs_write_batch_t& batch,
                                 const TenantLimits& limits, Findings& findings) {
  for (uint64_t i = 0; i < batch.n_metadata; ++i) {
    const MetadataVerdict verdict = validate::JudgeMetadata(batch.metadata[i], limits);
    if (verdict == MetadataVerdict::kOk) continue;
    findings.odd_metadata = true;
    if (!IsRefusal(verdict)) continue;
    metrics_.discarded_metadata.With({ReasonOf(verdict), tenant}).Add();
    if (findings.first.ok()) findings.first = RefusalOf(verdict, batch.metadata[i], limits);
  }
}

void ValidateSink::AskLimits(const std::shared_ptr<Pending>& p) {
  p->values.fill(std::numeric_limits<double>::quiet_NaN());
  p->names.names = TenantLimits::Names().data();
  p->names.n_names = TenantLimits::kNames;
  p->limit_values.values = p->values.data();
  sdk::Start(limiter.limits(), p->call, &p->names, &p->limit_values,
             [this, p](const Status& status) {
               if (!status.ok()) return End(*p, status);
               p->epoch = p->limit_values.epoch;
               p->limits = TenantLimits::FromValues(p->values, config_);
               KeepLimits(p->call.tenant(), {p->epoch, p->limits});
               AskRequestRate(p);
             });
}

void ValidateSink::AskRequestRate(const std::shared_ptr<Pending>& p) {
  if (!p->limits.limits_requests) return JudgeAndAskIngestionRate(p);
  p->take.name = sdk::Str("request_rate");
  p->take.amount = 1;
  sdk::Start(limiter.take(), p->call, &p->take, nullptr, [this, p](const Status& status) {
    if (status.ok()) return JudgeAndAskIngestionRate(p);
    if (status.code() == StatusCode::kResourceExhausted)
      metrics_.discarded_requests.With({"rate_limited", p->call.tenant()}).Add();
    End(*p, status);
  });
}

void ValidateSink::JudgeAndAskIngestionRate(const std::shared_ptr<Pending>& p) {
  p->findings = Judge(p->call.tenant(), p->in, p->limits, p->epoch);
  if (!p->limits.limits_ingestion) return HandOn(p);
  const kvs_write_batch_t& batch = *p->in.batch;
  const bool all = !p->findings.narrowed && p->in.rows == nullptr;
  const uint32_t* const rows = p->findings.narrowed ? p->findings.good_rows.data() : p->in.rows;
  const size_t n = p->findings.narrowed ? p->findings.good_rows.size()
                   : all                ? batch.n_series
                                        : p->in.n_rows;
  uint64_t samples = 0;
  uint64_t others = all ? batch.n_metadata : 0;
  for (size_t i = 0; i < n; ++i) {
    const uint32_t row = all ? static_cast<uint32_t>(i) : rows[i];
    samples += SamplesOf(batch, row);
    if (batch.exemplars != nullptr)
      others += batch.exemplars->begin[row + 1] - batch.exemplars->begin[row];
  }
  if (samples + others == 0) return HandOn(p);
  p->take.name = sdk::Str("ingestion_rate");
  p->take.amount = static_cast<double>(samples + others);
  sdk::Start(limiter.take(), p->call, &p->take, nullptr, [this, p, samples](const Status& status) {
    if (status.ok()) return HandOn(p);
    if (status.code() == StatusCode::kResourceExhausted) {
      metrics_.discarded_samples.With({"rate_limited", p->call.tenant()})
          .Add(static_cast<double>(samples));
    }
    End(*p, status);
  });
}

void ValidateSink::HandOn(const std::shared_ptr<Pending>& p) {
  Findings& findings = p->findings;
  p->good = p->in;
  if (findings.narrowed) {
    const bool metadata = p->in.rows == nullptr && p->in.batch->n_metadata != 0;
    if (findings.good_rows.empty() && !metadata) return End(*p, findings.first);
    if (findings.copied) {
      const uint64_t seed = model::KeyHasher(secret_).Hash(p->call.tenant()).lo;
      const Selection what{findings.good_rows, &findings.bad_exemplars, metadata};
      p->copy = CleanCopy(*p->in.batch, what, p->limits, seed);
      if (p->copy->n_series == 0 && p->copy->n_metadata == 0) return End(*p, findings.first);
      p->good.batch = p->copy.get();
      p->good.rows = nullptr;
    } else {
      sdk::LendRows(findings.good_rows, p->good);
    }
  }
  sdk::Start(next.write(), p->call, &p->good, &p->out, [this, p](const Status& status) {
    // What went wrong behind us matters more than what we refused, unless it is a refusal too: then
    // ours came first.
    const bool stored = status.ok() || status.partial();
    End(*p, stored && !p->findings.first.ok() ? p->findings.first : status);
  });
}

void ValidateSink::End(Pending& p, const Status& status) {
  p.ended = status;
  if (p.state.exchange(Pending::kEnded) == Pending::kLeft)
    sdk::Completion(p.completion, p.error)(status);
}

}  // namespace kvs::sink::validate
