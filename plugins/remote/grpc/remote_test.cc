// SPDX-License-Identifier: Apache-2.0
// Client and server over a real connection: every port answers as if it were here, errors keep their detail, and deadlines,
// cancellation and a peer that is gone end calls.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>
#include <string>
#include <vector>

#include "client.h"
#include "kvs/sdk/merge_cursor.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/write_batch.h"
#include "kvs/testkit/test_host.h"
#include "server.h"

namespace kvs::remote::grpc {
namespace {

using BatchPool = sdk::WriteBatchPool<std::string>;


using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Counts what it is given; refuses negative values, like a sink that accepts a part.
class CountingSink final : public sdk::SeriesSink {
 public:
  sdk::Outcome Write(const sdk::Call& call, const kvs_write_view_t& in, kvs_write_result_t& out, sdk::Completer& completer) override {
    tenant = call.tenant();
    if (hold) {
      held = completer.Defer();
      cancel = call.raw()->cancel;
      arrived.count_down();
      return sdk::Pending();
    }
    series += in.batch->n_series;
    uint64_t refused = 0;
    for (uint32_t i = 0; i < in.batch->n_samples; ++i) refused += in.batch->value[i] < 0 ? 1 : 0;
    out.samples_accepted = in.batch->n_samples - refused;
    if (refused == 0) return OkStatus();
    return InvalidArgument("negative").WithReason("err-negative").Partial();
  }
  std::string tenant;
  std::atomic<uint32_t> series{0};
  bool hold = false;
  std::latch arrived{1};
  sdk::Completion held;
  const kvs_cancel_t* cancel = nullptr;
};

// Gives `batches` batches of one series without labels; names are fixed.
class SmallSource final : public sdk::SeriesSource {
 public:
  sdk::Outcome Select(const sdk::Call&, const kvs_select_t& in, kvs_series_cursor_t& out, sdk::Completer&) override {
    if (in.matchers.n == 0) return InvalidArgument("no matcher");
    sdk::HandOutWarned(out, std::make_unique<Cursor>(in.limit), {"a block is gone"});
    return OkStatus();
  }
  sdk::Outcome LabelNames(const sdk::Call&, const kvs_label_query_t& in, kvs_strings_t& out, sdk::Completer&) override {
    static const kvs_str_t kNames[] = {sdk::Str("a"), sdk::Str("b")};
    out.items = kNames;
    out.n_items = in.limit == 0 ? 2 : in.limit;
    return OkStatus();
  }
  sdk::Outcome LabelValues(const sdk::Call&, const kvs_label_query_t&, kvs_strings_t&, sdk::Completer&) override {
    return ResourceExhausted("slow down").WithRetryAfterMs(1500);
  }
  sdk::Outcome Metadata(const sdk::Call&, const kvs_metadata_query_t&, kvs_metadata_list_t&, sdk::Completer&) override { return OkStatus(); }
  sdk::Outcome Exemplars(const sdk::Call&, const kvs_label_query_t&, kvs_exemplar_list_t&, sdk::Completer&) override {
    return Unimplemented("none here");
  }

 private:
  class Cursor final : public sdk::SeriesCursor {
   public:
    explicit Cursor(uint64_t left) : left_(left) {}
    sdk::Outcome Next(const sdk::Call&, kvs_series_batch_t*& out, sdk::Completer&) override {
      if (left_-- == 0) return sdk::End();
      static constexpr uint32_t kBegin[] = {0, 0};
      auto* const batch = new kvs_series_batch_t(sdk::Record<kvs_series_batch_t>());
      batch->n_series = 1;
      batch->labels = sdk::Record<kvs_label_columns_t>();
      batch->labels.n_series = 1;
      batch->labels.begin = kBegin;
      batch->release = [](kvs_series_batch_t* self) noexcept { delete self; };
      out = batch;
      return OkStatus();
    }
    void AddLateWarnings(std::vector<std::string>* warnings) override { warnings->emplace_back("another one ends early"); }

   private:
    uint64_t left_;
  };
};

class RemoteTest : public ::testing::Test {
 protected:
  std::unique_ptr<RemoteServer> StartServer(CountingSink* sink) {
    ServerConfig config;
    config.listen = "127.0.0.1:0";
    auto server = std::make_unique<RemoteServer>(host_.host(), config);
    server->sink = sdk::SinkRef(sdk::IfaceOf<sdk::SeriesSink>(sink));
    server->source = sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(&source_));
    sdk::Completer none(nullptr, nullptr);
    EXPECT_TRUE(server->Start(call_, none).status().ok());
    return server;
  }
  std::unique_ptr<RemoteClient> StartClient(std::vector<int> ports) {
    ClientConfig config;
    for (const int port : ports) config.addresses.push_back(StrCat("127.0.0.1:", port));
    auto client = std::make_unique<RemoteClient>(host_.host(), config);
    sdk::Completer none(nullptr, nullptr);
    EXPECT_TRUE(client->Start(call_, none).status().ok());
    return client;
  }
  void Stop(RemoteServer& server) {
    std::latch ended(1);
    struct Ended {
      static void Done(void* ctx, kvs_status_t) noexcept { static_cast<std::latch*>(ctx)->count_down(); }
    };
    const kvs_completion_t completion{&Ended::Done, &ended};
    sdk::Completer completer(&completion, nullptr);
    if (server.Drain(call_, completer).is_raw()) ended.wait();
  }
  static BatchPool::Ptr Batch(std::vector<double> values) {
    BatchPool::Ptr buffer = BatchPool(0, 0).Get();
    buffer->batch.Clear(model::LabelLayout::kSymbols);
    buffer->batch.symbols = {model::StrRef::Of(""), model::StrRef::Of("n")};
    for (size_t i = 0; i < values.size(); ++i) {
      buffer->batch.symbols.push_back(model::StrRef::Of(buffer->batch.arena().Copy(StrCat(i))));
      buffer->batch.label_refs.insert(buffer->batch.label_refs.end(), {1, static_cast<uint32_t>(i + 2)});
      buffer->batch.AddSample(1, values[i]);
      buffer->batch.EndSeries({i, i});
    }
    buffer->batch.Finish();
    return buffer;
  }
  static Status Write(RemoteClient& client, const sdk::Call& call, const kvs_write_batch_t* buffer, kvs_write_result_t* result) {
    auto view = sdk::Record<kvs_write_view_t>();
    view.batch = buffer;
    *result = sdk::Record<kvs_write_result_t>();
    return sdk::Await(sdk::SinkRef(sdk::IfaceOf<sdk::SeriesSink>(&client)).write(), call, &view, result);
  }
  static sdk::SourceRef SourceOf(RemoteClient& client) { return sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(&client)); }

  testkit::TestHost host_;
  SmallSource source_;
  CountingSink sink_;
  sdk::OwnedCall call_{"team-a"};
};

TEST_F(RemoteTest, AWriteArrivesWithItsTenantAndComesBackWithItsCounts) {
  const auto server = StartServer(&sink_);
  const auto client = StartClient({server->port()});
  const auto buffer = Batch({1, 2, -3});
  kvs_write_result_t result;

  const Status status = Write(*client, call_, buffer->Publish(), &result);

  EXPECT_EQ(sink_.tenant, "team-a");
  EXPECT_EQ(status.ToString(), "INVALID_ARGUMENT: negative");
  EXPECT_EQ(status.reason(), "err-negative");
  EXPECT_TRUE(status.partial());
  EXPECT_EQ(result.samples_accepted, 2u);
  Stop(*server);
}

TEST_F(RemoteTest, SeveralPeersShareTheSeries) {
  CountingSink other;
  const auto a = StartServer(&sink_);
  const auto b = StartServer(&other);
  const auto client = StartClient({a->port(), b->port()});
  const auto buffer = Batch(std::vector<double>(200, 1.0));
  kvs_write_result_t result;

  ASSERT_TRUE(Write(*client, call_, buffer->Publish(), &result).ok());

  EXPECT_EQ(result.samples_accepted, 200u);
  EXPECT_EQ(sink_.series + other.series, 200u);
  EXPECT_GT(sink_.series, 50u);
  EXPECT_GT(other.series, 50u);
  Stop(*a);
  Stop(*b);
}

TEST_F(RemoteTest, ASelectionStreamsToItsEndOrTellsItsError) {
  const auto server = StartServer(&sink_);
  const auto client = StartClient({server->port()});
  const kvs_matcher_t matcher{sdk::Str("a"), sdk::Str("b"), KVS_MATCH_EQUAL, 0};
  auto select = sdk::Record<kvs_select_t>();
  select.matchers = {&matcher, 1};
  select.limit = 5;
  sdk::OpenSelection selection;

  ASSERT_TRUE(sdk::Await(SourceOf(*client).select(), call_, &select, selection.out()).ok());
  int batches = 0;
  while (*selection.Next(call_) != nullptr) ++batches;
  EXPECT_EQ(batches, 5);
  std::vector<std::string> warnings;
  selection.AddWarnings(&warnings);
  EXPECT_EQ(warnings, std::vector<std::string>{"a block is gone"});
  selection.AddLateWarnings(&warnings);
  EXPECT_THAT(warnings, ElementsAre("a block is gone", "another one ends early"));

  select.limit = 0;  // One reply is the first and the last: nothing is told twice.
  warnings.clear();
  sdk::OpenSelection empty;
  ASSERT_TRUE(sdk::Await(SourceOf(*client).select(), call_, &select, empty.out()).ok());
  EXPECT_EQ(*empty.Next(call_), nullptr);
  empty.AddWarnings(&warnings);
  empty.AddLateWarnings(&warnings);
  EXPECT_THAT(warnings, ElementsAre("a block is gone", "another one ends early"));

  select.matchers.n = 0;
  sdk::OpenSelection refused;
  EXPECT_EQ(sdk::Await(SourceOf(*client).select(), call_, &select, refused.out()).ToString(), "INVALID_ARGUMENT: no matcher");

  select.matchers.n = 1;
  select.limit = 1000000;
  sdk::OpenSelection abandoned;  // Closed in the middle, when it leaves scope.
  ASSERT_TRUE(sdk::Await(SourceOf(*client).select(), call_, &select, abandoned.out()).ok());
  EXPECT_NE(*abandoned.Next(call_), nullptr);
  abandoned = sdk::OpenSelection();
  Stop(*server);
}

TEST_F(RemoteTest, ListsAndErrorsKeepTheirDetail) {
  const auto server = StartServer(&sink_);
  const auto client = StartClient({server->port()});
  auto query = sdk::Record<kvs_label_query_t>();
  sdk::Owned<kvs_strings_t> names, values;

  ASSERT_TRUE(sdk::Await(SourceOf(*client).label_names(), call_, &query, names.out()).ok());
  const Status limited = sdk::Await(SourceOf(*client).label_values(), call_, &query, values.out());

  ASSERT_EQ(names->n_items, 2u);
  EXPECT_EQ(sdk::View(names->items[1]), "b");
  EXPECT_EQ(limited.code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(limited.retry_after_ms(), 1500u);
  Stop(*server);
}

TEST_F(RemoteTest, WhatIsNotExportedIsUnimplemented) {
  const auto server = StartServer(&sink_);
  const auto client = StartClient({server->port()});
  auto query = sdk::Record<kvs_query_t>();
  sdk::Owned<kvs_query_result_t> result;

  const Status status = sdk::Await(sdk::EngineRef(sdk::IfaceOf<sdk::QueryEngine>(client.get())).query(), call_, &query, result.out());

  EXPECT_EQ(status.code(), StatusCode::kUnimplemented);
  Stop(*server);
}

TEST_F(RemoteTest, APeerThatIsGoneIsUnavailableAndMayBeRetried) {
  auto server = StartServer(&sink_);
  const auto client = StartClient({server->port()});
  Stop(*server);
  const auto buffer = Batch({1});
  kvs_write_result_t result;

  const Status status = Write(*client, call_, buffer->Publish(), &result);

  EXPECT_EQ(status.code(), StatusCode::kUnavailable);
  EXPECT_TRUE(status.retryable());
  EXPECT_THAT(status.message(), HasSubstr("127.0.0.1:"));
}

TEST_F(RemoteTest, DeadlinesAndCancellationReachTheOtherSide) {
  sink_.hold = true;
  const auto server = StartServer(&sink_);
  const auto client = StartClient({server->port()});
  const auto buffer = Batch({1});
  sdk::CancelSource cancel;
  sdk::OwnedCall call("team-a", cancel.raw());
  auto view = sdk::Record<kvs_write_view_t>();
  view.batch = buffer->Publish();
  auto result = sdk::Record<kvs_write_result_t>();
  std::latch ended(1);
  Status status;
  sdk::Start(sdk::SinkRef(sdk::IfaceOf<sdk::SeriesSink>(client.get())).write(), call, &view, &result, [&](const Status& s) {
    status = s;
    ended.count_down();
  });
  sink_.arrived.wait();

  cancel.Cancel();
  ended.wait();
  EXPECT_EQ(status.code(), StatusCode::kCancelled);
  std::latch told(1);
  sink_.cancel->subscribe(sink_.cancel, [](void* arg) noexcept { static_cast<std::latch*>(arg)->count_down(); }, &told);
  told.wait();  // The callee has heard of it.
  sink_.held(Cancelled("the caller went away"));
  Stop(*server);
}

TEST_F(RemoteTest, APeerThatGivesUpIsUnavailableToWhoStillWaits) {
  sink_.hold = true;
  const auto server = StartServer(&sink_);
  const auto client = StartClient({server->port()});
  const auto buffer = Batch({1});
  sdk::CancelSource cancel;
  sdk::OwnedCall call("team-a", cancel.raw());
  auto view = sdk::Record<kvs_write_view_t>();
  view.batch = buffer->Publish();
  auto result = sdk::Record<kvs_write_result_t>();
  std::latch ended(1);
  Status status;
  sdk::Start(sdk::SinkRef(sdk::IfaceOf<sdk::SeriesSink>(client.get())).write(), call, &view, &result, [&](const Status& s) {
    status = s;
    ended.count_down();
  });
  sink_.arrived.wait();

  sink_.held(Cancelled("it stops"));
  ended.wait();
  EXPECT_EQ(status.code(), StatusCode::kUnavailable);
  EXPECT_TRUE(status.retryable());
  EXPECT_THAT(status.message(), HasSubstr("it stops"));
  Stop(*server);
}

}  // namespace
}  // namespace kvs::remote::grpc
