// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <memory>

#include "kvs/base/str_cat.h"
#include "kvs/chunk/aggregates.h"
#include "kvs/chunk/histogram_decoder.h"
#include "kvs/chunk/histogram_text.h"
#include "kvs/chunk/xor.h"
#include "kvs/chunk/xor2.h"
#include "kvs/model/labels.h"
#include "kvs/promql/parser.h"
#include "kvs/tsdb/selection.h"
#include "kvs/tsdb/series_cursor.h"

#include "block_folder.h"
#include "commands.h"

namespace kvs::tools {
namespace {

struct Sample {
  int64_t t;
  std::string text;
};

// The selected series of one block, one after the other.
class BlockDump {
 public:
  BlockDump(BlockFolder block, tsdb::SeriesSet series, tsdb::TimeRange range)
      : block_(std::make_unique<BlockFolder>(std::move(block))),
        series_(std::move(series)),
        range_(range) {}

  // Goes to the next series; false at the end or on damage.
  bool Next() {
    if (cursor_ == nullptr) {
      symbols_ = std::make_unique<tsdb::SymbolResolver>(block_->header());
      cursor_ = std::make_unique<tsdb::SeriesCursor>(block_->header().layout(),
                                                     *block_->parts().index, series_, range_);
    }
    if (!cursor_->Next()) {
      if (!cursor_->status().ok()) {
        status_ = Annotate(cursor_->status(), block_->path(), "/index");
      }
      return false;
    }
    StatusOr<model::Labels> labels = tsdb::ResolveLabels(cursor_->entry(), *symbols_);
    if (!labels.ok()) {
      status_ = Annotate(labels.status(), block_->path(), "/index");
      return false;
    }
    labels_ = *std::move(labels);
    return true;
  }

  const model::Labels& labels() const { return labels_; }
  const Status& status() const { return status_; }

  // Appends the current series' samples of the range that are not deleted.
  Status Read(std::vector<Sample>* out);

 private:
  Status ReadChunk(const tsdb::ChunkView& view, std::vector<Sample>* out) const;

  std::unique_ptr<BlockFolder> block_;
  tsdb::SeriesSet series_;
  tsdb::TimeRange range_;
  std::unique_ptr<tsdb::SymbolResolver> symbols_;
  std::unique_ptr<tsdb::SeriesCursor> cursor_;
  model::Labels labels_;
  Status status_;
  tsdb::Bytes scratch_;
};

Status BlockDump::Read(std::vector<Sample>* out) {
  const size_t begin = out->size();
  const tsdb::SegmentSet segments = block_->parts().segments;
  for (const tsdb::ChunkMeta& chunk : cursor_->entry().chunks) {
    const StatusOr<tsdb::ChunkView> view = segments.Read(chunk.ref, &scratch_);
    const Status status = view.ok() ? ReadChunk(*view, out) : view.status();
    if (!status.ok()) {
      return Annotate(status, block_->path(), "/chunks/",
                      tsdb::SegmentName(tsdb::ChunkSegment(chunk.ref)), ": chunk at offset ",
                      tsdb::ChunkOffset(chunk.ref));
    }
  }
  const auto deleted = block_->tombstones().Of(cursor_->number());
  const auto drop = [&](const Sample& s) {
    return s.t < range_.mint || s.t > range_.maxt || tsdb::IsDeleted(deleted, s.t);
  };
  out->erase(std::remove_if(out->begin() + static_cast<ptrdiff_t>(begin), out->end(), drop),
             out->end());
  return OkStatus();
}

Status BlockDump::ReadChunk(const tsdb::ChunkView& view, std::vector<Sample>* out) const {
  int64_t t, start;
  double v;
  if (view.encoding == chunk::Encoding::kXor) {
    chunk::XorDecoder decoder(view.data);
    while (decoder.Next(&t, &v)) out->push_back({t, chunk::FloatText(v)});
    return decoder.status();
  }
  if (view.encoding == chunk::Encoding::kXor2) {
    chunk::Xor2Decoder decoder(view.data);
    while (decoder.Next(&t, &v, &start)) out->push_back({t, chunk::FloatText(v)});
    return decoder.status();
  }
  if (view.encoding == chunk::Encoding::kAggregates) {
    KVS_ASSIGN_OR_RETURN(const auto parts, chunk::AggregateParts::Parse(view.data));
    chunk::AggregateReader windows(parts);
    for (chunk::AggregateWindow w; windows.Next(&w);) {
      out->push_back(
          {w.t, StrCat("{count:", chunk::FloatText(w.count), ", sum:", chunk::FloatText(w.sum),
                       ", min:", chunk::FloatText(w.min), ", max:", chunk::FloatText(w.max), "}")});
    }
    return windows.status();
  }
  chunk::FloatHistogramReader reader(view.encoding, view.data);
  chunk::FloatHistogram h;
  while (reader.Next(&t, &h)) out->push_back({t, chunk::HistogramText(h)});
  return reader.status();
}

StatusOr<std::vector<model::Matcher>> ParseSelector(const std::string& text) {
  std::vector<model::Matcher> out;
  if (text.empty()) return out;
  KVS_ASSIGN_OR_RETURN(const auto parsed, promql::ParseMetricSelector(text));
  for (const promql::Matcher& matcher : parsed) {
    KVS_ASSIGN_OR_RETURN(model::Matcher compiled,
                         model::Matcher::Make(static_cast<model::MatchType>(matcher.op),
                                              matcher.name, matcher.value));
    out.push_back(std::move(compiled));
  }
  return out;
}

StatusOr<BlockDump> OpenDump(const std::string& path, std::span<const model::Matcher> matchers,
                             tsdb::TimeRange range) {
  KVS_ASSIGN_OR_RETURN(BlockFolder block, BlockFolder::Open(path));
  KVS_RETURN_IF_ERROR(block.Load());
  StatusOr<tsdb::SelectionPlan> plan = tsdb::PlanSelection(block.header(), matchers);
  if (!plan.ok()) return Annotate(plan.status(), path, "/index");
  StatusOr<tsdb::SeriesSet> series = tsdb::RunSelection(*plan, *block.parts().index);
  if (!series.ok()) return Annotate(series.status(), path, "/index");
  return BlockDump(std::move(block), *std::move(series), range);
}

// What several blocks have at one time is the same sample twice.
void Print(const model::Labels& labels, std::vector<Sample>* samples) {
  std::stable_sort(samples->begin(), samples->end(),
                   [](const Sample& a, const Sample& b) { return a.t < b.t; });
  const std::string name = labels.ToString();
  for (size_t i = 0; i < samples->size(); ++i) {
    const Sample& s = (*samples)[i];
    if (i > 0 && s.t == (*samples)[i - 1].t) continue;
    std::printf("%s %s %s\n", name.c_str(), s.text.c_str(), StrCat(s.t).c_str());
  }
}

}  // namespace

StatusOr<bool> Dump(const std::vector<std::string>& blocks, const DumpOptions& options) {
  KVS_ASSIGN_OR_RETURN(const std::vector<model::Matcher> matchers, ParseSelector(options.selector));
  bool sound = true;
  const auto note = [&sound](const Status& status) {
    if (status.ok()) return;
    Complain(status);
    sound = false;
  };
  std::vector<BlockDump> open;
  for (const std::string& path : blocks) {
    StatusOr<BlockDump> block = OpenDump(path, matchers, {options.mint, options.maxt});
    note(block.status());
    if (!block.ok()) continue;
    if (block->Next()) {
      open.push_back(*std::move(block));
    } else {
      note(block->status());
    }
  }
  std::vector<Sample> samples;
  while (!open.empty()) {
    const model::Labels labels =
        std::min_element(open.begin(), open.end(), [](const BlockDump& a, const BlockDump& b) {
          return a.labels() < b.labels();
        })->labels();
    samples.clear();
    for (size_t i = 0; i < open.size();) {
      bool more = true;
      if (open[i].labels() == labels) {
        note(open[i].Read(&samples));
        more = open[i].Next();
        if (!more) note(open[i].status());
      }
      if (more) {
        ++i;
      } else {
        open.erase(open.begin() + static_cast<ptrdiff_t>(i));
      }
    }
    Print(labels, &samples);
  }
  return sound;
}

}  // namespace kvs::tools
