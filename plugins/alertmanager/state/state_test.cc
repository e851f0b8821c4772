// SPDX-License-Identifier: Apache-2.0
// What a tenant remembers: alerts, silences, the notification log; and all of it as bytes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/wire/protobuf.h"

#include "alert_store.h"
#include "codec.h"
#include "notification_log.h"
#include "silences.h"

namespace kvs::alertmanager {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr int64_t kNow = 1'700'000'000'000;
constexpr int64_t kHour = 3'600'000;

model::Matcher Match(model::MatchType type, std::string_view name, std::string_view value) {
  return *model::Matcher::Make(type, name, value);
}

Alert AlertOf(model::Labels labels, int64_t starts, int64_t ends, int64_t updated = kNow) {
  Alert alert;
  alert.labels = std::move(labels);
  alert.fingerprint = Fingerprint(alert.labels);
  alert.starts_ms = starts;
  alert.ends_ms = ends;
  alert.updated_ms = updated;
  return alert;
}

// ---- alerts

TEST(AlertTest, FingerprintIsThatOfAlertmanager) {
  // As Debian's Alertmanager shows it for {alertname="foo", node="bar"}.
  EXPECT_EQ(FingerprintText(Fingerprint({{"alertname", "foo"}, {"node", "bar"}})),
            "980a6a0e0facf311");
}

TEST(AlertTest, MergingKeepsTheEarliestStartAndTheLatestEndThatWasSaid) {
  const Alert older = AlertOf({{"a", "b"}}, kNow - 100, kNow + 500);
  const AlertPtr merged = Merge(older, AlertOf({{"a", "b"}}, kNow - 50, kNow + 400, kNow + 10));
  EXPECT_EQ(merged->starts_ms, kNow - 100);
  EXPECT_EQ(merged->ends_ms, kNow + 500);
  Alert guess = older;
  guess.timeout = true;
  EXPECT_EQ(Merge(guess, AlertOf({{"a", "b"}}, kNow, kNow + 400, kNow + 10))->ends_ms, kNow + 400);
  // Once it has ended, it has ended.
  EXPECT_EQ(Merge(older, AlertOf({{"a", "b"}}, kNow, kNow + 5, kNow + 10))->ends_ms, kNow + 5);
}

TEST(AlertTest, OrderOfANotificationIsJobInstanceLabels) {
  const Alert job_b = AlertOf({{"job", "b"}, {"instance", "1"}}, 0, 0);
  const Alert job_a = AlertOf({{"job", "a"}, {"instance", "2"}}, 0, 0);
  const Alert none = AlertOf({{"a", "x"}}, 0, 0), longer = AlertOf({{"a", "a"}, {"b", "b"}}, 0, 0);
  EXPECT_TRUE(NotifiedBefore(job_a, job_b));
  EXPECT_TRUE(NotifiedBefore(job_b, none));
  EXPECT_FALSE(NotifiedBefore(none, job_b));
  EXPECT_TRUE(NotifiedBefore(none, longer));
  EXPECT_FALSE(NotifiedBefore(longer, none));
}

TEST(AlertTest, BadAlertsAreRefusedInAlertmanagersWords) {
  EXPECT_EQ(Validate(AlertOf({{"a", "b"}}, kNow, kNow - 1)).message(),
            "start time must be before end time");
  EXPECT_EQ(Validate(AlertOf({}, kNow, kNow)).message(), "at least one label pair required");
  EXPECT_EQ(Validate(AlertOf({{"a", "\xff"}}, kNow, kNow)).message(),
            "invalid label set: invalid value \"\\xff\"");
}

// ---- the store of alerts

TEST(AlertStoreTest, WritesDownWhatIsNewAndNotThatItIsToldAgain) {
  AlertStore store;
  const auto told = [&](int64_t at, int64_t ends) {
    return *store.Set(AlertOf({{"a", "b"}}, kNow, ends, at), {});
  };
  EXPECT_TRUE(told(kNow, kNow + 1000).write);
  AlertStore::Put put = told(kNow + 100, kNow + 1100);
  EXPECT_TRUE(put.write);  // That its end moves; once.
  EXPECT_TRUE(put.moving);
  EXPECT_FALSE(told(kNow + 200, kNow + 1200).write);
  EXPECT_FALSE(told(kNow + 300, kNow + 1300).write);
  put = told(kNow + 400, kNow + 400);
  EXPECT_TRUE(put.write);  // It has ended.
  EXPECT_FALSE(put.moving);
  EXPECT_FALSE(told(kNow + 500, kNow + 400).write);
  EXPECT_TRUE(told(kNow + 600, kNow + 2000).write);  // It fires anew.
}

TEST(AlertStoreTest, AnEndThatComesByItselfIsWrittenOnce) {
  AlertStore store;
  ASSERT_TRUE(store.Set(AlertOf({{"a", "b"}}, kNow, kNow + 100, kNow), {}).ok());
  const AlertPtr alert = store.Set(AlertOf({{"a", "b"}}, kNow, kNow + 200, kNow + 50), {})->alert;
  EXPECT_TRUE(store.NoteResolved(*alert));
  EXPECT_FALSE(store.NoteResolved(*alert));
}

TEST(AlertStoreTest, AfterARestartAnAlertWhoseEndMovesFiresOn) {
  AlertStore store;
  const auto alert = std::make_shared<Alert>(AlertOf({{"a", "b"}}, kNow - kHour, kNow - 10));
  store.Restore({alert, true}, kNow, 5000);
  EXPECT_EQ(store.Find(alert->fingerprint)->alert->ends_ms, kNow + 5000);
  store.Restore({alert, false}, kNow, 5000);
  EXPECT_EQ(store.Find(alert->fingerprint)->alert->ends_ms, kNow - 10);
}

TEST(AlertStoreTest, WhatOthersSawEndIsOverWhateverTheClockSays) {
  AlertStore store;
  const uint64_t id = store.Set(AlertOf({{"a", "b"}}, kNow, kNow + kHour), {})->alert->fingerprint;
  // Its end is a minute ahead of the clock here.
  const End end{id, kNow + 60'000, true};
  const AlertPtr over = store.TakeEnd(end, kNow + 10);
  ASSERT_NE(over, nullptr);
  EXPECT_TRUE(over->ResolvedAt(kNow + 10));
  EXPECT_EQ(store.TakeEnd(end, kNow + 20), nullptr) << "known";
  // Now its sender says so here, too, and says it again.
  for (const int64_t at : {kNow + 30, kNow + 40}) {
    const auto put = store.Set(AlertOf({{"a", "b"}}, kNow, kNow + 60'000, at), {});
    EXPECT_TRUE(put->alert->ResolvedAt(at));
  }
  EXPECT_EQ(store.Ends(kNow + 50).at(0).ends_ms, end.ends_ms) << "for who comes third";
  EXPECT_TRUE(store.Ends(kNow + 50).at(0).was_said);
  const auto anew = store.Set(AlertOf({{"a", "b"}}, kNow + 61'000, kNow + kHour, kNow + 60), {});
  EXPECT_FALSE(anew->alert->ResolvedAt(kNow + 60));
  EXPECT_EQ(store.TakeEnd(end, kNow + 70), nullptr) << "of an outage before";
  EXPECT_THAT(store.Ends(kNow + 70), IsEmpty());
}

TEST(AlertStoreTest, WhoHeardOfAnAlertSinceKnowsBetterThanWhoWaitedInVain) {
  AlertStore store;
  const uint64_t id = store.Set(AlertOf({{"a", "b"}}, kNow, kNow + 500), {})->alert->fingerprint;
  EXPECT_EQ(store.TakeEnd({id, kNow + 400, false}, kNow + 10), nullptr);
  EXPECT_NE(store.TakeEnd({id, kNow + 500, false}, kNow + 20), nullptr) << "nobody has heard more";
  EXPECT_EQ(store.TakeEnd({id + 1, kNow, true}, kNow + 30), nullptr) << "there is no such alert";

  AlertStore waited;
  ASSERT_TRUE(waited.Set(AlertOf({{"a", "b"}}, kNow, kNow + 500), {}).ok());
  EXPECT_THAT(waited.Ends(kNow + 499), IsEmpty());
  EXPECT_FALSE(waited.Ends(kNow + 500).at(0).was_said);
}

TEST(AlertStoreTest, OneThatIsToldAnewWithItsOldStartFires) {
  AlertStore store;
  const uint64_t id = store.Set(AlertOf({{"a", "b"}}, kNow, kNow + 500), {})->alert->fingerprint;
  const End end{id, kNow + 100, true};
  ASSERT_NE(store.TakeEnd(end, kNow + 110), nullptr);
  const auto anew = store.Set(AlertOf({{"a", "b"}}, kNow, kNow + 900, kNow + 200), {});
  EXPECT_FALSE(anew->alert->ResolvedAt(kNow + 200));
  EXPECT_EQ(store.TakeEnd(end, kNow + 210), nullptr) << "an end is taken once";
}

TEST(AlertStoreTest, KeepsToItsLimits) {
  AlertStore store;
  ASSERT_TRUE(store.Set(AlertOf({{"a", "1"}}, kNow, kNow + 1), {.max_count = 1}).ok());
  EXPECT_EQ(store.Set(AlertOf({{"a", "2"}}, kNow, kNow + 1), {.max_count = 1}).status().message(),
            "too many alerts, limit: 1");
  EXPECT_TRUE(store.Set(AlertOf({{"a", "1"}}, kNow, kNow + 2), {.max_count = 1}).ok());
  EXPECT_EQ(store.Set(AlertOf({{"a", "2"}}, kNow, kNow + 1), {.max_bytes = 100}).status().message(),
            "alerts too big, total size limit: 100 bytes");
  EXPECT_THAT(store.Collect(kNow + 10), ElementsAre(Fingerprint({{"a", "1"}})));
  EXPECT_EQ(store.bytes(), 0u);
}

// ---- silences

class SilencesTest : public ::testing::Test {
 protected:
  Silence NewSilence(int64_t starts = kNow, int64_t ends = kNow + kHour) {
    Silence silence;
    silence.matchers = {Match(model::MatchType::kEqual, "a", "b")};
    silence.starts_ms = starts;
    silence.ends_ms = ends;
    return silence;
  }
  StatusOr<std::string> Set(Silence silence, int64_t now = kNow, Silences::Limits limits = {}) {
    StatusOr<Silences::Plan> plan = silences_.PlanSet(std::move(silence), limits, now,
                                                      [this] { return StrCat("id", ++n_ids_); });
    if (!plan.ok()) return plan.status();
    silences_.Apply(plan->changes);
    return plan->id;
  }
  std::vector<std::string> By(int64_t now) {
    std::vector<std::string> ids;
    silences_.Silenced({{"a", "b"}}, now, &memo_, &ids);
    return ids;
  }

  Silences silences_{kHour};
  SilenceMemo memo_;
  int n_ids_ = 0;
};

TEST_F(SilencesTest, BeginAndEndByTheClock) {
  ASSERT_TRUE(Set(NewSilence(kNow + 10, kNow + 20)).ok());
  EXPECT_THAT(By(kNow), IsEmpty());
  EXPECT_THAT(By(kNow + 10), ElementsAre("id1"));
  EXPECT_THAT(By(kNow + 20), ElementsAre("id1"));
  EXPECT_THAT(By(kNow + 21), IsEmpty());
}

TEST_F(SilencesTest, AllKindsOfMatchersHaveToHold) {
  Silence silence = NewSilence();
  silence.matchers = {Match(model::MatchType::kRegex, "a", "b|c"),
                      Match(model::MatchType::kNotEqual, "x", "y"),
                      Match(model::MatchType::kNotRegex, "z", "q.*")};
  ASSERT_TRUE(Set(silence).ok());
  std::vector<std::string> ids;
  for (const auto& [labels, silenced] :
       std::vector<std::pair<model::Labels, bool>>{{{{"a", "c"}}, true},
                                                   {{{"a", "cc"}}, false},
                                                   {{{"a", "b"}, {"x", "y"}}, false},
                                                   {{{"a", "b"}, {"z", "qq"}}, false}}) {
    SilenceMemo memo;
    EXPECT_EQ(silences_.Silenced(labels, kNow, &memo, &ids), silenced) << labels.ToString();
  }
}

TEST_F(SilencesTest, WhatWouldChangeHistoryMakesANewOne) {
  ASSERT_TRUE(Set(NewSilence()).ok());
  Silence longer = NewSilence(kNow, kNow + 2 * kHour);
  longer.id = "id1";
  EXPECT_EQ(*Set(longer, kNow + 1000), "id1");
  Silence other = longer;
  other.matchers = {Match(model::MatchType::kEqual, "a", "c")};
  EXPECT_EQ(*Set(other, kNow + 2000), "id2");
  EXPECT_EQ(silences_.Find("id1")->StateAt(kNow + 2000), SilenceState::kExpired);
  EXPECT_EQ(silences_.Find("id2")->starts_ms, kNow + 2000);
  other.id = "nobody";
  EXPECT_EQ(Set(other).status().code(), StatusCode::kNotFound);
}

TEST_F(SilencesTest, ExpiringEndsNowAndIsForgottenLater) {
  ASSERT_TRUE(Set(NewSilence()).ok());
  silences_.Apply(silences_.PlanExpire("id1", kNow + 5000)->changes);
  EXPECT_THAT(By(kNow + 5000), IsEmpty());
  EXPECT_THAT(silences_.PlanExpire("id1", kNow + 6000)->changes, IsEmpty());
  EXPECT_THAT(silences_.Collect(kNow + kHour), IsEmpty());
  EXPECT_THAT(silences_.Collect(kNow + 5000 + kHour), ElementsAre("id1"));
}

TEST_F(SilencesTest, RefusesInAlertmanagersWords) {
  const auto message = [&](Silence silence) { return Set(std::move(silence)).status().message(); };
  Silence bad = NewSilence();
  bad.matchers.clear();
  EXPECT_EQ(message(bad), "invalid silence: at least one matcher required");
  bad.matchers = {Match(model::MatchType::kRegex, "a", ".*")};
  EXPECT_EQ(message(bad), "invalid silence: at least one matcher must not match the empty string");
  EXPECT_EQ(message(NewSilence(kNow + 10, kNow + 5)),
            "invalid silence: end time must not be before start time");
  ASSERT_TRUE(Set(NewSilence()).ok());
  EXPECT_EQ(Set(NewSilence(), kNow, {.max_count = 1}).status().message(),
            "exceeded maximum number of silences: 1 (limit: 1)");
  EXPECT_THAT(Set(NewSilence(), kNow, {.max_size_bytes = 10}).status().message(),
              HasSubstr("silence exceeded maximum size: "));
}

TEST_F(SilencesTest, AreListedActivePendingExpired) {
  ASSERT_TRUE(Set(NewSilence(kNow, kNow + 1000)).ok());               // Expired then.
  ASSERT_TRUE(Set(NewSilence(kNow + kHour, kNow + 2 * kHour)).ok());  // Pending.
  ASSERT_TRUE(Set(NewSilence(kNow, kNow + 9000)).ok());
  ASSERT_TRUE(Set(NewSilence(kNow, kNow + 8000)).ok());
  std::vector<std::string> ids;
  for (const SilencePtr& silence : silences_.List(kNow + 2000)) ids.push_back(silence->id);
  EXPECT_THAT(ids, ElementsAre("id4", "id3", "id2", "id1"));
}

// ---- the notification log

LogEntry EntryOf(std::vector<uint64_t> firing, std::vector<uint64_t> resolved) {
  LogEntry entry;
  entry.group_key = "{}:{}";
  entry.way = {"r", "webhook", 1};
  entry.told_ms = kNow;
  entry.firing = std::move(firing);
  entry.resolved = std::move(resolved);
  entry.expires_ms = kNow + kHour;
  return entry;
}

TEST(NotificationLogTest, SaysWhatIsNews) {
  const auto news = [](const LogEntry* last, Told told, bool send_resolved = true,
                       int64_t now = kNow) {
    return NewsOf(last, told, send_resolved, kHour, now);
  };
  EXPECT_EQ(news(nullptr, {{1}, {}}), News::kFirst);
  EXPECT_EQ(news(nullptr, {{}, {1}}), News::kNone);
  const LogEntry two = EntryOf({1, 2}, {3});
  EXPECT_EQ(news(&two, {{1, 2}, {3}}), News::kNone);
  EXPECT_EQ(news(&two, {{1}, {}}), News::kNone);
  EXPECT_EQ(news(&two, {{1, 4}, {}}), News::kNewFiring);
  EXPECT_EQ(news(&two, {{1}, {2}}), News::kNewResolved);
  EXPECT_EQ(news(&two, {{1}, {2}}, false), News::kNone);
  EXPECT_EQ(news(&two, {{}, {1, 2}}), News::kAllResolved);
  EXPECT_EQ(news(&two, {{}, {1, 2}}, false), News::kAllResolved);
  EXPECT_EQ(news(&two, {{}, {1, 5}}), News::kAllResolved) << "the second has left the group";
  EXPECT_EQ(news(&two, {{}, {1, 5}, {}, true}), News::kNone) << "the second may fire";
  EXPECT_EQ(news(&two, {{}, {1}, {2}, true}), News::kAllResolved) << "it is silenced";
  const LogEntry none = EntryOf({}, {1, 2});
  EXPECT_EQ(news(&none, {{}, {5}}), News::kNone);  // Came and went unnoticed.
  EXPECT_EQ(news(&two, {{1, 2}, {3}}, true, kNow + kHour), News::kNone);
  EXPECT_EQ(news(&two, {{1, 2}, {3}}, true, kNow + kHour + 1), News::kTimeToRepeat);
}

TEST(NotificationLogTest, OthersMayHaveToldMore) {
  const LogEntry last = EntryOf({1}, {2, 3});
  EXPECT_TRUE(IsOutdated(last, {{1}, {}}));
  EXPECT_TRUE(IsOutdated(last, {{1, 2}, {3}})) << "the end of the second was told meanwhile";
  EXPECT_FALSE(IsOutdated(last, {{1, 4}, {}})) << "nobody heard of the last one";
  EXPECT_FALSE(IsOutdated(last, {{}, {1}})) << "its end is news";
}

TEST(NotificationLogTest, ForgetsAfterTwoRepetitions) {
  NotificationLog log(5 * kHour);
  EXPECT_EQ(log.ExpiryOf(kNow, kHour), kNow + 2 * kHour);
  EXPECT_EQ(log.ExpiryOf(kNow, 4 * kHour), kNow + 5 * kHour);
  log.Set(std::make_shared<LogEntry>(EntryOf({1}, {})));
  EXPECT_NE(log.Find("{}:{}:r/webhook/1"), nullptr);
  EXPECT_THAT(log.Collect(kNow + kHour), ElementsAre("{}:{}:r/webhook/1"));
}

// ---- bytes

TEST(CodecTest, EverythingReadsBack) {
  Alert alert = AlertOf({{"a", "b"}, {"c", "\xe2\x82\xac"}}, kNow, kNow + 1);
  alert.annotations = {{"empty", ""}, {"text", "x"}};
  alert.timeout = true;
  alert.generator_url = "http://x";
  const auto kept = DecodeAlert(EncodeAlert(alert, true));
  ASSERT_TRUE(kept.ok()) << kept.status().message();
  EXPECT_TRUE(kept->moving);
  EXPECT_EQ(kept->alert->labels, alert.labels);
  EXPECT_EQ(kept->alert->annotations, alert.annotations);
  EXPECT_EQ(kept->alert->ends_ms, kNow + 1);
  EXPECT_TRUE(kept->alert->timeout);

  Silence silence;
  silence.id = "one";
  silence.matchers = {
      Match(model::MatchType::kEqual, "a", "1"), Match(model::MatchType::kNotEqual, "b", "2"),
      Match(model::MatchType::kRegex, "c", "3.*"), Match(model::MatchType::kNotRegex, "d", "4")};
  silence.starts_ms = kNow + 123;
  silence.ends_ms = kNow + 456;
  silence.comment = "why";
  silence.created_by = "me";
  LogEntry entry = EntryOf({1, uint64_t{1} << 63}, {7});
  entry.memory = {{"ts", "123.4"}};
  FullState state{{{std::make_shared<Silence>(silence), kNow + kHour}},
                  {std::make_shared<LogEntry>(entry)},
                  {{uint64_t{1} << 63, kNow + 5, true}, {7, kNow, false}}};
  const auto read = DecodeFullState(EncodeFullState("t", state));
  ASSERT_TRUE(read.ok()) << read.status().message();
  const Silence& back = *read->silences.at(0).first;
  EXPECT_EQ(back.matchers, silence.matchers);
  EXPECT_EQ(back.starts_ms, silence.starts_ms);
  EXPECT_EQ(back.ends_ms, silence.ends_ms);
  EXPECT_EQ(back.comment + back.created_by, "whyme");
  EXPECT_EQ(read->silences.at(0).second, kNow + kHour);
  EXPECT_EQ(read->entries.at(0)->Key(), entry.Key());
  EXPECT_EQ(read->entries.at(0)->firing, entry.firing);
  EXPECT_EQ(read->entries.at(0)->resolved, entry.resolved);
  EXPECT_EQ(read->entries.at(0)->memory, entry.memory);
  ASSERT_EQ(read->ends.size(), 2u);
  EXPECT_EQ(read->ends[0].fingerprint, uint64_t{1} << 63);
  EXPECT_EQ(read->ends[0].ends_ms, kNow + 5);
  EXPECT_TRUE(read->ends[0].was_said);
  EXPECT_FALSE(read->ends[1].was_said);
  state.ends.clear();
  EXPECT_THAT(EncodeFullState("t", state), Not(HasSubstr("end:t"))) << "Mimir knows no such part";
}

// Replicas are upgraded one after the other: what a later one sends more is passed over.
TEST(CodecTest, WhatALaterVersionSendsIsPassedOver) {
  Silence silence;
  silence.id = "one";
  silence.matchers = {Match(model::MatchType::kEqual, "a", "1")};
  FullState state{{{std::make_shared<Silence>(silence), kNow + kHour}}, {}, {{7, kNow, true}}};
  const std::string bytes = EncodeFullState("t", state);

  std::string later = bytes;
  const size_t unknown_field = wire::BeginMessage(later, 15);
  wire::EndMessage(later, unknown_field);
  const size_t parts = wire::BeginMessage(later, 1);
  const size_t part = wire::BeginMessage(later, 1);
  wire::AppendBytesField(later, 1, "new:t");
  wire::AppendBytesField(later, 2, "\xff\xff");
  wire::EndMessage(later, part);
  wire::EndMessage(later, parts);
  size_t skipped = 0;
  auto read = DecodeFullStates(later, &skipped);
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(read->at("t").silences.size(), 1u);
  EXPECT_EQ(read->at("t").ends.size(), 1u);
  EXPECT_EQ(skipped, 0u);

  // A silence by a kind of matcher that is not known would keep too much or too little quiet.
  std::string unlike = bytes;
  const std::string before(
      "\x12\x06\x12\x01"
      "a\x1a\x01"
      "1",
      8);
  const size_t at = unlike.find(before);
  ASSERT_NE(at, std::string::npos);
  unlike.replace(at, before.size(), std::string("\x12\x06\x08\x09\x12\x00\x1a\x00", 8));
  read = DecodeFullStates(unlike, &skipped);
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(skipped, 1u);
  EXPECT_THAT(read->at("t").silences, IsEmpty());
  EXPECT_EQ(read->at("t").ends.size(), 1u);
  EXPECT_FALSE(DecodeFullState(unlike).ok()) << "a snapshot is read whole or not at all";
}

TEST(CodecTest, DamageIsAnError) {
  const std::string bytes = EncodeLogEntry(EntryOf({1, 2, 3}, {4}));
  for (size_t n = 1; n < bytes.size(); ++n) {
    const auto read = DecodeLogEntry(bytes.substr(0, n));
    EXPECT_TRUE(read.ok() || read.status().code() == StatusCode::kDataLoss) << n;
  }
  EXPECT_FALSE(DecodeLogEntry("\x0a\xff").ok());
  EXPECT_FALSE(DecodeSilence("").ok());
  EXPECT_FALSE(DecodeAlert("").ok());
}

}  // namespace
}  // namespace kvs::alertmanager
