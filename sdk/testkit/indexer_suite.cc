// SPDX-License-Identifier: Apache-2.0
// What every index has to do.
#include <algorithm>
#include <set>
#include <thread>

#include "kvs/sdk/owned.h"
#include "kvs/sdk/port/indexer.h"
#include "kvs/testkit/suite.h"
#include "kvs/testkit/test_batch.h"

#include "expect.h"

namespace kvs::testkit {
namespace {

using Ids = std::vector<uint32_t>;

std::string Joined(const Ids& ids) {
  std::string out;
  for (const uint32_t id : ids) StrAppend(out, out.empty() ? "" : " ", id);
  return StrCat("[", out, "]");
}

// An index as the cases talk to it.
class IndexClient {
 public:
  explicit IndexClient(const Context& context, std::string tenant = "test")
      : index_(context.Port<sdk::IndexerRef>()), call_(tenant) {}

  StatusOr<Ids> Resolve(TestBatch& batch, uint32_t* n_created = nullptr,
                        std::vector<uint8_t>* created = nullptr,
                        const std::vector<uint32_t>* rows = nullptr) const {
    Ids ids(rows == nullptr ? batch.n_series() : rows->size(), UINT32_MAX);
    std::vector<uint8_t> marks(ids.size(), 0xee);
    auto out = sdk::Record<kvs_resolved_t>();
    out.ids = ids.data();
    out.created = marks.data();
    KVS_RETURN_IF_ERROR(sdk::Await(index_.resolve(), call_, batch.view(rows), &out));
    if (n_created != nullptr) *n_created = out.n_created;
    if (created != nullptr) *created = marks;
    return ids;
  }
  StatusOr<Ids> ResolveBounded(TestBatch& batch, uint32_t max_created, uint32_t max_per_metric = 0,
                               std::vector<uint8_t>* created = nullptr) const {
    Ids ids(batch.n_series());
    auto out = sdk::Record<kvs_resolved_t>();
    out.ids = ids.data();
    out.max_per_metric = max_per_metric;
    if (created != nullptr) {
      created->assign(ids.size(), 0xee);
      out.created = created->data();
    }
    out.is_bounded = 1;
    out.max_created = max_created;
    KVS_RETURN_IF_ERROR(sdk::Await(index_.resolve(), call_, batch.view(), &out));
    return ids;
  }
  StatusOr<Ids> Select(const std::vector<Match>& matches) const {
    const MatchSet set(matches);
    sdk::Owned<kvs_ids_t> out;
    KVS_RETURN_IF_ERROR(sdk::Await(index_.select(), call_, set.raw(), out.out()));
    return Ids(out->ids, out->ids + out->n_ids);
  }
  StatusOr<std::vector<std::string>> Labels(const Ids& ids,
                                            const std::vector<std::string>* names = nullptr) const {
    std::vector<kvs_str_t> raw_names;
    auto in = sdk::Record<kvs_labels_query_t>();
    in.ids = ids.data();
    in.n_ids = ids.size();
    if (names != nullptr) {
      for (const std::string& name : *names) raw_names.push_back(sdk::Str(name));
      in.has_names = 1;
      in.names = raw_names.data();
      in.n_names = raw_names.size();
    }
    sdk::Owned<kvs_label_columns_t> out;
    KVS_RETURN_IF_ERROR(sdk::Await(index_.labels(), call_, &in, out.out()));
    KVS_EXPECT(out->n_series == ids.size(), "labels of ", ids.size(), " ids are ", out->n_series,
               " series");
    std::vector<std::string> texts;
    for (uint32_t i = 0; i < out->n_series; ++i) texts.push_back(ToString(*out, i));
    return texts;
  }
  StatusOr<std::string> Names(const std::vector<Match>* matches = nullptr, uint64_t limit = 0,
                              bool* truncated = nullptr) const {
    return Texts(index_.label_names(), "", matches, limit, truncated);
  }
  StatusOr<std::string> Values(std::string_view name, const std::vector<Match>* matches = nullptr,
                               uint64_t limit = 0, bool* truncated = nullptr) const {
    return Texts(index_.label_values(), name, matches, limit, truncated);
  }
  Status Remove(const Ids& ids) const {
    auto in = sdk::Record<kvs_ids_t>();
    in.ids = ids.data();
    in.n_ids = ids.size();
    return sdk::Await(index_.remove(), call_, &in, nullptr);
  }
  StatusOr<kvs_index_stats_t> Stats() const {
    auto out = sdk::Record<kvs_index_stats_t>();
    KVS_RETURN_IF_ERROR(sdk::Await(index_.stats(), call_, nullptr, &out));
    return out;
  }

 private:
  StatusOr<std::string> Texts(const sdk::Method<kvs_label_query_t, kvs_strings_t>& method,
                              std::string_view name, const std::vector<Match>* matches,
                              uint64_t limit, bool* truncated) const {
    auto in = sdk::Record<kvs_label_query_t>();
    static const std::vector<Match>* const kNone = new std::vector<Match>();
    const MatchSet set(matches == nullptr ? *kNone : *matches);
    in.name = sdk::Str(name);
    in.limit = limit;
    if (matches != nullptr) {
      in.sets = set.raw();
      in.n_sets = 1;
    }
    sdk::Owned<kvs_strings_t> out;
    KVS_RETURN_IF_ERROR(sdk::Await(method, call_, &in, out.out()));
    std::string text;
    for (uint64_t i = 0; i < out->n_items; ++i)
      StrAppend(text, i == 0 ? "" : " ", sdk::View(out->items[i]));
    if (truncated != nullptr) *truncated = out->truncated != 0;
    return text;
  }

  sdk::IndexerRef index_;
  sdk::OwnedCall call_;
};

Status ExpectText(const std::string& got, std::string_view want, std::string_view what) {
  KVS_EXPECT(got == want, what, " gave \"", got, "\" instead of \"", want, "\"");
  return OkStatus();
}

LabelPairs Numbered(int i) {
  return {{"__name__", StrCat("m", i % 10)}, {"host", StrCat("h", i / 10)}, {"n", StrCat(i)}};
}

Status TheSameLabelsGetTheSameId(Context& context) {
  const IndexClient index(context);
  TestBatch batch;
  batch.Add({{"__name__", "up"}, {"job", "a"}});
  batch.Add({{"__name__", "up"}, {"job", "b"}});
  batch.Add({{"__name__", "up"}, {"job", "a"}});
  uint32_t n_created = 0;
  std::vector<uint8_t> created;

  KVS_ASSIGN_OR_RETURN(const Ids ids, index.Resolve(batch, &n_created, &created));
  KVS_EXPECT(ids[0] == ids[2] && ids[0] != ids[1], "a, b and a again got ", Joined(ids));
  KVS_EXPECT(n_created == 2, "of two new series ", n_created, " were created");
  KVS_EXPECT(created[0] == 1 && created[1] == 1 && created[2] == 0,
             "the wrong rows are marked as new");

  KVS_ASSIGN_OR_RETURN(const Ids again, index.Resolve(batch, &n_created, &created));
  KVS_EXPECT(again == ids, "asked again, ", Joined(ids), " became ", Joined(again));
  KVS_EXPECT(n_created == 0 && created[0] == 0 && created[1] == 0,
             "known series were created again");
  return OkStatus();
}

Status ResolvesSomeRowsOfABatch(Context& context) {
  const IndexClient index(context);
  TestBatch batch;
  for (int i = 0; i < 10; ++i) batch.Add(Numbered(i));
  const std::vector<uint32_t> rows{3, 7};
  uint32_t n_created = 0;
  KVS_ASSIGN_OR_RETURN(const Ids ids, index.Resolve(batch, &n_created, nullptr, &rows));
  KVS_ASSIGN_OR_RETURN(const auto labels, index.Labels(ids));
  KVS_EXPECT(n_created == 2, "two rows created ", n_created, " series");
  KVS_RETURN_IF_ERROR(ExpectText(labels[0], ToString(Numbered(3)), "labels of row 3"));
  return ExpectText(labels[1], ToString(Numbered(7)), "labels of row 7");
}

Status ABoundOnNewSeriesHolds(Context& context) {
  const IndexClient index(context);
  TestBatch known;
  for (int i = 0; i < 3; ++i) known.Add(Numbered(i));
  KVS_ASSIGN_OR_RETURN(const Ids before, index.Resolve(known));
  TestBatch batch;  // Two new ones, the known ones, and another new one.
  for (const int i : {10, 11, 0, 1, 2, 12}) batch.Add(Numbered(i));
  KVS_ASSIGN_OR_RETURN(const Ids ids, index.ResolveBounded(batch, 2));
  KVS_EXPECT(ids[0] != KVS_NO_ID && ids[1] != KVS_NO_ID, "new series within the bound got no id");
  KVS_EXPECT(Ids(ids.begin() + 2, ids.begin() + 5) == before, "known series became ", Joined(ids));
  KVS_EXPECT(ids[5] == KVS_NO_ID, "a series beyond the bound got the id ", ids[5]);
  KVS_ASSIGN_OR_RETURN(const Ids none, index.ResolveBounded(batch, 0));
  KVS_EXPECT(none == ids, "with a bound of 0, ", Joined(ids), " became ", Joined(none));
  KVS_ASSIGN_OR_RETURN(const kvs_index_stats_t stats, index.Stats());
  KVS_EXPECT(stats.n_series == 5, "5 series are counted as ", stats.n_series);
  return OkStatus();
}

Status ABoundOnTheSeriesOfAMetricHolds(Context& context) {
  const IndexClient index(context);
  const auto named = [](std::string_view metric, std::string_view label, int i) {
    return LabelPairs{{"__name__", std::string(metric)}, {std::string(label), StrCat(i)}};
  };
  TestBatch known;
  known.Add(named("m", "i", 0));
  known.Add(named("m", "other", 0));
  KVS_ASSIGN_OR_RETURN(const Ids before, index.Resolve(known));
  TestBatch batch;  // Of another metric, one more, one too many, known ones.
  batch.Add(named("n", "i", 1));
  batch.Add(named("m", "i", 1));
  batch.Add(named("m", "i", 2));
  batch.Add(named("m", "i", 0));
  batch.Add(named("m", "other", 0));
  batch.Add(named("n", "i", 2));
  std::vector<uint8_t> created;
  KVS_ASSIGN_OR_RETURN(const Ids ids, index.ResolveBounded(batch, UINT32_MAX, 3, &created));
  KVS_EXPECT(ids[0] != KVS_NO_ID && ids[1] != KVS_NO_ID && ids[5] != KVS_NO_ID,
             "new series within the bound got no id");
  KVS_EXPECT(ids[2] == KVS_NO_ID, "a series beyond the bound got the id ", ids[2]);
  KVS_EXPECT(created[2] == KVS_CREATED_NONE_OF_METRIC, "it is marked ", int{created[2]});
  KVS_EXPECT(Ids(ids.begin() + 3, ids.begin() + 5) == before, "known series became ", Joined(ids));
  KVS_RETURN_IF_ERROR(index.Remove({before[0]}));
  KVS_ASSIGN_OR_RETURN(const Ids again, index.ResolveBounded(batch, UINT32_MAX, 3, &created));
  KVS_EXPECT(again[2] != KVS_NO_ID && again[3] == KVS_NO_ID,
             "the place of a removed series is taken by ", Joined(again));
  return OkStatus();
}

Status IdsAreDense(Context& context) {
  const IndexClient index(context);
  TestBatch batch;
  for (int i = 0; i < 100; ++i) batch.Add(Numbered(i));
  KVS_ASSIGN_OR_RETURN(Ids ids, index.Resolve(batch));
  std::sort(ids.begin(), ids.end());
  KVS_EXPECT(std::adjacent_find(ids.begin(), ids.end()) == ids.end(), "two series share an id");
  KVS_EXPECT(ids.back() < 200, "100 series have ids up to ", ids.back());
  return OkStatus();
}

Status EmptyValuesAreNoLabels(Context& context) {
  const IndexClient index(context);
  TestBatch batch;
  batch.Add({{"__name__", "up"}, {"job", ""}, {"zone", "z"}});
  batch.Add({{"__name__", "up"}, {"zone", "z"}});
  KVS_ASSIGN_OR_RETURN(const Ids ids, index.Resolve(batch));
  KVS_EXPECT(ids[0] == ids[1], "a series with an empty label is another than the one without it");
  KVS_ASSIGN_OR_RETURN(const auto labels, index.Labels({ids[0]}));
  return ExpectText(labels[0], "{__name__=\"up\", zone=\"z\"}", "labels");
}

Status MatchersObeyTheTruthTable(Context& context) {
  const IndexClient index(context);
  TestBatch batch;
  for (const LabelPairs& labels : MatchTruthSeries()) batch.Add(labels);
  KVS_ASSIGN_OR_RETURN(const Ids ids, index.Resolve(batch));
  for (const MatchTruth& truth : MatchTruthTable()) {
    const auto found = index.Select(truth.matches);
    if (!found.ok()) return Annotate(found.status(), "selecting ", ToString(truth.matches));
    Ids want;
    for (const uint32_t i : truth.series) want.push_back(ids[i]);
    std::sort(want.begin(), want.end());
    KVS_EXPECT(*found == want, ToString(truth.matches), " found ", Joined(*found), " instead of ",
               Joined(want));
  }
  return OkStatus();
}

Status NoMatcherSelectsEverything(Context& context) {
  const IndexClient index(context);
  TestBatch batch;
  for (int i = 0; i < 25; ++i) batch.Add(Numbered(i));
  KVS_ASSIGN_OR_RETURN(Ids ids, index.Resolve(batch));
  KVS_ASSIGN_OR_RETURN(const Ids found, index.Select({}));
  std::sort(ids.begin(), ids.end());
  KVS_EXPECT(found == ids, "without a matcher ", found.size(), " of 25 series were found");
  return OkStatus();
}

Status ABrokenExpressionIsInvalid(Context& context) {
  const IndexClient index(context);
  TestBatch batch;
  batch.Add(Numbered(1));
  KVS_RETURN_IF_ERROR(index.Resolve(batch).status());
  KVS_EXPECT_CODE(index.Select({{KVS_MATCH_REGEX, "n", "("}}).status(), kInvalidArgument,
                  "an unclosed group");
  KVS_EXPECT_CODE(index.Select({{KVS_MATCH_NOT_REGEX, "n", "*"}}).status(), kInvalidArgument,
                  "a star of nothing");
  return OkStatus();
}

Status LabelsComeBackAsTheyWere(Context& context) {
  const IndexClient index(context);
  const std::string long_value(5000, 'v');
  const std::vector<LabelPairs> series{
      {{"__name__", "up"}, {"job", "a"}},
      {{"__name__", "down"}, {"a", "\xc3\xbc\n\"\\"}, {"zz", long_value}},
      {}};
  TestBatch batch;
  for (const LabelPairs& labels : series) batch.Add(labels);
  KVS_ASSIGN_OR_RETURN(const Ids ids, index.Resolve(batch));
  KVS_ASSIGN_OR_RETURN(const auto labels, index.Labels({ids[2], ids[1], ids[0], ids[1]}));
  KVS_RETURN_IF_ERROR(ExpectText(labels[0], "{}", "labels of the series without any"));
  KVS_RETURN_IF_ERROR(ExpectText(labels[1], ToString(series[1]), "labels of the second series"));
  KVS_RETURN_IF_ERROR(ExpectText(labels[2], ToString(series[0]), "labels of the first series"));
  KVS_RETURN_IF_ERROR(ExpectText(labels[3], ToString(series[1]), "labels of an id asked twice"));
  const std::vector<std::string> names{"job", "nothing", "a"};
  KVS_ASSIGN_OR_RETURN(const auto some, index.Labels({ids[0], ids[2]}, &names));
  KVS_RETURN_IF_ERROR(ExpectText(some[0], "{job=\"a\"}", "only some labels"));
  KVS_RETURN_IF_ERROR(ExpectText(some[1], "{}", "none of these labels"));
  KVS_EXPECT_CODE(index.Labels({1'000'000}).status(), kNotFound,
                  "labels of an id that is not there");
  return OkStatus();
}

Status NamesAndValuesAreSortedAndFiltered(Context& context) {
  const IndexClient index(context);
  TestBatch batch;
  batch.Add({{"__name__", "up"}, {"job", "b"}});
  batch.Add({{"__name__", "up"}, {"job", "a"}});
  batch.Add({{"__name__", "up"}, {"job", "a"}, {"zone", "z"}});
  batch.Add({{"__name__", "down"}, {"host", "h"}});
  KVS_RETURN_IF_ERROR(index.Resolve(batch).status());
  const std::vector<Match> down{{KVS_MATCH_EQUAL, "__name__", "down"}},
      none{{KVS_MATCH_EQUAL, "__name__", "none"}};
  bool truncated = true;

  KVS_ASSIGN_OR_RETURN(const std::string names, index.Names(nullptr, 0, &truncated));
  KVS_RETURN_IF_ERROR(ExpectText(names, "__name__ host job zone", "all names"));
  KVS_EXPECT(!truncated, "all names are said to be cut");
  KVS_ASSIGN_OR_RETURN(const std::string names_of_down, index.Names(&down));
  KVS_RETURN_IF_ERROR(ExpectText(names_of_down, "__name__ host", "names of some series"));
  KVS_ASSIGN_OR_RETURN(const std::string values, index.Values("job"));
  KVS_RETURN_IF_ERROR(ExpectText(values, "a b", "all values"));
  KVS_ASSIGN_OR_RETURN(const std::string values_of_down, index.Values("job", &down));
  KVS_RETURN_IF_ERROR(ExpectText(values_of_down, "", "values of series without the label"));
  KVS_ASSIGN_OR_RETURN(const std::string values_of_none, index.Values("job", &none));
  KVS_RETURN_IF_ERROR(ExpectText(values_of_none, "", "values of no series"));
  KVS_ASSIGN_OR_RETURN(const std::string nothing, index.Values("nothing"));
  KVS_RETURN_IF_ERROR(ExpectText(nothing, "", "values of an unknown label"));
  KVS_ASSIGN_OR_RETURN(const std::string cut, index.Values("__name__", nullptr, 1, &truncated));
  KVS_EXPECT(cut.find(' ') == std::string::npos && truncated, "a limit of one gave \"", cut,
             "\", cut: ", truncated);
  return OkStatus();
}

Status RemovedSeriesAreGone(Context& context) {
  const IndexClient index(context);
  TestBatch batch;
  for (int i = 0; i < 10; ++i) batch.Add(Numbered(i));
  KVS_ASSIGN_OR_RETURN(const Ids ids, index.Resolve(batch));
  Ids gone{ids[2], ids[5], 900'000};
  std::sort(gone.begin(), gone.end());

  KVS_RETURN_IF_ERROR(index.Remove(gone));
  KVS_RETURN_IF_ERROR(index.Remove(gone));

  KVS_ASSIGN_OR_RETURN(const Ids left, index.Select({}));
  KVS_EXPECT(left.size() == 8, "after removing 2 of 10 there are ", left.size());
  KVS_EXPECT_CODE(index.Labels({ids[5]}).status(), kNotFound, "labels of a removed id");
  KVS_ASSIGN_OR_RETURN(const Ids found, index.Select({{KVS_MATCH_EQUAL, "n", "5"}}));
  KVS_EXPECT(found.empty(), "a removed series was found");
  KVS_ASSIGN_OR_RETURN(const std::string values, index.Values("n"));
  KVS_RETURN_IF_ERROR(ExpectText(values, "0 1 3 4 6 7 8 9", "values after a remove"));
  KVS_ASSIGN_OR_RETURN(const std::string names, index.Values("__name__"));
  KVS_RETURN_IF_ERROR(ExpectText(names, "m0 m1 m3 m4 m6 m7 m8 m9", "metric names after a remove"));

  uint32_t n_created = 0;
  KVS_ASSIGN_OR_RETURN(const Ids back, index.Resolve(batch, &n_created));
  KVS_EXPECT(n_created == 2, "of 2 removed series ", n_created, " came back as new");
  for (const int i : {0, 1, 3, 9})
    KVS_EXPECT(back[i] == ids[i], "a series that stayed changed its id");
  KVS_ASSIGN_OR_RETURN(const auto labels, index.Labels({back[5]}));
  return ExpectText(labels[0], ToString(Numbered(5)), "labels of a series that came back");
}

Status StatsCount(Context& context) {
  const IndexClient index(context);
  KVS_ASSIGN_OR_RETURN(const kvs_index_stats_t empty, index.Stats());
  KVS_EXPECT(empty.n_series == 0, "an empty index counts ", empty.n_series, " series");
  TestBatch batch;
  for (int i = 0; i < 50; ++i) batch.Add(Numbered(i));
  KVS_ASSIGN_OR_RETURN(const Ids ids, index.Resolve(batch));
  KVS_ASSIGN_OR_RETURN(const kvs_index_stats_t full, index.Stats());
  KVS_EXPECT(full.n_series == 50, "50 series are counted as ", full.n_series);
  KVS_EXPECT(full.id_end > *std::max_element(ids.begin(), ids.end()), "id_end ", full.id_end,
             " is not above every id");
  KVS_EXPECT(full.bytes > 0, "50 series take no bytes");
  KVS_RETURN_IF_ERROR(index.Remove({ids[7]}));
  KVS_ASSIGN_OR_RETURN(const kvs_index_stats_t after, index.Stats());
  KVS_EXPECT(after.n_series == 49, "after removing one of 50 there are ", after.n_series);
  return OkStatus();
}

Status TenantsAreApart(Context& context) {
  const IndexClient one(context, "one"), other(context, "other");
  TestBatch batch, second;
  batch.Add(Numbered(1));
  second.Add(Numbered(2));
  uint32_t n_created = 0;
  KVS_RETURN_IF_ERROR(one.Resolve(batch).status());
  KVS_ASSIGN_OR_RETURN(const Ids nothing, other.Select({}));
  KVS_EXPECT(nothing.empty(), "a tenant sees the series of another");
  KVS_RETURN_IF_ERROR(other.Resolve(batch, &n_created).status());
  KVS_EXPECT(n_created == 1, "a series of one tenant was known to another");
  KVS_RETURN_IF_ERROR(other.Resolve(second).status());
  KVS_ASSIGN_OR_RETURN(const std::string values, one.Values("n"));
  return ExpectText(values, "1", "values of the first tenant");
}

Status ManySeries(Context& context) {
  const IndexClient index(context);
  constexpr int kSeries = 20'000;
  Ids ids;
  for (int begin = 0; begin < kSeries; begin += 2000) {
    TestBatch batch;
    for (int i = begin; i < begin + 2000; ++i) batch.Add(Numbered(i));
    KVS_ASSIGN_OR_RETURN(const Ids some, index.Resolve(batch));
    ids.insert(ids.end(), some.begin(), some.end());
  }
  KVS_EXPECT((std::set<uint32_t>(ids.begin(), ids.end()).size() == kSeries), "series share ids");
  KVS_ASSIGN_OR_RETURN(const Ids of_metric, index.Select({{KVS_MATCH_EQUAL, "__name__", "m3"}}));
  KVS_EXPECT(of_metric.size() == kSeries / 10, "a tenth of the series is ", of_metric.size());
  KVS_EXPECT(std::is_sorted(of_metric.begin(), of_metric.end()), "the ids found are not in order");
  KVS_ASSIGN_OR_RETURN(const Ids of_host, index.Select({{KVS_MATCH_REGEX, "host", "h1[0-9]"}}));
  KVS_EXPECT(of_host.size() == 100, "ten hosts of ten series each have ", of_host.size());
  KVS_ASSIGN_OR_RETURN(const auto labels, index.Labels(of_host));
  KVS_ASSIGN_OR_RETURN(const Ids one, index.Select({{KVS_MATCH_EQUAL, "n", "12345"},
                                                    {KVS_MATCH_NOT_EQUAL, "host", "h1"}}));
  KVS_EXPECT(one.size() == 1 && one[0] == ids[12345], "one of many was found as ", Joined(one));
  return OkStatus();
}

Status ManyResolveAtOnce(Context& context) {
  const IndexClient index(context);
  std::vector<Ids> ids(4);
  std::vector<Status> ended(4);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      TestBatch batch;  // All in the same order, from different beginnings.
      for (int i = 0; i < 400; ++i) batch.Add(Numbered((i + t * 100) % 400));
      const auto resolved = index.Resolve(batch);
      ended[t] = resolved.status();
      if (!resolved.ok()) return;
      ids[t].resize(400);
      for (int i = 0; i < 400; ++i) ids[t][(i + t * 100) % 400] = (*resolved)[i];
      ended[t] = index.Select({{KVS_MATCH_REGEX, "n", "1.*"}}).status();
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Status& status : ended) KVS_RETURN_IF_ERROR(status);
  KVS_EXPECT(ids[0] == ids[1] && ids[1] == ids[2] && ids[2] == ids[3],
             "four threads got different ids for the same labels");
  KVS_ASSIGN_OR_RETURN(const kvs_index_stats_t stats, index.Stats());
  KVS_EXPECT(stats.n_series == 400, "400 series are counted as ", stats.n_series);
  return OkStatus();
}

constexpr Case kCases[] = {
    {"TheSameLabelsGetTheSameId", TheSameLabelsGetTheSameId},
    {"ResolvesSomeRowsOfABatch", ResolvesSomeRowsOfABatch},
    {"ABoundOnNewSeriesHolds", ABoundOnNewSeriesHolds},
    {"ABoundOnTheSeriesOfAMetricHolds", ABoundOnTheSeriesOfAMetricHolds},
    {"IdsAreDense", IdsAreDense},
    {"EmptyValuesAreNoLabels", EmptyValuesAreNoLabels},
    {"MatchersObeyTheTruthTable", MatchersObeyTheTruthTable},
    {"NoMatcherSelectsEverything", NoMatcherSelectsEverything},
    {"ABrokenExpressionIsInvalid", ABrokenExpressionIsInvalid},
    {"LabelsComeBackAsTheyWere", LabelsComeBackAsTheyWere},
    {"NamesAndValuesAreSortedAndFiltered", NamesAndValuesAreSortedAndFiltered},
    {"RemovedSeriesAreGone", RemovedSeriesAreGone},
    {"StatsCount", StatsCount},
    {"TenantsAreApart", TenantsAreApart},
    {"ManySeries", ManySeries},
    {"ManyResolveAtOnce", ManyResolveAtOnce},
};

}  // namespace

const Suite& IndexerSuite() {
  static constexpr Suite kSuite{KVS_INDEXER_V1, kCases};
  return kSuite;
}

}  // namespace kvs::testkit
