// SPDX-License-Identifier: Apache-2.0
// One iteration of a group: waves of rules that do not depend on each other. The queries of a wave
// are planned together, and what they gave is written before the next wave begins.
#include <algorithm>
#include <bit>
#include <map>

#include "kvs/base/quote.h"
#include "kvs/base/str_cat.h"
#include "kvs/rules/rule_output.h"

#include "group.h"
#include "program.h"

namespace kvs::ruler {
namespace {

// The stale marker of Prometheus, a NaN.
constexpr uint64_t kStaleNanBits = 0x7ff0000000000002;

double Seconds(int64_t ns) {
  return static_cast<double>(ns) / 1e9;
}

// Of two limits, 0 being none.
int64_t Lower(int64_t a, int64_t b) {
  return a == 0 || b == 0 ? std::max(a, b) : std::min(a, b);
}

gotemplate::Value TemplateValue(const QueryVector& vector, const QueryVector::Sample& sample) {
  if (sample.histogram < 0) return rules::ValueOf(sample.value, nullptr);
  const chunk::FloatHistogram histogram = vector.HistogramOf(sample);
  return rules::ValueOf(sample.value, &histogram);
}

}  // namespace

void Group::Evaluate(int64_t due_ms, const TenantSettings& settings) {
  std::shared_ptr<Program> program;
  {
    const MutexLock lock(mutex_);
    if (removed()) return;
    evaluating_ = true;
    program = program_;
  }
  metrics_.iterations.Add();
  const sdk::Clock clock = environment_.host.clock();
  const int64_t began_ns = clock.MonotonicNs();
  const int64_t began_ms = clock.NowMs();
  const rules::Group& definition = program->definition;
  const int64_t offset_ms = definition.query_offset_ms.value_or(
      definition.evaluation_delay_ms.value_or(settings.query_offset_ms));
  const int64_t at_ms = due_ms - offset_ms;
  const Iteration iteration{due_ms, offset_ms, Lower(definition.limit, settings.max_results)};
  size_t n_samples = 0;

  for (const std::vector<size_t>& wave : program->waves) {
    if (removed() || environment_.cancel->cancelled(environment_.cancel) != 0) break;
    std::vector<size_t> enabled;
    for (const size_t i : wave) {
      if (program->states[i]->rule.is_alert() ? settings.alerting_enabled
                                              : settings.recording_enabled)
        enabled.push_back(i);
    }
    if (enabled.empty()) continue;
    std::vector<std::string_view> texts;
    for (const size_t i : enabled) texts.push_back(program->states[i]->rule.expr);
    const int64_t wave_began_ms = clock.NowMs();
    std::vector<Answer> answers = environment_.querier->Instants(tenant_, program->tenants, texts,
                                                                 at_ms, environment_.cancel);
    std::vector<Evaluated> results(enabled.size());
    environment_.host.executor().Parallel(
        enabled.size(), environment_.max_independent_rules, [&](uint64_t k) {
          results[k].began_ms = wave_began_ms;
          EvaluateRule(*program, enabled[k], iteration, std::move(answers[k]), &results[k]);
        });
    std::vector<RuleSample> samples;
    for (size_t k = 0; k < enabled.size(); ++k) {
      RuleState& state = *program->states[enabled[k]];
      if (results[k].status.ok()) {
        n_samples += results[k].samples.size();
        for (RuleSample& sample : results[k].samples) {
          state.current.insert(sample.labels);
          samples.push_back(std::move(sample));
        }
        AppendStale(state, samples);
      }
      SetEnd(state, results[k].status, ReasonOf(results[k].status));
    }
    const Status written =
        environment_.appender->Write(tenant_, at_ms, samples, environment_.cancel);
    if (!written.ok() && !written.partial()) {
      for (size_t k = 0; k < enabled.size(); ++k) {
        if (results[k].status.ok())
          SetEnd(*program->states[enabled[k]], written, ReasonOf(written));
      }
    }
    if (!written.ok()) {
      environment_.host.log().Warn(written.partial() ? "samples of rules were refused"
                                                     : "samples of rules could not be written",
                                   {{"tenant", tenant_},
                                    {"namespace", namespace_},
                                    {"group", name_},
                                    {"error", written.message()}});
    }
    for (const size_t i : enabled) {
      if (program->states[i]->rule.is_alert() && environment_.notifier != nullptr)
        SendAlerts(*program, *program->states[i], due_ms);
    }
  }
  if (!orphans_.empty()) WriteStale(at_ms);
  if (iterations_until_restore_ > 0 && --iterations_until_restore_ == 0)
    RestoreForState(*program, due_ms);

  const double seconds = Seconds(clock.MonotonicNs() - began_ns);
  metrics_.last_duration.Set(seconds);
  metrics_.last_timestamp.Set(static_cast<double>(began_ms) / 1000);
  metrics_.samples.Set(static_cast<double>(n_samples));
  const MutexLock lock(mutex_);
  evaluation_seconds_ = seconds;
  last_evaluation_ms_ = began_ms;
  evaluating_ = false;
  if (next_ != nullptr) Adopt(std::exchange(next_, nullptr));
}

void Group::EvaluateRule(Program& program, size_t index, const Iteration& iteration, Answer answer,
                         Evaluated* out) {
  RuleState& state = *program.states[index];
  const sdk::Clock clock = environment_.host.clock();
  const int64_t began_ns = clock.MonotonicNs();
  metrics_.evaluations.Add();
  if (!answer.vector.ok()) {
    out->status = answer.vector.status();
  } else {
    out->vector = *std::move(answer.vector);
    out->status = state.rule.is_alert()
                      ? EvaluateAlerting(program, state, out->vector, iteration, out->samples)
                      : EvaluateRecording(state, out->vector, iteration.limit, out->samples);
  }
  const double seconds = Seconds(answer.wall_ns + clock.MonotonicNs() - began_ns);
  environment_.metrics->evaluation_seconds.With({tenant_}).Observe(seconds);
  const MutexLock lock(mutex_);
  state.evaluation_seconds = seconds;
  state.last_evaluation_ms = out->began_ms;
}

Status Group::EvaluateRecording(const RuleState& state, QueryVector& vector, int64_t limit,
                                std::vector<RuleSample>& samples) const {
  std::set<std::string> seen;
  for (QueryVector::Sample& sample : vector.samples) {
    RuleSample out{rules::RecordedLabels(sample.labels, state.rule.record, state.labels),
                   sample.value};
    if (sample.histogram >= 0) {
      out.columns = vector.histograms();
      out.histogram = static_cast<uint32_t>(sample.histogram);
    }
    if (!seen.insert(out.labels.encoded()).second) {
      return FailedPrecondition(
          "vector contains metrics with the same labelset after applying rule labels");
    }
    samples.push_back(std::move(out));
  }
  if (limit > 0 && static_cast<int64_t>(samples.size()) > limit) {
    const size_t n = samples.size();
    samples.clear();
    return FailedPrecondition("exceeded limit of ", limit, " with ", n, " series");
  }
  return OkStatus();
}

Status Group::EvaluateAlerting(Program& program, RuleState& state, const QueryVector& vector,
                               const Iteration& iteration, std::vector<RuleSample>& samples) {
  rules::AlertTemplates::Surroundings around;
  around.external_url = around.functions.external_url = environment_.external_url;
  around.functions.path_prefix = environment_.path_prefix;
  around.functions.now_ms = iteration.due_ms;
  around.functions.query =
      [&](std::string_view query) -> StatusOr<std::vector<gotemplate::QuerySample>> {
    KVS_ASSIGN_OR_RETURN(
        const QueryVector found,
        environment_.querier->Instant(tenant_, program.tenants, query,
                                      iteration.due_ms - iteration.offset_ms, environment_.cancel));
    std::vector<gotemplate::QuerySample> out;
    for (const QueryVector::Sample& sample : found.samples)
      out.push_back({rules::TextsOf(sample.labels), TemplateValue(found, sample)});
    return out;
  };

  // Expanding may query, so it happens before the lock.
  std::vector<rules::AlertSet::Element> elements;
  std::vector<std::string> errors;
  elements.reserve(vector.samples.size());
  for (const QueryVector::Sample& sample : vector.samples)
    elements.push_back(state.templates->Expand(sample.labels, sample.value,
                                               TemplateValue(vector, sample), around, &errors));
  // Once a rule: a broken template is broken for each of its alerts.
  if (!errors.empty()) {
    environment_.host.log().Warn(
        "a template of an alert cannot be expanded",
        {{"tenant", tenant_}, {"alert", state.rule.alert}, {"error", errors[0]}});
  }

  std::vector<rules::OutputSample> out;
  {
    const MutexLock lock(mutex_);
    KVS_RETURN_IF_ERROR(
        state.alerts.Update(iteration.due_ms, std::move(elements),
                            {state.rule.for_ms, state.rule.keep_firing_for_ms, iteration.limit}));
    // Before the states are restored, what is written would hide what is to be read.
    if (state.restored) state.alerts.AppendSamples(out);
  }
  for (rules::OutputSample& sample : out)
    samples.push_back({std::move(sample.labels), sample.value});
  return OkStatus();
}

// Markers for the series of the last iteration that this one did not give.
void Group::AppendStale(RuleState& state, std::vector<RuleSample>& samples) {
  for (const model::Labels& series : state.previous) {
    if (!state.current.contains(series))
      samples.push_back({series, std::bit_cast<double>(kStaleNanBits)});
  }
  state.previous = std::exchange(state.current, {});
}

void Group::WriteStale(int64_t at_ms) {
  std::vector<RuleSample> samples;
  const auto add = [&](const model::Labels& series) {
    samples.push_back({series, std::bit_cast<double>(kStaleNanBits)});
  };
  std::shared_ptr<Program> program;
  {
    const MutexLock lock(mutex_);
    program = program_;
  }
  std::set<model::Labels> live;
  for (const auto& state : program->states) {
    for (const model::Labels& series : state->previous) {
      if (removed()) {
        add(series);
      } else {
        live.insert(series);
      }
    }
  }
  for (const model::Labels& series : orphans_) {
    if (!live.contains(series)) add(series);
  }
  orphans_.clear();
  const Status status = environment_.appender->Write(tenant_, at_ms, samples, environment_.cancel);
  IgnoreError(status, "the series end by the lookback instead");
}

void Group::SetEnd(RuleState& state, const Status& status, std::string_view reason) {
  if (!status.ok()) {
    (reason == "user" ? metrics_.failures_user : metrics_.failures_operator).Add();
    environment_.host.log().Warn("a rule failed", {{"tenant", tenant_},
                                                   {"namespace", namespace_},
                                                   {"group", name_},
                                                   {"rule", state.rule.name()},
                                                   {"error", status.message()}});
  }
  const MutexLock lock(mutex_);
  state.health = status.ok() ? Health::kOk : Health::kError;
  state.last_error = status.ok() ? "" : status.message();
}

void Group::SendAlerts(Program& program, RuleState& state, int64_t due_ms) {
  std::vector<rules::Alert> alerts;
  {
    const MutexLock lock(mutex_);
    alerts = state.alerts.TakeUnsent(due_ms, environment_.resend_delay_ms, program.interval_ms);
  }
  if (!alerts.empty()) environment_.notifier->Enqueue(tenant_, std::move(alerts), state.query);
}

void Group::RestoreForState(Program& program, int64_t now_ms) {
  for (auto& state : program.states) {
    if (state->restored) continue;
    if (state->rule.is_alert() && state->rule.for_ms >= environment_.for_grace_period_ms &&
        !state->alerts.empty()) {
      const std::string selector =
          StrCat("ALERTS_FOR_STATE{alertname=", Quote(state->rule.alert), "}");
      const int64_t tolerance = environment_.for_outage_tolerance_ms;
      const std::string timestamps = StrCat("timestamp(", selector, ")");
      const std::vector<Answer> answers = environment_.querier->Instants(
          tenant_, tenant_, {selector, timestamps}, now_ms, environment_.cancel, tolerance);
      const StatusOr<QueryVector>& values = answers[0].vector;
      const StatusOr<QueryVector>& times = answers[1].vector;
      if (values.ok() && times.ok()) {
        std::map<model::Labels, rules::AlertSet::LastState> last;
        model::LabelsBuilder builder;
        for (const QueryVector::Sample& sample : values->samples) {
          builder.Reset(sample.labels);
          last[builder.Del(model::kMetricNameLabel).Build()].active_at_s = sample.value;
        }
        for (const QueryVector::Sample& sample : times->samples) {
          if (const auto at = last.find(sample.labels); at != last.end())
            at->second.sample_ms = static_cast<int64_t>(sample.value * 1000);
        }
        const MutexLock lock(mutex_);
        state->alerts.Restore(
            now_ms, state->rule.for_ms, environment_.for_grace_period_ms,
            [&](const model::Labels& labels) -> const rules::AlertSet::LastState* {
              const auto at = last.find(labels);
              return at == last.end() || at->second.sample_ms == 0 ? nullptr : &at->second;
            });
      } else {
        environment_.host.log().Warn(
            "the state of an alert's `for` cannot be restored",
            {{"tenant", tenant_},
             {"alert", state->rule.alert},
             {"error", (values.ok() ? times.status() : values.status()).message()}});
      }
    }
    state->restored = true;
  }
}

}  // namespace kvs::ruler
