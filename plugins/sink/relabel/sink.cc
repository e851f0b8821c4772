// SPDX-License-Identifier: Apache-2.0
#include "sink.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "kvs/model/label_cursor.h"
#include "kvs/sdk/derived_batch.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/write_batch.h"

namespace kvs::sink::relabel {
namespace {

// What rules may look at beside the labels of a series, as in Mimir; it is
// never stored.
constexpr std::string_view kTenantLabel = "__meta_tenant_id";

uint64_t SamplesOf(const kvs_write_batch_t& batch, uint32_t row) {
  uint64_t n = batch.sample_begin[row + 1] - batch.sample_begin[row];
  if (batch.histograms != nullptr)
    n += batch.histograms->begin[row + 1] - batch.histograms->begin[row];
  return n;
}

// The texts of a JSON list of texts: a list of rules that drop them.
StatusOr<std::vector<std::string>> ParseNames(std::string_view json) {
  std::vector<std::string> names;
  if (json.empty() || json == "[]") return names;
  KVS_ASSIGN_OR_RETURN(const auto rules,
                       kvs::relabel::ParseRules(StrCat(R"([{"source_labels":)", json, "}]")));
  return rules[0].source_labels;
}

}  // namespace

RelabelSink::RelabelSink(sdk::Host host, Config config)
    : config_(std::move(config)),
      log_(host.log()),
      metrics_(host.metrics()),
      scheme_(config_.name_validation_scheme == "utf8" ? model::NameScheme::kUtf8
                                                       : model::NameScheme::kLegacy),
      memory_(static_cast<size_t>(config_.known_series_max)) {
  auto configured = Compile({}, {}, {}, 0);
  configured_ = configured.ok() ? *std::move(configured) : std::make_shared<const Rules>();
}

// Of the configuration, and of a tenant behind it.
StatusOr<std::shared_ptr<const RelabelSink::Rules>> RelabelSink::Compile(
    std::string_view drop_labels, std::string_view rules, std::string_view tenant,
    uint64_t epoch) const {
  auto out = std::make_shared<Rules>();
  out->epoch = epoch;
  KVS_ASSIGN_OR_RETURN(out->drop_labels, ParseNames(drop_labels));
  out->drop_labels.insert(out->drop_labels.end(), config_.drop_labels.begin(),
                          config_.drop_labels.end());
  for (const std::string_view json : {std::string_view(config_.metric_relabel_configs), rules}) {
    KVS_ASSIGN_OR_RETURN(auto parsed, kvs::relabel::ParseRules(json));
    KVS_ASSIGN_OR_RETURN(auto relabeler, kvs::relabel::Relabeler::Make(std::move(parsed), scheme_));
    if (!relabeler.empty()) out->relabelers.push_back(std::move(relabeler));
  }
  std::string all(rules);
  for (const std::string& name : out->drop_labels) all += name + '\0';
  // Rules may look at the tenant.
  out->hash = std::hash<std::string>()(all + std::string(tenant)) | 1;
  return std::shared_ptr<const Rules>(std::move(out));
}

std::shared_ptr<const RelabelSink::Rules> RelabelSink::RulesOf(std::string_view tenant) const {
  if (!limiter) return configured_;
  const uint64_t epoch = limiter.epoch();
  const std::lock_guard lock(mutex_);
  const auto found = rules_.find(std::string(tenant));
  return found != rules_.end() && found->second->epoch == epoch ? found->second : nullptr;
}

sdk::Outcome RelabelSink::Write(const sdk::Call& call, const kvs_write_view_t& in,
                                kvs_write_result_t& out, sdk::Completer& completer) {
  const auto rules = RulesOf(call.tenant());
  if (rules == nullptr) return sdk::Run(completer, AskRules(call, in, out));
  if (rules->empty() || in.batch->n_series == 0)
    return sdk::Forward(next.write(), call, &in, &out, completer);
  return sdk::Run(completer, Rewrite(call, rules, in, out));
}

sdk::Task RelabelSink::AskRules(sdk::Call call, const kvs_write_view_t& in,
                                kvs_write_result_t& out) {
  const kvs_str_t numbers[] = {sdk::Str("metric_relabeling_enabled")};
  const kvs_str_t texts[] = {sdk::Str("drop_labels"), sdk::Str("metric_relabel_configs")};
  double enabled = std::numeric_limits<double>::quiet_NaN();
  auto asked = sdk::Record<kvs_limit_names_t>();
  asked.names = numbers;
  asked.n_names = std::size(numbers);
  auto limits = sdk::Record<kvs_limit_values_t>();
  limits.values = &enabled;
  const Status got = co_await sdk::Async(limiter.limits(), call, &asked, &limits);
  if (!got.ok()) co_return got;
  asked.names = texts;
  asked.n_names = std::size(texts);
  sdk::Owned<kvs_limit_texts_t> found;
  const Status has_texts = co_await sdk::Async(limiter.texts(), call, &asked, found.out());
  if (!has_texts.ok() && has_texts.code() != StatusCode::kUnimplemented) co_return has_texts;
  const bool has_rules = has_texts.ok() && found->n_texts == std::size(texts);
  const bool is_on = std::isnan(enabled) || enabled != 0;
  auto compiled =
      Compile(has_rules ? sdk::View(found->texts[0]) : "",
              has_rules && is_on ? sdk::View(found->texts[1]) : "", call.tenant(), limits.epoch);
  if (!compiled.ok()) {
    // Rules that cannot be used must not stop a tenant's data.
    metrics_.bad_rules.With({call.tenant()}).Add();
    log_.Error(
        "the relabel rules of a tenant cannot be used; those of the "
        "configuration alone count",
        {{"tenant", call.tenant()}, {"error", compiled.status().message()}});
    compiled = Compile({}, {}, call.tenant(), limits.epoch);
    if (!compiled.ok()) co_return compiled.status();
  }
  const std::shared_ptr<const Rules> kept = *std::move(compiled);
  {
    const std::lock_guard lock(mutex_);
    rules_[std::string(call.tenant())] = kept;
  }
  // Now with rules at hand, unless they have changed meanwhile: then these are
  // the ones.
  struct Waiting {
    RelabelSink& sink;
    std::shared_ptr<const Rules> rules;
  } waiting{*this, kept};
  const sdk::Method<kvs_write_view_t, kvs_write_result_t> rest{
      [](void* self, const kvs_call_t* c, const kvs_write_view_t* i, kvs_write_result_t* o,
         const kvs_completion_t* completion, kvs_error_t* error) noexcept -> kvs_status_t {
        return sdk::Guard(error, [&] {
          auto& w = *static_cast<Waiting*>(self);
          sdk::Completer completer(completion, error);
          if (w.rules->empty() || i->batch->n_series == 0)
            return sdk::Forward(w.sink.next.write(), sdk::Call(c), i, o, completer);
          return sdk::Run(completer, w.sink.Rewrite(sdk::Call(c), w.rules, *i, *o));
        });
      },
      &waiting};
  const Status written = co_await sdk::Async(rest, call, &in, &out);
  co_return written;
}

sdk::Task RelabelSink::Rewrite(sdk::Call call, std::shared_ptr<const Rules> rules,
                               const kvs_write_view_t& in, kvs_write_result_t& out) {
  const kvs_write_batch_t& batch = *in.batch;
  const uint32_t n = in.rows == nullptr ? batch.n_series : in.n_rows;
  const model::LabelSource source = sdk::LabelSourceOf(batch);
  sdk::DerivedBatch::Ptr derived;
  std::vector<uint32_t> rows;
  bool narrowed = false;
  uint64_t dropped_samples = 0;
  model::LabelsBuilder builder;
  std::vector<model::LabelView> labels;
  for (uint32_t i = 0; i < n; ++i) {
    const uint32_t row = in.rows == nullptr ? i : in.rows[i];
    const uint64_t tag = model::SeriesMemory::TagOf(sdk::KeyOf(batch, row), rules->hash);
    uint32_t found = memory_.Find(tag);
    if (found == kUnknown || found == kRewritten) {
      model::LabelCursor cursor(source, row);
      const model::Labels before = model::CopyLabels(cursor);
      builder.Reset(before);
      bool kept = !cursor.damaged();
      for (const std::string& name : rules->drop_labels) builder.Del(name);
      for (const auto& relabeler : rules->relabelers) {
        builder.Set(kTenantLabel, call.tenant());
        kept = kept && relabeler.Apply(builder);
        builder.Del(kTenantLabel);
      }
      const model::Labels after = builder.Build();
      // A set of nothing is a series that was dropped; damaged labels are for
      // others to refuse.
      const bool is_dropped = !cursor.damaged() && (!kept || after.empty());
      const bool is_same = cursor.damaged() || after == before;
      found = is_dropped ? kDropped : (is_same ? kUnchanged : kRewritten);
      memory_.Remember(tag, found);
      if (found == kRewritten) {
        if (derived == nullptr) {
          derived = sdk::DerivedBatch::Of(batch, "sink.relabel");
          derived->Salt(rules->hash);
        }
        labels.assign(after.begin(), after.end());
        derived->SetLabels(row, labels);
      }
    }
    if (found == kDropped) {
      if (!narrowed) {
        narrowed = true;
        rows.reserve(n);
        for (uint32_t before = 0; before < i; ++before)
          rows.push_back(in.rows == nullptr ? before : in.rows[before]);
      }
      dropped_samples += SamplesOf(batch, row);
      continue;
    }
    if (narrowed) rows.push_back(row);
  }
  if (dropped_samples > 0)
    metrics_.discarded.With({"relabel_configuration", call.tenant()})
        .Add(static_cast<double>(dropped_samples));
  const bool metadata_apart = narrowed && in.rows == nullptr && batch.n_metadata != 0;
  Status outcome;
  if (!narrowed || !rows.empty()) {
    kvs_write_view_t view = in;
    if (derived != nullptr) view.batch = derived->Finish();
    if (narrowed) sdk::LendRows(rows, view);
    const Status written = co_await sdk::Async(next.write(), call, &view, &out);
    if (!metadata_apart || (!written.ok() && !written.partial())) co_return written;
    outcome = written;
  }
  if (!metadata_apart) co_return outcome;
  const auto metadata = sdk::DerivedBatch::MetadataOf(batch);
  auto alone = sdk::Record<kvs_write_view_t>();
  alone.batch = metadata->Finish();
  auto nothing = sdk::Record<kvs_write_result_t>();
  const Status noted = co_await sdk::Async(next.write(), call, &alone, &nothing);
  co_return outcome.ok() ? noted : outcome;
}

}  // namespace kvs::sink::relabel
