// SPDX-License-Identifier: Apache-2.0
// Client and server over a real connection: every port answers as if it were here, errors keep their detail, and deadlines,
// cancellation and a peer that is gone end calls.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <initializer_list>
#include <latch>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "client.h"
#include "kvs/model/label_cursor.h"
#include "kvs/model/labels.h"
#include "kvs/sdk/merge_cursor.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/query_set.h"
#include "kvs/sdk/traceparent.h"
#include "kvs/sdk/write_batch.h"
#include "kvs/testkit/test_host.h"
#include "server.h"

namespace kvs::remote::grpc {
namespace {

using BatchPool = sdk::WriteBatchPool<std::string>;


using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Counts what it is given; refuses negative values, like a sink that accepts a part.
class CountingSink final : public sdk::SeriesSink {
 public:
  sdk::Outcome Write(const sdk::Call& call, const kvs_write_view_t& in, kvs_write_result_t& out, sdk::Completer& completer) override {
    tenant = call.tenant();
    trace = sdk::TraceparentOf(*call.raw());
    if (hold) {
      held = completer.Defer();
      cancel = call.raw()->cancel;
      arrived.count_down();
      return sdk::Pending();
    }
    series += in.batch->n_series;
    {
      const std::lock_guard lock(mutex);
      for (uint32_t i = 0; i < in.batch->n_series; ++i)
        labels.push_back(model::FormatSeries(model::LabelCursor(sdk::LabelSourceOf(*in.batch), i)));
      layouts.push_back(in.batch->label_layout);
    }
    metadata += in.batch->n_metadata;
    uint64_t refused = 0;
    for (uint32_t i = 0; i < in.batch->n_samples; ++i) refused += in.batch->value[i] < 0 ? 1 : 0;
    out.samples_accepted = in.batch->n_samples - refused;
    if (refused == 0) return OkStatus();
    return InvalidArgument("negative").WithReason("err-negative").Partial();
  }
  std::string tenant, trace;
  std::mutex mutex;
  std::vector<std::string> labels;  // Of each series of each write.
  std::vector<uint32_t> layouts;    // Of each write: a client's own where labels came with it.
  std::atomic<uint32_t> series{0};
  std::atomic<uint64_t> metadata{0};
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

// Counts how it is asked, and answers a query with its own text.
class EchoEngine final : public sdk::QueryEngine {
 public:
  sdk::Outcome Query(const sdk::Call&, const kvs_query_t& in, kvs_query_result_t& out, sdk::Completer&) override {
    ++singles;
    return Answer(in, out);
  }
  sdk::Outcome QueryBatch(const sdk::Call& call, const kvs_query_batch_t& in, kvs_query_answers_t& out, sdk::Completer& completer) override {
    const std::lock_guard lock(mutex);
    tenant = call.tenant();
    timeout_ms = in.timeout_ms;
    if (!plans_together) return Unimplemented("one at a time");
    ++batches;
    if (arrived != nullptr) {
      held.push_back({&in, &out, call.raw()->cancel, call.deadline_ns(), completer.Defer()});
      arrived->count_down();
      return sdk::Pending();
    }
    AnswerAll(in, out);
    return OkStatus();
  }
  static void AnswerAll(const kvs_query_batch_t& in, kvs_query_answers_t& out) {
    for (uint64_t i = 0; i < in.n_queries; ++i) {
      kvs_query_answer_t& answer = out.answers[i];
      answer.code = sdk::Export(Answer(*in.queries[i], *answer.result), answer.error);
    }
  }

  struct Held {
    const kvs_query_batch_t* in;
    kvs_query_answers_t* out;
    const kvs_cancel_t* cancel;
    int64_t deadline_ns;
    sdk::Completion done;
  };
  std::string tenant;
  int64_t timeout_ms = 0;
  bool plans_together = true;
  std::latch* arrived = nullptr;  // Set: batches wait.
  std::mutex mutex;
  std::vector<Held> held;
  std::atomic<int> batches{0}, singles{0};

 private:
  static Status Answer(const kvs_query_t& in, kvs_query_result_t& out) {
    const std::string_view text = sdk::View(in.text);
    if (text == "bad") return InvalidArgument("bad query").WithReason("test-bad");
    auto kept = std::make_unique<std::string>(text == "long" ? std::string(3000, 'x') : text);
    out.value_type = KVS_VALUE_STRING;
    out.text = sdk::Str(*kept);
    sdk::HandOut(out, std::move(kept));
    return OkStatus();
  }
};

// A batch of queries under way.
struct AskedBatch {
  AskedBatch(std::initializer_list<std::string_view> texts, const kvs_cancel_t* cancel) : call("team-a", cancel), answers(texts.size()) {
    for (const std::string_view text : texts) {
      queries.push_back(sdk::Record<kvs_query_t>());
      queries.back().text = sdk::Str(text);
    }
    for (const kvs_query_t& query : queries) pointers.push_back(&query);
    in.queries = pointers.data();
    in.n_queries = pointers.size();
  }
  void Start(const sdk::EngineRef& engine) {
    sdk::Start(engine.query_batch(), call, &in, answers.out(), [this](const Status& s) {
      status = s;
      ended.count_down();
    });
  }
  sdk::OwnedCall call;
  std::vector<kvs_query_t> queries;
  std::vector<const kvs_query_t*> pointers;
  kvs_query_batch_t in = sdk::Record<kvs_query_batch_t>();
  sdk::QueryAnswers answers;
  Status status;
  std::latch ended{1};
};

// A write under way.
struct StartedWrite {
  StartedWrite(RemoteClient& client, const kvs_cancel_t* cancel, const kvs_write_batch_t* batch) : call("team-a", cancel) {
    view.batch = batch;
    sdk::Start(sdk::SinkRef(sdk::IfaceOf<sdk::SeriesSink>(&client)).write(), call, &view, &result, [this](const Status& s) {
      status = s;
      ended.count_down();
    });
  }
  const sdk::OwnedCall call;
  kvs_write_view_t view = sdk::Record<kvs_write_view_t>();
  kvs_write_result_t result = sdk::Record<kvs_write_result_t>();
  Status status;
  std::latch ended{1};
};

// A link to a port of this machine that can break: bytes go no further then, and nobody is told.
class Link {
 public:
  explicit Link(int port) : listener_(Socket()), there_(Socket()) {
    sockaddr_in address = Loopback(0);
    socklen_t size = sizeof(address);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_, 8), 0);
    EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    address = Loopback(port);
    EXPECT_EQ(::connect(there_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::pipe(stop_), 0);
    thread_ = std::thread([this] { Carry(); });
  }
  ~Link() {
    Break();
    for (const int fd : {here_, there_, listener_, stop_[0], stop_[1]}) ::close(fd);
  }
  int port() const { return port_; }
  /// Until so many bytes more have gone to the other end.
  void AwaitSent(size_t more) {
    const size_t begin = sent_;
    for (size_t now = begin; now < begin + more; now = sent_) sent_.wait(now);
  }
  void Break() {
    if (!thread_.joinable()) return;
    EXPECT_EQ(::write(stop_[1], "x", 1), 1);
    thread_.join();
  }

 private:
  static int Socket() { return ::socket(AF_INET, SOCK_STREAM, 0); }
  static sockaddr_in Loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }
  void Carry() {
    here_ = ::accept(listener_, nullptr, nullptr);
    pollfd ends[] = {{stop_[0], POLLIN, 0}, {here_, POLLIN, 0}, {there_, POLLIN, 0}};
    char bytes[4096];
    while (::poll(ends, 3, -1) > 0 && ends[0].revents == 0) {
      for (const int i : {1, 2}) {
        if (ends[i].revents == 0) continue;
        const ssize_t n = ::read(ends[i].fd, bytes, sizeof(bytes));
        if (n <= 0) return;
        for (ssize_t done = 0; done < n;)
          done += std::max<ssize_t>(
              ::write(ends[3 - i].fd, bytes + done, static_cast<size_t>(n - done)), 0);
        if (i == 1) sent_ += static_cast<size_t>(n);
        sent_.notify_all();
      }
    }
  }

  const int listener_, there_;
  int here_ = -1, port_ = 0, stop_[2] = {-1, -1};
  std::atomic<size_t> sent_{0};
  std::thread thread_;
};

class RemoteTest : public ::testing::Test {
 protected:
  std::unique_ptr<RemoteServer> StartServer(CountingSink* sink) {
    ServerConfig config;
    config.listen = "127.0.0.1:0";
    if (max_message_bytes_ > 0) config.max_message_size.bytes = max_message_bytes_;
    config.known_labels_size.bytes = known_labels_bytes_;
    if (listen_port_ != 0) config.listen = StrCat("127.0.0.1:", listen_port_);
    auto server = std::make_unique<RemoteServer>(host_.host(), config);
    server->sink = sdk::SinkRef(sdk::IfaceOf<sdk::SeriesSink>(sink));
    server->source = sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(&source_));
    server->engine = sdk::EngineRef(sdk::IfaceOf<sdk::QueryEngine>(&engine_));
    sdk::Completer none(nullptr, nullptr);
    EXPECT_TRUE(server->Start(call_, none).status().ok());
    return server;
  }
  std::unique_ptr<RemoteClient> StartClient(std::vector<int> ports) {
    ClientConfig config;
    config.keepalive_time = keepalive_time_;
    config.keepalive_timeout = keepalive_timeout_;
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
  static sdk::EngineRef EngineOf(RemoteClient& client) { return sdk::EngineRef(sdk::IfaceOf<sdk::QueryEngine>(&client)); }
  static sdk::SourceRef SourceOf(RemoteClient& client) { return sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(&client)); }

  testkit::TestHost host_;
  SmallSource source_;
  EchoEngine engine_;
  uint64_t max_message_bytes_ = 0;  // 0: the default.
  uint64_t known_labels_bytes_ = 1 << 20;
  int listen_port_ = 0;  // 0: any.
  sdk::Duration keepalive_time_ = ClientConfig().keepalive_time, keepalive_timeout_ = ClientConfig().keepalive_timeout;
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

// The deadline of the call is two minutes away.
TEST_F(RemoteTest, ACallFailsSoonWhoseLinkBreaksWithoutAWord) {
  sink_.hold = true;
  keepalive_time_.ms = keepalive_timeout_.ms = 100;
  const auto server = StartServer(&sink_);
  Link link(server->port());
  const auto client = StartClient({link.port()});
  const auto buffer = Batch({1.0});
  StartedWrite write(*client, nullptr, buffer->Publish());
  sink_.arrived.wait();

  link.Break();
  write.ended.wait();

  EXPECT_EQ(write.status.code(), StatusCode::kUnavailable) << write.status.ToString();
  sink_.held(OkStatus());
  Stop(*server);
}

TEST_F(RemoteTest, ACallThatTakesLongIsNotHeldForDead) {
  sink_.hold = true;
  keepalive_time_.ms = 20;
  const auto server = StartServer(&sink_);
  Link link(server->port());
  const auto client = StartClient({link.port()});
  const auto buffer = Batch({1.0});
  StartedWrite write(*client, nullptr, buffer->Publish());
  sink_.arrived.wait();

  link.AwaitSent(10 * 17);  // Questions whether it lives.
  sink_.held(OkStatus());
  write.ended.wait();

  EXPECT_TRUE(write.status.ok()) << write.status.ToString();
  Stop(*server);
}

// Series of Batch() differ in n alone.
TEST_F(RemoteTest, LabelsGoWithEachSeriesWhetherTheyWereToldOrNot) {
  const auto server = StartServer(&sink_);
  const auto client = StartClient({server->port()});
  const auto two = Batch({1, 2}), three = Batch({1, 2, 3});
  kvs_write_result_t result;

  for (const auto* const batch : {&two, &two, &three, &three}) {
    ASSERT_TRUE(Write(*client, call_, (*batch)->Publish(), &result).ok());
    EXPECT_EQ(result.samples_accepted, (*batch)->batch.n_samples());
  }

  EXPECT_THAT(sink_.labels, ElementsAre(R"({n="0"})", R"({n="1"})", R"({n="0"})", R"({n="1"})", R"({n="0"})", R"({n="1"})", R"({n="2"})",
                                        R"({n="0"})", R"({n="1"})", R"({n="2"})"));
  EXPECT_THAT(sink_.layouts, Each(KVS_LABELS_PROTOBUF));
  Stop(*server);
}

TEST_F(RemoteTest, AServerThatKnowsNoLabelsGetsThemWithEachWrite) {
  known_labels_bytes_ = 0;
  const auto server = StartServer(&sink_);
  const auto client = StartClient({server->port()});
  const auto buffer = Batch({1, -2});
  kvs_write_result_t result;

  for (int i = 0; i < 2; ++i) {
    const Status status = Write(*client, call_, buffer->Publish(), &result);
    EXPECT_EQ(status.reason(), "err-negative");
    EXPECT_EQ(result.samples_accepted, 1u);
  }

  EXPECT_THAT(sink_.labels, ElementsAre(R"({n="0"})", R"({n="1"})", R"({n="0"})", R"({n="1"})"));
  EXPECT_THAT(sink_.layouts, Each(KVS_LABELS_SYMBOLS));
  Stop(*server);
}

TEST_F(RemoteTest, AServerThatForgetsSoonerThanItIsToldGetsAllOfAWrite) {
  known_labels_bytes_ = 64;  // A byte in each slab: nothing fits.
  const auto server = StartServer(&sink_);
  const auto client = StartClient({server->port()});
  const auto buffer = Batch(std::vector<double>(50, 1.0));
  kvs_write_result_t result;

  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(Write(*client, call_, buffer->Publish(), &result).ok());
    ASSERT_EQ(result.samples_accepted, 50u);
  }

  EXPECT_EQ(sink_.series, 40u * 50u);
  EXPECT_EQ(sink_.labels.back(), R"({n="49"})");
  Stop(*server);
}

TEST_F(RemoteTest, AServerThatStartedAgainAsksForLabels) {
  auto server = StartServer(&sink_);
  listen_port_ = server->port();
  const auto client = StartClient({listen_port_});
  const auto buffer = Batch({1, 2});
  kvs_write_result_t result;
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(Write(*client, call_, buffer->Publish(), &result).ok());
  Stop(*server);
  server = StartServer(&sink_);

  Status status;
  do status = Write(*client, call_, buffer->Publish(), &result);
  while (status.code() == StatusCode::kUnavailable);  // Until it has connected again.

  EXPECT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(result.samples_accepted, 2u);
  EXPECT_EQ(sink_.labels.size(), 6u);
  EXPECT_EQ(sink_.labels.back(), R"({n="1"})");
  Stop(*server);
}

TEST_F(RemoteTest, TenantsDoNotKnowEachOthersSeries) {
  const auto server = StartServer(&sink_);
  const auto client = StartClient({server->port()});
  const auto buffer = Batch({1});
  const auto other = Batch({1});
  other->batch.symbols[1] = model::StrRef::Of("m");  // Other labels under the same key.
  const sdk::OwnedCall team_b("team-b");
  kvs_write_result_t result;

  ASSERT_TRUE(Write(*client, call_, buffer->Publish(), &result).ok());
  ASSERT_TRUE(Write(*client, team_b, other->Publish(), &result).ok());

  EXPECT_THAT(sink_.labels, ElementsAre(R"({n="0"})", R"({m="0"})"));
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

TEST_F(RemoteTest, TheTraceOfACallIsThatOfItsCaller) {
  const auto server = StartServer(&sink_);
  const auto client = StartClient({server->port()});
  const auto buffer = Batch({1.0});
  kvs_write_result_t result;
  ASSERT_TRUE(Write(*client, call_, buffer->Publish(), &result).ok());
  EXPECT_EQ(sink_.trace, "");
  kvs_call_t traced = *sdk::Call(call_).raw();
  constexpr std::string_view kTrace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
  sdk::ReadTraceparent(kTrace, traced);

  ASSERT_TRUE(Write(*client, sdk::Call(&traced), buffer->raw(), &result).ok());

  EXPECT_EQ(sink_.trace, kTrace);
  Stop(*server);
}

TEST_F(RemoteTest, OneOfSeveralPeersGetsTheMetadata) {
  CountingSink other;
  const auto a = StartServer(&sink_);
  const auto b = StartServer(&other);
  const auto client = StartClient({a->port(), b->port()});
  const auto buffer = Batch({1.0});
  buffer->batch.metadata.push_back({model::StrRef::Of("n"), model::StrRef::Of("Help."), {}, 2, 0});
  kvs_write_result_t result;

  ASSERT_TRUE(Write(*client, call_, buffer->Publish(), &result).ok());

  EXPECT_EQ(result.samples_accepted, 1u);
  EXPECT_EQ(sink_.series + other.series, 1u);
  EXPECT_EQ(sink_.metadata + other.metadata, 1u);
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

TEST_F(RemoteTest, ABatchOfQueriesIsOneCall) {
  const auto server = StartServer(&sink_);
  const auto client = StartClient({server->port()});
  for (const bool together : {true, false}) {  // An engine behind the network, too, may answer one at a time.
    engine_.plans_together = together;
    sdk::QuerySet set;
    for (const std::string_view text : {"one", "bad", "two"}) {
      auto query = sdk::Record<kvs_query_t>();
      query.text = sdk::Str(text);
      set.Add(query);
    }

    set.Ask(EngineOf(*client), host_.host().executor(), call_, {.timeout_ms = 5000});

    ASSERT_TRUE(set.status(0).ok()) << set.status(0).ToString();
    EXPECT_EQ(sdk::View(set.TakeResult(0)->text), "one");
    EXPECT_EQ(set.status(1).reason(), "test-bad");
    ASSERT_TRUE(set.status(2).ok()) << set.status(2).ToString();
    EXPECT_EQ(sdk::View(set.TakeResult(2)->text), "two");
    EXPECT_EQ(engine_.singles, together ? 0 : 3);
  }
  EXPECT_EQ(engine_.batches, 1);
  EXPECT_EQ(engine_.timeout_ms, 5000);
  EXPECT_EQ(engine_.tenant, "team-a");
  Stop(*server);
}

TEST_F(RemoteTest, AnswersThatAreTooLongTogetherAreAskedForOneByOne) {
  max_message_bytes_ = 4096;
  const auto server = StartServer(&sink_);
  const auto client = StartClient({server->port()});
  sdk::QuerySet set;
  auto query = sdk::Record<kvs_query_t>();
  query.text = sdk::Str("long");
  set.Add(query);
  set.Add(query);

  set.Ask(EngineOf(*client), host_.host().executor(), call_, {});

  for (size_t i = 0; i < set.size(); ++i) {
    ASSERT_TRUE(set.status(i).ok()) << set.status(i).ToString();
    EXPECT_EQ(set.TakeResult(i)->text.size, 3000u);
  }
  EXPECT_EQ(engine_.batches, 1);
  EXPECT_EQ(engine_.singles, 2);
  Stop(*server);
}

TEST_F(RemoteTest, BatchesThatWaitHoldNoThread) {
  constexpr size_t kBatches = 8;  // The host has two workers.
  std::latch arrived(kBatches);
  engine_.arrived = &arrived;
  const auto server = StartServer(&sink_);
  const auto client = StartClient({server->port()});
  std::vector<std::unique_ptr<AskedBatch>> asked;
  for (size_t i = 0; i < kBatches; ++i) {
    asked.push_back(std::make_unique<AskedBatch>(std::initializer_list<std::string_view>{"one", "bad"}, nullptr));
    asked.back()->call.WithTimeoutMs(60'000);
    asked.back()->Start(EngineOf(*client));
  }

  arrived.wait();
  for (EchoEngine::Held& held : engine_.held) {
    EXPECT_GT(held.deadline_ns, 0);
    EXPECT_LT(held.deadline_ns, sdk::MonotonicNs() + 90'000'000'000);  // The call's, not the client's two minutes.
    EchoEngine::AnswerAll(*held.in, *held.out);
    held.done(OkStatus());
  }

  for (const auto& one : asked) {
    one->ended.wait();
    ASSERT_TRUE(one->status.ok()) << one->status.ToString();
    EXPECT_TRUE(one->answers.TakeStatus(0).ok());
    EXPECT_EQ(sdk::View(one->answers.result(0).text), "one");
    EXPECT_EQ(one->answers.TakeStatus(1).reason(), "test-bad");
  }
  Stop(*server);
}

TEST_F(RemoteTest, ABatchMayBeCancelled) {
  std::latch arrived(1);
  engine_.arrived = &arrived;
  const auto server = StartServer(&sink_);
  const auto client = StartClient({server->port()});
  sdk::CancelSource cancel;
  AskedBatch asked({"one", "two"}, cancel.raw());
  asked.Start(EngineOf(*client));
  arrived.wait();

  cancel.Cancel();
  asked.ended.wait();

  EXPECT_EQ(asked.status.code(), StatusCode::kCancelled);
  EXPECT_EQ(asked.answers.TakeStatus(0).code(), StatusCode::kUnknown);  // None is filled.
  std::latch told(1);
  EchoEngine::Held& held = engine_.held.front();
  held.cancel->subscribe(held.cancel, [](void* arg) noexcept { static_cast<std::latch*>(arg)->count_down(); }, &told);
  told.wait();
  EchoEngine::AnswerAll(*held.in, *held.out);  // An engine that ends late does no harm.
  held.done(OkStatus());
  Stop(*server);
}

TEST_F(RemoteTest, WhatIsNotExportedIsUnimplemented) {
  const auto server = StartServer(&sink_);
  const auto client = StartClient({server->port()});
  const kvs_str_t key = sdk::Str("k");
  sdk::Owned<kvs_object_info_t> info;

  const Status status = sdk::Await(sdk::StoreRef(sdk::IfaceOf<sdk::ObjectStore>(client.get())).stat(), call_, &key, info.out());

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
  StartedWrite write(*client, cancel.raw(), buffer->Publish());
  sink_.arrived.wait();

  cancel.Cancel();
  write.ended.wait();
  EXPECT_EQ(write.status.code(), StatusCode::kCancelled);
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
  StartedWrite write(*client, cancel.raw(), buffer->Publish());
  sink_.arrived.wait();

  sink_.held(Cancelled("it stops"));
  write.ended.wait();
  EXPECT_EQ(write.status.code(), StatusCode::kUnavailable);
  EXPECT_TRUE(write.status.retryable());
  EXPECT_THAT(write.status.message(), HasSubstr("it stops"));
  Stop(*server);
}

}  // namespace
}  // namespace kvs::remote::grpc
