// SPDX-License-Identifier: Apache-2.0
// What every object store has to do.
#include <algorithm>
#include <atomic>
#include <charconv>
#include <thread>

#include "kvs/testkit/store_client.h"
#include "kvs/testkit/suite.h"

#include "expect.h"

namespace kvs::testkit {
namespace {

StoreClient ClientOf(const Context& context) {
  return StoreClient(context.Port<sdk::StoreRef>());
}

// Bytes of every value, zeros and newlines among them.
std::string Bytes(size_t n, uint32_t seed) {
  std::string out(n, '\0');
  for (char& c : out) {
    seed = seed * 1664525u + 1013904223u;
    c = static_cast<char>(seed >> 24);
  }
  return out;
}

Status PutAll(const StoreClient& store, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    if (const auto put = store.Put(key, key); !put.ok())
      return Annotate(put.status(), "putting \"", key, "\"");
  }
  return OkStatus();
}

std::string Joined(const std::vector<std::string>& keys) {
  std::string out;
  for (const std::string& key : keys) StrAppend(out, out.empty() ? "" : ", ", key);
  return StrCat("[", out, "]");
}

Status ExpectKeys(const StoreClient::Page& page, const std::vector<std::string>& want,
                  std::string_view what) {
  const std::vector<std::string> keys = page.keys();
  KVS_EXPECT(keys == want, what, " gave ", Joined(keys), " instead of ", Joined(want));
  return OkStatus();
}

Status ReadsWhatWasWritten(Context& context) {
  const StoreClient store = ClientOf(context);
  const std::string bytes = Bytes(10'000, 1);

  KVS_ASSIGN_OR_RETURN(const StoreClient::Info put, store.Put("tenant/block/chunk", bytes));
  KVS_ASSIGN_OR_RETURN(const std::string read, store.Get("tenant/block/chunk"));
  KVS_ASSIGN_OR_RETURN(const StoreClient::Info info, store.Stat("tenant/block/chunk"));

  KVS_EXPECT(read == bytes, "read ", read.size(), " other bytes than the ", bytes.size(),
             " that were written");
  KVS_EXPECT(info.size == bytes.size(), "stat says ", info.size, " bytes of ", bytes.size());
  KVS_EXPECT(put.size == info.size && put.etag == info.etag,
             "put and stat tell different things of one object");
  return OkStatus();
}

Status AnEmptyObjectIsAnObject(Context& context) {
  const StoreClient store = ClientOf(context);

  KVS_RETURN_IF_ERROR(store.Put("empty", "").status());
  KVS_ASSIGN_OR_RETURN(const std::string read, store.Get("empty"));
  KVS_ASSIGN_OR_RETURN(const StoreClient::Page page, store.List(""));

  KVS_EXPECT(read.empty(), "an empty object has ", read.size(), " bytes");
  return ExpectKeys(page, {"empty"}, "a listing");
}

Status ReadsRanges(Context& context) {
  const StoreClient store = ClientOf(context);
  KVS_RETURN_IF_ERROR(store.Put("k", "0123456789").status());
  struct Want {
    uint64_t offset, size;
    const char* bytes;
  };
  for (const Want& want :
       {Want{0, 3, "012"}, Want{4, 2, "45"}, Want{4, 0, "456789"}, Want{8, 100, "89"},
        Want{9, 1, "9"}, Want{10, 0, ""}, Want{10, 5, ""}, Want{3, UINT64_MAX, "3456789"}}) {
    const auto read = store.Get("k", want.offset, want.size);
    if (!read.ok())
      return Annotate(read.status(), "reading ", want.size, " bytes at ", want.offset, " of 10");
    KVS_EXPECT(*read == want.bytes, want.size, " bytes at ", want.offset, " are \"", *read, "\"");
  }
  return OkStatus();
}

Status ARangeBehindTheEndIsOutOfRange(Context& context) {
  const StoreClient store = ClientOf(context);
  KVS_RETURN_IF_ERROR(store.Put("k", "0123456789").status());
  KVS_EXPECT_CODE(store.Get("k", 11, 1).status(), kOutOfRange, "reading at 11 of 10");
  KVS_EXPECT_CODE(store.Get("k", UINT64_MAX, 0).status(), kOutOfRange,
                  "reading at the largest offset");
  return OkStatus();
}

Status WhatIsNotThereIsNotFound(Context& context) {
  const StoreClient store = ClientOf(context);
  KVS_RETURN_IF_ERROR(store.Put("there/too", "x").status());
  for (const char* key : {"nothing", "there", "there/to", "there/too/deep"}) {
    KVS_EXPECT_CODE(store.Get(key).status(), kNotFound, StrCat("reading ", key));
    KVS_EXPECT_CODE(store.Stat(key).status(), kNotFound, StrCat("stat of ", key));
  }
  return OkStatus();
}

Status OverwriteIsVisibleAtOnce(Context& context) {
  const StoreClient store = ClientOf(context);
  KVS_ASSIGN_OR_RETURN(StoreClient::Info before, store.Put("k", "first and long"));
  for (int i = 0; i < 20; ++i) {
    const std::string bytes = StrCat("v", i);
    KVS_ASSIGN_OR_RETURN(const StoreClient::Info after, store.Put("k", bytes));
    KVS_ASSIGN_OR_RETURN(const std::string read, store.Get("k"));
    KVS_EXPECT(read == bytes, "after writing ", bytes, " it still read ", read);
    KVS_EXPECT(before.etag.empty() || before.etag != after.etag, "the etag ", before.etag,
               " stayed when the content changed");
    before = after;
  }
  return OkStatus();
}

Status RemoveTwiceSucceeds(Context& context) {
  const StoreClient store = ClientOf(context);
  KVS_RETURN_IF_ERROR(PutAll(store, {"a/b/c", "a/d"}));

  KVS_RETURN_IF_ERROR(store.Remove("a/b/c"));
  KVS_RETURN_IF_ERROR(store.Remove("a/b/c"));
  KVS_RETURN_IF_ERROR(store.Remove("never/was"));

  KVS_EXPECT_CODE(store.Get("a/b/c").status(), kNotFound, "reading what was removed");
  KVS_ASSIGN_OR_RETURN(const StoreClient::Page page, store.List(""));
  KVS_RETURN_IF_ERROR(ExpectKeys(page, {"a/d"}, "the listing after a remove"));
  return store.Put("a/b/c", "again").status();
}

Status InvalidKeysAreRefused(Context& context) {
  const StoreClient store = ClientOf(context);
  for (const std::string& key :
       {std::string(), std::string("/"), std::string("/a"), std::string("a/"), std::string("a//b"),
        std::string("."), std::string(".."), std::string("../a"), std::string("a/../b"),
        std::string("a/./b"), std::string(1025, 'k')}) {
    KVS_EXPECT_CODE(store.Put(key, "x").status(), kInvalidArgument,
                    StrCat("putting \"", key, "\""));
    const Status read = store.Get(key).status();
    KVS_EXPECT(read.code() == StatusCode::kInvalidArgument || read.code() == StatusCode::kNotFound,
               "reading \"", key, "\" ended with ", read.ToString());
  }
  KVS_ASSIGN_OR_RETURN(const StoreClient::Page page, store.List(""));
  return ExpectKeys(page, {}, "the listing after refused puts");
}

Status OddKeysAreKeys(Context& context) {
  const StoreClient store = ClientOf(context);
  std::vector<std::string> keys{"a b", "a+b", "a%2Fb",     "..a",         "a..",
                                "...", "ü/ö", "q?x=y&z#f", "it's",        "say \"hi\"",
                                "A",   "a",   "~tilde",    "back\\slash", "-dash",
                                "_",   "*",   "$HOME",     "a'b;c,d"};
  KVS_RETURN_IF_ERROR(PutAll(store, keys));
  for (const std::string& key : keys) {
    KVS_ASSIGN_OR_RETURN(const std::string read, store.Get(key));
    KVS_EXPECT(read == key, "\"", key, "\" holds what was put as \"", read, "\"");
  }
  std::sort(keys.begin(), keys.end());
  KVS_ASSIGN_OR_RETURN(const StoreClient::Page page, store.List(""));
  return ExpectKeys(page, keys, "a listing");
}

// A store that keeps its keys below a prefix has room for less, and must say so.
Status TheLongestKeyIsAKey(Context& context) {
  const StoreClient store = ClientOf(context);
  std::string longest;
  while (longest.size() < 1000) longest += std::string(99, 'k') + "/";
  longest += std::string(1024 - longest.size(), 'z');
  const Status put = store.Put(longest, "x").status();
  if (put.code() == StatusCode::kInvalidArgument) return Skip("keys may not be that long here");
  KVS_RETURN_IF_ERROR(put);
  KVS_ASSIGN_OR_RETURN(const std::string read, store.Get(longest));
  KVS_EXPECT(read == "x", "the longest key holds what was put as \"", read, "\"");
  KVS_ASSIGN_OR_RETURN(const StoreClient::Page page, store.List(""));
  return ExpectKeys(page, {longest}, "a listing");
}

// A store made of folders may refuse the second of these, but must not lose the first.
Status AKeyBelowAnotherKey(Context& context) {
  const StoreClient store = ClientOf(context);
  KVS_RETURN_IF_ERROR(store.Put("a", "above").status());
  const Status below = store.Put("a/b", "below").status();
  KVS_EXPECT(below.ok() || below.code() == StatusCode::kFailedPrecondition,
             "putting a/b beside a ended with ", below.ToString());
  KVS_RETURN_IF_ERROR(store.Put("c/d", "below").status());
  const Status above = store.Put("c", "above").status();
  KVS_EXPECT(above.ok() || above.code() == StatusCode::kFailedPrecondition,
             "putting c beside c/d ended with ", above.ToString());

  KVS_ASSIGN_OR_RETURN(const std::string a, store.Get("a"));
  KVS_ASSIGN_OR_RETURN(const std::string d, store.Get("c/d"));
  KVS_EXPECT(a == "above" && d == "below", "a key took the place of another");
  return OkStatus();
}

Status ListsInByteOrder(Context& context) {
  const StoreClient store = ClientOf(context);
  // "-" < "." < "/" < "0": what stands in a folder comes between its neighbours.
  const std::vector<std::string> sorted{"a-b", "a.b", "a/b", "a/b-c",   "a/c/d",
                                        "a0",  "aB",  "b",   "\xc3\xbc"};
  std::vector<std::string> shuffled = sorted;
  std::reverse(shuffled.begin(), shuffled.end());
  KVS_RETURN_IF_ERROR(PutAll(store, shuffled));
  KVS_ASSIGN_OR_RETURN(const StoreClient::Page page, store.List(""));
  for (const StoreClient::Entry& entry : page.entries) {
    KVS_EXPECT(!entry.is_prefix && entry.size == entry.key.size(), entry.key, " is listed with ",
               entry.size, " bytes");
  }
  KVS_EXPECT(!page.more, "a complete page promises more");
  return ExpectKeys(page, sorted, "a listing");
}

Status ListsByPrefix(Context& context) {
  const StoreClient store = ClientOf(context);
  KVS_RETURN_IF_ERROR(PutAll(store, {"t1/a/x", "t1/a/y", "t1/ab", "t10/a", "t2/a"}));
  struct Want {
    const char* prefix;
    std::vector<std::string> keys;
  };
  for (const Want& want :
       {Want{"t1/", {"t1/a/x", "t1/a/y", "t1/ab"}},
        Want{"t1", {"t1/a/x", "t1/a/y", "t1/ab", "t10/a"}},
        Want{"t1/a", {"t1/a/x", "t1/a/y", "t1/ab"}}, Want{"t1/a/", {"t1/a/x", "t1/a/y"}},
        Want{"t2/a", {"t2/a"}}, Want{"t2/a/", {}}, Want{"zz/", {}}, Want{"t1/a/y", {"t1/a/y"}}}) {
    KVS_ASSIGN_OR_RETURN(const StoreClient::Page page, store.List(want.prefix));
    KVS_RETURN_IF_ERROR(ExpectKeys(page, want.keys, StrCat("prefix \"", want.prefix, "\"")));
  }
  return OkStatus();
}

Status DelimiterFoldsWhatIsBelow(Context& context) {
  const StoreClient store = ClientOf(context);
  KVS_RETURN_IF_ERROR(PutAll(store, {"a", "b/1", "b/2/x", "b/2/y", "b-", "c/d/e"}));
  KVS_ASSIGN_OR_RETURN(const StoreClient::Page top, store.List("", "/"));
  KVS_ASSIGN_OR_RETURN(const StoreClient::Page below, store.List("b/", "/"));
  KVS_ASSIGN_OR_RETURN(const StoreClient::Page partial, store.List("b", "/"));
  KVS_RETURN_IF_ERROR(ExpectKeys(top, {"a", "b-", "b/", "c/"}, "the top"));
  KVS_RETURN_IF_ERROR(ExpectKeys(below, {"b/1", "b/2/"}, "below b/"));
  KVS_RETURN_IF_ERROR(ExpectKeys(partial, {"b-", "b/"}, "prefix b"));
  KVS_EXPECT(!top.entries[0].is_prefix && top.entries[2].is_prefix,
             "common prefixes are not marked");
  KVS_RETURN_IF_ERROR(store.Remove("c/d/e"));
  KVS_ASSIGN_OR_RETURN(const StoreClient::Page after, store.List("", "/"));
  return ExpectKeys(after, {"a", "b-", "b/"}, "the top, with nothing left below c/");
}

Status PagesJoinToTheWhole(Context& context) {
  const StoreClient store = ClientOf(context);
  std::vector<std::string> keys;
  for (int folder = 0; folder < 5; ++folder) {
    for (int i = 0; i < 7; ++i) keys.push_back(StrCat("f", folder, i % 2 == 0 ? "/x" : "-", i));
  }
  KVS_RETURN_IF_ERROR(PutAll(store, keys));
  for (const char* delimiter : {"", "/"}) {
    KVS_ASSIGN_OR_RETURN(const StoreClient::Page whole, store.List("", delimiter));
    for (const uint32_t size : {1u, 2u, 3u, 7u, 100u}) {
      StoreClient::Page joined;
      std::string after;
      do {
        KVS_ASSIGN_OR_RETURN(const StoreClient::Page page, store.List("", delimiter, after, size));
        KVS_EXPECT(page.entries.size() <= size, "a page of ", size, " has ", page.entries.size(),
                   " entries");
        KVS_EXPECT(!page.more || !page.entries.empty(), "an empty page promises more");
        joined.entries.insert(joined.entries.end(), page.entries.begin(), page.entries.end());
        joined.more = page.more;
        if (!page.entries.empty()) after = page.entries.back().key;
        KVS_EXPECT(joined.entries.size() <= whole.entries.size(), "pages of ", size,
                   " repeat entries");
      } while (joined.more);
      KVS_RETURN_IF_ERROR(ExpectKeys(
          joined, whole.keys(), StrCat("pages of ", size, " with delimiter \"", delimiter, "\"")));
    }
  }
  KVS_ASSIGN_OR_RETURN(const StoreClient::Page rest, store.List("f3", "", "f3/x0"));
  return ExpectKeys(rest, {"f3/x2", "f3/x4", "f3/x6"}, "a listing behind a key");
}

Status IfAbsentPutsOnlyOnce(Context& context) {
  const StoreClient store = ClientOf(context);
  KVS_RETURN_IF_ERROR(store.Put("a/k", "first", KVS_PUT_IF_ABSENT).status());
  KVS_EXPECT_CODE(store.Put("a/k", "second", KVS_PUT_IF_ABSENT).status(), kAlreadyExists,
                  "a second put if absent");
  KVS_ASSIGN_OR_RETURN(const std::string read, store.Get("a/k"));
  KVS_EXPECT(read == "first", "a refused put changed the object to ", read);
  KVS_RETURN_IF_ERROR(store.Remove("a/k"));
  return store.Put("a/k", "third", KVS_PUT_IF_ABSENT).status();
}

Status IfEtagPutsOnlyOnWhatWasRead(Context& context) {
  const StoreClient store = ClientOf(context);
  KVS_ASSIGN_OR_RETURN(const StoreClient::Info first, store.Put("k", "first"));
  if (first.etag.empty()) return Skip("the store has no etags");
  KVS_ASSIGN_OR_RETURN(const StoreClient::Info second,
                       store.Put("k", "second", KVS_PUT_IF_ETAG, first.etag));
  KVS_EXPECT_CODE(store.Put("k", "third", KVS_PUT_IF_ETAG, first.etag).status(), kAborted,
                  "a put with an old etag");
  KVS_EXPECT_CODE(store.Put("other", "x", KVS_PUT_IF_ETAG, second.etag).status(), kAborted,
                  "a put on nothing, with an etag");
  KVS_ASSIGN_OR_RETURN(const std::string read, store.Get("k"));
  KVS_EXPECT(read == "second", "a refused put changed the object to ", read);
  KVS_EXPECT_CODE(store.Get("other").status(), kNotFound,
                  "reading what a refused put would have made");
  return OkStatus();
}

Status OneOfManyIfAbsentWins(Context& context) {
  const StoreClient store = ClientOf(context);
  for (int round = 0; round < 10; ++round) {
    const std::string key = StrCat("race/", round);
    std::atomic<int> won{0}, lost{0}, broken{0}, winner{-1};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        const Status status = store.Put(key, StrCat("from ", i), KVS_PUT_IF_ABSENT).status();
        if (status.ok()) winner = i;
        ++(status.ok() ? won : status.code() == StatusCode::kAlreadyExists ? lost : broken);
      });
    }
    for (std::thread& thread : threads) thread.join();
    KVS_EXPECT(won == 1 && lost == 3 && broken == 0, "of four puts if absent ", won.load(),
               " won, ", lost.load(), " lost and ", broken.load(), " failed otherwise");
    KVS_ASSIGN_OR_RETURN(const std::string read, store.Get(key));
    KVS_EXPECT(read == StrCat("from ", winner.load()), "the object holds \"", read,
               "\" and not what the winner put");
  }
  return OkStatus();
}

Status NoIfEtagUpdateIsLost(Context& context) {
  const StoreClient store = ClientOf(context);
  KVS_ASSIGN_OR_RETURN(const StoreClient::Info made, store.Put("counter", "0"));
  if (made.etag.empty()) return Skip("the store has no etags");
  std::atomic<int> broken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int done = 0; done < 10 && broken == 0;) {
        // The etag is asked for first: when somebody puts in between, the number is newer, and the
        // put is refused.
        const auto info = store.Stat("counter");
        const auto text = store.Get("counter");
        int n = 0;
        if (!info.ok() || !text.ok()) {
          ++broken;
          continue;
        }
        std::from_chars(text->data(), text->data() + text->size(), n);
        const Status put =
            store.Put("counter", StrCat(n + 1), KVS_PUT_IF_ETAG, info->etag).status();
        if (put.ok()) ++done;
        if (!put.ok() && put.code() != StatusCode::kAborted) ++broken;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  KVS_EXPECT(broken == 0, "a put with an etag failed otherwise than by losing");
  KVS_ASSIGN_OR_RETURN(const std::string read, store.Get("counter"));
  KVS_EXPECT(read == "40", "40 additions of one made ", read);
  return OkStatus();
}

Status ReadersSeeWholeObjects(Context& context) {
  const StoreClient store = ClientOf(context);
  constexpr size_t kSize = 100'000;
  KVS_RETURN_IF_ERROR(store.Put("k", std::string(kSize, 'a')).status());
  std::atomic<int> writers{2}, broken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < 15; ++n) {
        if (!store.Put("k", std::string(kSize, static_cast<char>('b' + 2 * (n % 10) + i))).ok())
          ++broken;
      }
      --writers;
    });
  }
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      while (writers > 0) {
        const auto read = store.Get("k");
        if (!read.ok() || read->size() != kSize || *read != std::string(kSize, read->front()))
          ++broken;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  KVS_EXPECT(broken == 0, broken.load(),
             " reads or writes under way at the same time failed or mixed two objects");
  return OkStatus();
}

Status PutsAndRemovesOfNeighboursDoNotDisturb(Context& context) {
  const StoreClient store = ClientOf(context);
  std::atomic<int> broken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < 25; ++n) {
        const std::string key = StrCat("shared/deep/k", i);
        if (!store.Put(key, "x").ok() || !store.Get(key).ok() || !store.Remove(key).ok()) ++broken;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  KVS_EXPECT(broken == 0, broken.load(),
             " calls failed while others put and removed below the same prefix");
  KVS_ASSIGN_OR_RETURN(const StoreClient::Page page, store.List(""));
  return ExpectKeys(page, {}, "the listing in the end");
}

Status ALargeObjectIsWhole(Context& context) {
  const StoreClient store = ClientOf(context);
  const std::string bytes = Bytes(8u << 20, 7);
  KVS_RETURN_IF_ERROR(store.Put("large", bytes).status());
  KVS_ASSIGN_OR_RETURN(const std::string read, store.Get("large"));
  KVS_EXPECT(read == bytes, "8 MiB came back as ", read.size(), " other bytes");
  KVS_ASSIGN_OR_RETURN(const std::string part, store.Get("large", 5'000'000, 1000));
  KVS_EXPECT(part == bytes.substr(5'000'000, 1000), "a part of 8 MiB came back wrong");
  return OkStatus();
}

constexpr Case kCases[] = {
    {"ReadsWhatWasWritten", ReadsWhatWasWritten},
    {"AnEmptyObjectIsAnObject", AnEmptyObjectIsAnObject},
    {"ReadsRanges", ReadsRanges},
    {"ARangeBehindTheEndIsOutOfRange", ARangeBehindTheEndIsOutOfRange},
    {"WhatIsNotThereIsNotFound", WhatIsNotThereIsNotFound},
    {"OverwriteIsVisibleAtOnce", OverwriteIsVisibleAtOnce},
    {"RemoveTwiceSucceeds", RemoveTwiceSucceeds},
    {"InvalidKeysAreRefused", InvalidKeysAreRefused},
    {"OddKeysAreKeys", OddKeysAreKeys},
    {"TheLongestKeyIsAKey", TheLongestKeyIsAKey},
    {"AKeyBelowAnotherKey", AKeyBelowAnotherKey},
    {"ListsInByteOrder", ListsInByteOrder},
    {"ListsByPrefix", ListsByPrefix},
    {"DelimiterFoldsWhatIsBelow", DelimiterFoldsWhatIsBelow},
    {"PagesJoinToTheWhole", PagesJoinToTheWhole},
    {"IfAbsentPutsOnlyOnce", IfAbsentPutsOnlyOnce},
    {"IfEtagPutsOnlyOnWhatWasRead", IfEtagPutsOnlyOnWhatWasRead},
    {"OneOfManyIfAbsentWins", OneOfManyIfAbsentWins},
    {"NoIfEtagUpdateIsLost", NoIfEtagUpdateIsLost},
    {"ReadersSeeWholeObjects", ReadersSeeWholeObjects},
    {"PutsAndRemovesOfNeighboursDoNotDisturb", PutsAndRemovesOfNeighboursDoNotDisturb},
    {"ALargeObjectIsWhole", ALargeObjectIsWhole},
};

}  // namespace

const Suite& ObjectStoreSuite() {
  static constexpr Suite kSuite{KVS_OBJECT_STORE_V1, kCases};
  return kSuite;
}

}  // namespace kvs::testkit
