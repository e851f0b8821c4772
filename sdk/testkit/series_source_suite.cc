// SPDX-License-Identifier: Apache-2.0
// What every source has to do. A source is filled through the sink of the same component; one that
// has no sink is only asked what can be asked of any contents.
#include <algorithm>
#include <chrono>
#include <set>

#include "kvs/sdk/owned.h"
#include "kvs/sdk/port/series_sink.h"
#include "kvs/sdk/port/series_source.h"
#include "kvs/testkit/suite.h"
#include "kvs/testkit/test_batch.h"

#include "expect.h"

namespace kvs::testkit {
namespace {

constexpr int64_t kEver = INT64_MAX / 2;

int64_t NowMs() {
  using std::chrono::duration_cast;
  return duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// Writes the series of the truth table, one sample each.
Status Fill(const Context& context, int64_t t) {
  const auto sink = context.Sibling<sdk::SinkRef>();
  if (!sink) return Skip("the component has no sink to fill it through");
  TestBatch batch;
  for (const LabelPairs& labels : MatchTruthSeries()) batch.Add(labels, {{t, 1.0}});
  auto result = sdk::Record<kvs_write_result_t>();
  return sdk::Await(sink.write(), sdk::OwnedCall("test"), batch.view(), &result);
}

struct Found {
  std::vector<std::string> labels;
  uint64_t n_chunks = 0;
  bool chunks_in_bounds = true;
};

struct SelectOptions {
  uint32_t flags = 0;
  uint64_t limit = 0;
  uint32_t shard_index = 0, shard_count = 0;
  int64_t min_ms = -kEver, max_ms = kEver;
};

StatusOr<Found> Select(const Context& context, const std::vector<Match>& matches,
                       const SelectOptions& options) {
  const auto source = context.Port<sdk::SourceRef>();
  const MatchSet set(matches);
  auto in = sdk::Record<kvs_select_t>();
  in.flags = options.flags;
  in.min_ms = options.min_ms;
  in.max_ms = options.max_ms;
  in.matchers = *set.raw();
  in.limit = options.limit;
  in.shard_index = options.shard_index;
  in.shard_count = options.shard_count;
  const sdk::OwnedCall call("test");
  sdk::OpenSelection selection;
  KVS_RETURN_IF_ERROR(sdk::Await(source.select(), call, &in, selection.out()));
  Found found;
  while (true) {
    KVS_ASSIGN_OR_RETURN(const sdk::BatchPtr batch, selection.Next(call));
    if (batch == nullptr) return found;
    KVS_EXPECT((options.flags & KVS_SELECT_NO_CHUNKS) == 0 || batch->chunk_begin == nullptr,
               "chunks came that nobody asked for");
    for (uint32_t i = 0; i < batch->n_series; ++i) {
      found.labels.push_back(ToString(batch->labels, i));
      if (batch->chunk_begin == nullptr) continue;
      for (uint32_t c = batch->chunk_begin[i]; c < batch->chunk_begin[i + 1]; ++c) {
        const kvs_chunk_t& chunk = batch->chunks[c];
        ++found.n_chunks;
        if (chunk.min_ms > chunk.max_ms || chunk.max_ms < in.min_ms || chunk.min_ms > in.max_ms)
          found.chunks_in_bounds = false;
        if (c > batch->chunk_begin[i] && batch->chunks[c - 1].min_ms > chunk.min_ms)
          found.chunks_in_bounds = false;
      }
    }
  }
}

std::string Joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) StrAppend(out, out.empty() ? "" : " ", text);
  return StrCat("[", out, "]");
}

Status MatchersObeyTheTruthTable(Context& context) {
  const int64_t t = NowMs();
  KVS_RETURN_IF_ERROR(Fill(context, t));
  for (const MatchTruth& truth : MatchTruthTable()) {
    for (const uint32_t flags : {0u, uint32_t{KVS_SELECT_SORTED}, uint32_t{KVS_SELECT_NO_CHUNKS}}) {
      auto found = Select(context, truth.matches, {.flags = flags});
      if (!found.ok()) return Annotate(found.status(), "selecting ", ToString(truth.matches));
      std::vector<LabelPairs> series;
      for (const uint32_t i : truth.series) series.push_back(MatchTruthSeries()[i]);
      std::sort(series.begin(), series.end());
      std::vector<std::string> want, got = found->labels;
      for (const LabelPairs& labels : series) want.push_back(ToString(labels));
      if (flags != KVS_SELECT_SORTED) {
        std::sort(want.begin(), want.end());
        std::sort(got.begin(), got.end());
      }
      KVS_EXPECT(got == want, ToString(truth.matches), " with flags ", flags, " found ",
                 Joined(got), " instead of ", Joined(want));
    }
  }
  return OkStatus();
}

Status ChunksLieInTheTimeAskedFor(Context& context) {
  const int64_t t = NowMs();
  KVS_RETURN_IF_ERROR(Fill(context, t));
  KVS_ASSIGN_OR_RETURN(const Found at, Select(context, {{KVS_MATCH_EQUAL, "job", "db"}},
                                              {.min_ms = t, .max_ms = t}));
  KVS_EXPECT(at.n_chunks == 1 && at.chunks_in_bounds, "the one sample came in ", at.n_chunks,
             " chunks, or in one out of bounds");
  KVS_ASSIGN_OR_RETURN(const Found before, Select(context, {{KVS_MATCH_EQUAL, "job", "db"}},
                                                  {.min_ms = 0, .max_ms = t - 1}));
  KVS_EXPECT(before.n_chunks == 0, "chunks came from before the first sample");
  KVS_ASSIGN_OR_RETURN(const Found after, Select(context, {{KVS_MATCH_EQUAL, "job", "db"}},
                                                 {.min_ms = t + 1, .max_ms = kEver}));
  KVS_EXPECT(after.n_chunks == 0, "chunks came from behind the last sample");
  return OkStatus();
}

Status ShardsMakeTheWhole(Context& context) {
  KVS_RETURN_IF_ERROR(Fill(context, NowMs()));
  KVS_ASSIGN_OR_RETURN(const Found whole, Select(context, {}, {}));
  std::multiset<std::string> joined;
  for (uint32_t shard = 0; shard < 3; ++shard) {
    KVS_ASSIGN_OR_RETURN(const Found part,
                         Select(context, {}, {.shard_index = shard, .shard_count = 3}));
    joined.insert(part.labels.begin(), part.labels.end());
  }
  KVS_EXPECT((joined == std::multiset<std::string>(whole.labels.begin(), whole.labels.end())),
             "three shards have ", joined.size(), " series, the whole has ", whole.labels.size());
  return OkStatus();
}

Status ALimitCuts(Context& context) {
  KVS_RETURN_IF_ERROR(Fill(context, NowMs()));
  KVS_ASSIGN_OR_RETURN(const Found found, Select(context, {}, {.limit = 2}));
  KVS_EXPECT(found.labels.size() == 2, "at most 2 series are ", found.labels.size());
  return OkStatus();
}

Status NamesAndValuesAreSorted(Context& context) {
  const int64_t t = NowMs();
  KVS_RETURN_IF_ERROR(Fill(context, t));
  const auto source = context.Port<sdk::SourceRef>();
  auto in = sdk::Record<kvs_label_query_t>();
  in.min_ms = t - 1000;
  in.max_ms = t + 1000;
  in.name = sdk::Str("zone");
  const sdk::OwnedCall call("test");
  sdk::Owned<kvs_strings_t> names, values;
  KVS_RETURN_IF_ERROR(sdk::Await(source.label_names(), call, &in, names.out()));
  KVS_RETURN_IF_ERROR(sdk::Await(source.label_values(), call, &in, values.out()));
  const auto text = [](const kvs_strings_t& strings) {
    std::string out;
    for (uint64_t i = 0; i < strings.n_items; ++i)
      StrAppend(out, i == 0 ? "" : " ", sdk::View(strings.items[i]));
    return out;
  };
  KVS_EXPECT(text(*names) == "__name__ host job zone", "the names are \"", text(*names), "\"");
  KVS_EXPECT(text(*values) == "a ab b", "the values of zone are \"", text(*values), "\"");
  return OkStatus();
}

Status TenantsWithDataAreListed(Context& context) {
  const int64_t t = NowMs();
  KVS_RETURN_IF_ERROR(Fill(context, t));
  const auto source = context.Port<sdk::SourceRef>();
  auto in = sdk::Record<kvs_label_query_t>();
  in.min_ms = t - 1000;
  in.max_ms = t + 1000;
  in.name = sdk::Str("tes");
  const sdk::OwnedCall call("another");
  sdk::Owned<kvs_strings_t> found, none;
  const Status listed = sdk::Await(source.tenants(), call, &in, found.out());
  if (listed.code() == StatusCode::kUnimplemented) return Skip("it cannot list tenants");
  KVS_RETURN_IF_ERROR(listed);
  in.name = sdk::Str("no tenant begins like this");
  KVS_RETURN_IF_ERROR(sdk::Await(source.tenants(), call, &in, none.out()));
  KVS_EXPECT(found->n_items == 1 && sdk::View(found->items[0]) == "test",
             "tenants that begin with \"tes\" are ", found->n_items, ", and not \"test\" alone");
  KVS_EXPECT(none->n_items == 0, "tenants that nobody wrote are ", none->n_items);
  return OkStatus();
}

Status ABrokenExpressionIsInvalid(Context& context) {
  KVS_RETURN_IF_ERROR(Fill(context, NowMs()));
  const Status status = Select(context, {{KVS_MATCH_REGEX, "job", "("}}, {}).status();
  return ExpectCode(status, StatusCode::kInvalidArgument, "an unclosed group");
}

Status NothingMatchesNothing(Context& context) {
  KVS_ASSIGN_OR_RETURN(
      const Found found,
      Select(context, {{KVS_MATCH_EQUAL, "__name__", "no such metric anywhere"}}, {}));
  KVS_EXPECT(found.labels.empty(), "a metric that nobody wrote has ", found.labels.size(),
             " series");
  return OkStatus();
}

constexpr Case kCases[] = {
    {"MatchersObeyTheTruthTable", MatchersObeyTheTruthTable},
    {"ChunksLieInTheTimeAskedFor", ChunksLieInTheTimeAskedFor},
    {"ShardsMakeTheWhole", ShardsMakeTheWhole},
    {"ALimitCuts", ALimitCuts},
    {"NamesAndValuesAreSorted", NamesAndValuesAreSorted},
    {"TenantsWithDataAreListed", TenantsWithDataAreListed},
    {"ABrokenExpressionIsInvalid", ABrokenExpressionIsInvalid},
    {"NothingMatchesNothing", NothingMatchesNothing},
};

}  // namespace

const Suite& SeriesSourceSuite() {
  static constexpr Suite kSuite{KVS_SERIES_SOURCE_V1, kCases};
  return kSuite;
}

}  // namespace kvs::testkit
