// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/merged_source.h"

#include <algorithm>
#include <latch>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kvs/sdk/merge_cursor.h"
#include "kvs/sdk/merge_lists.h"
#include "kvs/sdk/str.h"

namespace kvs::sdk {
namespace {

// Calls one method of every source at the same time, each into its own out-record, and waits for all. The first error in
// the order of the sources.
template <typename In, typename MethodOf, typename OutOf>
Status AskAll(const std::vector<SourceRef>& sources, const Call& call, const In& in, MethodOf method_of, OutOf out_of) {
  std::vector<Status> statuses(sources.size());
  std::latch ended(static_cast<ptrdiff_t>(sources.size()));
  for (size_t i = 0; i < sources.size(); ++i) {
    Start(method_of(sources[i]), call, &in, out_of(i), [&statuses, &ended, i](const Status& status) {
      statuses[i] = status;
      ended.count_down();
    });
  }
  ended.wait();
  for (const Status& status : statuses) KVS_RETURN_IF_ERROR(status);
  return OkStatus();
}

// Selections one after the other, of which the first batches have been read already; those without one have ended.
class PeekedCursor final : public SeriesCursor {
 public:
  Status Peek(const Call& call, OpenSelection selection) {
    KVS_ASSIGN_OR_RETURN(BatchPtr first, selection.Next(call));
    parts_.push_back({std::move(selection), std::move(first)});
    return OkStatus();
  }
  bool empty() const {
    return std::none_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.first != nullptr; });
  }
  Outcome Next(const Call& call, kvs_series_batch_t*& out, Completer&) override {
    for (; at_ < parts_.size(); ++at_) {
      Part& part = parts_[at_];
      const bool ended = part.first == nullptr && !part.read;
      if (ended) continue;
      BatchPtr batch = std::move(part.first);
      if (part.read) {
        KVS_ASSIGN_OR_RETURN(batch, part.selection.Next(call));
      }
      part.read = true;
      if (batch == nullptr) continue;
      out = batch.release();
      return OkStatus();
    }
    return End();
  }
  void AddLateWarnings(std::vector<std::string>* warnings) override {
    for (const Part& part : parts_) part.selection.AddLateWarnings(warnings);
  }
  /// One cursor a selection.
  static std::vector<std::unique_ptr<SeriesCursor>> Split(std::unique_ptr<PeekedCursor> whole) {
    std::vector<std::unique_ptr<SeriesCursor>> out;
    for (Part& part : whole->parts_) {
      auto one = std::make_unique<PeekedCursor>();
      one->parts_.push_back(std::move(part));
      out.push_back(std::move(one));
    }
    return out;
  }
 private:
  struct Part {
    OpenSelection selection;
    BatchPtr first;
    bool read = false;  // `first` has been given out.
  };
  std::vector<Part> parts_;
  size_t at_ = 0;
};

}  // namespace

Outcome MergedSource::SelectFirstAlone(const Call& call, const kvs_select_t& in, const kvs_select_t& sorted,
                                       kvs_series_cursor_t& out) {
  std::vector<OpenSelection> selections(sources.size());
  std::vector<Status> statuses(sources.size());
  std::latch ended(static_cast<ptrdiff_t>(sources.size()));
  for (size_t i = sources.size(); i-- > 0;) {  // The first one last: where it runs right here, the others are under way.
    Start(sources[i].select(), call, i == 0 ? &in : &sorted, selections[i].out(), [&statuses, &ended, i](const Status& status) {
      statuses[i] = status;
      ended.count_down();
    });
  }
  ended.wait();
  for (const Status& status : statuses) KVS_RETURN_IF_ERROR(status);
  std::vector<std::string> warnings;
  for (const OpenSelection& selection : selections) selection.AddWarnings(&warnings);
  auto rest = std::make_unique<PeekedCursor>();
  for (size_t i = 1; i < selections.size(); ++i) KVS_RETURN_IF_ERROR(rest->Peek(call, std::move(selections[i])));
  if (rest->empty()) {
    KVS_RETURN_IF_ERROR(rest->Peek(call, std::move(selections[0])));
    HandOutWarned(out, std::move(rest), std::move(warnings));
    return OkStatus();
  }
  std::vector<OpenSelection> inputs;
  OpenSelection first;
  KVS_RETURN_IF_ERROR(Await(sources[0].select(), call, &sorted, first.out()));
  inputs.push_back(std::move(first));
  for (std::unique_ptr<SeriesCursor>& part : PeekedCursor::Split(std::move(rest))) {
    OpenSelection open;
    HandOutCursor(*open.out(), std::move(part));
    inputs.push_back(std::move(open));
  }
  HandOutWarned(out, std::make_unique<MergeCursor>(std::move(inputs), in), std::move(warnings));
  return OkStatus();
}

Outcome MergedSource::Select(const Call& call, const kvs_select_t& in, kvs_series_cursor_t& out,
                                 Completer& completer) {
  if (sources.size() == 1) return Forward(sources[0].select(), call, &in, &out, completer);
  kvs_select_t sorted = CopyOf(in);
  sorted.flags |= KVS_SELECT_SORTED;
  // A series of several sources is found by its labels, so all of them are needed, whatever the reader looks at.
  sorted.flags &= ~static_cast<uint32_t>(KVS_SELECT_HAS_LABELS);
  if (first_alone) return SelectFirstAlone(call, in, sorted, out);
  std::vector<OpenSelection> selections(sources.size());
  KVS_RETURN_IF_ERROR(AskAll(
      sources, call, sorted, [](const SourceRef& s) { return s.select(); },
      [&](size_t i) { return selections[i].out(); }));
  std::vector<std::string> warnings;
  for (const OpenSelection& selection : selections) selection.AddWarnings(&warnings);
  HandOutWarned(out, std::make_unique<MergeCursor>(std::move(selections), in), std::move(warnings));
  return OkStatus();
}

Outcome MergedSource::LabelNames(const Call& call, const kvs_label_query_t& in, kvs_strings_t& out, Completer&) {
  std::vector<Owned<kvs_strings_t>> parts(sources.size());
  KVS_RETURN_IF_ERROR(AskAll(
      sources, call, in, [](const SourceRef& s) { return s.label_names(); }, [&](size_t i) { return parts[i].out(); }));
  HandOutUnion(std::move(parts), {}, in.limit, out);
  return OkStatus();
}

Outcome MergedSource::LabelValues(const Call& call, const kvs_label_query_t& in, kvs_strings_t& out, Completer&) {
  std::vector<Owned<kvs_strings_t>> parts(sources.size());
  KVS_RETURN_IF_ERROR(AskAll(
      sources, call, in, [](const SourceRef& s) { return s.label_values(); }, [&](size_t i) { return parts[i].out(); }));
  HandOutUnion(std::move(parts), {}, in.limit, out);
  return OkStatus();
}

Outcome MergedSource::Metadata(const Call& call, const kvs_metadata_query_t& in, kvs_metadata_list_t& out, Completer&) {
  std::vector<Owned<kvs_metadata_list_t>> parts(sources.size());
  KVS_RETURN_IF_ERROR(AskAll(
      sources, call, in, [](const SourceRef& s) { return s.metadata(); }, [&](size_t i) { return parts[i].out(); }));
  HandOutMetadata(std::move(parts), in, out);
  return OkStatus();
}

Outcome MergedSource::Exemplars(const Call& call, const kvs_label_query_t& in, kvs_exemplar_list_t& out, Completer& completer) {
  if (sources.size() == 1) return Forward(sources[0].exemplars(), call, &in, &out, completer);
  std::vector<Owned<kvs_exemplar_list_t>> parts(sources.size());
  KVS_RETURN_IF_ERROR(AskAll(
      sources, call, in, [](const SourceRef& s) { return s.exemplars(); }, [&](size_t i) { return parts[i].out(); }));
  HandOutExemplars(std::move(parts), out);
  return OkStatus();
}

Outcome MergedSource::Tenants(const Call& call, const kvs_label_query_t& in, kvs_strings_t& out, Completer&) {
  std::vector<Owned<kvs_strings_t>> parts;
  bool any = false;
  for (const SourceRef& source : sources) {
    Owned<kvs_strings_t> part;
    const Status status = Await(source.tenants(), call, &in, part.out());
    if (status.code() == StatusCode::kUnimplemented) continue;
    KVS_RETURN_IF_ERROR(status);
    any = true;
    parts.push_back(std::move(part));
  }
  if (!any) return Unimplemented("no source here can list tenants");
  HandOutUnion(std::move(parts), {}, in.limit, out);
  return OkStatus();
}

}  // namespace kvs::sdk
