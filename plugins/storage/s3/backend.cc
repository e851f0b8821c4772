// SPDX-License-Identifier: Apache-2.0
#include "backend.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "kvs/http_client/http_client.h"
#include "kvs/objstore/key.h"
#include "kvs/objstore/listing.h"
#include "kvs/sdk/owned.h"

#include "client.h"
#include "credentials.h"
#include "listing.h"
#include "metrics.h"
#include "upload.h"

namespace kvs::storage::s3 {

using http_client::HttpClient;
using http_client::HttpOptions;
namespace {

// Behind every object of S3: such an offset is not sent, since numbers this large are read in many
// ways.
constexpr uint64_t kObjectBytesMax = uint64_t{1} << 50;
constexpr uint64_t kErrorBytesMax = 1 << 20;

StatusOr<uint64_t> ParseSize(std::string_view text) {
  uint64_t out = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || end.ec != std::errc() || end.ptr != text.data() + text.size())
    return DataLoss("the store says that an object has \"", text, "\" bytes");
  return out;
}

void HandOutInfo(uint64_t size, int64_t modified_ms, std::string etag, kvs_object_info_t& out) {
  auto kept = std::make_unique<std::string>(std::move(etag));
  out.size = size;
  out.modified_ms = modified_ms;
  out.etag = sdk::Str(*kept);
  sdk::HandOut(out, std::move(kept));
}

void HandOutData(std::string bytes, kvs_object_data_t& out) {
  auto kept = std::make_unique<std::string>(std::move(bytes));
  out.bytes = sdk::Bytes(std::string_view(*kept));
  sdk::HandOut(out, std::move(kept));
}

void HandOutPage(ListPage page, kvs_object_page_t& out) {
  struct Kept {
    std::vector<objstore::ListEntry> entries;
    std::vector<kvs_object_entry_t> raw;
  };
  auto kept = std::make_unique<Kept>();
  kept->entries = std::move(page.entries);
  for (const objstore::ListEntry& e : kept->entries)
    kept->raw.push_back({sdk::Str(e.key), e.size, e.modified_ms, e.is_prefix ? 1u : 0u, 0});
  out.more = page.more ? 1 : 0;
  out.entries = kept->raw.data();
  out.n_entries = kept->raw.size();
  sdk::HandOut(out, std::move(kept));
}

// "bytes 4-9/10" must be what was asked for: an answer that was cut or shifted on its way is not.
Status CheckRange(std::string_view header, uint64_t offset, uint64_t size, uint64_t got) {
  const std::string whole(header);
  unsigned long long first = 0, last = 0, all = 0;
  if (std::sscanf(whole.c_str(), "bytes %llu-%llu/%llu", &first, &last, &all) != 3)
    return DataLoss("the store answered the range \"", header, "\"");
  const uint64_t want = size == 0 ? all - offset : std::min<uint64_t>(size, all - offset);
  if (first != offset || all < offset || got != want || last != offset + want - 1) {
    return DataLoss("the store answered the range \"", header, "\" with ", got, " bytes, where ",
                    want, " from ", offset, " were asked for");
  }
  return OkStatus();
}

Status Stopped() {
  return Unavailable("the store is not started, or stops");
}

}  // namespace

struct Backend::Started {
  Started(const sdk::Host& host, const Config& config, Endpoint e, CredentialPlan plan,
          sdk::Gate& gate)
      : endpoint(std::move(e)),
        metrics(host.metrics()),
        http(host,
             HttpOptions{config.connect_timeout.ms, config.stall_timeout.ms, config.idle_timeout.ms,
                         config.max_connections, config.insecure_skip_verify, config.tls_ca_path,
                         config.tls_cert_path, config.tls_key_path, "the store", "http.tls_ca_path",
                         "http.tls_cert_path or http.tls_key_path", "s3-http"}),
        credentials(host, http, gate, metrics, std::move(plan)),
        client(Client::Parts{host,
                             endpoint,
                             http,
                             credentials,
                             gate,
                             metrics,
                             {config.min_backoff.ms, config.max_backoff.ms, config.max_attempts}}),
        uploader(host, client, gate, config) {}
  const Endpoint endpoint;
  const Metrics metrics;
  HttpClient http;
  CredentialSource credentials;
  Client client;
  Uploader uploader;
};

Backend::Backend(sdk::Host host, Config config, Environment environment)
    : host_(host),
      config_(std::move(config)),
      environment_(std::move(environment)),
      prefix_(config_.storage_prefix) {}

Backend::~Backend() = default;

sdk::Outcome Backend::Start(const sdk::Call&, sdk::Completer&) {
  KVS_ASSIGN_OR_RETURN(Endpoint endpoint, MakeEndpoint(config_, environment_));
  KVS_ASSIGN_OR_RETURN(CredentialPlan plan,
                       PlanCredentials(config_, endpoint.region, environment_));
  host_.log().Info("objects are in a bucket", {{"bucket", config_.bucket_name},
                                               {"host", endpoint.host},
                                               {"region", endpoint.region},
                                               {"prefix", prefix_.text()}});
  started_ = std::make_unique<Started>(host_, config_, std::move(endpoint), std::move(plan), gate_);
  return started_->http.Start();
}

sdk::Outcome Backend::Stop(const sdk::Call&, sdk::Completer& completer) {
  if (started_ == nullptr) return OkStatus();
  auto done = std::make_shared<sdk::Completion>(completer.Defer());
  started_->http.Abort();
  // The last one may leave on the HTTP client's own thread, which cannot be joined there.
  gate_.Close([this, done] {
    host_.executor().PostWorker([this, done] {
      started_->http.Stop();
      (*done)(OkStatus());
    });
  });
  return sdk::Pending();
}

StatusOr<std::string> Backend::KeyOf(std::string_view key) const {
  KVS_RETURN_IF_ERROR(objstore::CheckKey(key));
  std::string full = prefix_.Add(key);
  if (full.size() > objstore::kKeyBytesMax) {
    return InvalidArgument("the key has ", full.size(), " bytes with storage_prefix, more than ",
                           objstore::kKeyBytesMax);
  }
  return full;
}

sdk::Outcome Backend::Stat(const sdk::Call& call, const kvs_str_t& key, kvs_object_info_t& out,
                           sdk::Completer& completer) {
  return sdk::Run(completer, DoStat(call, key, out));
}
sdk::Outcome Backend::Get(const sdk::Call& call, const kvs_object_get_t& in, kvs_object_data_t& out,
                          sdk::Completer& completer) {
  return sdk::Run(completer, DoGet(call, in, out));
}
sdk::Outcome Backend::Put(const sdk::Call& call, const kvs_object_put_t& in, kvs_object_info_t& out,
                          sdk::Completer& completer) {
  return sdk::Run(completer, DoPut(call, in, out));
}
sdk::Outcome Backend::List(const sdk::Call& call, const kvs_object_list_t& in,
                           kvs_object_page_t& out, sdk::Completer& completer) {
  return sdk::Run(completer, DoList(call, in, out));
}
sdk::Outcome Backend::Remove(const sdk::Call& call, const kvs_str_t& key,
                             sdk::Completer& completer) {
  return sdk::Run(completer, DoRemove(call, key));
}

sdk::Task Backend::DoStat(sdk::Call call, const kvs_str_t& in, kvs_object_info_t& out) {
  const sdk::Gate::Hold hold(&gate_);
  if (!hold || started_ == nullptr) co_return Stopped();
  StatusOr<std::string> key = KeyOf(sdk::View(in));
  if (!key.ok()) co_return key.status();
  sdk::OwnedCall owned(call, call.tenant());
  owned.WithTimeoutMs(config_.request_timeout.ms);
  const sdk::Call bounded = owned.call();
  Operation op{.name = "HeadObject", .method = "HEAD", .key = *std::move(key)};
  sdk::Co<Reply> sending = started_->client.Send(bounded, std::move(op));
  const Reply reply = co_await sending;
  if (!reply.status.ok()) co_return Annotate(reply.status, "looking at ", sdk::View(in));
  const StatusOr<uint64_t> size = ParseSize(reply.answer.header("content-length"));
  if (!size.ok()) co_return size.status();
  HandOutInfo(*size, ParseHttpDate(reply.answer.header("last-modified")),
              std::string(BareEtag(reply.answer.header("etag"))), out);
  co_return OkStatus();
}

sdk::Task Backend::DoGet(sdk::Call call, const kvs_object_get_t& in, kvs_object_data_t& out) {
  const sdk::Gate::Hold hold(&gate_);
  if (!hold || started_ == nullptr) co_return Stopped();
  StatusOr<std::string> key = KeyOf(sdk::View(in.key));
  if (!key.ok()) co_return key.status();
  sdk::OwnedCall owned(call, call.tenant());
  owned.WithTimeoutMs(config_.request_timeout.ms);
  const sdk::Call bounded = owned.call();
  const uint64_t offset = in.offset;
  const uint64_t size = in.size > kObjectBytesMax ? 0 : in.size;  // To the end, either way.
  const bool part = offset != 0 || size != 0;
  bool behind = offset > kObjectBytesMax;
  if (!behind) {
    Operation op{.name = "GetObject", .method = "GET", .key = *key};
    if (part)
      op.headers["range"] = size == 0 ? StrCat("bytes=", offset, "-")
                                      : StrCat("bytes=", offset, "-", offset + size - 1);
    op.answer_bytes_max = size == 0 ? kObjectBytesMax : std::max(size, kErrorBytesMax);
    sdk::Co<Reply> sending = started_->client.Send(bounded, std::move(op));
    Reply reply = co_await sending;
    behind = reply.answer.code == 416;
    if (!behind) {
      if (!reply.status.ok()) co_return Annotate(reply.status, "reading ", sdk::View(in.key));
      if (part) {
        if (reply.answer.code != 206)
          co_return Unimplemented("the store does not answer ranges: code ", reply.answer.code);
        const Status right = CheckRange(reply.answer.header("content-range"), offset, size,
                                        reply.answer.body.size());
        if (!right.ok()) co_return Annotate(right, "reading ", sdk::View(in.key));
      }
      HandOutData(std::move(reply.answer.body), out);
      co_return OkStatus();
    }
  }
  // A range that begins right at the end is empty, and refused by S3 as one behind it is.
  Operation head{.name = "HeadObject", .method = "HEAD", .key = *std::move(key)};
  sdk::Co<Reply> looking = started_->client.Send(bounded, std::move(head));
  const Reply looked = co_await looking;
  if (!looked.status.ok()) co_return Annotate(looked.status, "reading ", sdk::View(in.key));
  const StatusOr<uint64_t> whole = ParseSize(looked.answer.header("content-length"));
  if (!whole.ok()) co_return whole.status();
  if (offset > *whole)
    co_return OutOfRange("offset ", offset, " lies behind the ", *whole, " bytes of ",
                         sdk::View(in.key));
  if (offset < *whole)
    co_return Unavailable("the object ", sdk::View(in.key), " changed while it was read")
        .Retryable();
  HandOutData(std::string(), out);
  co_return OkStatus();
}

sdk::Task Backend::DoPut(sdk::Call call, const kvs_object_put_t& in, kvs_object_info_t& out) {
  const sdk::Gate::Hold hold(&gate_);
  if (!hold || started_ == nullptr) co_return Stopped();
  StatusOr<std::string> key = KeyOf(sdk::View(in.key));
  if (!key.ok()) co_return key.status();
  sdk::OwnedCall owned(call, call.tenant());
  owned.WithTimeoutMs(config_.request_timeout.ms);
  const sdk::Call bounded = owned.call();
  Uploader::Put put{*std::move(key), sdk::TextOf(in.bytes), in.condition, sdk::Text(in.etag)};
  sdk::Co<StatusOr<std::string>> writing = started_->uploader.Write(bounded, std::move(put));
  StatusOr<std::string> etag = co_await writing;
  if (!etag.ok()) co_return Annotate(etag.status(), "writing ", sdk::View(in.key));
  HandOutInfo(in.bytes.size, 0, *std::move(etag), out);
  co_return OkStatus();
}

sdk::Task Backend::DoList(sdk::Call call, const kvs_object_list_t& in, kvs_object_page_t& out) {
  const sdk::Gate::Hold hold(&gate_);
  if (!hold || started_ == nullptr) co_return Stopped();
  sdk::OwnedCall owned(call, call.tenant());
  owned.WithTimeoutMs(config_.request_timeout.ms);
  const sdk::Call bounded = owned.call();
  const ListRequest request{prefix_.Add(sdk::View(in.prefix)), sdk::Text(in.start_after),
                            sdk::Text(in.delimiter), in.max_keys};
  ListPage page;
  std::string token;
  // A page of which nothing is ours, such as the marks that consoles make for folders, is not the
  // end.
  do {
    Operation op{.name = "ListObjectsV2", .method = "GET"};
    op.query = ListQuery(request, prefix_, token);
    sdk::Co<Reply> sending = started_->client.Send(bounded, std::move(op));
    const Reply reply = co_await sending;
    if (!reply.status.ok()) co_return Annotate(reply.status, "listing ", sdk::View(in.prefix));
    // Reading a page of a thousand keys takes milliseconds, which the HTTP client's thread does not
    // have.
    sdk::OnWorker to_worker(host_.executor());
    co_await to_worker;
    StatusOr<ListAnswer> answer = ParseList(reply.answer.body);
    if (!answer.ok()) co_return answer.status();
    token = answer->next_token;
    page = MakePage(request, prefix_, *std::move(answer));
  } while (page.entries.empty() && page.more);
  HandOutPage(std::move(page), out);
  co_return OkStatus();
}

sdk::Task Backend::DoRemove(sdk::Call call, const kvs_str_t& in) {
  const sdk::Gate::Hold hold(&gate_);
  if (!hold || started_ == nullptr) co_return Stopped();
  StatusOr<std::string> key = KeyOf(sdk::View(in));
  if (!key.ok()) co_return key.status();
  sdk::OwnedCall owned(call, call.tenant());
  owned.WithTimeoutMs(config_.request_timeout.ms);
  const sdk::Call bounded = owned.call();
  Operation op{.name = "DeleteObject", .method = "DELETE", .key = *std::move(key)};
  sdk::Co<Reply> sending = started_->client.Send(bounded, std::move(op));
  const Reply reply = co_await sending;
  if (reply.status.code() == StatusCode::kNotFound) co_return OkStatus();
  co_return Annotate(reply.status, "removing ", sdk::View(in));
}

}  // namespace kvs::storage::s3
