// SPDX-License-Identifier: Apache-2.0
#include "source.h"

#include "kvs/blocks/select.h"
#include "kvs/sdk/merge_cursor.h"
#include "kvs/sdk/str.h"

#include "cursor.h"
#include "deleted_series.h"

namespace kvs::source::deletions {

DeletionSource::DeletionSource(sdk::Host host, Config config)
    : config_(std::move(config)),
      host_(host),
      lists_(host.clock(), host.log(), config_.refresh_interval.ms) {}

sdk::Outcome DeletionSource::Start(const sdk::Call&, sdk::Completer&) {
  if (!http || !config_.delete_api) return OkStatus();
  delete_ = std::make_unique<Endpoint>(host_, store, lists_, &DeleteSeries);
  list_ = std::make_unique<Endpoint>(host_, store, lists_, &ListDeletions);
  const std::string path = config_.prefix + "/api/v1/admin/tsdb/";
  KVS_RETURN_IF_ERROR(http.Add(host_.component(), "POST,PUT", path + "delete_series", delete_.get(),
                               {.flags = KVS_HTTP_NEEDS_TENANT}));
  return http.Add(host_.component(), "GET", path + "deletions", list_.get(),
                  {.flags = KVS_HTTP_NEEDS_TENANT});
}

sdk::Outcome DeletionSource::Stop(const sdk::Call&, sdk::Completer&) {
  if (http && config_.delete_api) http.RemoveAll(host_.component());
  return OkStatus();
}

StatusOr<Rules> DeletionSource::RulesFor(const sdk::Call& call, int64_t min_ms, int64_t max_ms) {
  const sdk::StoreClient client(
      store, {.tenant = std::string(call.tenant()), .cancel = call.raw()->cancel, .timeout_ms = 0});
  KVS_ASSIGN_OR_RETURN(const std::shared_ptr<const DeletionList> list,
                       lists_.Of(client, call.tenant()));
  Rules rules;
  for (const bucket::SeriesRule& rule : list->rules) {
    if (rule.Touches(min_ms, max_ms)) rules.push_back(rule);
  }
  return rules;
}

sdk::Outcome DeletionSource::Select(const sdk::Call& call, const kvs_select_t& in,
                                    kvs_series_cursor_t& out, sdk::Completer& completer) {
  KVS_ASSIGN_OR_RETURN(Rules rules, RulesFor(call, in.min_ms, in.max_ms));
  if (rules.empty()) return sdk::Forward(next.select(), call, &in, &out, completer);
  DeletedSeries gone;
  if ((in.flags & KVS_SELECT_NO_CHUNKS) != 0) {
    KVS_ASSIGN_OR_RETURN(
        gone, DeletedSeries::Find(next, call, {&in.matchers, 1}, rules, {in.min_ms, in.max_ms}));
    if (gone.empty()) return sdk::Forward(next.select(), call, &in, &out, completer);
  }
  kvs_select_t select = sdk::CopyOf(in);
  select.flags &= ~static_cast<uint32_t>(KVS_SELECT_HAS_LABELS);  // Rules may look at any label.
  select.labels = nullptr;
  select.n_labels = 0;
  select.limit = 0;  // It counts what is left.
  sdk::OpenSelection selection;
  KVS_RETURN_IF_ERROR(sdk::Await(next.select(), call, &select, selection.out()));
  std::vector<std::string> warnings;
  selection.AddWarnings(&warnings);
  sdk::HandOutWarned(out,
                     std::make_unique<DeletionCursor>(std::move(selection), std::move(rules),
                                                      std::move(gone), in.limit),
                     std::move(warnings));
  return OkStatus();
}

sdk::Outcome DeletionSource::AskLabels(const sdk::Call& call, const kvs_label_query_t& in,
                                       kvs_strings_t& out, sdk::Completer& completer,
                                       const sdk::Method<kvs_label_query_t, kvs_strings_t>& method,
                                       LivingLabels living) {
  KVS_ASSIGN_OR_RETURN(const Rules rules, RulesFor(call, in.min_ms, in.max_ms));
  if (rules.empty()) return sdk::Forward(method, call, &in, &out, completer);
  KVS_ASSIGN_OR_RETURN(
      const DeletedSeries deleted,
      DeletedSeries::Find(next, call, {in.sets, in.n_sets}, rules, {in.min_ms, in.max_ms}));
  if (deleted.empty()) return sdk::Forward(method, call, &in, &out, completer);
  KVS_ASSIGN_OR_RETURN(std::vector<std::string> texts, living({next, call, in, deleted}));
  blocks::HandOutStrings({std::move(texts)}, in.limit, out);
  return OkStatus();
}

sdk::Outcome DeletionSource::LabelNames(const sdk::Call& call, const kvs_label_query_t& in,
                                        kvs_strings_t& out, sdk::Completer& completer) {
  return AskLabels(call, in, out, completer, next.label_names(), &LivingNames);
}

sdk::Outcome DeletionSource::LabelValues(const sdk::Call& call, const kvs_label_query_t& in,
                                         kvs_strings_t& out, sdk::Completer& completer) {
  return AskLabels(call, in, out, completer, next.label_values(), &LivingValues);
}

sdk::Outcome DeletionSource::Metadata(const sdk::Call& call, const kvs_metadata_query_t& in,
                                      kvs_metadata_list_t& out, sdk::Completer& completer) {
  return sdk::Forward(next.metadata(), call, &in, &out, completer);
}

sdk::Outcome DeletionSource::Tenants(const sdk::Call& call, const kvs_label_query_t& in,
                                     kvs_strings_t& out, sdk::Completer& completer) {
  return sdk::Forward(next.tenants(), call, &in, &out, completer);
}

sdk::Outcome DeletionSource::Exemplars(const sdk::Call& call, const kvs_label_query_t& in,
                                       kvs_exemplar_list_t& out, sdk::Completer& completer) {
  return sdk::Forward(next.exemplars(), call, &in, &out, completer);
}

}  // namespace kvs::source::deletions
