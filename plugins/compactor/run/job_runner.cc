// SPDX-License-Identifier: Apache-2.0
#include "run/job_runner.h"

#include <algorithm>
#include <set>

#include "kvs/base/units.h"
#include "kvs/blocks/mapped_file.h"
#include "kvs/bucket/layout.h"
#include "kvs/bucket/shard_id.h"
#include "kvs/model/labels.h"
#include "kvs/tsdb/verify.h"

#include "run/work_folder.h"

namespace kvs::compactor {
namespace {

using blocks::Block;
using tsdb::BlockMeta;
using tsdb::Ulid;

constexpr std::string_view kAppliedHint = "deletions-applied-to:";
constexpr std::string_view kSourcesFolder = "/sources";
constexpr std::string_view kBlocksFolder = "/blocks";
// Stands beside the blocks once all of them are complete.
constexpr std::string_view kMergedFile = "/blocks/complete";
// Names what may be in the bucket in part.
constexpr std::string_view kUploadsFile = "/uploads";

uint64_t Hash(std::string_view text, std::string_view salt) {
  model::SeriesHasher hasher;
  hasher.Add(text, salt);
  return hasher.Finish();
}

// What a job makes depends on this alone.
std::string IdentityOf(const Job& job, const SeriesRules& rules) {
  std::string out = StrCat(static_cast<int>(job.stage), " ", job.group, " ", job.shard, " ",
                           job.shard_count, "\n");
  if (job.resolution_ms != 0) StrAppend(out, "to ", job.resolution_ms, "\n");
  for (const PlanBlock& block : job.blocks) StrAppend(out, block.meta.ulid.ToString(), "\n");
  return out + rules.Fingerprint();
}

// The name of a block that a job makes: always the same one. `attempt`: for when that one is taken.
Ulid NameOf(const std::string& identity, const Job& job, uint64_t shard, uint64_t attempt) {
  uint64_t time = 0;
  for (const PlanBlock& block : job.blocks) time = std::max(time, block.meta.ulid.time_ms());
  std::array<uint8_t, 10> random;
  const std::string salt = StrCat(shard, " ", attempt);
  const uint64_t first = Hash(identity, salt), second = Hash(identity, salt + " again");
  for (size_t i = 0; i < 8; ++i) random[i] = static_cast<uint8_t>(first >> 8 * i);
  random[8] = static_cast<uint8_t>(second);
  random[9] = static_cast<uint8_t>(second >> 8);
  return Ulid::Make(time, random);
}

BlockMeta MetaOf(const Job& job, const JobRules& rules, uint64_t shard) {
  BlockMeta meta;
  meta.mint = INT64_MAX;
  meta.maxt = INT64_MIN;
  meta.compaction.level = 0;
  std::set<Ulid> sources;
  // Without requests now, a block is as clean as the least clean of its sources.
  Ulid applied = rules.youngest_deletion;
  bool is_first = true;
  for (const PlanBlock& block : job.blocks) {
    meta.mint = std::min(meta.mint, block.meta.mint);
    meta.maxt = std::max(meta.maxt, block.meta.maxt);
    meta.compaction.level = std::max(meta.compaction.level, block.meta.compaction.level);
    const std::vector<Ulid>& of_block = block.meta.compaction.sources;
    if (of_block.empty()) sources.insert(block.meta.ulid);
    sources.insert(of_block.begin(), of_block.end());
    meta.compaction.parents.push_back({block.meta.ulid, block.meta.mint, block.meta.maxt});
    if (rules.youngest_deletion == Ulid()) {
      applied =
          is_first ? AppliedDeletion(block.meta) : std::min(applied, AppliedDeletion(block.meta));
      is_first = false;
    }
  }
  ++meta.compaction.level;
  meta.compaction.sources.assign(sources.begin(), sources.end());
  if (applied != Ulid()) meta.compaction.hints = {StrCat(kAppliedHint, applied.ToString())};
  tsdb::ThanosSection& thanos = meta.thanos.emplace();
  if (const auto& of_first = job.blocks.front().meta.thanos; of_first.has_value()) {
    thanos.labels = of_first->labels;
    thanos.resolution_ms = of_first->resolution_ms;
  }
  if (job.stage == Stage::kDownsample) thanos.resolution_ms = job.resolution_ms;
  if (job.stage == Stage::kSplit)
    thanos.labels[std::string(tsdb::kShardIdLabel)] =
        bucket::ShardId{shard, job.shard_count}.ToString();
  thanos.source = "compactor";
  return meta;
}

// The files of a new block, by path, as meta.json lists them.
StatusOr<std::vector<tsdb::BlockFile>> FilesOf(const std::string& folder) {
  std::vector<tsdb::BlockFile> out;
  for (const std::string& name : NamesIn(folder + "/chunks"))
    out.push_back({StrCat("chunks/", name), 0});
  out.push_back({std::string(bucket::kIndexFile), 0});
  for (tsdb::BlockFile& file : out) {
    KVS_ASSIGN_OR_RETURN(const uint64_t size, FileSize(StrCat(folder, "/", file.path)));
    file.size_bytes = static_cast<int64_t>(size);
  }
  out.push_back({std::string(bucket::kMetaFile), 0});
  return out;
}

// Reads back what was written, every byte of it.
StatusOr<tsdb::BlockContents> VerifyFolder(const std::string& folder) {
  KVS_ASSIGN_OR_RETURN(const auto index, blocks::MappedFile::Open(folder + "/index"));
  std::vector<std::unique_ptr<blocks::MappedFile>> segments;
  std::vector<const tsdb::ByteSource*> pointers;
  for (const std::string& name : NamesIn(folder + "/chunks")) {
    KVS_ASSIGN_OR_RETURN(auto segment, blocks::MappedFile::Open(StrCat(folder, "/chunks/", name)));
    pointers.push_back(segment.get());
    segments.push_back(std::move(segment));
  }
  return tsdb::VerifyBlock({index.get(), tsdb::SegmentSet(pointers), {}}, nullptr);
}

// OK, or what is wrong with a block in a folder.
Status HealthOf(const std::string& path) {
  KVS_ASSIGN_OR_RETURN(const std::shared_ptr<const Block> block, blocks::OpenBlockFolder(path));
  return tsdb::VerifyBlock({&block->index(), block->segments(), {}}, nullptr).status();
}

// Which blocks a job began to upload, and the lease under which it did: what is needed to take them
// back once the job is not planned any more, and nobody can tell from the folder's name.
struct Uploads {
  std::vector<Ulid> blocks;
  std::string job_key;

  std::string Format() const {
    std::string out;
    for (const Ulid& block : blocks) StrAppend(out, block.ToString(), "\n");
    return out + job_key;
  }
  // Nothing when there is no such file, or none that can be read: it did not survive a crash, and
  // what it named is left to the cleaner.
  static Uploads Read(const std::string& folder) {
    Uploads out;
    const StatusOr<std::string> text = ReadFile(StrCat(folder, kUploadsFile));
    if (!text.ok()) return out;
    std::string_view rest = *text;
    while (true) {
      const size_t end = rest.find('\n');
      const StatusOr<Ulid> block = Ulid::Parse(rest.substr(0, end));
      if (end == std::string_view::npos || !block.ok()) break;
      out.blocks.push_back(*block);
      rest.remove_prefix(end + 1);
    }
    out.job_key = rest;  // Last, for it has any bytes.
    return out;
  }
};

}  // namespace

Ulid AppliedDeletion(const BlockMeta& meta) {
  for (const std::string& hint : meta.compaction.hints) {
    if (!hint.starts_with(kAppliedHint)) continue;
    const StatusOr<Ulid> ulid = Ulid::Parse(std::string_view(hint).substr(kAppliedHint.size()));
    if (ulid.ok()) return *ulid;
  }
  return {};
}

std::string JobRunner::FolderOf(std::string_view tenant, const Job& job) const {
  return StrCat(folder_, "/", tenant, "/", NameOf(IdentityOf(job, {}), job, 0, 0).ToString());
}

StatusOr<bool> JobRunner::IsDone(const TenantBucket& tenant, const Job& job,
                                 const JobRules& rules) const {
  if (job.stage == Stage::kDownsample) {
    const Ulid made = NameOf(IdentityOf(job, rules.rules), job, 0, 0);
    return tenant.store().Exists(bucket::BlockFileKey(tenant.tenant(), made, bucket::kMetaFile));
  }
  for (const PlanBlock& block : job.blocks) {
    const Ulid& ulid = block.meta.ulid;
    KVS_ASSIGN_OR_RETURN(const bool is_there, tenant.store().Exists(bucket::BlockFileKey(
                                                  tenant.tenant(), ulid, bucket::kMetaFile)));
    KVS_ASSIGN_OR_RETURN(const bool is_marked, tenant.IsMarkedForDeletion(ulid));
    if (!is_there || is_marked) return true;
  }
  return false;
}

Status JobRunner::Run(const TenantBucket& tenant, const Job& job, const JobRules& rules,
                      const Permit& permit) const {
  const std::string folder = FolderOf(tenant.tenant(), job);
  metrics_.compaction_runs_started.Add();
  {
    KVS_ASSIGN_OR_RETURN(const auto sources, Fetch(tenant, job, folder, permit));
    const Status merged = Merge(job, rules, permit, sources, folder);
    if (!merged.ok()) {
      const bool is_damage = merged.code() == StatusCode::kDataLoss ||
                             merged.code() == StatusCode::kUnimplemented ||
                             merged.code() == StatusCode::kInvalidArgument ||
                             merged.code() == StatusCode::kResourceExhausted;
      if (is_damage) KVS_RETURN_IF_ERROR(MarkDamaged(tenant, job, folder, merged));
      return merged;
    }
  }
  KVS_ASSIGN_OR_RETURN(const std::vector<Output> outputs, ReadOutputs(tenant, job, rules, folder));
  KVS_RETURN_IF_ERROR(NoteUploads(tenant, job, outputs, folder, permit));
  for (const Output& output : outputs) KVS_RETURN_IF_ERROR(UploadBlock(tenant, output, permit));
  // From here on the new blocks answer for the old ones. Aggregates only stand beside them.
  for (const PlanBlock& block : job.blocks) {
    if (job.stage == Stage::kDownsample) break;
    KVS_RETURN_IF_ERROR(permit.confirm());
    KVS_RETURN_IF_ERROR(tenant.MarkForDeletion(block.meta.ulid, "source of compacted block"));
    metrics_.marked_for_deletion.With({"compaction"}).Add();
  }
  metrics_.compaction_runs_completed.Add();
  metrics_.compactions.Add();
  if (job.stage == Stage::kDownsample)
    metrics_.blocks_downsampled.With({FormatDurationMs(job.resolution_ms)}).Add();
  log_.Info(
      "compacted",
      {{"user", tenant.tenant()}, {"job", job.ToString()}, {"blocks", StrCat(outputs.size())}});
  return RemoveAll(folder);
}

StatusOr<std::vector<std::shared_ptr<const Block>>> JobRunner::Fetch(const TenantBucket& tenant,
                                                                     const Job& job,
                                                                     const std::string& folder,
                                                                     const Permit& permit) const {
  std::vector<std::shared_ptr<const Block>> out;
  for (const PlanBlock& planned : job.blocks) {
    KVS_RETURN_IF_ERROR(permit.check());
    const std::string name = planned.meta.ulid.ToString();
    const std::string path = StrCat(folder, kSourcesFolder, "/", name);
    KVS_RETURN_IF_ERROR(
        Download(tenant.store(), bucket::BlockPrefix(tenant.tenant(), planned.meta.ulid), path));
    StatusOr<std::shared_ptr<const Block>> block = blocks::OpenBlockFolder(path);
    if (!block.ok()) {
      if (block.status().code() == StatusCode::kDataLoss)
        KVS_RETURN_IF_ERROR(MarkDamaged(tenant, job, folder, block.status()));
      return block.status();
    }
    out.push_back(*std::move(block));
  }
  return out;
}

// Whether an earlier run, which broke off later, has made the blocks by the same rules, and they
// are still what they were.
bool JobRunner::IsMerged(const JobRules& rules, const std::string& folder) const {
  const StatusOr<std::string> made_by = ReadFile(StrCat(folder, kMergedFile));
  if (!made_by.ok() || *made_by != rules.rules.Fingerprint()) return false;
  for (const std::string& name : NamesIn(StrCat(folder, kBlocksFolder))) {
    const std::string of_shard = StrCat(folder, kBlocksFolder, "/", name);
    if (of_shard.ends_with(kMergedFile)) continue;
    const StatusOr<std::string> json = ReadFile(of_shard + "/meta.json");
    if (!json.ok()) return false;
    const StatusOr<BlockMeta> meta = tsdb::ParseMeta(*json);
    const StatusOr<tsdb::BlockContents> contents = VerifyFolder(of_shard);
    if (!meta.ok() || !contents.ok() || contents->stats != meta->stats) return false;
  }
  return true;
}

Status JobRunner::Merge(const Job& job, const JobRules& rules, const Permit& permit,
                        const std::vector<std::shared_ptr<const Block>>& sources,
                        const std::string& folder) const {
  if (IsMerged(rules, folder)) return OkStatus();
  const std::string blocks_folder = StrCat(folder, kBlocksFolder);
  KVS_RETURN_IF_ERROR(RemoveAll(blocks_folder));
  KVS_RETURN_IF_ERROR(MakeFolders(blocks_folder));
  std::vector<MergeSource> merge_sources;
  for (const auto& block : sources) {
    merge_sources.push_back({block->meta().ulid.ToString(), &block->index(), block->segments(),
                             block->tombstones().empty() ? nullptr : &block->tombstones()});
  }
  FolderOutput output(blocks_folder);
  const MergeOptions options{.shard_count = job.shard_count,
                             .filter = rules.rules.empty() ? nullptr : &rules.rules,
                             .resolution_ms = job.resolution_ms,
                             .last_ms = job.blocks.back().meta.maxt - 1,
                             .check_alive = permit.check};
  KVS_ASSIGN_OR_RETURN(const MergeResult result, MergeBlocks(merge_sources, options, output));
  KVS_RETURN_IF_ERROR(output.Finish());
  uint64_t samples = 0;
  for (uint64_t shard = 0; shard < result.shards.size(); ++shard) {
    const tsdb::BlockStats& written = result.shards[shard].stats;
    const std::string of_shard = StrCat(blocks_folder, "/", shard);
    samples += written.samples;
    if (written.series == 0) {
      KVS_RETURN_IF_ERROR(RemoveAll(of_shard));  // All that was opened for it has been deleted.
      continue;
    }
    const StatusOr<tsdb::BlockContents> contents = VerifyFolder(of_shard);
    if (!contents.ok())
      return Internal("a new block cannot be read back: ", contents.status().message());
    if (contents->stats != written)
      return Internal("a new block does not have the samples that were written to it");
    BlockMeta meta = MetaOf(job, rules, shard);
    meta.stats = written;
    KVS_ASSIGN_OR_RETURN(meta.thanos->files, FilesOf(of_shard));
    for (const std::string& name : NamesIn(of_shard + "/chunks"))
      meta.thanos->segment_files.push_back(name);
    KVS_RETURN_IF_ERROR(WriteFile(of_shard + "/meta.json", tsdb::FormatMeta(meta)));
  }
  if (samples != result.stats.samples_out()) {
    return Internal("the new blocks have ", samples, " samples, where ", result.stats.samples_out(),
                    " should be");
  }
  metrics_.samples_compacted.Add(static_cast<double>(result.stats.samples_in));
  return WriteFile(StrCat(folder, kMergedFile), rules.rules.Fingerprint());
}

StatusOr<std::vector<JobRunner::Output>> JobRunner::ReadOutputs(const TenantBucket& tenant,
                                                                const Job& job,
                                                                const JobRules& rules,
                                                                const std::string& folder) const {
  const std::string identity = IdentityOf(job, rules.rules);
  std::vector<Output> out;
  for (uint64_t shard = 0; shard < job.shard_count; ++shard) {
    Output output{shard, StrCat(folder, kBlocksFolder, "/", shard), {}};
    if (!FileExists(output.folder)) continue;
    KVS_ASSIGN_OR_RETURN(const std::string json, ReadFile(output.folder + "/meta.json"));
    KVS_ASSIGN_OR_RETURN(output.meta, tsdb::ParseMeta(json));
    // A name that is marked for deletion, because an upload broke off and was given up, would take
    // the block with it.
    for (uint64_t attempt = 0;; ++attempt) {
      output.meta.ulid = NameOf(identity, job, shard, attempt);
      KVS_ASSIGN_OR_RETURN(const bool is_marked, tenant.IsMarkedForDeletion(output.meta.ulid));
      if (!is_marked) break;
    }
    out.push_back(std::move(output));
  }
  return out;
}

Status JobRunner::UploadBlock(const TenantBucket& tenant, const Output& output,
                              const Permit& permit) const {
  const auto key = [&](std::string_view file) {
    return bucket::BlockFileKey(tenant.tenant(), output.meta.ulid, file);
  };
  KVS_ASSIGN_OR_RETURN(const bool is_there, tenant.store().Exists(key(bucket::kMetaFile)));
  if (is_there) return OkStatus();
  for (const tsdb::BlockFile& file : output.meta.thanos->files) {
    KVS_RETURN_IF_ERROR(permit.check());
    if (file.path == bucket::kMetaFile) continue;
    KVS_RETURN_IF_ERROR(
        Upload(tenant.store(), StrCat(output.folder, "/", file.path), key(file.path)));
    KVS_ASSIGN_OR_RETURN(const sdk::StoreClient::Info info, tenant.store().Stat(key(file.path)));
    if (static_cast<int64_t>(info.size) != file.size_bytes) {
      return Unavailable(key(file.path), ": the store has ", info.size, " bytes of ",
                         file.size_bytes);
    }
  }
  // The block exists from here on.
  KVS_RETURN_IF_ERROR(permit.confirm());
  KVS_RETURN_IF_ERROR(
      tenant.store().Put(key(bucket::kMetaFile), tsdb::FormatMeta(output.meta)).status());
  KVS_ASSIGN_OR_RETURN(const bool is_given_up, tenant.IsMarkedForDeletion(output.meta.ulid));
  if (is_given_up)
    return Aborted("somebody has given up block ", output.meta.ulid.ToString(),
                   " while it was uploaded");
  return OkStatus();
}

// The same job may have begun to upload other blocks before, by other rules.
Status JobRunner::NoteUploads(const TenantBucket& tenant, const Job& job,
                              const std::vector<Output>& outputs, const std::string& folder,
                              const Permit& permit) const {
  Uploads now{.blocks = {}, .job_key = KeyOf(job)};
  for (const Output& output : outputs) now.blocks.push_back(output.meta.ulid);
  std::vector<Ulid> given_up = Uploads::Read(folder).blocks;
  std::erase_if(given_up, [&now](const Ulid& block) {
    return std::find(now.blocks.begin(), now.blocks.end(), block) != now.blocks.end();
  });
  if (!given_up.empty()) {
    KVS_RETURN_IF_ERROR(permit.confirm());
    KVS_RETURN_IF_ERROR(GiveUpUploads(tenant, given_up));
  }
  return WriteFile(StrCat(folder, kUploadsFile), now.Format());
}

// They are marked, and removed like all that is marked. Removing them here would leave a block
// without files where a meta.json that was on its way arrives after all.
Status JobRunner::GiveUpUploads(const TenantBucket& tenant, const std::vector<Ulid>& blocks) const {
  for (const Ulid& block : blocks) {
    KVS_ASSIGN_OR_RETURN(const bool is_marked, tenant.MarkPartialForDeletion(block));
    if (!is_marked) continue;
    metrics_.marked_for_deletion.With({"partial"}).Add();
    log_.Info("gave up an upload: its job has been planned anew",
              {{"user", tenant.tenant()}, {"block", block.ToString()}});
  }
  return OkStatus();
}

Status JobRunner::MarkDamaged(const TenantBucket& tenant, const Job& job, const std::string& folder,
                              const Status& why) const {
  const auto is_damage = [](const Status& health) {
    return health.code() == StatusCode::kDataLoss || health.code() == StatusCode::kUnimplemented;
  };
  bool any = false;
  for (const PlanBlock& planned : job.blocks) {
    const tsdb::Ulid& ulid = planned.meta.ulid;
    const std::string path = StrCat(folder, kSourcesFolder, "/", ulid.ToString());
    if (!FileExists(path) || !is_damage(HealthOf(path))) continue;
    any = true;
    // It may be the copy that is damaged: on its way here, or by what stopped the machine.
    KVS_RETURN_IF_ERROR(RemoveAll(path));
    KVS_RETURN_IF_ERROR(Download(tenant.store(), bucket::BlockPrefix(tenant.tenant(), ulid), path));
    const Status health = HealthOf(path);
    if (is_damage(health))
      KVS_RETURN_IF_ERROR(MarkOne(tenant, ulid, bucket::kNoCompactCritical, health));
  }
  if (any) return OkStatus();
  // Each is sound and still they cannot be merged. Trying again would end in the same way, for
  // ever.
  const bool too_large = why.code() == StatusCode::kResourceExhausted;
  const std::string_view reason =
      too_large ? bucket::kNoCompactIndexSize : bucket::kNoCompactCritical;
  for (const PlanBlock& planned : job.blocks)
    KVS_RETURN_IF_ERROR(MarkOne(tenant, planned.meta.ulid, reason, why));
  return OkStatus();
}

Status JobRunner::MarkOne(const TenantBucket& tenant, const Ulid& block, std::string_view reason,
                          const Status& why) const {
  log_.Error("a block will not be compacted", {{"user", tenant.tenant()},
                                               {"block", block.ToString()},
                                               {"reason", reason},
                                               {"error", why.message()}});
  KVS_RETURN_IF_ERROR(tenant.MarkNoCompact(block, reason, why.message()));
  metrics_.marked_no_compact.With({reason}).Add();
  return OkStatus();
}

StatusOr<bool> JobRunner::RemoveStale(const TenantBucket& tenant, const std::vector<Job>& jobs,
                                      const Work& work) const {
  const std::string folder = StrCat(folder_, "/", tenant.tenant());
  std::set<std::string> wanted;
  for (const Job& job : jobs) wanted.insert(FolderOf(tenant.tenant(), job));
  bool all = true;
  for (const std::string& name : NamesIn(folder)) {
    const std::string path = StrCat(folder, "/", name);
    if (wanted.contains(path)) continue;
    if (const Uploads uploads = Uploads::Read(path); !uploads.blocks.empty()) {
      // Names follow from jobs: another compactor that has not seen the new plan may be uploading
      // the same blocks.
      const StatusOr<Work::LeasePtr> lease = work.TakeJob(tenant.tenant(), uploads.job_key);
      if (lease.status().code() == StatusCode::kAborted) {
        all = false;
        continue;
      }
      KVS_RETURN_IF_ERROR(lease.status());
      KVS_RETURN_IF_ERROR(GiveUpUploads(tenant, uploads.blocks));
    }
    KVS_RETURN_IF_ERROR(RemoveAll(path));
  }
  return all;
}

}  // namespace kvs::compactor
