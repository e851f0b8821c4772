// SPDX-License-Identifier: Apache-2.0
// Any OTLP request under several settings: series whose labels are in order, once each and not
// empty, whatever names and values collide.
#include <cstdlib>

#include "kvs/model/label_cursor.h"

#include "delta_streams.h"
#include "translator.h"

namespace {

void Check(const kvs::model::WriteBatch& batch) {
  for (uint32_t i = 0; i < batch.n_series(); ++i) {
    std::string_view before;
    kvs::model::LabelCursor labels = batch.labels(i);
    for (kvs::model::LabelView label; labels.Next(&label); before = label.name) {
      if (label.name <= before || label.value.empty()) std::abort();
    }
    if (labels.damaged()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kvs::ingest::otlp;
  kvs::wire::otlp::Request request;
  if (!kvs::wire::otlp::Decode({data, size}, &request).ok()) return 0;
  for (int i = 0; i < 4; ++i) {
    Settings settings;
    settings.strategy = {.escape = i != 3, .suffixes = i % 2 == 0};
    settings.labels = {settings.strategy.escape, i != 1, i != 2};
    settings.promote_all = i % 2 == 1;
    settings.keep_identifying = i == 2;
    settings.custom_buckets = i % 2 == 1;
    settings.promote_scope = i > 0;
    settings.delta = i < 2 ? DeltaMode::kCumulative : DeltaMode::kNative;
    DeltaStreams streams(64, 1000, 1);
    kvs::model::WriteBatchBuilder builder(1);
    Report report;
    // Twice, so that deltas are added to what there is.
    for (int round = 0; round < 2; ++round)
      Translator(settings, &streams, "t", 0, &builder).Translate(request, &report);
    Check(builder.Take());
    if (report.rejected_points > 2 * request.n_points()) std::abort();
  }
  return 0;
}
