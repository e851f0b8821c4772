// SPDX-License-Identifier: Apache-2.0
// Reading a write-ahead log of any bytes. The input is taken twice: as a segment, and as a list of
// records and of rubbish between them. The records get true checksums, so that what follows the
// scan is exercised as well, and every one of them must be found behind the rubbish.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "head_testing.h"
#include "replay.h"
#include "wal/encoder.h"

namespace {

using namespace kvs;
using namespace kvs::head;
using Bytes = std::span<const uint8_t>;

/// A log as a list of pieces: a byte that says what, a byte of size (in units of 8), its bytes.
class Script {
 public:
  explicit Script(Bytes input) {
    while (input.size() >= 2) {
      const uint8_t what = input[0];
      const size_t size = std::min<size_t>(size_t{input[1]} * 8, input.size() - 2);
      const Bytes bytes = input.subspan(2, size);
      input = input.subspan(2 + size);
      // Rubbish keeps the alignment of what follows, as a write that went wrong does.
      if (what % 8 == 0) {
        PutRubbish(bytes);
      } else {
        PutRecord(what % 8, bytes);
      }
    }
  }

  Bytes segment() const { return segment_; }
  const std::vector<std::vector<uint8_t>>& payloads() const { return payloads_; }

 private:
  void PutRubbish(Bytes bytes) {
    segment_.insert(segment_.end(), bytes.begin(), bytes.end());
    segment_.resize((segment_.size() + wal::kAlign - 1) / wal::kAlign * wal::kAlign);
  }
  void PutRecord(int kind, Bytes payload) {
    wal::Encoder encoder;
    encoder.Begin(static_cast<wal::Kind>(kind));
    encoder.PutBytes(payload);
    encoder.End();
    segment_.insert(segment_.end(), encoder.bytes().begin(), encoder.bytes().end());
    payloads_.emplace_back(payload.begin(), payload.end());
  }

  std::vector<uint8_t> segment_;
  std::vector<std::vector<uint8_t>> payloads_;
};

void CheckScan(Bytes segment) {
  const wal::ScanResult result = wal::Scan(segment);
  if (result.end + result.tail > segment.size()) std::abort();
  size_t behind = 0;
  for (const wal::Damage& damage : result.damage) {
    if (damage.offset < behind || damage.size == 0) std::abort();
    behind = damage.offset + damage.size;
  }
  if (behind > result.end) std::abort();
}

// Rubbish may hold whole records of its own, so others may stand among them.
void CheckEveryRecordIsFound(const Script& script) {
  const wal::ScanResult result = wal::Scan(script.segment());
  size_t next = 0;
  for (const wal::Record& record : result.records) {
    if (next == script.payloads().size()) break;
    const std::vector<uint8_t>& wanted = script.payloads()[next];
    next += std::ranges::equal(record.payload, wanted) ? 1 : 0;
  }
  if (next != script.payloads().size()) std::abort();
}

// Replays into a head's tenants. Damage is never an error; only a version from the future is one.
void CheckReplay(Bytes segment) {
  static const TempFolder folder;
  const std::string path = wal::SegmentPath(folder.path(), {1, 1});
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(reinterpret_cast<const char*>(segment.data()),
             static_cast<std::streamsize>(segment.size()));
  const sdk::Host host;
  const Metrics metrics(host.metrics());
  FakeIndex index;
  const sdk::IndexerRef indexer(sdk::IfaceOf<sdk::Indexer>(&index));
  TenantMap tenants(metrics);
  ExemplarBudget exemplars(1000);
  Generations generations;
  Replay replay(host, indexer, tenants, exemplars, generations);
  const StatusOr<ReplayResult> result = replay.Run(sdk::OwnedCall(""), folder.path());
  if (!result.ok() && result.status().code() != StatusCode::kUnimplemented) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes input(data, size);
  CheckScan(input);
  const Script script(input);
  CheckScan(script.segment());
  CheckEveryRecordIsFound(script);
  CheckReplay(script.segment());
  return 0;
}
