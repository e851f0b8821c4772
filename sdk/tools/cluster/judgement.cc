// SPDX-License-Identifier: Apache-2.0
#include "judgement.h"

#include <map>

#include "kvs/base/str_cat.h"

namespace kvs::tools {
namespace {

// Instances that may be away together: a zone, or, where zones do not count, one of them.
std::string GroupOf(const RingPage& ring, const RingInstance& instance) {
  return ring.zone_aware ? instance.zone : instance.id;
}

std::string Describe(const RingPage& ring, const std::map<std::string, std::string>& away) {
  std::string out;
  for (const auto& [group, instance] : away) {
    StrAppend(out, out.empty() ? "" : ", ");
    ring.zone_aware ? StrAppend(out, group, " is not complete already (", instance, ")")
                    : StrAppend(out, instance, " already");
  }
  return out;
}

// Of copies that are counted: `borne` groups may be away.
std::vector<Unsafe> JudgeCopies(const RingPage& ring, uint64_t borne, const char* what) {
  std::map<std::string, std::string> away;  // Group, and who of it is away.
  for (const RingInstance& one : ring.instances) {
    if (!one.is_well()) away.try_emplace(GroupOf(ring, one), StrCat(one.id, " is ", one.state));
  }
  std::vector<Unsafe> out;
  for (const RingInstance& one : ring.instances) {
    if (!one.is_well()) continue;
    const uint64_t gone = away.size() + (away.contains(GroupOf(ring, one)) ? 0 : 1);
    if (gone <= borne) continue;
    const std::string before = Describe(ring, away);
    out.push_back(
        {one.id, StrCat(before, before.empty() ? "" : ": ", "with this one, ", gone, " of ",
                        ring.replication_factor, " copies of some ", what, " would be away")});
  }
  return out;
}

// Of what others take over.
std::vector<Unsafe> JudgeWorkers(const RingPage& ring) {
  std::vector<Unsafe> out;
  size_t well = 0;
  for (const RingInstance& one : ring.instances) well += one.is_well() ? 1 : 0;
  for (const RingInstance& one : ring.instances) {
    if (one.is_well() && well == 1)
      out.push_back({one.id, "it is the only one that is healthy: nobody would take over"});
  }
  return out;
}

}  // namespace

bool HoldsCopies(const RingPage& ring) {
  return ring.name == "ingester";
}

std::vector<Unsafe> JudgeRing(const RingPage& ring) {
  // A write needs more than half of the copies, and a read must meet one of those.
  if (HoldsCopies(ring)) return JudgeCopies(ring, ring.replication_factor / 2, "series");
  return JudgeWorkers(ring);
}

}  // namespace kvs::tools
