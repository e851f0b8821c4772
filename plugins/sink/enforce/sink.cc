// SPDX-License-Identifier: Apache-2.0
#include "sink.h"

#include <utility>

#include "kvs/model/label_cursor.h"
#include "kvs/model/labels.h"
#include "kvs/sdk/identity.h"
#include "kvs/sdk/write_batch.h"

namespace kvs::sink::enforce {
namespace {

uint64_t SamplesOf(const kvs_write_batch_t& batch, uint32_t row) {
  uint64_t n = batch.sample_begin[row + 1] - batch.sample_begin[row];
  if (batch.histograms != nullptr)
    n += batch.histograms->begin[row + 1] - batch.histograms->begin[row];
  return n;
}

}  // namespace

sdk::Outcome EnforceSink::Write(const sdk::Call& call, const kvs_write_view_t& in,
                                kvs_write_result_t& out, sdk::Completer& completer) {
  if (sdk::BindingMatchers(call).n == 0)
    return sdk::Forward(next.write(), call, &in, &out, completer);
  return sdk::Run(completer, WriteBound(call, in, out));
}

sdk::Task EnforceSink::WriteBound(sdk::Call call, const kvs_write_view_t& in,
                                  kvs_write_result_t& out) {
  const auto policy = policies_.Find(sdk::BindingMatchers(call));
  if (!policy.ok()) co_return policy.status();
  const kvs_write_batch_t& batch = *in.batch;
  const model::LabelSource labels = sdk::LabelSourceOf(batch);
  const uint32_t n = in.rows == nullptr ? batch.n_series : in.n_rows;
  std::vector<uint32_t> rows;
  rows.reserve(n);
  uint64_t refused_series = 0, refused_samples = 0;
  for (uint32_t i = 0; i < n; ++i) {
    const uint32_t row = in.rows == nullptr ? i : in.rows[i];
    if ((*policy)->Allows(model::LabelCursor(labels, row))) {
      rows.push_back(row);
      continue;
    }
    ++refused_series;
    refused_samples += SamplesOf(batch, row);
  }
  Status refusal;
  if (refused_series > 0) {
    metrics_.discarded_samples.With({"label_policy", call.tenant()})
        .Add(static_cast<double>(refused_samples));
    refusal =
        PermissionDenied(
            "the labels of ", refused_series, " of ", n,
            " series are not those that these credentials may write (err-kvasir-label-policy)")
            .WithReason("err-kvasir-label-policy");
  }
  if (rows.empty()) co_return refusal;

  kvs_write_view_t allowed = sdk::Record<kvs_write_view_t>();
  allowed.batch = in.batch;
  sdk::LendRows(rows, allowed);
  const Status status = co_await sdk::Async(next.write(), call, &allowed, &out);
  // What went wrong behind us comes first, unless it is a refusal too.
  if (refusal.ok() || (!status.ok() && !status.partial())) co_return status;
  co_return std::move(refusal).Partial();
}

}  // namespace kvs::sink::enforce
