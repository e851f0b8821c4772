// SPDX-License-Identifier: Apache-2.0
// Nobody can tell a frontend's answers from the engine's: over random queries, with parts of them
// cached, in shards, and when the cache lies.
#include "engine.h"

#include <map>
#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/base/mutex.h"
#include "kvs/base/str_cat.h"
#include "kvs/records/query_result.h"
#include "kvs/sdk/identity.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/query_set.h"
#include "kvs/testkit/fake_limiter.h"
#include "kvs/testkit/test_host.h"

#include "result/columns.h"
#include "result/stitch.h"

namespace kvs::engine::frontend {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kNowMs = 1'700'000'000'000;
constexpr int64_t kHour = 3'600'000, kMinute = 60'000;

/// Values that depend on query, series and step alone, as those of PromQL do. `count(m)`, `max(m)`
/// go over the series of the shard that is asked for.
class FakeEngine final : public sdk::QueryEngine {
 public:
  static constexpr uint32_t kSeries = 12;

  sdk::Outcome Query(const sdk::Call& call, const kvs_query_t& in, kvs_query_result_t& out,
                     sdk::Completer&) override {
    {
      const MutexLock lock(mutex_);
      asked.push_back(in);
      texts.insert(sdk::Text(in.text));
    }
    KVS_RETURN_IF_ERROR(call.CheckAlive());
    if (!failing.empty() && in.start_ms >= fails_from_ms) return FailedPrecondition(failing);
    Notes notes;
    const std::string_view text = sdk::View(in.text);
    if (text.find("noted") != std::string_view::npos)
      notes.infos.push_back("PromQL info: so (1:1)");
    if (text.find("lately") != std::string_view::npos) {
      const bool is_late = in.end_ms > kNowMs - kHour;
      notes.warnings.push_back(is_late ? "PromQL warning: lately (1:1)"
                                       : "PromQL warning: before (1:1)");
    }
    if (!missing.empty()) notes.warnings.push_back(missing);
    const bool is_count = text.starts_with("count("), is_max = text.starts_with("max(");
    const int64_t end = (in.flags & KVS_QUERY_RANGE) != 0 ? in.end_ms : in.start_ms;
    const int64_t step = (in.flags & KVS_QUERY_RANGE) != 0 ? in.step_ms : 1;
    auto columns = std::make_unique<ResultColumns>();
    if (is_count || is_max) {
      bool any = false;
      for (int64_t t = in.start_ms; t <= end; t += step) {
        double value = 0;
        bool there = false;
        for (uint32_t s = 0; s < kSeries; ++s) {
          if (!Wants(in, s) || !IsThere(text, s, t)) continue;
          value = is_count ? value + 1
                  : there  ? std::max(value, Value(text, s, t))
                           : Value(text, s, t);
          there = true;
        }
        if (there) columns->AddPoint(t, value);
        any = any || there;
      }
      if (any) columns->EndSeries({&names_, kSeries});
    } else {
      OneHistogram histogram;
      for (uint32_t s = 0; s < kSeries; ++s) {
        bool any = false;
        for (int64_t t = in.start_ms; t <= end; t += step) {
          if (!IsThere(text, s, t)) continue;
          any = true;
          if (Hash(text, s, t) % 5 == 0) {
            columns->AddHistogram(*histogram.At(t), 0);
          } else {
            columns->AddPoint(t, Value(text, s, t));
          }
        }
        if (any) columns->EndSeries({&names_, s});
      }
    }
    std::string stats;
    if ((in.flags & KVS_QUERY_STATS) != 0) stats = "{}";
    ResultColumns::HandOut(std::move(columns),
                           (in.flags & KVS_QUERY_RANGE) != 0 ? KVS_VALUE_MATRIX : KVS_VALUE_VECTOR,
                           (in.flags & KVS_QUERY_RANGE) != 0, notes, stats, out);
    return OkStatus();
  }

  sdk::Outcome QueryBatch(const sdk::Call& call, const kvs_query_batch_t& in,
                          kvs_query_answers_t& out, sdk::Completer& completer) override {
    if (!plans_together) return Unimplemented("one at a time");
    ++batches;
    timeout_ms = in.timeout_ms;
    for (uint64_t i = 0; i < in.n_queries; ++i) {
      kvs_query_answer_t& answer = out.answers[i];
      const sdk::Outcome one = Query(call, *in.queries[i], *answer.result, completer);
      answer.code = sdk::Export(one.status(), answer.error);
      answer.wall_ns = 7;
    }
    return OkStatus();
  }

  std::vector<kvs_query_t> TakeAsked() {
    const MutexLock lock(mutex_);
    return std::exchange(asked, {});
  }
  bool plans_together = true;
  int batches = 0;
  int64_t timeout_ms = 0;
  /// What the engine sees is another one from now on.
  int generation = 0;
  std::string failing, missing;
  int64_t fails_from_ms = 0;
  std::set<std::string> texts;

 private:
  struct OneHistogram {
    const kvs_histogram_columns_t* At(int64_t t) {
      columns = records::HistogramColumns();
      columns.Begin(
          {.timestamp_ms = t, .schema = 2, .count = static_cast<uint64_t>(t), .sum = 1.5});
      columns.positive().AddSpan(1, 1);
      columns.positive().AddBucket(7);
      columns.End();
      columns.EndSeries();
      return columns.Finish();
    }
    records::HistogramColumns columns;
  };
  /// Labels {i="0"} and so on, and a last series without any.
  struct Names {
    Names() {
      texts.push_back("i");
      for (uint32_t s = 0; s < kSeries; ++s) texts.push_back(StrCat(s));
      for (const std::string& text : texts) symbols.push_back(sdk::Str(text));
      for (uint32_t s = 0; s < kSeries; ++s) {
        refs.insert(refs.end(), {0, s + 1});
        begin.push_back(static_cast<uint32_t>(refs.size()));
      }
      begin.push_back(static_cast<uint32_t>(refs.size()));
    }
    std::vector<std::string> texts;
    std::vector<kvs_str_t> symbols;
    std::vector<uint32_t> refs, begin{0};
  };

  static bool Wants(const kvs_query_t& in, uint32_t s) {
    return in.shard_count == 0 || s % in.shard_count == in.shard_index;
  }
  uint64_t Hash(std::string_view text, uint32_t s, int64_t t) const {
    uint64_t h = std::hash<std::string_view>()(text) + 31 * s + static_cast<uint64_t>(generation);
    h = (h ^ static_cast<uint64_t>(t / 1000)) * 0x9E3779B97F4A7C15ull;
    return (h >> 29) ^ h;
  }
  bool IsThere(std::string_view text, uint32_t s, int64_t t) const {
    return Hash(text, s, t / 7'200'000) % 3 != 0 && Hash(text, s, t) % 4 != 0;
  }
  double Value(std::string_view text, uint32_t s, int64_t t) const {
    return static_cast<double>(Hash(text, s, t) % 100'000) / 7;
  }

  Mutex mutex_;
  std::vector<kvs_query_t> asked;
  Names names_storage_;
  kvs_query_result_t names_ = [this] {
    auto out = sdk::Record<kvs_query_result_t>();
    out.labels = sdk::Record<kvs_label_columns_t>();
    out.labels.n_series = kSeries + 1;
    out.labels.symbols = names_storage_.symbols.data();
    out.labels.n_symbols = names_storage_.symbols.size();
    out.labels.begin = names_storage_.begin.data();
    out.labels.refs = names_storage_.refs.data();
    return out;
  }();
};

/// Forgets nothing; entries can be spoilt.
class FakeCache final : public sdk::Cache {
 public:
  sdk::Outcome Get(const sdk::Call&, const kvs_cache_keys_t& in, kvs_cache_values_t& out,
                   sdk::Completer&) override {
    if (!failing.empty()) return Unavailable(failing);
    struct Holder {
      std::vector<std::string> kept;
      std::vector<kvs_bytes_t> values;
    };
    auto holder = std::make_unique<Holder>();
    holder->kept.reserve(in.n_keys);
    for (uint64_t i = 0; i < in.n_keys; ++i) {
      const auto found = items.find(sdk::Text(in.keys[i]));
      const bool is_there = found != items.end();
      holder->kept.push_back(is_there ? found->second : std::string());
      holder->values.push_back(is_there ? sdk::Bytes(holder->kept.back()) : kvs_bytes_t{});
    }
    out.values = holder->values.data();
    out.n_values = holder->values.size();
    sdk::HandOut(out, std::move(holder));
    return OkStatus();
  }
  sdk::Outcome Put(const sdk::Call&, const kvs_cache_items_t& in, sdk::Completer&) override {
    if (!failing.empty()) return Unavailable(failing);
    for (uint64_t i = 0; i < in.n_items; ++i) {
      items[sdk::Text(in.items[i].key)] = sdk::TextOf(in.items[i].value);
      ttl_ms[sdk::Text(in.items[i].key)] = in.items[i].ttl_ms;
    }
    return OkStatus();
  }
  sdk::Outcome Remove(const sdk::Call&, const kvs_cache_keys_t&, sdk::Completer&) override {
    return OkStatus();
  }
  std::map<std::string, std::string> items;
  std::map<std::string, int64_t> ttl_ms;
  std::string failing;
};

struct RangeOf {
  std::string text;
  int64_t start_ms = 0, end_ms = 0, step_ms = 0;
  uint32_t flags = KVS_QUERY_RANGE;
};

class FrontendTest : public ::testing::Test {
 protected:
  void Make(Config config, bool with_cache = true) {
    frontend_ = std::make_unique<Frontend>(host_.host(), std::move(config));
    frontend_->next = sdk::EngineRef(sdk::IfaceOf<sdk::QueryEngine>(&engine_));
    if (with_cache) frontend_->cache = sdk::CacheRef(sdk::IfaceOf<sdk::Cache>(&cache_));
  }
  static Config Small() {
    Config config;
    config.split_queries_by_interval = {2 * kHour};
    config.max_cache_freshness = {10 * kMinute};
    return config;
  }
  /// The bytes of the answer, or the error.
  std::string AskOf(sdk::QueryEngine& engine, const RangeOf& range, std::string_view tenant = "t",
                    const kvs_ext_t* ext = nullptr) {
    auto in = sdk::Record<kvs_query_t>();
    in.flags = range.flags;
    in.text = sdk::Str(range.text);
    in.start_ms = range.start_ms;
    in.end_ms = range.end_ms;
    in.step_ms = range.step_ms;
    const sdk::OwnedCall owned(tenant);
    kvs_call_t raw = *owned.call().raw();
    raw.ext = ext;
    sdk::Owned<kvs_query_result_t> out;
    const Status status =
        sdk::Await(sdk::EngineRef(sdk::IfaceOf<sdk::QueryEngine>(&engine)).query(), sdk::Call(&raw),
                   &in, out.out());
    return status.ok() ? Plain(*out) : status.ToString();
  }
  /// Bytes that do not depend on how a record is laid out.
  static std::string Plain(const kvs_query_result_t& result) {
    Slice all{&result, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()};
    sdk::Owned<kvs_query_result_t> out;
    Stitch({&all, 1}, NotesOf(result), sdk::Text(result.stats_json), *out.out());
    return StrCat(result.value_type, "/", result.sorted, "/", records::EncodeQueryResult(*out));
  }
  std::string Frontends(const RangeOf& range, std::string_view tenant = "t") {
    return AskOf(*frontend_, range, tenant);
  }
  std::string Engines(const RangeOf& range) { return AskOf(engine_, range); }
  double Metric(const char* name) { return host_.metrics().Value(name); }
  int64_t StepsAsked() {
    int64_t steps = 0;
    for (const kvs_query_t& in : engine_.TakeAsked())
      steps += (in.end_ms - in.start_ms) / in.step_ms + 1;
    return steps;
  }

  testkit::TestHost host_{{.manual_clock = true, .now_ms = kNowMs}};
  FakeEngine engine_;
  FakeCache cache_;
  std::unique_ptr<Frontend> frontend_;
};

TEST_F(FrontendTest, AnswersAreTheEnginesToTheByte) {
  Config config = Small();
  config.cache_unaligned_requests = true;
  config.parallelize_shardable_queries = true;
  config.query_sharding_total_shards = 3;
  Make(config);
  std::mt19937 random(17);
  const std::vector<std::string> texts = {"m",      "m offset 1m",   "noted",  "noted ",
                                          "lately", "count(m)",      "max(m)", "m @ end()",
                                          "5",      "m offset -30m", "(m)"};
  for (int round = 0; round < 400; ++round) {
    RangeOf range{texts[random() % texts.size()]};
    range.step_ms = std::vector<int64_t>{15'000, kMinute, 7 * kMinute, 3 * kHour}[random() % 4];
    range.start_ms = kNowMs - static_cast<int64_t>(random() % 900) * kMinute;
    if (random() % 2 == 0) range.start_ms -= range.start_ms % range.step_ms;
    range.end_ms = range.start_ms + static_cast<int64_t>(random() % 500) * kMinute;

    ASSERT_EQ(Frontends(range), Engines(range))
        << "round " << round << ": " << range.text << " from " << range.start_ms << " to "
        << range.end_ms << " step " << range.step_ms;
  }
  EXPECT_GT(Metric("cortex_frontend_query_result_cache_steps_found_total"), 1000);
  EXPECT_GT(Metric("cortex_frontend_sharded_queries_total"), 30);
  EXPECT_GT(Metric("cortex_frontend_split_queries_undone_total"), 0);
  EXPECT_EQ(Metric("cortex_frontend_query_result_cache_refused_total"), 0);
}

TEST_F(FrontendTest, InstantQueriesThatAreAskedTogetherAreHandedOnTogether) {
  Make(Small());
  testkit::FakeLimiter limiter;
  limiter.texts["blocked_queries"] = R"j([{"pattern":"m"}])j";
  frontend_->limits = limiter.ref();
  for (const bool together : {true, false}) {
    engine_.plans_together = together;
    sdk::QuerySet set;
    for (const char* text : {"count(m)", "m", "noted", "max(m)"}) {
      auto query = sdk::Record<kvs_query_t>();
      query.text = sdk::Str(text);
      query.start_ms = query.end_ms = kNowMs - kHour;
      set.Add(query);
    }

    set.Ask(sdk::EngineRef(sdk::IfaceOf<sdk::QueryEngine>(frontend_.get())),
            host_.host().executor(), sdk::OwnedCall("t"), {.timeout_ms = 5000});

    EXPECT_EQ(set.status(1).reason(), "err-mimir-query-blocked") << set.status(1).ToString();
    const std::vector<kvs_query_t> asked = engine_.TakeAsked();
    EXPECT_EQ(asked.size(), 3u);
    for (const kvs_query_t& query : asked) EXPECT_NE(query.flags & KVS_QUERY_PART, 0u);
    for (const size_t i : {0, 2, 3}) {
      ASSERT_TRUE(set.status(i).ok()) << set.status(i).ToString();
      const char* const text = i == 0 ? "count(m)" : i == 2 ? "noted" : "max(m)";
      EXPECT_EQ(Plain(*set.TakeResult(i)),
                Engines({text, kNowMs - kHour, kNowMs - kHour, 0, /*flags=*/0}));
      EXPECT_EQ(set.wall_ns(i) == 7, together);
    }
    engine_.TakeAsked();
  }
  EXPECT_EQ(engine_.batches, 1);
  EXPECT_EQ(engine_.timeout_ms, 5000);
  EXPECT_EQ(host_.metrics().Value("cortex_query_frontend_rejected_queries_total",
                                  {{"user", "t"}, {"reason", "blocked"}}),
            2);  // Once each time: what is let in or refused is not asked again.
}

TEST_F(FrontendTest, RangeQueriesThatAreAskedTogetherAreCutAllTheSame) {
  Make(Small());
  sdk::QuerySet set;
  const int64_t end = kNowMs - kNowMs % kMinute - kHour;
  for (const char* text : {"m", "noted"}) {
    auto query = sdk::Record<kvs_query_t>();
    query.flags = KVS_QUERY_RANGE;
    query.text = sdk::Str(text);
    query.start_ms = end - 6 * kHour;
    query.end_ms = end;
    query.step_ms = kMinute;
    set.Add(query);
  }

  set.Ask(sdk::EngineRef(sdk::IfaceOf<sdk::QueryEngine>(frontend_.get())), host_.host().executor(),
          sdk::OwnedCall("t"), {});

  EXPECT_EQ(Plain(*set.TakeResult(0)), Engines({"m", end - 6 * kHour, end, kMinute}));
  EXPECT_EQ(engine_.batches, 0);
  EXPECT_GT(Metric("cortex_frontend_split_queries_total"), 2);
  EXPECT_EQ(host_.metrics().Value("cortex_frontend_query_range_duration_seconds",
                                  {{"method", "split_by_interval_and_results_cache"}}),
            2);
}

TEST_F(FrontendTest, OnlyWhatIsMissingIsAsked) {
  Make(Small());
  const int64_t start = kNowMs - kNowMs % (2 * kHour) - 6 * kHour;
  Frontends({"m", start, start + 3 * kHour, kMinute});
  EXPECT_EQ(StepsAsked(), 181);

  Frontends({"m", start, start + 3 * kHour, kMinute});
  EXPECT_EQ(StepsAsked(), 0);

  const RangeOf longer{"m", start - kHour, start + 4 * kHour, kMinute};
  const std::string answer = Frontends(longer);
  EXPECT_EQ(StepsAsked(), 120);
  EXPECT_EQ(answer, Engines(longer));
}

TEST_F(FrontendTest, SpacesAndCommentsMakeNoDifference) {
  Make(Small());
  const int64_t start = kNowMs - kNowMs % kHour - 6 * kHour;
  Frontends({"sum by(a)(m)", start, start + kHour, kMinute});
  engine_.TakeAsked();

  Frontends({"sum  by (a) (m) # again", start, start + kHour, kMinute});

  EXPECT_EQ(StepsAsked(), 0);
}

TEST_F(FrontendTest, WhatIsNewIsAskedEachTime) {
  Make(Small());
  const RangeOf range{"m", kNowMs - kNowMs % kMinute - kHour, kNowMs - kNowMs % kMinute, kMinute};
  Frontends(range);
  engine_.TakeAsked();

  engine_.generation = 1;  // Late samples have come.
  Frontends(range);

  EXPECT_LE(StepsAsked(), 11);
}

TEST_F(FrontendTest, NoAnswerIsCachedThatLacksSomething) {
  Make(Small());
  const int64_t start = kNowMs - kNowMs % kHour - 6 * kHour;
  engine_.missing = "a block cannot be read";
  EXPECT_THAT(Frontends({"m", start, start + kHour, kMinute}), HasSubstr("a block cannot be read"));

  engine_.missing.clear();
  const RangeOf range{"m", start, start + kHour, kMinute};
  EXPECT_EQ(Frontends(range), Engines(range));
  EXPECT_TRUE(cache_.items.size() == 1 || cache_.items.size() == 2);
}

TEST_F(FrontendTest, NoStoreMeansIt) {
  Make(Small());
  const int64_t start = kNowMs - kNowMs % kHour - 6 * kHour;

  Frontends({"m", start, start + kHour, kMinute, KVS_QUERY_RANGE | KVS_QUERY_NO_CACHE});

  EXPECT_TRUE(cache_.items.empty());
}

TEST_F(FrontendTest, TenantsAndWhatBindsCallersAreKeptApart) {
  Make(Small());
  const int64_t start = kNowMs - kNowMs % kHour - 6 * kHour;
  const RangeOf range{"m", start, start + kHour - kMinute, kMinute};
  Frontends(range, "a");
  engine_.TakeAsked();

  Frontends(range, "b");
  EXPECT_EQ(StepsAsked(), 60);

  sdk::Owned<kvs_identity_t> identity;
  sdk::Identity::HandOut(std::make_shared<const sdk::Identity>(
                             "someone", KVS_RIGHT_READ, std::vector<std::string>{"*"},
                             std::vector<sdk::OwnedMatcher>{{"job", 0, "api"}}),
                         *identity.out());
  auto ext = sdk::Record<kvs_ext_t>();
  ext.id = KVS_EXT_IDENTITY;
  ext.value = &*identity;
  AskOf(*frontend_, range, "a", &ext);
  EXPECT_EQ(StepsAsked(), 60);
}

TEST_F(FrontendTest, ACacheThatLiesIsNotBelieved) {
  Make(Small());
  const int64_t start = kNowMs - kNowMs % kHour - 6 * kHour;
  const RangeOf range{"m", start, start + kHour, kMinute};
  std::mt19937 random(5);
  for (int round = 0; round < 50; ++round) {
    Frontends(range);
    for (auto& [key, value] : cache_.items) value[random() % value.size()] ^= 1;

    ASSERT_EQ(Frontends(range), Engines(range)) << round;
  }
  EXPECT_GT(Metric("cortex_frontend_query_result_cache_refused_total"), 0);
}

TEST_F(FrontendTest, ACacheThatFailsIsAMiss) {
  Make(Small());
  cache_.failing = "gone";
  const int64_t start = kNowMs - kNowMs % kHour - 6 * kHour;
  const RangeOf range{"m", start, start + kHour, kMinute};

  EXPECT_EQ(Frontends(range), Engines(range));
}

TEST_F(FrontendTest, LateSamplesShortenTheTimeInTheCache) {
  Config config = Small();
  config.out_of_order_time_window = {2 * kHour};
  Make(config);
  const int64_t now = kNowMs - kNowMs % (2 * kHour);

  Frontends({"m", now - 8 * kHour, now - 7 * kHour, kMinute});
  Frontends({"n", now - kHour, now, kMinute});

  std::multiset<int64_t> ttls;
  for (const auto& [key, ttl] : cache_.ttl_ms) ttls.insert(ttl);
  EXPECT_EQ(*ttls.begin(), 600'000);
  EXPECT_EQ(*ttls.rbegin(), 7 * int64_t{86'400'000});
}

TEST_F(FrontendTest, TheErrorOfAPartIsThatOfTheQuery) {
  Make(Small());
  engine_.failing = "many-to-many matching not allowed";
  engine_.fails_from_ms = kNowMs - 5 * kHour;

  EXPECT_THAT(Frontends({"m", kNowMs - 9 * kHour, kNowMs, kMinute}),
              HasSubstr("many-to-many matching not allowed"));
}

TEST_F(FrontendTest, WhatCannotBeParsedIsTheEnginesToJudge) {
  Make(Small());

  Frontends({"m offset", kNowMs - 9 * kHour, kNowMs, kMinute});

  const std::vector<kvs_query_t> asked = engine_.TakeAsked();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].flags & KVS_QUERY_PART, 0u);
}

TEST_F(FrontendTest, PartsAreMarkedAsParts) {
  Make(Small());

  Frontends({"m", kNowMs - 9 * kHour, kNowMs, kMinute});

  const std::vector<kvs_query_t> asked = engine_.TakeAsked();
  EXPECT_GT(asked.size(), 3u);
  for (const kvs_query_t& in : asked) EXPECT_NE(in.flags & KVS_QUERY_PART, 0u);
}

}  // namespace
}  // namespace kvs::engine::frontend
