// SPDX-License-Identifier: Apache-2.0
#include "batch/shared_source.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "kvs/sdk/merge_cursor.h"
#include "kvs/sdk/str.h"

namespace kvs::engine::promql {
namespace {

/// Selections of the same series over different times are read as one where that spans no more:
/// about what a head's chunk spans, so that it reads few chunks that nobody wanted.
constexpr int64_t kNearMs = 2 * 60 * 60'000;

int64_t BytesOf(const kvs_series_batch_t& batch) {
  const kvs_label_columns_t& labels = batch.labels;
  int64_t bytes = sizeof(batch);
  if (batch.n_series == 0) return bytes;
  bytes += static_cast<int64_t>(labels.begin[labels.n_series] * sizeof(uint32_t));
  if (batch.chunk_begin == nullptr) return bytes;
  for (uint32_t c = batch.chunk_begin[0]; c < batch.chunk_begin[batch.n_series]; ++c)
    bytes += static_cast<int64_t>(sizeof(kvs_chunk_t) + batch.chunks[c].size);
  return bytes;
}

}  // namespace

/// A batch, as long as anybody reads it.
class SharedSource::Kept {
 public:
  Kept(sdk::BatchPtr batch, std::shared_ptr<MemoryAccount> account)
      : batch_(std::move(batch)), account_(std::move(account)), bytes_(BytesOf(*batch_)) {
    account_->Add(bytes_);
  }
  ~Kept() { account_->Add(-bytes_); }
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;
  const kvs_series_batch_t& batch() const { return *batch_; }

 private:
  const sdk::BatchPtr batch_;
  const std::shared_ptr<MemoryAccount> account_;
  const int64_t bytes_;
};

/// The batches of a read are a chain. Whoever holds a node holds all behind it, so that batches go
/// when the last reader has passed.
struct SharedSource::Node {
  std::shared_ptr<const Kept> kept;  ///< Of the first node: nothing.
  std::shared_ptr<Node> next;
};

/// A step of a shared read ends with the batch, not with the query that happens to need it first:
/// others wait for it, too.
class SharedSource::StepCall {
 public:
  explicit StepCall(const SharedSource& source) : call_(source.call_, source.call_.tenant()) {
    if (source.timeout_ms_ > 0) call_.WithTimeoutMs(source.timeout_ms_);
  }
  operator sdk::Call() const { return call_; }  // NOLINT(google-explicit-constructor)

 private:
  sdk::OwnedCall call_;
};

/// One selection of the source behind, and the readers it has.
class SharedSource::Read {
 public:
  Read(SharedSource& source, const Wanted& wanted)
      : source_(source), wanted_(wanted), claims_(1), first_(std::make_shared<Node>()) {}
  ~Read() {
    const MutexLock lock(mutex_);
    Forget(first_);
  }

  /// While it is planned: lets another selection read it, too. False: it is too far away.
  bool Join(const Wanted& wanted) {
    const MutexLock lock(mutex_);
    const int64_t min_ms = std::min(wanted_.min_ms(), wanted.min_ms());
    const int64_t max_ms = std::max(wanted_.max_ms(), wanted.max_ms());
    const bool same = wanted_.min_ms() == wanted.min_ms() && wanted_.max_ms() == wanted.max_ms();
    if (wanted_.series() != wanted.series() || (!same && max_ms - min_ms > kNearMs)) return false;
    wanted_.Include(wanted);
    ++claims_;
    return true;
  }
  uint32_t claims() const {
    const MutexLock lock(mutex_);
    return claims_;
  }

  /// Lets `wanted` read it, from the first batch on: gives the node before that. Null: it is not
  /// for this selection, or not kept any more.
  StatusOr<std::shared_ptr<Node>> Begin(const Wanted& wanted) {
    const MutexLock lock(mutex_);
    if (claims_ == 0 || !wanted_.Serves(wanted)) return std::shared_ptr<Node>();
    if (!open_) {
      const StepCall call(source_);
      KVS_RETURN_IF_ERROR(
          sdk::Await(source_.inner_.select(), call, wanted_.Record(), selection_.out()));
      selection_.AddWarnings(&warnings_);
      open_ = true;
    }
    std::shared_ptr<Node> node = first_;
    if (--claims_ == 0) first_ = nullptr;
    return node;
  }
  std::vector<std::string> warnings() const {
    const MutexLock lock(mutex_);
    return warnings_;
  }
  std::vector<std::string> late_warnings() const {
    const MutexLock lock(mutex_);
    return late_;
  }

  /// Moves `node` to the next batch, and gives that; null at the end.
  StatusOr<std::shared_ptr<const Kept>> Step(std::shared_ptr<Node>& node) {
    const MutexLock lock(mutex_);
    if (node->next == nullptr) KVS_RETURN_IF_ERROR(Pull(*node));
    if (node->next == nullptr) return std::shared_ptr<const Kept>();
    std::shared_ptr<Node> next = node->next;
    node = std::move(next);
    return node->kept;
  }
  /// A reader ends, at `node`.
  void Leave(std::shared_ptr<Node>& node) {
    const MutexLock lock(mutex_);
    Forget(node);
  }

 private:
  Status Pull(Node& last) KVS_REQUIRES(mutex_) {
    if (ended_) return error_;
    const StepCall call(source_);
    StatusOr<sdk::BatchPtr> batch = selection_.Next(call);
    if (!batch.ok() || *batch == nullptr) {
      ended_ = true;
      error_ = batch.status();
      selection_.AddLateWarnings(&late_);
      if (!error_.ok()) Close();  // Who has not begun may be luckier.
      return error_;
    }
    last.next = std::make_shared<Node>();
    last.next->kept = std::make_shared<const Kept>(*std::move(batch), source_.kept_);
    const MemoryAccount& kept = *source_.kept_;
    const bool much = kept.limit() > 0 && kept.used() > kept.limit();
    // Queries fail at the limit of the pool: what is kept for them must not be why.
    const bool full = kept.pool()->limit() > 0 && kept.pool()->used() > kept.pool()->limit() / 2;
    if (much || full) Close();
    return OkStatus();
  }
  /// No more readers than there are.
  void Close() KVS_REQUIRES(mutex_) {
    claims_ = 0;
    first_ = nullptr;
  }
  /// One after the other: a chain that ends all at once would end as deep as it is long.
  void Forget(std::shared_ptr<Node>& node) KVS_REQUIRES(mutex_) {
    while (node != nullptr && node.use_count() == 1) {
      std::shared_ptr<Node> next = std::move(node->next);
      node = std::move(next);
    }
    node = nullptr;
  }

  SharedSource& source_;
  mutable Mutex mutex_;
  Wanted wanted_ KVS_GUARDED_BY(mutex_);
  uint32_t claims_ KVS_GUARDED_BY(mutex_);  ///< Readers to come.
  bool open_ KVS_GUARDED_BY(mutex_) = false;
  bool ended_ KVS_GUARDED_BY(mutex_) = false;
  Status error_ KVS_GUARDED_BY(mutex_);
  sdk::OpenSelection selection_ KVS_GUARDED_BY(mutex_);
  std::vector<std::string> warnings_ KVS_GUARDED_BY(mutex_);
  std::vector<std::string> late_ KVS_GUARDED_BY(mutex_);
  std::shared_ptr<Node> first_ KVS_GUARDED_BY(mutex_);  ///< Null when nobody is to come.
};

/// One reader: gives the chunks that are within its own times, as if it had selected them itself.
class SharedSource::Cursor final : public sdk::SeriesCursor {
 public:
  Cursor(std::shared_ptr<Read> read, std::shared_ptr<Node> node, int64_t min_ms, int64_t max_ms)
      : read_(std::move(read)), node_(std::move(node)), min_ms_(min_ms), max_ms_(max_ms) {}
  ~Cursor() override { read_->Leave(node_); }

  sdk::Outcome Next(const sdk::Call& /*call*/, kvs_series_batch_t*& out,
                    sdk::Completer& /*completer*/) override {
    while (true) {
      KVS_ASSIGN_OR_RETURN(std::shared_ptr<const Kept> kept, read_->Step(node_));
      if (kept == nullptr) return sdk::End();
      auto view = std::make_unique<View>(std::move(kept));
      if (!view->Cut(min_ms_, max_ms_)) continue;
      out = &view.release()->record;
      return OkStatus();
    }
  }
  void AddLateWarnings(std::vector<std::string>* warnings) override {
    const std::vector<std::string> late = read_->late_warnings();
    warnings->insert(warnings->end(), late.begin(), late.end());
  }

 private:
  /// A batch as this reader sees it.
  struct View {
    explicit View(std::shared_ptr<const Kept> k)
        : kept(std::move(k)), record(sdk::CopyOf(kept->batch())) {
      record.producer = this;
      record.release = [](kvs_series_batch_t* self) noexcept {
        delete static_cast<View*>(self->producer);
      };
    }

    /// Leaves out chunks of other times, and series that have no others. False: nothing is left.
    bool Cut(int64_t min_ms, int64_t max_ms) {
      const kvs_series_batch_t& all = kept->batch();
      if (all.chunk_begin == nullptr) return all.n_series > 0;
      // The windows of aggregates reach beyond the times that stand at their chunk; readers cut
      // them.
      const auto within = [&](const kvs_chunk_t& c) {
        return c.encoding == KVS_CHUNK_AGGREGATES || (c.min_ms <= max_ms && c.max_ms >= min_ms);
      };
      const uint32_t n_chunks = all.chunk_begin[all.n_series];
      if (std::all_of(all.chunks, all.chunks + n_chunks, within)) return all.n_series > 0;
      chunk_begin.push_back(0);
      label_begin.push_back(0);
      for (uint32_t s = 0; s < all.n_series; ++s) {
        std::copy_if(all.chunks + all.chunk_begin[s], all.chunks + all.chunk_begin[s + 1],
                     std::back_inserter(chunks), within);
        if (chunks.size() == chunk_begin.back()) continue;
        chunk_begin.push_back(static_cast<uint32_t>(chunks.size()));
        refs.insert(refs.end(), all.labels.refs + all.labels.begin[s],
                    all.labels.refs + all.labels.begin[s + 1]);
        label_begin.push_back(static_cast<uint32_t>(refs.size()));
      }
      record.n_series = record.labels.n_series = static_cast<uint32_t>(chunk_begin.size()) - 1;
      record.labels.begin = label_begin.data();
      record.labels.refs = refs.data();
      record.chunk_begin = chunk_begin.data();
      record.chunks = chunks.data();
      return record.n_series > 0;
    }

    const std::shared_ptr<const Kept> kept;
    kvs_series_batch_t record;
    std::vector<uint32_t> chunk_begin, label_begin, refs;
    std::vector<kvs_chunk_t> chunks;
  };

  const std::shared_ptr<Read> read_;
  std::shared_ptr<Node> node_;
  const int64_t min_ms_, max_ms_;
};

SharedSource::SharedSource(const sdk::SourceRef& inner, const sdk::Call& call, int64_t timeout_ms,
                           std::shared_ptr<MemoryPool> pool, int64_t kept_limit)
    : inner_(inner),
      call_(call),
      timeout_ms_(timeout_ms),
      kept_(std::make_shared<MemoryAccount>(std::move(pool), kept_limit)) {}

SharedSource::~SharedSource() = default;

void SharedSource::Plan(const std::vector<Wanted>& wanted) {
  for (const Wanted& one : wanted) {
    const auto joined =
        std::ranges::find_if(reads_, [&](const auto& read) { return read->Join(one); });
    if (joined == reads_.end()) reads_.push_back(std::make_shared<Read>(*this, one));
  }
  std::erase_if(reads_, [](const auto& read) { return read->claims() < 2; });
}

sdk::Outcome SharedSource::Select(const sdk::Call& call, const kvs_select_t& in,
                                  kvs_series_cursor_t& out, sdk::Completer& completer) {
  const Wanted wanted(in);
  for (const std::shared_ptr<Read>& read : reads_) {
    KVS_ASSIGN_OR_RETURN(std::shared_ptr<Node> node, read->Begin(wanted));
    if (node == nullptr) continue;
    sdk::HandOutWarned(
        out, std::make_unique<Cursor>(read, std::move(node), wanted.min_ms(), wanted.max_ms()),
        read->warnings());
    return OkStatus();
  }
  return sdk::Forward(inner_.select(), call, &in, &out, completer);
}

}  // namespace kvs::engine::promql
