// SPDX-License-Identifier: Apache-2.0
// Queries asked together: of an engine that plans them together, of one that does not, and of one
// that is older.
#include "kvs/sdk/query_set.h"

#include <cstddef>
#include <string>

#include <gtest/gtest.h>

#include "kvs/sdk/edge.h"
#include "kvs/sdk/query_priority.h"

namespace kvs::sdk {
namespace {

// Answers "bad" with an error, and everything else with itself.
class EchoEngine : public QueryEngine {
 public:
  Outcome Query(const Call& call, const kvs_query_t& in, kvs_query_result_t& out,
                Completer&) override {
    ++singles;
    deadline_ns = call.deadline_ns();
    return Answer(in, out);
  }
  static Status Answer(const kvs_query_t& in, kvs_query_result_t& out) {
    if (View(in.text) == "bad") return InvalidArgument("bad query").WithReason("test-bad");
    auto kept = std::make_unique<std::string>(View(in.text));
    out.value_type = KVS_VALUE_STRING;
    out.text = Str(*kept);
    HandOut(out, std::move(kept));
    return OkStatus();
  }
  int singles = 0;
  int64_t deadline_ns = 0;
};

class BatchEngine final : public EchoEngine {
 public:
  Outcome QueryBatch(const Call&, const kvs_query_batch_t& in, kvs_query_answers_t& out,
                     Completer&) override {
    if (!refusal.ok()) return refusal;
    ++batches;
    max_parallel = in.max_parallel;
    timeout_ms = in.timeout_ms;
    for (uint64_t i = 0; i < in.n_queries; ++i) {
      kvs_query_answer_t& answer = out.answers[i];
      answer.wall_ns = 5;
      answer.code = Export(Answer(*in.queries[i], *answer.result), answer.error);
    }
    return OkStatus();
  }
  Status refusal;
  int batches = 0;
  uint32_t max_parallel = 0;
  int64_t timeout_ms = 0;
};

// "one", "bad", "two".
QuerySet Three() {
  QuerySet batch;
  for (const std::string_view text : {"one", "bad", "two"}) {
    auto query = Record<kvs_query_t>();
    query.text = Str(text);
    batch.Add(query);
  }
  return batch;
}

void ExpectThree(QuerySet& batch) {
  ASSERT_TRUE(batch.status(0).ok()) << batch.status(0).ToString();
  EXPECT_EQ(View(batch.TakeResult(0)->text), "one");
  EXPECT_EQ(batch.status(1).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(batch.status(1).reason(), "test-bad");
  ASSERT_TRUE(batch.status(2).ok()) << batch.status(2).ToString();
  EXPECT_EQ(View(batch.TakeResult(2)->text), "two");
}

TEST(QuerySetTest, EachQueryHasItsOwnEnd) {
  BatchEngine engine;
  QuerySet batch = Three();

  batch.Ask(EngineRef(IfaceOf<QueryEngine>(&engine)), Executor(), OwnedCall("t"),
            {.max_parallel = 4, .timeout_ms = 70});

  ExpectThree(batch);
  EXPECT_EQ(batch.wall_ns(0), 5);
  EXPECT_EQ(engine.batches, 1);
  EXPECT_EQ(engine.singles, 0);
  EXPECT_EQ(engine.max_parallel, 4u);
  EXPECT_EQ(engine.timeout_ms, 70);
}

TEST(QuerySetTest, AnEngineThatAnswersOneQueryAtATimeIsAskedOneByOne) {
  EchoEngine engine;
  QuerySet batch = Three();

  batch.Ask(EngineRef(IfaceOf<QueryEngine>(&engine)), Executor(), OwnedCall("t"),
            {.timeout_ms = 70});

  ExpectThree(batch);
  EXPECT_EQ(engine.singles, 3);
  EXPECT_NE(engine.deadline_ns, 0);
}

TEST(QuerySetTest, SoIsOneWhoseTableEndsBeforeIt) {
  EchoEngine engine;
  kvs_query_engine_table_t old = *QueryEngine::table();
  old.struct_size = offsetof(kvs_query_engine_table_t, query_batch);
  kvs_iface_t iface = IfaceOf<QueryEngine>(&engine);
  iface.table = &old;
  const auto edge = MakeEdge(iface, {});
  QuerySet batch = Three();

  batch.Ask(EngineRef(edge->iface()), Executor(), OwnedCall("t"), {});

  ExpectThree(batch);
}

TEST(QuerySetTest, ARefusedBatchRefusesEveryQuery) {
  BatchEngine engine;
  engine.refusal = ResourceExhausted("too many");
  QuerySet batch = Three();

  batch.Ask(EngineRef(IfaceOf<QueryEngine>(&engine)), Executor(), OwnedCall("t"), {});

  for (size_t i = 0; i < batch.size(); ++i)
    EXPECT_EQ(batch.status(i).code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(engine.singles, 0);
}

TEST(QuerySetTest, OneQueryNeedsNoBatch) {
  BatchEngine engine;
  QuerySet batch;
  auto query = Record<kvs_query_t>();
  query.text = Str("one");
  batch.Add(query);

  batch.Ask(EngineRef(IfaceOf<QueryEngine>(&engine)), Executor(), OwnedCall("t"), {});

  EXPECT_TRUE(batch.status(0).ok());
  EXPECT_EQ(engine.singles, 1);
  EXPECT_EQ(engine.batches, 0);
}

TEST(QueryPriority, OfSeveralThatAreAskedTogetherTheHighestCounts) {
  auto people = Record<kvs_query_t>(), rule = Record<kvs_query_t>();
  rule.priority = kRulesPriority;
  const kvs_query_t* queries[] = {&people, &rule, &people};
  auto batch = Record<kvs_query_batch_t>();
  EXPECT_EQ(PriorityOf(batch), kPeoplesPriority);
  batch.queries = queries;
  batch.n_queries = 3;

  EXPECT_EQ(PriorityOf(people), kPeoplesPriority);
  EXPECT_EQ(PriorityOf(batch), kRulesPriority);
  rule.struct_size = offsetof(kvs_query_t, priority);  // From who does not know of it.
  EXPECT_EQ(PriorityOf(batch), kPeoplesPriority);
}

}  // namespace
}  // namespace kvs::sdk
