// SPDX-License-Identifier: Apache-2.0
#include "client.h"

#include <atomic>

#include "kvs/grpc_tls/tls.h"
#include "kvs/model/label_cursor.h"
#include "kvs/model/labels.h"
#include "kvs/sdk/write_batch.h"

namespace kvs::remote::grpc {
namespace {

// A write that is spread: lives until its last part has ended.
struct Spread {
  struct Part {
    std::vector<uint32_t> rows;
    kvs_write_view_t view = sdk::Record<kvs_write_view_t>();
    kvs_write_result_t result = sdk::Record<kvs_write_result_t>();
    Status status;
  };
  std::vector<Part> parts;
  kvs_write_batch_t metadata{};
  std::atomic<size_t> left{0};
  kvs_write_result_t* out = nullptr;
  sdk::Completion done;

  // The worst tells how it went: what may be retried comes before what was refused, because a sender that retries loses
  // nothing, and an accepted sample is accepted again.
  void End() {
    const Status* worst = nullptr;
    bool any_accepted = false;
    for (const Part& part : parts) {
      out->samples_accepted += part.result.samples_accepted;
      out->histograms_accepted += part.result.histograms_accepted;
      out->exemplars_accepted += part.result.exemplars_accepted;
      any_accepted = any_accepted || part.status.ok() || part.status.partial();
      if (part.status.ok()) continue;
      if (worst == nullptr || (!part.status.partial() && worst->partial())) worst = &part.status;
    }
    if (worst == nullptr) return done(OkStatus());
    Status status = *worst;
    done(std::move(status).Partial(any_accepted));
  }
};

}  // namespace

RemoteClient::RemoteClient(sdk::Host host, ClientConfig config) : host_(host), config_(std::move(config)), token_(host, config_.token_file) {}

sdk::Outcome RemoteClient::Stop(const sdk::Call&, sdk::Completer&) {
  token_.Stop();
  return OkStatus();
}

sdk::Outcome RemoteClient::Start(const sdk::Call&, sdk::Completer&) {
  KVS_RETURN_IF_ERROR(grpc_tls::CheckFiles(config_.tls()));
  KVS_RETURN_IF_ERROR(token_.Start());
  for (const std::string& address : config_.addresses) {
    peers_.push_back(std::make_unique<Peer>(address, config_, token_.source()));
    sources.emplace_back(sdk::IfaceOf<sdk::SeriesSource>(peers_.back().get()));
  }
  if (peers_.empty()) return FailedPrecondition("addresses is empty: there is nobody to call");
  return OkStatus();
}

sdk::Outcome RemoteClient::Write(const sdk::Call& call, const kvs_write_view_t& in, kvs_write_result_t& out, sdk::Completer& completer) {
  if (peers_.size() == 1) return first().Write(call, in, out, completer);
  auto spread = std::make_shared<Spread>();
  // Series are spread, and behind them the metadata goes to the first, as they are read from all.
  const size_t n_parts = peers_.size() + 1;
  spread->parts.resize(n_parts);
  const model::LabelSource labels = sdk::LabelSourceOf(*in.batch);
  const uint32_t n = in.rows == nullptr ? in.batch->n_series : in.n_rows;
  for (uint32_t i = 0; i < n; ++i) {
    const uint32_t row = in.rows == nullptr ? i : in.rows[i];
    const uint64_t hash = model::LabelsHash(model::LabelCursor(labels, row));
    spread->parts[hash % peers_.size()].rows.push_back(row);
  }
  spread->out = &out;
  spread->done = completer.Defer();
  spread->left = n_parts;
  for (size_t i = 0; i < n_parts; ++i) {
    Spread::Part& part = spread->parts[i];
    const bool is_metadata = i == peers_.size();
    if (is_metadata ? in.rows != nullptr || in.batch->n_metadata == 0 : part.rows.empty()) {
      if (spread->left.fetch_sub(1) == 1) spread->End();
      continue;
    }
    if (is_metadata) {
      spread->metadata = sdk::MetadataAlone(*in.batch, {in.batch->metadata, in.batch->n_metadata});
      part.view.batch = &spread->metadata;
    } else {
      part.view.batch = in.batch;
      sdk::LendRows(part.rows, part.view);
    }
    const sdk::SinkRef sink(sdk::IfaceOf<sdk::SeriesSink>(peers_[is_metadata ? 0 : i].get()));
    sdk::Start(sink.write(), call, &part.view, &part.result, [spread, i](const Status& status) {
      spread->parts[i].status = status;
      if (spread->left.fetch_sub(1) == 1) spread->End();
    });
  }
  return sdk::Pending();
}

}  // namespace kvs::remote::grpc
