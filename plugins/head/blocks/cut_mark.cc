// SPDX-License-Identifier: Apache-2.0
#include "blocks/cut_mark.h"

#include "blocks/files.h"
#include "wal/encoder.h"
#include "wal/scan.h"

namespace kvs::head {
namespace {

std::string PathIn(const std::string& folder) {
  return folder + "/cut-mark";
}

}  // namespace

Status SaveCutMark(const std::string& folder, const CutMark& mark) {
  wal::Encoder encoder;
  encoder.Begin(wal::Kind::kCutMark);
  encoder.PutFixed(mark.memory_from);
  encoder.PutFixed(mark.late_generation);
  encoder.End();
  return ReplaceFile(PathIn(folder), encoder.bytes());
}

StatusOr<CutMark> LoadCutMark(const std::string& folder) {
  const std::string path = PathIn(folder);
  const StatusOr<std::string> file = ReadFile(path);
  if (file.status().code() == StatusCode::kNotFound) return CutMark();
  if (!file.ok()) return file.status();
  const wal::ScanResult scan =
      wal::Scan({reinterpret_cast<const uint8_t*>(file->data()), file->size()});
  if (scan.records.size() != 1 || scan.records[0].kind != wal::Kind::kCutMark)
    return DataLoss(path, " is damaged");
  wal::PayloadReader in(scan.records[0].payload);
  CutMark mark;
  mark.memory_from = in.Fixed<int64_t>();
  mark.late_generation = in.Fixed<uint32_t>();
  if (!in.ok()) return DataLoss(path, " is too short");
  return mark;
}

}  // namespace kvs::head
