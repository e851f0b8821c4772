// SPDX-License-Identifier: Apache-2.0
#include "work.h"

#include <unistd.h>

#include <cstdio>
#include <utility>

#include "kvs/base/str_cat.h"
#include "kvs/model/labels.h"

namespace kvs::compactor {
namespace {

// For people who look at the kv store.
std::string ThisProcess() {
  char name[256] = {};
  if (gethostname(name, sizeof name - 1) != 0) name[0] = 0;
  return StrCat(name, ":", getpid());
}

// Labels have any length and bytes; keys have not.
std::string ShortOf(std::string_view group) {
  model::SeriesHasher hasher;
  hasher.Add(group, "");
  char hex[17];
  std::snprintf(hex, sizeof hex, "%016llx", static_cast<unsigned long long>(hasher.Finish()));
  return hex;
}

}  // namespace

std::string KeyOf(const Job& job) {
  return StrCat(StageName(job.stage), "/", job.shard, "/", job.range_begin_ms, "-",
                job.range_end_ms, "/", job.resolution_ms, "/", ShortOf(job.group));
}

Work::Work(sdk::Host host, const Config& config)
    : host_(host), config_(config), holder_(ThisProcess()) {}

void Work::Use(sdk::RingRef ring, sdk::KvRef kv) {
  ring_.Use(ring);
  kv_ = kv;
}

StatusOr<Work::LeasePtr> Work::TakeJob(std::string_view tenant, std::string_view job_key) const {
  return Take(StrCat("jobs/", tenant, "/", job_key));
}

StatusOr<Work::LeasePtr> Work::TakeIndex(std::string_view tenant) const {
  return Take(StrCat("index/", tenant));
}

StatusOr<Work::LeasePtr> Work::Take(std::string key) const {
  if (!kv_) return LeasePtr();
  return sharing::Lease::Take(
      host_, kv_,
      {.key = StrCat(config_.kv_prefix, key), .holder = holder_, .ttl_ms = config_.lease_ttl.ms});
}

}  // namespace kvs::compactor
